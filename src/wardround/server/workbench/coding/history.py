"""Who decided what and when, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.server.reviewing.items import SEQUENCE, query_of, span_of

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from wardround.store import Decision, Review

__all__ = ["Event", "people_of", "rounds_of"]

_VERBS = {"accept": "accepted", "reject": "rejected", "add": "added", "withdraw": "took back"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One decision; ``told`` is what was done, to be read after the name of ``by``."""

    at: datetime.datetime
    by: str
    told: str


def rounds_of(reviews: Sequence[Review], shown: Review | None) -> tuple[tuple[Review, tuple[Event, ...]], ...]:
    """Each round, the newest first, with what was decided in it.

    While a second reading is open, whoever makes it sees no other round: it is blind to the first.
    """
    alone = shown is not None and shown.reading == "second" and shown.signed is None
    kept = [each for each in reversed(reviews) if not alone or each.round == (shown.round if shown else 0)]
    return tuple((review, tuple(_events(review))) for review in kept)


def people_of(reviews: Sequence[Review]) -> tuple[str, ...]:
    """The ids of everybody who had a part in the reviews."""
    found = {id: None for review in reviews for id in (review.opened_by, review.signed_by) if id}
    found |= {decision.by: None for review in reviews for decision in review.decisions}
    return tuple(found)


def _events(review: Review) -> Iterator[Event]:
    """The decisions of a round, without those that it took over from the round before."""
    for decision in review.decisions:
        if decision.at >= review.opened:
            yield Event(at=decision.at, by=decision.by, told=_told(decision))


def _told(decision: Decision) -> str:
    """A decision in words.

    >>> import datetime
    >>> from wardround.store import Decision
    >>> at = datetime.datetime(2026, 5, 4, tzinfo=datetime.UTC)
    >>> _told(Decision(number=1, item="I10", verb="change", value={"code": "I11.9"}, reason="", by="ann", at=at))
    'changed I10 to I11.9'
    """
    value = decision.value or {}
    span = span_of(decision.item)
    what = "the sequence" if decision.item == SEQUENCE else decision.item
    if span is not None:
        what = f"the mark of characters {span.start} to {span.end}"
    elif (query := query_of(decision.item)) is not None:
        what = f"the text of question {query + 1}"
    if decision.verb == "mark":
        told = (
            f"marked characters {span.start if span else ''} to {span.end if span else ''} as {value.get('assertion')}"
        )
    elif decision.verb == "change" and decision.item == SEQUENCE:
        codes = value.get("codes")
        told = f"set the sequence: {', '.join(map(str, codes if isinstance(codes, list | tuple) else ()))}"
    elif decision.verb == "change" and "text" in value:
        told = f"changed {what}"
    elif decision.verb == "change":
        told = f"changed {what} to {value['code']}" if "code" in value else f"changed what {what} rests on"
    else:
        told = f"{_VERBS[decision.verb]} {what}"
    return f"{told} (“{decision.reason}”)" if decision.reason else told
