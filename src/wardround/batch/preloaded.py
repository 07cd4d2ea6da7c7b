"""Loads what coding a note takes when it is imported: in the process from which `wardround.batch.workers` forks."""

from __future__ import annotations

import gc
from contextlib import suppress

from wardround.batch.options import Options
from wardround.batch.packages import arrow
from wardround.batch.work import coder_of
from wardround.errors import InputError

coder_of(Options()).code("Assessment: Gout.")
with suppress(InputError):  # a run that writes no Parquet does without
    arrow("parquet")
gc.collect()
gc.freeze()  # or the collector would write to every page, and none would be shared
