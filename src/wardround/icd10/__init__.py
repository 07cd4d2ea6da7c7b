"""The classification as data: releases of ICD-10-CM by date, their codes and notes, and search.

>>> from wardround.icd10 import load
>>> codes = load("2026-04-01")
>>> codes.title("w01.0xxa")
'Fall on same level from slipping, tripping and stumbling without subsequent striking against object, initial encounter'
"""

from wardround.icd10.brief import Brief, NotesInForce
from wardround.icd10.changes import Change, ReleaseDiff, diff
from wardround.icd10.code import Block, Chapter, Code, Entry
from wardround.icd10.codeset import CodeSet
from wardround.icd10.installed import load, releases
from wardround.icd10.notes import CodePattern, TabularNote
from wardround.icd10.release import Release

__all__ = [
    "Block",
    "Brief",
    "Change",
    "Chapter",
    "Code",
    "CodePattern",
    "CodeSet",
    "Entry",
    "NotesInForce",
    "Release",
    "ReleaseDiff",
    "TabularNote",
    "diff",
    "load",
    "releases",
]
