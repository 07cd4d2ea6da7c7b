"""Records: notes and lists of codes as files have them, many to a file, and what became of each."""

from __future__ import annotations

from wardround.records.fields import parse_date, split_codes
from wardround.records.lines import LINE_LIMIT, CodeLines, CodeRows, Files, Given, Lines, ReviewedLines
from wardround.records.record import Checked, Listed, Record, checked, coded
from wardround.records.rereading import read_again

__all__ = [
    "LINE_LIMIT",
    "Checked",
    "CodeLines",
    "CodeRows",
    "Files",
    "Given",
    "Lines",
    "Listed",
    "Record",
    "ReviewedLines",
    "checked",
    "coded",
    "parse_date",
    "read_again",
    "split_codes",
]
