"""Taking back decisions, one after the other, from what the store keeps: a page that is opened again undoes as before.

Nothing kept is removed. A decision is taken back by withdrawing its item and, where the item had another decision
before, by making that one again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.store import Decision, Review
    from wardround.store.records import Verb

__all__ = ["Step", "steps_back"]


class Step(NamedTuple):
    """A decision to be made; its parts as `wardround.store.Store.decide` takes them."""

    item: str
    verb: Verb
    value: Mapping[str, object] | None
    reason: str


def steps_back(review: Review, by: str) -> tuple[Step, ...]:
    """What takes back the last decision of ``by`` in this round that nobody decided anew since; empty if there is none.

    Decisions that an amendment took over from the round before are not taken back.
    """
    taken = [each for each in _standing_in_order(review.decisions) if each.at >= review.opened]
    topmost = {each.item: each for each in taken}
    last = next((each for each in reversed(taken) if each.by == by and topmost[each.item] is each), None)
    if last is None:
        return ()
    steps = [Step(last.item, "withdraw", None, "")]
    before = [each for each in _standing_in_order(review.decisions) if each.item == last.item and each is not last]
    if before:
        steps.append(Step(last.item, before[-1].verb, before[-1].value, before[-1].reason))
    return tuple(steps)


def _standing_in_order(decisions: tuple[Decision, ...]) -> list[Decision]:
    """The decisions that were not taken back, in order; of one item there may be several."""
    kept: list[Decision] = []
    withdrawn: Decision | None = None  # the decision just before, if it took one back
    for each in decisions:
        mine = [other for other in kept if other.item == each.item]
        if each.verb == "withdraw":
            if mine:
                kept.remove(mine[-1])
            withdrawn = each
            continue
        again = withdrawn is not None and withdrawn.item == each.item and mine and _same(mine[-1], each)
        if not again:
            kept.append(each)
        withdrawn = None
    return kept


def _same(one: Decision, other: Decision) -> bool:
    return (one.verb, one.value, one.reason) == (other.verb, other.value, other.reason)
