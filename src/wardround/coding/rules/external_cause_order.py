"""Which of several external causes comes first (Guidelines I.C.20.f)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["ExternalCauseOrder"]

_ABUSE = "T74"
_ASSAULT = (
    "X92",
    "X93",
    "X94",
    "X95",
    "X96",
    "X97",
    "X98",
    "X99",
    "Y00",
    "Y01",
    "Y02",
    "Y03",
    "Y04",
    "Y07",
    "Y08",
    "Y09",
)
_TERRORISM = "Y38"
_CATACLYSM = ("X34", "X35", "X36", "X37", "X38", "X39")
_BESIDES = ("Y9",)  # blood alcohol, place, activity, status: told behind the causes
_NAMES = ("abuse", "terrorism", "a cataclysm", "a transport accident")
_OTHER = len(_NAMES)


class ExternalCauseOrder(Rule):
    """Where several events have injured the patient each has its external cause, and the first of them is chosen in
    this order: abuse of a child or an adult, terrorism, a cataclysm such as an earthquake or a flood, a transport
    accident. Among others the cause of the most serious injury comes first.

    Wardround asks for review where a cause of lower rank stands before one of a higher. An assault counts as abuse
    where abuse is coded as confirmed (T74). Which injury is the most serious a list does not tell. In a note only one
    cause is taken from the story, so there is nothing to order.
    """

    name = "external-cause-order"
    section = "I.C.20.f"
    title = "of several external causes abuse, terrorism, cataclysm and transport come first, in this order"
    severity = "review"
    prefixes = ("V", "X", "Y")

    def check(self, listed: CodeList) -> Iterator[Finding]:
        causes = [code for code in listed.starting("V", "W", "X", "Y") if not code.startswith(_BESIDES)]
        if len(causes) < 2:
            return
        abuse = _ABUSE in listed.categories
        ranks = [_rank(code, abuse) for code in causes]
        highest = min(ranks)
        if highest < ranks[0]:
            first = causes[ranks.index(highest)]
            message = f"{first}, {_NAMES[highest]}, comes before {causes[0]}"
            yield self.finding("review", [causes[0], first], message)


def _rank(code: str, abuse: bool) -> int:
    if abuse and code.startswith(_ASSAULT):
        return 0
    if code.startswith(_TERRORISM):
        return 1
    if code.startswith(_CATACLYSM):
        return 2
    return 3 if code[0] == "V" else _OTHER
