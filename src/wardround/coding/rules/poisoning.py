"""Poisoning and toxic effects: the substance and the intent first, then what it did (Guidelines I.C.19.e.5.b)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
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
    with_intent,
)
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["Poisoning"]

_SECTION = "I.C.19.e.5.b"
_WRONGLY = (Intent.ACCIDENT, Intent.SELF_HARM, Intent.ASSAULT, Intent.UNDETERMINED)
_SELF_HARM = (
    "suicide attempt",
    "suicidal attempt",
    "attempted suicide",
    "suicidal gesture",
    "suicidal intent",
    "intentional overdose",
    "intentionally overdosed",
    "intentional ingestion",
    "intentionally ingested",
    "self harm",
    "self inflicted",
    "to kill herself",
    "to kill himself",
    "to kill themselves",
    "to end her life",
    "to end his life",
    "to end their life",
    "wanted to die",
)
_ACCIDENT = ("accidental", "accidentally", "unintentional", "unintentionally", "inadvertent", "by mistake")
_UNDETERMINED = (
    "undetermined intent",
    "intent undetermined",
    "intent cannot be determined",
    "intent could not be determined",
    "unable to determine intent",
)
_TAKEN = ("overdose of", "overdose on", "overdose with", "overdosed on", "ingested", "ingestion of", "swallowed")
_TOOK = ("took", "taken", "taking")  # many things are taken: only where the overdose is, or too much is said
_TOO_MUCH = frozenset("attempt bottle entire handful kill overdose suicidal suicide whole".split())
_PROPERLY = ("as prescribed", "as directed", "therapeutic dose")
_UNNAMED = ("T50.90", "T50.91")
_ATTEMPT = "T14.91"
_MANIFEST_NOWHERE = ("S", "T", "V", "W", "X", "Y", "Z", "O")


class Poisoning(Rule):
    """A drug taken wrongly (an overdose, the wrong drug, the wrong way) or a toxic substance is coded first, from T36
    to T65 with the intent in its 5th or 6th character, and what it did after it. Without a stated intent it was an
    accident; undetermined is for a record that says so. More than one substance is more than one code.

    In a note wardround gives an overdose without a drug the code of the drug that was taken, changes an accident to
    self-harm where the note tells of a suicide attempt and to undetermined where it says that the intent cannot be
    determined, and puts the poisoning before the conditions named with it. A suicide attempt beside it (T14.91) is
    turned down, as the intent says it. "Digoxin toxicity" may be an adverse effect or a poisoning: it asks.

    In a list it finds one substance with two intents, or as poisoning and adverse effect at once; a suicide attempt
    beside a poisoning by self-harm; and it says where an external cause is not needed or another condition comes
    first.
    """

    name = "poisoning"
    section = "I.C.19.e.5"
    title = "a poisoning comes before what it did, with the intent that is stated"
    severity = "reject"
    prefixes = tuple(f"T{number}" for number in range(36, 66))

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        poisonings = self._poisonings(draft)
        if poisonings:
            for proposal in poisonings:
                self._name_the_substance(draft, proposal)
            for proposal in self._poisonings(draft):
                self._settle_intent(draft, proposal)
            self._sequence(draft)
        self._ask_about_toxicity(draft)

    @staticmethod
    def _poisonings(draft: Draft) -> list[Proposal]:
        return [proposal for proposal in draft.alive("T") if intent_of(proposal.code) in _WRONGLY]

    def _name_the_substance(self, draft: Draft, proposal: Proposal) -> None:
        """ "Overdose", and elsewhere what of."""
        intent = intent_of(proposal.code)
        if intent is None or not proposal.code.startswith(_UNNAMED):
            return
        for number, substance in enumerate(_taken(draft, proposal)):
            code = coded(draft.codes, substance.header, intent)
            if code is None or code.startswith(_UNNAMED):
                continue
            message = "the substance that the note names"
            if number == 0:
                draft.recode(proposal, code, self.name, _SECTION, message)
            else:
                draft.add(code, [substance.span], self.name, "I.C.19.e.4", message)

    def _settle_intent(self, draft: Draft, proposal: Proposal) -> None:
        if intent_of(proposal.code) is not Intent.ACCIDENT:
            return
        around = draft.around(proposal)
        if draft.said(*_ACCIDENT, within=around):
            return
        near = draft.said(*_SELF_HARM, within=around)
        undetermined = draft.said(*_UNDETERMINED)
        if near or (undetermined is None and draft.said(*_SELF_HARM)):
            message = "the note tells of self-harm"
            settled = self._with_intent(draft, proposal, Intent.SELF_HARM, message)
            if settled and not near:
                settled.doubt(self.name, _SECTION, "self-harm is told elsewhere in the note: the same event?")
        elif undetermined:
            message = "the note says that the intent cannot be determined"
            self._with_intent(draft, proposal, Intent.UNDETERMINED, message)

    def _with_intent(self, draft: Draft, proposal: Proposal, intent: Intent, message: str) -> Proposal | None:
        code = with_intent(proposal.code, intent)
        if not draft.codes.billable(code):
            return None
        return draft.recode(proposal, code, self.name, _SECTION, message)

    def _sequence(self, draft: Draft) -> None:
        for proposal in self._poisonings(draft):
            bounds = draft.around(proposal)[:1] + [m.problem.heading for m in proposal.mentions if m.problem]
            manifested = [
                other
                for other in draft.alive()
                if not other.code.startswith(_MANIFEST_NOWHERE)
                and any(outer.covers(mention.span) for outer in bounds for mention in other.mentions)
            ]
            if manifested:
                draft.move_before(proposal, *manifested)
        self_harm = next((p for p in self._poisonings(draft) if intent_of(p.code) is Intent.SELF_HARM), None)
        if self_harm is not None:
            for attempt in draft.alive(_ATTEMPT):
                attempt.reject(self.name, _SECTION, f"the intent is part of {self_harm.code}")

    def _ask_about_toxicity(self, draft: Draft) -> None:
        for toxicity in draft.each_said("toxicity"):
            substance = named_before(draft, toxicity.start)
            if substance is None or draft.said(*_PROPERLY):
                continue
            if any(substance_of(proposal.code) == substance.header for proposal in self._poisonings(draft)):
                continue
            intents = (Intent.ADVERSE_EFFECT, Intent.ACCIDENT)
            codes = [code for intent in intents if (code := coded(draft.codes, substance.header, intent))]
            quote = Span(substance.span.start, toxicity.end)
            draft.ask(
                "drug toxicity: how the drug was taken",
                "Please clarify how the drug was taken before the toxicity.",
                ["As prescribed", "Otherwise than prescribed (please specify how and, if known, why)"],
                [quote],
                rule=self.name,
                section="I.C.19.e.5",
                codes=codes,
            )

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        poisonings = [code for code in listed.valid if intent_of(code) in _WRONGLY]
        if not poisonings:
            return
        yield from self._intents(listed, poisonings)
        attempts = listed.starting(_ATTEMPT)
        self_harm = [code for code in poisonings if intent_of(code) is Intent.SELF_HARM]
        if attempts and self_harm:
            codes = sorted((attempts[0], self_harm[0]), key=listed.valid.index)
            yield self.finding(
                "review", codes, f"{self_harm[0]} says that it was self-harm; {attempts[0]} adds nothing"
            )
        first = listed.valid[0]
        if not first.startswith(_MANIFEST_NOWHERE) and poisonings[0].endswith("A"):
            message = f"if {first} is what the poisoning did, {poisonings[0]} comes before it"
            yield self.finding("info", [first, poisonings[0]], message, section=_SECTION)
        yield from self._external_causes(listed, poisonings)

    def _intents(self, listed: CodeList, poisonings: Sequence[str]) -> Iterator[Finding]:
        by_substance: defaultdict[str, list[str]] = defaultdict(list)
        for code in dict.fromkeys(listed.valid):
            if intent_of(code) not in (None, Intent.UNDERDOSING):
                by_substance[substance_of(code)].append(code)
        for codes in by_substance.values():
            if len({intent_of(code) for code in codes}) > 1:
                message = f"{', '.join(codes)}: one substance with one intent, unless there were two events"
                yield self.finding("review", codes, message, section=_SECTION)

    def _external_causes(self, listed: CodeList, poisonings: Sequence[str]) -> Iterator[Finding]:
        injuries = listed.starting("S", "T0", "T1", "T2", "T30", "T31", "T32", "T33", "T34", "T7", "T8")
        causes = listed.starting("V", "W", "X", "Y0", "Y1", "Y2", "Y30", "Y31", "Y32", "Y33")
        if causes and not injuries:
            message = f"{poisonings[0]} includes its external cause; {causes[0]} is not needed"
            yield self.finding(
                "info", sorted((poisonings[0], causes[0]), key=listed.valid.index), message, section=_SECTION
            )


def _taken(draft: Draft, proposal: Proposal) -> list[Substance]:
    """The substances that were taken as an overdose, in the order of the note, each once."""
    around = draft.around(proposal)
    cues = [*draft.each_said(*_TAKEN), *(mention.span for mention in proposal.mentions)]
    for took in draft.each_said(*_TOOK):
        sentence = draft.stream.note.sentence_of(took.start)
        if any(span.covers(took) for span in around) or not _TOO_MUCH.isdisjoint(draft.words_in(sentence)):
            cues.append(took)
    found = {substance.header: substance for cue in cues for substance in named_after(draft, cue.end)}
    for mention in proposal.mentions:
        before = named_before(draft, mention.span.start)
        if before is not None:
            found.setdefault(before.header, before)
    present = [s for s in found.values() if draft.assertions.at(s.span).status is AssertionStatus.PRESENT]
    return sorted(present, key=lambda substance: substance.span)
