"""Borderline conditions (Guidelines I.B.17)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.qualified import qualifier, qualifies
from wardround.coding.titles import sides_of
from wardround.spans import Span

__all__ = ["Borderline"]

_WORD = "borderline"
_SUSPECT = "H40.0"
_EYES = {"right": "1", "left": "2", "bilateral": "3"}


class Borderline(Rule):
    """A condition that the provider calls borderline is coded as confirmed, in any setting, unless the classification
    has an entry for its borderline form: borderline diabetes is R73.03, borderline hypertension R03.0, borderline
    glaucoma H40.00-. Where the record leaves open what is meant, the provider is asked.

    In a note the borderline form gets its own code, and any other condition stays with a remark and a draft of a
    question. In a list a glaucoma beside the suspect code of the same eye is for review; of diabetes and hypertension
    the rules excludes1 and hypertension say the same.
    """

    name = "borderline"
    section = "I.B.17"
    title = "a borderline condition is coded as confirmed, unless the Index has its borderline form"
    severity = "review"
    prefixes = (_SUSPECT,)

    def apply(self, draft: Draft) -> None:
        if not qualifies(draft, _WORD):
            return
        for proposal in list(draft.alive()):
            found = [qualifier(draft, mention, _WORD, behind=True) for mention in proposal.mentions]
            cues = [cue for cue in found if cue is not None]
            if cues and len(cues) == len(found):
                self._settle(draft, proposal, cues)

    def _settle(self, draft: Draft, proposal: Proposal, cues: list[Span]) -> None:
        row = data.row_of("borderline", proposal.code)
        if row is not None:
            code = row["code"]
            if code.startswith(_SUSPECT):
                code = code[:-1] + next((_EYES[s] for s in _sides(draft, proposal, cues) if s in _EYES), "9")
            draft.recode(proposal, code, self.name, self.section, f"borderline: {row['reason']}")
            return
        proposal.remark(self.name, self.section, "borderline, which is coded as confirmed: the Index has no such form")
        draft.ask(
            "what is meant by borderline",
            "The note calls a condition borderline. Please clarify whether it is a diagnosis.",
            ("A confirmed diagnosis", "A finding without a diagnosis"),
            [*cues, *(mention.span for mention in proposal.mentions)],
            rule=self.name,
            section=self.section,
            codes=(proposal.code,),
        )

    def check(self, listed: CodeList) -> Iterator[Finding]:
        suspects = listed.starting(_SUSPECT)
        for code in listed.starting("H40") if suspects else ():
            for suspect in suspects:
                sides, others = sides_of(listed.title(suspect)), sides_of(listed.title(code))
                if not code.startswith(_SUSPECT) and (not sides or not others or sides == others):
                    pair = sorted((suspect, code), key=listed.valid.index)
                    yield self.finding("review", pair, f"{suspect} is for an eye that has no glaucoma; {code} is one")


def _sides(draft: Draft, proposal: Proposal, cues: list[Span]) -> frozenset[str]:
    """The side of the code's title, or else the only one said in its sentence."""
    said = sides_of(draft.codes.title(proposal.code))
    if said:
        return said
    sentence = draft.stream.note.sentences[proposal.mentions[0].found.sentence]
    words = sides_of(sentence.quote(draft.stream.note.text))
    return words if len(words) == 1 else frozenset()
