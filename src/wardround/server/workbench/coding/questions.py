"""The questions to the provider of a draft, as they stand on the page: drafted, or in a reviewer's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.export.queries import letter_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.coding import Query
    from wardround.store import Decision, Review

__all__ = ["Question", "questions_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question on the page.

    Attributes:
        item: by which decisions name it.
        text: as it stands.
        decision: by which somebody rewrote it; None where it stands as it was drafted.
    """

    item: str
    query: Query
    text: str
    decision: Decision | None


def questions_of(queries: Sequence[Query], review: Review | None) -> tuple[Question, ...]:
    """The questions of a draft with what was decided of them."""
    standing = review.standing if review else {}
    made = []
    for number, query in enumerate(queries, 1):
        item = f"query:{number}"
        decision = standing.get(item)
        text = str(decision.value["text"]) if decision and decision.value else letter_of(query)
        made.append(Question(item=item, query=query, text=text, decision=decision))
    return tuple(made)
