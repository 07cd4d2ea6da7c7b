"""Drafts of questions to the provider: a letter each, in Markdown, to be read, completed and sent by a person.

A letter quotes the clinical indicators with the section they stand in, asks openly, and ends with another answer and
none. It names no code and no payment, and proposes nothing that the note does not support.
Source: ACDIS/AHIMA, Guidelines for Achieving a Compliant Query Practice (2022).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.export.exporter import Exporter, Failure
from wardround.export.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.coding import CodingResult, Query

__all__ = ["Queries", "letter_of"]


class Queries(Exporter):
    """The questions of each note under its name; a note that leaves nothing open says so."""

    name = "queries"

    def result(self, result: CodingResult) -> str:
        lines = [line for query in result.queries for line in _letter(query)]
        return _section(result.id, lines or ["No questions."])

    def failure(self, failure: Failure) -> str:
        return _section(failure.id, [f"> error: {visible(str(failure.error))}"])


def letter_of(query: Query) -> str:
    """A question to the provider without its heading: as a person wrote it, else as it is drafted."""
    return "\n".join(_written(query) if query.letter is not None else _drafted(query))


def _letter(query: Query) -> Iterator[str]:
    yield f"### {query.topic[:1].upper()}{query.topic[1:]}"
    yield ""
    yield letter_of(query)
    yield ""


def _written(query: Query) -> Iterator[str]:
    return (visible(line.rstrip()) for line in (query.letter or "").split("\n"))


def _drafted(query: Query) -> Iterator[str]:
    yield "The record says:"
    yield ""
    for quote in query.indicators:
        yield f"- “{visible(quote.text)}” ({quote.section.replace('_', ' ')})"
    yield ""
    yield query.question
    yield ""
    for option in query.options:
        yield f"- [ ] {option}"


def _section(id: str | None, lines: list[str]) -> str:
    heading = [f"## {visible(id)}", ""] if id else []
    return "\n".join([*heading, *lines, "", ""]).rstrip("\n") + "\n\n"
