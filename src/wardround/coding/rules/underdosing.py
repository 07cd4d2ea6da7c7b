"""Underdosing: less of a drug than prescribed, never first, with the reason if known (Guidelines I.C.19.e.5.c)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.substances import Intent, Substance, coded, intent_of, named_after, named_before
from wardround.documents import AssertionStatus, SectionKind
from wardround.spans import Span

__all__ = ["Underdosing"]

_SECTION = "I.C.19.e.5.c"
_CUES = (
    "ran out of",
    "run out of",
    "running out of",
    "stopped taking",
    "stopped her",
    "stopped his",
    "self discontinued",
    "quit taking",
    "not taking",
    "not been taking",
    "not taken",
    "not compliant with",
    "non compliant with",
    "noncompliant with",
    "noncompliance with",
    "non compliance with",
    "not adherent to",
    "non adherent to",
    "nonadherent to",
    "non adherent with",
    "nonadherent with",
    "nonadherence to",
    "non adherence to",
    "missed",
    "missing",
    "skipped",
    "skipping",
    "forgot to take",
    "forgets to take",
    "forgot",
    "cannot afford",
    "could not afford",
    "can't afford",
    "couldn't afford",
    "unable to afford",
    "off her",
    "off his",
)
_TAKES = frozenset({"taking", "taken"})
_OWN = frozenset("daily her his home my prescribed their".split())
_AFTER_DRUG = ("noncompliance", "non compliance", "nonadherence", "non adherence", "underdosing")
_ON_ADVICE = frozenset(
    "advice advised advise cardiologist cardiology clinic doctor hold held instructed instruction md oncologist pcp "
    "physician prescriber recommended surgeon surgery told".split()
)
_COST = frozenset("afford copay cost expensive financial insurance money price uninsured unaffordable".split())
_FORGOT = frozenset("forget forgets forgot forgotten forgetful forgetting memory".split())
_OWN_WILL = ("stopped taking", "stopped her", "stopped his", "self discontinued", "quit taking", "skipped", "skipping")
_TOLD_IN = frozenset(
    {
        SectionKind.CHIEF_COMPLAINT,
        SectionKind.HISTORY_PRESENT_ILLNESS,
        SectionKind.HOSPITAL_COURSE,
        SectionKind.OTHER,
        SectionKind.ASSESSMENT,
        SectionKind.ASSESSMENT_AND_PLAN,
        SectionKind.DIAGNOSIS,
    }
)
_REASONS = ("Z91.12", "Z91.13", "Z91.14", "Z91.A", "Y63.6", "Y63.8", "Y63.9")
_UNDERDOSED = ("Z91.12", "Z91.13")


class Underdosing(Rule):
    """Taking less of a drug than prescribed, or stopping it without advice, is coded with T36 to T50 and 6 as the 5th
    or 6th character. It is never first: the condition that got worse is. Why it was taken too little is a second code,
    of noncompliance (Z91.12-, Z91.13-, Z91.14-, of a caregiver Z91.A-) or of a failure in dosage (Y63).

    In a note wardround looks for a drug it knows that the patient ran out of, stopped, forgot or could not afford, and
    adds both codes for review. A drug that was stopped on advice is no underdosing.

    In a list it turns down underdosing as the first code, and says where the reason or the drug is missing.
    """

    name = "underdosing"
    section = "I.C.19.e.5"
    title = "underdosing is never first, and has its reason beside it"
    severity = "reject"
    prefixes = (*(f"T{number}" for number in range(36, 51)), *_UNDERDOSED)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for cue, substance in _stated(draft):
            code = coded(draft.codes, substance.header, Intent.UNDERDOSING)
            if code is None:
                continue
            quote = Span(min(cue.start, substance.span.start), max(cue.end, substance.span.end))
            draft.add(code, [quote], self.name, _SECTION, "taken less than prescribed; never first")
            if draft.first(*_REASONS) is None:
                reason, message = _reason(draft, cue)
                if draft.codes.billable(reason):
                    draft.add(reason, [quote], self.name, _SECTION, message)

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        underdosed = [code for code in listed.valid if intent_of(code) is Intent.UNDERDOSING]
        reasons = listed.starting(*_REASONS)
        if not underdosed:
            for code in listed.starting(*_UNDERDOSED):
                message = f"{code} is underdosing: the drug (T36–T50, 6) is coded too, if it is known"
                yield self.finding("info", [code], message, section=_SECTION)
            return
        if listed.first == underdosed[0]:
            message = f"{underdosed[0]}: underdosing is never the principal or first-listed code"
            yield self.finding("reject", underdosed[:1], message, section=_SECTION)
        if not reasons:
            message = f"{underdosed[0]}: add the reason if it is known (Z91.12-, Z91.13-, Z91.14-, Z91.A-, Y63)"
            yield self.finding("info", underdosed[:1], message, section=_SECTION)


def _stated(draft: Draft) -> Iterator[tuple[Span, Substance]]:
    """Each drug that was taken too little, with the words that say so."""
    everything = frozenset(AssertionStatus)
    for cue in draft.each_said(*_CUES, sections=_TOLD_IN, statuses=everything):
        for substance in named_after(draft, cue.end):
            if _holds(draft, cue, substance):
                yield cue, substance
    for cue in draft.each_said(*_AFTER_DRUG, sections=_TOLD_IN, statuses=everything):
        before = named_before(draft, cue.start)
        if before is not None and _holds(draft, cue, before):
            yield cue, before


def _holds(draft: Draft, cue: Span, substance: Substance) -> bool:
    """Whether it is said of this patient, now, and nobody had advised it. The "not" of "not taking" denies nothing.

    "Not taking aspirin" need not be too little of it; "not taking his aspirin" is.
    """
    whole = Span(min(cue.start, substance.span.start), max(cue.end, substance.span.end))
    words = draft.words_in(whole)
    if words[0] == "not" and _TAKES.intersection(words) and _OWN.isdisjoint(words):
        return False
    if draft.assertions.at(whole).status is not AssertionStatus.PRESENT:
        return False
    return _ON_ADVICE.isdisjoint(draft.words_in(draft.stream.note.sentence_of(cue.start)))


def _reason(draft: Draft, cue: Span) -> tuple[str, str]:
    """The code for why, and what it rests on."""
    words = draft.words_in(draft.stream.note.sentence_of(cue.start))
    if not _COST.isdisjoint(words):
        return "Z91.120", "the note speaks of the cost"
    if not _FORGOT.isdisjoint(words):
        return "Z91.138", "the note says that it was forgotten"
    if draft.said(*_OWN_WILL, within=[cue], statuses=frozenset(AssertionStatus)):
        return "Z91.128", "the patient stopped it"
    return "Z91.148", "the note does not say why"
