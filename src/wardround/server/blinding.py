"""What of a case somebody may not see yet, so that they judge by themselves. Whoever sends drafts or reviews to people
reads them here, and not from the store.

- *Blind*: of a chosen share of cases the review begins without the suggestions. Until they are revealed, or the review
  is signed, nobody who could review the case sees them; somebody with the role reader does, as they decide nothing.
- *Second reading*: whoever makes one sees no decision of the first until both are signed or she has signed hers, and
  whoever makes an open first reading sees none of the second.
"""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wardround.errors import InputError, StoreConflict, UnknownRecord
from wardround.store import Review

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wardround.store import Actor, Result
    from wardround.store.records import Reading
    from wardround.store.store import Store

__all__ = [
    "begin",
    "check_signable",
    "check_unaided",
    "drawn",
    "hidden",
    "hidden_at_first",
    "is_blind",
    "kept_draft",
    "refuse_alone",
    "refuse_blind",
    "result",
    "reveal",
    "review",
    "reviews",
    "seen_draft",
    "to_be",
]

_STAYS = ("images", "pages", "confirm")  # of a draft, which suggest nothing
_NO_REVIEWERS = ("", "reader")
_UNAIDED = ("add", "mark", "withdraw")


def drawn(case: str, percent: int) -> bool:
    """Whether a case is among those that are reviewed without suggestions first: by its id, which nobody chooses.

    A case that is drawn stays so when the share grows.

    >>> sum(drawn(f"{number:032x}", 20) for number in range(1_000))
    186
    """
    digest = hashlib.sha256(f"wardround blind {case}".encode()).digest()
    return int.from_bytes(digest[:8]) * 100 < percent << 64


def is_blind(review: Review) -> bool:
    """Whether the suggestions of a review are not shown yet."""
    return review.blind and review.revealed is None and review.signed is None


def hidden(store: Store, actor: Actor, case: str) -> bool:
    """Whether somebody may not see what is suggested for a case, because they are, or could be, its reviewer."""
    if actor.role in _NO_REVIEWERS:
        return False
    rounds = store.readings([case]).get(case, ())
    if not rounds:
        return hidden_at_first(actor, case, store.blind_share())
    return any(is_blind(each) and (each.reading != "second" or each.opened_by == actor.id) for each in rounds)


def hidden_at_first(actor: Actor, case: str, percent: int) -> bool:
    """What `hidden` tells of a case whose review nobody has begun.

    Args:
        actor: who looks.
        case: its id.
        percent: of cases that are reviewed without suggestions first.
    """
    return actor.role not in _NO_REVIEWERS and drawn(case, percent)


def refuse_blind(store: Store, actor: Actor, case: str) -> None:
    """Make sure that somebody may see what is suggested for a case.

    Raises:
        StoreConflict: they review it without that first.
    """
    if hidden(store, actor, case):
        hint = "give your own, then show the suggestions: POST …/reviews/{round}:reveal"
        raise StoreConflict("this case is reviewed without its suggestions first", where=case, hint=hint)


def refuse_alone(store: Store, actor: Actor, case: str) -> None:
    """Make sure that somebody may see what holds of a case.

    Raises:
        StoreConflict: they make the second reading, which is not signed.
    """
    if _alone(store.readings([case]).get(case, ()), actor) == "second":
        raise StoreConflict("you read this case a second time, by yourself", where=case, hint="sign your reading first")


def result(store: Store, actor: Actor, case: str, number: int | None = None) -> Result:
    """A draft of a case, for somebody who may see it. Audited: read.

    Raises:
        UnknownRecord: there is none.
        StoreConflict: they review the case without it first, or the case is deleted.
    """
    refuse_blind(store, actor, case)
    return store.result(actor, case, number)


def kept_draft(store: Store, actor: Actor, case: str, number: int | None = None) -> Result:
    """A draft for what the server itself does with it; never to be sent to whom `hidden` holds of. Audited: read."""
    return store.result(actor, case, number)


def reviews(store: Store, actor: Actor, case: str) -> tuple[Review, ...]:
    """All rounds of a case, those that somebody may not see yet without what was decided in them. Audited: read."""
    rounds = store.reviews(actor, case)
    alone = _alone(rounds, actor)
    return tuple(
        replace(each, decisions=(), reason="") if alone and (each.reading == "second") != (alone == "second") else each
        for each in rounds
    )


