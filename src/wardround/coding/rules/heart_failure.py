"""Heart failure is one code: its type, and whether it is acute, chronic or both (Guidelines I.B.8, I.B.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["HeartFailure"]

_NOS = "I50.9"
_TYPED = ("I50.2", "I50.3", "I50.4")  # systolic, diastolic, combined; then 0 unspecified, 1 acute, 2 chronic, 3 both
_REACH = 30  # characters around the mention
_COMBINED = re.compile(
    r"\bsystolic\s*(?:and|&|/|\+)\s*diastolic\b|\bdiastolic\s*(?:and|&|/|\+)\s*systolic\b|\bcombined\b", re.IGNORECASE
)
_DECOMPENSATED = re.compile(r"\bdecompensat(?:ed|ion)\b", re.IGNORECASE)
_FRACTION = re.compile(
    r"\b(?:LV)?EF\b[^\d\n.;]{0,25}(?P<ef>[1-9]\d)(?:\s*(?:-|–|to)\s*\d\d)?\s*%?"
    r"|\bejection fraction\b[^\d\n.;]{0,40}(?P<full>[1-9]\d)(?:\s*(?:-|–|to)\s*\d\d)?\s*%?",
    re.IGNORECASE,
)
_DYSFUNCTION = ("diastolic dysfunction", "systolic dysfunction")
_REDUCED, _PRESERVED = 40, 50  # percent: at most the one, at least the other
_SYSTOLIC, _DIASTOLIC = "Systolic (reduced ejection fraction)", "Diastolic (preserved ejection fraction)"
_BOTH = "Combined systolic and diastolic"


class HeartFailure(Rule):
    """Heart failure has a type (I50.2- systolic, which is failure with a reduced ejection fraction; I50.3- diastolic,
    with a preserved one; I50.4- both) and is acute, chronic, or acute on chronic. All of it is one code. Decompensated
    means acute on chronic.

    In a note systolic and diastolic failure said apart become the combined code, acute and chronic said apart become
    acute on chronic, and failure without a type goes when a typed one is there. Where only "heart failure" is said, and
    an ejection fraction or a ventricular dysfunction is on record, a question for the type is drafted: a measurement is
    not a diagnosis, and wardround does not code from it.

    In a list it finds two such codes together. The link with hypertension is the rule hypertension.
    """

    name = "heart-failure"
    section = "I.B.9"
    title = "heart failure is one code with its type and acuity"
    severity = "reject"
    prefixes = ("I50",)

    def apply(self, draft: Draft) -> None:
        if draft.first("I50") is None:
            return
        for proposal in list(draft.alive(*_TYPED)):
            self._settle(draft, proposal)
        first = draft.first(*_TYPED)
        if first is not None:
            for other in [p for p in draft.alive(*_TYPED) if p is not first]:
                message = f"{first.code} and {other.code} are one heart failure"
                code = _one_of(first.code, other.code)
                first = draft.recode(first, code, self.name, self.section, message)
                draft.recode(other, code, self.name, self.section, message)
            for vague in draft.alive(_NOS):
                vague.reject(self.name, "I.B.2", f"{first.code} says the type")
        unspecified = draft.first(_NOS)
        if unspecified is not None:
            self._ask_for_type(draft, unspecified)

    def _settle(self, draft: Draft, proposal: Proposal) -> None:
        """What stands beside a typed failure: that it is of both types, that it is decompensated."""
        note = draft.stream.note
        near = ""
        for mention in proposal.mentions:
            sentence = note.sentences[mention.found.sentence]
            start, end = mention.span
            near += " " + note.text[max(sentence.start, start - _REACH) : min(sentence.end, end + _REACH)]
        code = proposal.code
        if code[:5] != "I50.4" and _COMBINED.search(near):
            code = f"I50.4{code[5]}"
        if _DECOMPENSATED.search(near):
            code = f"{code[:5]}3"
        if code != proposal.code:
            draft.recode(proposal, code, self.name, self.section, "the note says so beside it")

    def _ask_for_type(self, draft: Draft, failure: Proposal) -> None:
        text = draft.stream.note.text
        said = [(Span(*found.span()), int(found["ef"] or found["full"])) for found in _FRACTION.finditer(text)]
        dysfunctions = list(draft.each_said(*_DYSFUNCTION))
        fractions = [(span, ef) for span, ef in said if draft.assertions.at(span).status is AssertionStatus.PRESENT]
        if not fractions and not dysfunctions:
            return
        lowest = min((ef for _, ef in fractions), default=None)
        highest = max((ef for _, ef in fractions), default=None)
        words = " ".join(span.quote(text).lower() for span in dysfunctions)
        systolic = "systolic" in words or (lowest is not None and lowest < _PRESERVED)
        diastolic = "diastolic" in words or (highest is not None and highest > _REDUCED)
        options = [_SYSTOLIC] * systolic + [_DIASTOLIC] * diastolic + [_BOTH] * systolic
        draft.ask(
            "heart failure: type and acuity",
            "Please clarify the type of the heart failure and whether it is acute, chronic, or acute on chronic, "
            "if this is known.",
            options,
            [failure.mentions[0].span, *(span for span, _ in fractions), *dysfunctions],
            rule=self.name,
            section="I.B.2",
            codes=[failure.code],
        )

    def check(self, listed: CodeList) -> Iterator[Finding]:
        typed = list(dict.fromkeys(listed.starting(*_TYPED)))
        if len(typed) > 1:
            code = typed[0]
            for other in typed[1:]:
                code = _one_of(code, other)
            yield self.finding("review", typed, f"one heart failure is one code: {code}")
        if typed and _NOS in listed.valid:
            codes = sorted((_NOS, typed[0]), key=listed.valid.index)
            yield self.finding("review", codes, f"{typed[0]} says what {_NOS} leaves open", section="I.B.2")


def _one_of(one: str, other: str) -> str:
    """The code for two codes of one failure: both types, and acute on chronic if one is acute and the other chronic."""
    kind = one[:5] if one[:5] == other[:5] else "I50.4"
    acuity = {one[5], other[5]} - {"0"}
    return kind + (min(acuity, default="0") if len(acuity) < 2 else "3")
