"""The Alphabetic Index of ICD-10-CM with its tables: compiled from official XML, opened, and looked up in."""

from wardround.icd10.index.alphabetic import AlphabeticIndex
from wardround.icd10.index.entry import COLUMNS, TABLES, IndexEntry, Link, Pointer, Reference, Route, Step
from wardround.icd10.index.store import IndexSummary, Unresolved, Withdrawn, compile_index

__all__ = [
    "COLUMNS",
    "TABLES",
    "AlphabeticIndex",
    "IndexEntry",
    "IndexSummary",
    "Link",
    "Pointer",
    "Reference",
    "Route",
    "Step",
    "Unresolved",
    "Withdrawn",
    "compile_index",
]
