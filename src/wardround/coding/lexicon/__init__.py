"""The lexicon: general medical knowledge as data, read from the TSV files beside this module.

``integral.tsv`` and ``external.tsv`` have columns of their own; every other file has

====== ==============================================================================================
column meaning
====== ==============================================================================================
term   words as clinicians and patients write them, lower case
codes  a code, a header whose child the context chooses, ``A+B`` (both), ``=words`` (a synonym, rewritten
       to the words of the Tabular) or ``-`` (not a diagnosis: blocks what it covers)
when   conditions, comma-separated: ``CAPS``, ``problem``, ``near:a|b``, ``female``, ``male``, ``child``, ``adult``
reason why an ambiguous, short or everyday term may be read this way
====== ==============================================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Entry", "digest", "entries", "rows"]

_OWN_COLUMNS = ("external.tsv", "integral.tsv", "history.tsv")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the lexicon."""

    term: str
    codes: str
    when: str
    reason: str
    file: str
    line: int


def rows(name: str) -> Iterator[tuple[int, list[str]]]:
    """The data rows of one file as ``(line number, columns)``; the header, comments and empty lines are left out."""
    text = (files(__package__) / name).read_text(encoding="utf-8")
    header: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        if header is None:
            header = columns
            continue
        yield number, columns + [""] * (len(header) - len(columns))


def _names() -> list[str]:
    return sorted(item.name for item in files(__package__).iterdir() if item.name.endswith(".tsv"))


def entries() -> Iterator[Entry]:
    """Every row of the term files, in the order of file name and line."""
    for name in _names():
        if name not in _OWN_COLUMNS:
            for number, columns in rows(name):
                term, codes, when, reason = columns[:4]
                yield Entry(term, codes, when, reason, name, number)


@cache
def digest() -> str:
    """SHA-256 over all files: a compiled vocabulary is rebuilt when it changes."""
    total = hashlib.sha256()
    for name in _names():
        total.update(name.encode())
        total.update((files(__package__) / name).read_bytes())
    return total.hexdigest()
