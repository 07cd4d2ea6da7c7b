"""Which review a page shows to whoever opens it, and what of its draft. Opening a case changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.server import blinding
from wardround.server.reviewing import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wardround.store import Actor, Case, Review
    from wardround.store.store import Store

__all__ = ["Opened", "opened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A review and its draft.

    Attributes:
        review: of round 0 where the first decision is to begin it; None for somebody who decides nothing.
        content: the JSON of the draft, without what it suggests where that is not to be seen yet.
        hidden: whether that is so.
        reviews: all rounds, as far as they may be seen.
    """

    review: Review | None
    content: Mapping[str, Any]
    hidden: bool
    reviews: Sequence[Review]


def opened(store: Store, actor: Actor, case: Case, round: int | None, *, may: bool) -> Opened:
    """What is shown of a case that has a draft.

    Args:
        store: of the case.
        actor: who opens it.
        case: with at least one result.
        round: that is asked for; None for the one that is theirs to work on, else the one that holds.
        may: whether they may review.

    Raises:
        UnknownRecord: there is no such round.
        StoreConflict: they may not see this round yet.
    """
    reviews = blinding.reviews(store, actor, case.id) if case.status != "deleted" else ()
    if round is not None:
        review: Review | None = blinding.review(store, actor, case.id, round)
    else:
        review = _theirs(reviews, actor)
    if review is None and may and case.status != "deleted":
        review = blinding.to_be(store, case.id, case.results)
    number = review.result if review else case.results
    content, hidden = blinding.seen_draft(store, actor, case.id, number)
    return Opened(review=review, content=content, hidden=hidden, reviews=reviews)


def _theirs(reviews: Sequence[Review], actor: Actor) -> Review | None:
    """Their own open review, the open one that is to hold, or the one that holds."""
    open = [each for each in reviews if each.signed is None]
    own = [each for each in open if each.opened_by == actor.id]
    line = [each for each in open if each.reading != "second"]
    holding = in_force(reviews)
    return next(iter([*own, *line, *([holding] if holding else [])]), None)
