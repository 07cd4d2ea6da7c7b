"""Many notes or studies at once, on one machine or a cluster.

    source → parts → work on each, in any process → files of results, errors and counts → summary

A part is the same however many work on the source, and its file of results appears when it is whole: that file is the
checkpoint from which a run goes on.
"""

from __future__ import annotations

from wardround.batch.options import Options
from wardround.batch.output import Output
from wardround.batch.part import Part
from wardround.batch.running import run
from wardround.batch.sources import Source, open_source
from wardround.batch.summary import Summary
from wardround.batch.task import Done, Task
from wardround.batch.work import Work

__all__ = ["Done", "Options", "Output", "Part", "Source", "Summary", "Task", "Work", "open_source", "run"]