def review(store: Store, actor: Actor, case: str, round: int, *, bare: bool = False) -> Review:
    """A round of a case that somebody may see. Audited: read.

    Args:
        store: of the case.
        actor: who looks.
        case: its id.
        round: of the review.
        bare: give one that they may not see without what was decided in it, instead of refusing it.

    Raises:
        UnknownRecord: there is no such round.
        StoreConflict: it is another reading than their own, which they have not signed.
    """
    rounds = store.reviews(actor, case)
    found = next((each for each in rounds if each.round == round), None)
    if found is None:
        raise UnknownRecord("the case has no such review", where=case)
    alone = _alone(rounds, actor)
    if alone and (found.reading == "second") != (alone == "second"):
        if bare:
            return replace(found, decisions=(), reason="")
        raise StoreConflict("somebody else's reading is shown when yours is signed", where=case)
    return found


def begin(
    store: Store, actor: Actor, case: str, number: int, *, reading: Reading = "first", blind: bool = False, to: str = ""
) -> Review:
    """Open a reading, without the suggestions if the case is drawn; a second one as the first one was begun.

    Raises:
        As `wardround.store.Store.begin_review`; also StoreConflict: a second reading is not yet asked for.
    """
    if reading == "first":
        blind = blind or drawn(case, store.blind_share())
    elif reading == "second":
        rounds = store.readings([case]).get(case, ())
        blind = blind or any(each.blind for each in rounds if each.round == 1)
    else:
        blind = False
    begun = store.begin_review(actor, case, number, reading=reading, blind=blind, reader=to)
    if reading == "second" and begun.opened_by != (to or actor.id):
        raise StoreConflict("the second reading is somebody else's", where=case)
    return replace(begun, decisions=()) if to and to != actor.id else review(store, actor, case, begun.round)


def reveal(store: Store, actor: Actor, case: str, round: int, *, others: bool) -> Review:
    """Show the suggestions of a review from now on. Audited: update.

    Args:
        store: of the case.
        actor: who asks for them.
        case: its id.
        round: of the review.
        others: whether they may do so for somebody else's first reading.

    Raises:
        StoreConflict: it is somebody else's review, or signed.
        UnknownRecord: there is no such review.
    """
    found = review(store, actor, case, round)
    if is_blind(found) and found.opened_by != actor.id and not (others and found.reading == "first"):
        raise StoreConflict("whoever reads a case by themselves shows the suggestions themselves", where=case)
    return store.reveal(actor, case, round)


def seen_draft(store: Store, actor: Actor, case: str, number: int) -> tuple[Mapping[str, Any], bool]:
    """The JSON of a draft as a page may show it, and whether what it suggests is `hidden` from it. Audited: read.

    What it says of how the note or the images were read stays.
    """
    content = store.result(actor, case, number).content
    if not hidden(store, actor, case):
        return content, False
    empty: dict[str, list[Any]] = {
        name: [] for name, value in content.items() if name not in _STAYS and isinstance(value, list | tuple)
    }
    return {**content, **empty}, True


def to_be(store: Store, case: str, number: int) -> Review:
    """The review that a first decision would begin: round 0, as nothing is kept of it yet."""
    return Review(
        case=case,
        round=0,
        result=number,
        version=0,
        opened=datetime.datetime.now(datetime.UTC),
        opened_by="",
        reason="",
        signed=None,
        signed_by="",
        decisions=(),
        blind=drawn(case, store.blind_share()),
    )


def check_unaided(review: Review, item: str, verb: str) -> None:
    """Make sure that a decision does not tell, by being taken or refused, what is suggested.

    Raises:
        InputError: it is about a suggestion, and these are not shown.
    """
    if is_blind(review) and not (verb in _UNAIDED or item == "sequence"):
        hint = "add what you find; then show the suggestions"
        raise InputError("nothing is suggested yet", where="verb", hint=hint)


def check_signable(review: Review) -> None:
    """Make sure that a review is not signed before its suggestions were shown.

    Raises:
        StoreConflict: they were not.
    """
    if is_blind(review):
        raise StoreConflict("the suggestions are shown before a review is signed", where=review.case, hint="reveal it")


def _alone(rounds: Sequence[Review], actor: Actor) -> Reading | None:
    """Which reading somebody makes without seeing the other; None if they may see both."""
    for each in rounds:
        if each.signed is None and each.opened_by == actor.id:
            if each.reading == "second":
                return "second"
            if each.round == 1:
                return "first"
    return None
