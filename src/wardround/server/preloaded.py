"""Loads what coding a note needs when it is imported: in the process from which `wardround.server.coders` forks."""

from __future__ import annotations

from wardround.coding.result import Encounter
from wardround.server.coders import coded

coded("Assessment: Gout.", Encounter(), "encounter", None)
