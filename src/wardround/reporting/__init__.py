"""Draft reports of medical images: what is looked for, seen, written and held against its sources.

The published shape is `wardround.reporting.report.DraftReport`; `Reader` makes one.
"""

from wardround.reporting.draft import Reader
from wardround.reporting.protocol import Protocol, load, names
from wardround.reporting.report import DISCLAIMER, DraftReport

__all__ = ["DISCLAIMER", "DraftReport", "Protocol", "Reader", "load", "names"]
