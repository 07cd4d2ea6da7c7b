"""Adverse effects of drugs: the harm first, then the drug (Guidelines I.C.19.e.5.a)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.substances import (
    Intent,
    Substance,
    coded,
    intent_of,
    named_after,
    named_before,
    substance_of,
)
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["AdverseEffect"]

_SECTION = "I.C.19.e.5.a"
_BEFORE_DRUG = (
    "due to",
    "secondary to",
    "2/2",
    "d/t",
    "from",
    "caused by",
    "induced by",
    "related to",
    "attributed to",
    "because of",
    "as a result of",
    "side effect of",
    "side effect to",
    "adverse effect of",
    "reaction to",
)
_AFTER_DRUG = ("induced", "related", "associated")
# Between the harm and its cue: "cough, which was thought to be due to"; "switched" in "hypertension, switched from" is
# none of them.
_PASSED = frozenset(
    "a also an and at be been completely entirely felt has in is it least likely mainly most mostly part partly "
    "possibly presumably presumed probably secondary still that the this thought to was were which".split()
)
_CLOSE = 2  # words between a cue behind the drug and the harm
# After the name of a drug: then it is not the drug, properly taken, that did harm.
_ANOTHER_THING = frozenset(
    "abuse addiction cessation deficiency dependence discontinuation disorder imbalance ingestion intoxication level "
    "loss misuse nonadherence noncompliance overdose overload poisoning resistance toxicity withdrawal".split()
)
_NO_MEDICINES = ("T40.0", "T40.1", "T40.5", "T40.7", "T40.8", "T40.9", "T43.64", "T43.65")
_NOT_HARM = ("F1", "V", "W", "X", "Y", "Z", *(f"T{number}" for number in range(36, 66)))
_UNSTATED = frozenset({"stated-as-present", "uncertain-diagnosis"})


class AdverseEffect(Rule):
    """Harm by a drug that was rightly prescribed and properly taken is two codes: the nature of the harm first, then
    the drug from T36 to T50 with 5 as its 5th or 6th character.

    In a note wardround looks for harm that is said to be due to a drug it knows ("cough due to lisinopril",
    "steroid-induced hyperglycemia"), adds the code of the drug behind it for review, and gives the harm the code that
    the Index has for it when a drug caused it (rash due to amoxicillin is L27.0). The names of some 700 common
    medicines come with wardround; where the Table of Drugs and Chemicals is installed the others are looked up there.
    A drug that is merely taken, suspected in an outpatient, or an illicit one gives no code.

    In a list it finds a code of an adverse effect that comes before its harm, or without any. Whether a drug was taken
    as prescribed cannot be seen in a list; if not, the harm is a poisoning.
    """

    name = "adverse-effect"
    section = "I.C.19.e.5"
    title = "an adverse effect is the harm first, then the drug"
    severity = "reject"
    prefixes = tuple(f"T{number}" for number in range(36, 51))

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for substance, harmed in _stated(draft):
            code = coded(draft.codes, substance.header, Intent.ADVERSE_EFFECT)
            if code is None or substance.header.startswith(_NO_MEDICINES) or _is_poisoning(draft, substance):
                continue
            harm = self._as_drug_induced(draft, harmed, substance)
            draft.add(code, [substance.span], self.name, _SECTION, f"{harm.code} is said to be due to the drug")

    def _as_drug_induced(self, draft: Draft, harm: Proposal, substance: Substance) -> Proposal:
        """The harm with the code it has when a drug has caused it."""
        for row in data.rows("drug_induced"):
            if harm.alive and harm.code in row["codes"].split("|") and substance.header.startswith(row["drug"]):
                code = row["code"]
                return draft.recode(harm, code, self.name, "I.A.15", f"due to a drug: {draft.codes.title(code)}")
        return harm

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        harm = [code for code in listed.valid if not code.startswith(_NOT_HARM)]
        first = min((listed.valid.index(code) for code in harm), default=None)
        for place, code in enumerate(listed.valid):
            if intent_of(code) is not Intent.ADVERSE_EFFECT:
                continue
            if first is None:
                yield self.finding(
                    "review", [code], f"{code}: the harm that the drug did is not coded", section=_SECTION
                )
            elif place < first:
                message = f"{listed.valid[first]}, the nature of the adverse effect, comes before {code}"
                yield self.finding("reject", [code, listed.valid[first]], message, section=_SECTION)


def _stated(draft: Draft) -> Iterator[tuple[Substance, Proposal]]:
    """Each drug that is said to have done harm, with the harm."""
    everything = frozenset(AssertionStatus)
    for cue in draft.each_said(*_BEFORE_DRUG, statuses=everything):
        named = named_after(draft, cue.end)
        harm = _before(draft, cue) if named else None
        if harm is not None and _ANOTHER_THING.isdisjoint(_words_after(draft, named[-1].span.end)):
            for substance in named:
                # "side effect of" by itself only warns of one; with the words of a cause the assertion decides
                warns = "effect" in draft.words_in(cue)
                if _is_stated(draft, Span(cue.start, substance.span.end) if warns else substance.span):
                    yield substance, harm
    for cue in draft.each_said(*_AFTER_DRUG, statuses=everything):
        before = named_before(draft, cue.start)
        harm = _after(draft, cue) if before else None
        if before is not None and harm is not None and _is_stated(draft, before.span):
            yield before, harm


def _is_stated(draft: Draft, span: Span) -> bool:
    """Whether the cause is certain; at the end of an inpatient stay a likely one counts (II.H)."""
    status = draft.assertions.at(span).status
    inpatient = draft.encounter.setting == "inpatient"
    return status is AssertionStatus.PRESENT or (inpatient and status is AssertionStatus.POSSIBLE)


def _before(draft: Draft, cue: Span) -> Proposal | None:
    """The harm named last before a cue; the heading's if the cue begins the text below a problem's heading."""
    near = [
        (span.end, proposal)
        for proposal, span in _harm_in(draft, draft.stream.note.sentence_of(cue.start))
        if span.start < cue.start and _PASSED.issuperset(draft.words_in(Span(span.end, cue.start)))
    ]
    if near:
        return max(near, key=lambda item: item[0])[1]
    problem = draft.stream.problem_at(cue.start)
    begins = _PASSED.issuperset(draft.words_in(Span(draft.stream.note.sentence_of(cue.start).start, cue.start)))
    if problem is None or not begins or problem.heading.covers(cue):
        return None
    return next((proposal for proposal, _ in _harm_in(draft, problem.heading)), None)


def _after(draft: Draft, cue: Span) -> Proposal | None:
    """The harm named first after a cue."""
    near = [
        (span.start, proposal)
        for proposal, span in _harm_in(draft, draft.stream.note.sentence_of(cue.start))
        if span.end > cue.end and len(draft.words_in(Span(cue.end, span.start))) <= _CLOSE
    ]
    return min(near, key=lambda item: item[0])[1] if near else None


def _harm_in(draft: Draft, bounds: Span) -> Sequence[tuple[Proposal, Span]]:
    """The conditions named within ``bounds``; also one whose code another code contains, such as hypoglycemia's."""
    return [
        (proposal, mention.span)
        for proposal in draft.proposals
        if not proposal.code.startswith(_NOT_HARM)
        and (proposal.alive or all(finding.rule not in _UNSTATED for finding in proposal.findings))
        for mention in proposal.mentions
        if bounds.covers(mention.span)
    ]


def _is_poisoning(draft: Draft, substance: Substance) -> bool:
    """Whether the note has the drug as an overdose already."""
    return any(
        substance_of(p.code) == substance.header for p in draft.alive("T3", "T4", "T5") if _wrongly_taken(p.code)
    )


def _wrongly_taken(code: str) -> bool:
    return intent_of(code) not in (None, Intent.ADVERSE_EFFECT, Intent.UNDERDOSING)


def _words_after(draft: Draft, offset: int) -> Sequence[str]:
    """Two words of the sentence: "due to opioid use disorder"."""
    return draft.words_in(Span(offset, draft.stream.note.sentence_of(offset - 1).end))[:2]
