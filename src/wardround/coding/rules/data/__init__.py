"""What rules know, as data: one TSV file for a list too long to stand in the rule.

The first line names the columns. A column called ``code`` or ``codes`` holds codes or headers of the Tabular List,
several separated by ``|``; the column ``reason`` says why the row is there. Lines that begin with ``#`` are comments.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["names", "rows"]


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of ``<name>.tsv``, each by its columns; a cell that is left out at the end is empty."""
    text = (files(__package__) / f"{name}.tsv").read_text(encoding="utf-8")
    header, *lines = (line.split("\t") for line in text.splitlines() if line.strip() and line[0] != "#")
    return tuple(dict(zip(header, line + [""] * (len(header) - len(line)), strict=True)) for line in lines)


def names() -> list[str]:
    """The files that there are, in order."""
    return sorted(item.name.removesuffix(".tsv") for item in files(__package__).iterdir() if item.name.endswith(".tsv"))
