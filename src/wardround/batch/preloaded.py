"""Loads what coding a note takes when it is imported: in the process from which `wardround.batch.workers` forks."""

from __future__ import annotations

import gc

from wardround.batch.options import Options
from wardround.batch.work import coder_of

coder_of(Options()).code("Assessment: Gout.")
gc.collect()
gc.freeze()  # or the collector would write to every page, and none would be shared
