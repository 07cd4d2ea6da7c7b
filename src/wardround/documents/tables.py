"""The vocabulary of the room, kept as tab-separated tables beside its code."""

from __future__ import annotations

from importlib import resources

__all__ = ["read_table", "word_set"]


def read_table(name: str) -> list[list[str]]:
    """The rows of a table of this room; lines that are empty or start with ``#`` are not rows."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def word_set(words: str) -> frozenset[str]:
    """The words of a short list written as one string.

    >>> sorted(word_set("she he"))
    ['he', 'she']
    """
    return frozenset(words.split())
