"""From finds to mentions: each with its section, what the note asserts of it, and what its place is worth."""

from __future__ import annotations

from collections.abc import Iterable

from wardround.coding.basis import basis_of
from wardround.coding.draft import Mention
from wardround.coding.find import Found, Stream
from wardround.documents import Assertion, Assertions, AssertionStatus

__all__ = ["mentions_of"]


def mentions_of(stream: Stream, assertions: Assertions, finds: Iterable[Found]) -> list[Mention]:
    """The mention that each find makes."""
    note = stream.note
    mentions: list[Mention] = []
    for found in finds:
        assertion = assertions.at(found.span)
        if assertion.status is AssertionStatus.HISTORICAL and found.term.target.startswith(("Z8", "Z9")):
            assertion = Assertion(AssertionStatus.PRESENT, None)  # what such a code says is a past that lasts
        section = note.section_of(found.span.start)
        problem = stream.problem_at(found.span.start)
        mentions.append(Mention(found, section.kind, assertion, basis_of(section.kind, problem, found.span), problem))
    return mentions
