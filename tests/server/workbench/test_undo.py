from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from wardround.server.workbench.undo import steps_back
from wardround.store import Decision, Review

OPENED = datetime.datetime(2026, 5, 4, 9, tzinfo=datetime.UTC)


def reviewed(*made: str, by: str = "ann") -> Review:
    """A review with decisions such as ``A accept``, ``A change=B``, ``A reject @bob``."""
    decisions = []
    for number, told in enumerate(made, 1):
        what, _, other = told.partition(" @")
        item, verb = what.split()
        verb, _, value = verb.partition("=")
        decisions.append(
            Decision(
                number=number,
                item=item,
                verb=verb,  # type: ignore[arg-type]
                value={"code": value} if value else None,
                reason="",
                by=other or by,
                at=OPENED + datetime.timedelta(seconds=number),
            )
        )
    return Review(
        case="c",
        round=1,
        result=1,
        version=1 + len(decisions),
        opened=OPENED,
        opened_by=by,
        reason="",
        signed=None,
        signed_by="",
        decisions=tuple(decisions),
    )


def told(review: Review) -> list[str]:
    steps = steps_back(review, "ann")
    return [f"{step.item} {step.verb}" + (f"={step.value['code']}" if step.value else "") for step in steps]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ((), []),
        (("A accept",), ["A withdraw"]),
        (("A accept", "B reject"), ["B withdraw"]),
        (("A accept", "B reject", "B withdraw"), ["A withdraw"]),
        (("A accept", "A change=X"), ["A withdraw", "A accept"]),
        (("A accept", "A change=X", "A withdraw", "A accept"), ["A withdraw"]),
        (("A change=X", "A change=Y"), ["A withdraw", "A change=X"]),
        (("A accept", "A reject", "A accept"), ["A withdraw", "A reject"]),
        (("A accept", "A withdraw"), []),
        (("A accept @bob",), []),
        (("A accept", "B accept @bob"), ["A withdraw"]),
        (("A accept", "A reject @bob"), []),
        (("A accept @bob", "A reject"), ["A withdraw", "A accept"]),
    ],
)
def test_the_last_decision_of_ones_own_is_taken_back(made: tuple[str, ...], expected: list[str]) -> None:
    assert told(reviewed(*made)) == expected


def test_undoing_again_and_again_ends_with_nothing_decided() -> None:
    review = reviewed("A accept", "B reject", "A change=X", "B accept", "sequence change=A", "A reject")
    seen = []
    while told(review):
        seen.append({item: each.verb for item, each in review.standing.items()})
        decisions = [*review.decisions]
        for step in steps_back(review, "ann"):
            number = len(decisions) + 1
            more = replace(decisions[0], number=number, item=step.item, verb=step.verb, value=step.value)
            decisions.append(replace(more, at=OPENED + datetime.timedelta(seconds=number)))
        review = replace(review, decisions=tuple(decisions))
    assert len(seen) == 6
    assert review.standing == {}


def test_what_an_amendment_took_over_stays() -> None:
    review = reviewed("A accept", "B accept")
    assert told(replace(review, opened=OPENED + datetime.timedelta(minutes=5))) == []
