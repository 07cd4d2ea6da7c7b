"""What rules know, as data: one TSV file for a list too long to stand in the rule.

The first line names the columns. A column whose name ends in ``code`` or ``codes`` holds codes or headers of the
Tabular List, or the letter that all codes of a chapter begin with, several separated by ``|``; the column ``reason``
says why the row is there. Lines that begin with ``#`` are comments.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["has_row", "names", "row_of", "rows"]


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of ``<name>.tsv``, each by its columns; a cell that is left out at the end is empty."""
    text = (files(__package__) / f"{name}.tsv").read_text(encoding="utf-8")
    header, *lines = (line.split("\t") for line in text.splitlines() if line.strip() and line[0] != "#")
    return tuple(dict(zip(header, line + [""] * (len(header) - len(line)), strict=True)) for line in lines)


def row_of(name: str, code: str) -> Mapping[str, str] | None:
    """The row of ``<name>.tsv`` for ``code``: the one whose ``codes`` have most of its characters; None without one."""
    by_start, categories = _by_start(name)
    if code[:3] not in categories and code[0] not in categories:
        return None
    return next((by_start[code[:size]] for size in range(len(code), 0, -1) if code[:size] in by_start), None)


def has_row(name: str, category: str) -> bool:
    """Whether ``<name>.tsv`` may have a row for a code of this category."""
    _, categories = _by_start(name)
    return category in categories or category[0] in categories


@cache
def _by_start(name: str) -> tuple[Mapping[str, Mapping[str, str]], frozenset[str]]:
    """The rows by the start of their codes, and the categories, or letters, of these."""
    by_start = {start: row for row in rows(name) for start in row["codes"].split("|")}
    return by_start, frozenset(start[:3] if len(start) >= 3 else start[:1] for start in by_start)


def names() -> list[str]:
    """The files that there are, in order."""
    return sorted(item.name.removesuffix(".tsv") for item in files(__package__).iterdir() if item.name.endswith(".tsv"))
