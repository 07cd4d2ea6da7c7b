"""Circumstances stand behind what they caused, and most of them only once (Guidelines I.C.20; MCE 2)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["ExternalCause", "phase_of"]

_CHAPTER = ("V", "W", "X", "Y")
_PLACE, _ACTIVITY, _STATUS = "Y92", "Y93", "Y99"
_ONCE = {_PLACE: ("I.C.20.b", "place"), _ACTIVITY: ("I.C.20.c", "activity"), _STATUS: ("I.C.20.k", "status")}
_BESIDES = (*_ONCE, "Y07", "Y90", "Y95")  # circumstances, but not the cause
_UNSPECIFIED = ("Y92.9", "Y93.9", "Y99.9")
_FRACTURES_BY_DISEASE = ("M80", "M84.3", "M84.4", "M84.5", "M84.6")
_DRUGS = tuple(f"T{number}" for number in range(36, 51))
_PHASES = {"A": "active treatment", "D": "healing", "S": "a sequela"}


def phase_of(seventh: str) -> str:
    """The phase of care that the 7th character of an injury stands for: A (active treatment), D (healing) or S.

    Fractures have one for each kind of fracture and of healing; external causes know the three only.
    """
    if seventh in "ABC":
        return "A"
    return "S" if seventh == "S" else "D"


class ExternalCause(Rule):
    """Codes V00-Y99 tell how an injury or another condition came about; they never stand first.

    An external cause as the first code cannot be reported. Place (Y92), activity (Y93) and status (Y99) are given once
    each and only at the initial encounter; a second one, or one beside injuries that are all healing, asks for review,
    and so does a cause whose 7th character is of another phase than every injury, a status without any other external
    cause, an activity beside poisoning or an adverse effect alone, or one before the cause. A "place not stated" code
    is only mentioned. In a note the coder takes cause, activity and place from the story of the injury, never from what
    befell another person, and gives the cause the phase of the injury.
    """

    name = "external-cause"
    section = "I.C.20"
    title = "circumstances come after what they caused, at its phase, most of them once"
    severity = "reject"
    prefixes = _CHAPTER

    def check(self, listed: CodeList) -> Iterator[Finding]:
        external = listed.starting(*_CHAPTER)
        if not external:
            return
        if listed.first == external[0]:
            message = f"{external[0]} tells the circumstances: the injury or disease comes first"
            yield self.finding("reject", external[:1], message, section="I.C.20.a.6")
        yield from self._phases(listed)
        yield from self._besides(listed, external)
        yield from self._order(listed, external)

    def _phases(self, listed: CodeList) -> Iterator[Finding]:
        injuries = {
            brief.code: phase_of(brief.seventh)
            for brief in listed.briefs
            if brief.seventh and (brief.code[0] in "ST" or brief.code.startswith(_FRACTURES_BY_DISEASE))
        }
        if not injuries:
            return
        for brief in listed.briefs:
            if brief.code[0] in "VWXY" and brief.seventh in _PHASES and brief.seventh not in injuries.values():
                injury, phase = next(iter(injuries.items()))
                message = f"{brief.code} is of {_PHASES[brief.seventh]}, {injury} of {_PHASES[phase]}"
                yield self.finding("review", listed.in_sequence(injury, brief.code), message, section="I.C.20.a.2")
        if "A" in injuries.values():
            return
        for category, (section, what) in _ONCE.items():
            for code in listed.starting(category)[:1]:
                message = f"{code}: the {what} is given only at the initial encounter for the injury"
                yield self.finding("review", [code], message, section=section)

    def _besides(self, listed: CodeList, external: list[str]) -> Iterator[Finding]:
        for category, (section, what) in _ONCE.items():
            codes = [code for code in dict.fromkeys(external) if code.startswith(category)]
            if len(codes) > 1:
                yield self.finding("review", codes, f"one {what} only: {' and '.join(codes)}", section=section)
        for code in external:
            if code in _UNSPECIFIED:
                yield self.finding("info", [code], f"{code} says nothing: leave it out where it is not stated")
        status = next((code for code in external if code.startswith(_STATUS)), None)
        if status is not None and all(code.startswith((_STATUS, _PLACE)) for code in external):
            message = f"{status} is given only beside a cause or an activity"
            yield self.finding("review", [status], message, section="I.C.20.k")
        injured = any(code[0] == "S" or (code[0] == "T" and not code.startswith(_DRUGS)) for code in listed.valid)
        drug = next(iter(listed.starting(*_DRUGS)), None)
        if drug is not None and not injured:
            for code in external:
                if code.startswith((_ACTIVITY, _STATUS)):
                    message = f"{code} is not for poisoning or adverse effects, such as {drug}"
                    yield self.finding("review", [code], message, section=_ONCE[code[:3]][0])

    def _order(self, listed: CodeList, external: list[str]) -> Iterator[Finding]:
        causes = [code for code in external if not code.startswith(_BESIDES)]
        if not causes:
            return
        for code in external[: external.index(causes[-1])]:
            if code.startswith((_ACTIVITY, _STATUS)):
                message = f"{code} comes after the cause {causes[-1]}"
                yield self.finding("review", listed.in_sequence(code, causes[-1]), message, section="I.C.20.f")
