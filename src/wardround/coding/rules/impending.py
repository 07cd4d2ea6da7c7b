"""Impending and threatened conditions (Guidelines I.B.11)."""

from __future__ import annotations

from wardround.coding.draft import Draft, Proposal
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.qualified import qualifier, qualifies
from wardround.spans import Span

__all__ = ["Impending"]

_WORDS = ("impending", "threatened", "threatening", "imminent")


class Impending(Rule):
    """A condition said to be impending or threatened is coded as confirmed if it occurred. If it did not, it is coded
    only where the Index has an entry under "Impending" or "Threatened": an impending infarction is I20.0, threatened
    labor O47. Otherwise what is there already is coded, and not what was feared: of an impending respiratory failure
    in pneumonia the pneumonia.

    In a note the feared condition gets the code of the Index, or is turned down with a question to the provider whether
    it occurred. Where the note also says it without the word, it occurred, and stays. A bare list does not show what
    was feared, so it is not checked.
    """

    name = "impending"
    section = "I.B.11"
    title = "an impending or threatened condition is coded only if it occurred or the Index has it"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        if not qualifies(draft, *_WORDS):
            return
        for proposal in list(draft.alive()):
            feared = [qualifier(draft, mention, *_WORDS) for mention in proposal.mentions]
            cues = [cue for cue in feared if cue is not None]
            if len(cues) == len(feared):
                self._settle(draft, proposal, cues)
            elif cues:
                proposal.remark(self.name, self.section, "said to be impending, and also to have occurred")

    def _settle(self, draft: Draft, proposal: Proposal, cues: list[Span]) -> None:
        row = data.row_of("impending", proposal.code)
        if row is not None and draft.codes.billable(row["code"]):
            draft.recode(proposal, row["code"], self.name, self.section, f"not {proposal.code}: only impending")
            return
        proposal.reject(self.name, self.section, "only impending or threatened: what is there already is coded")
        if draft.first(proposal.code[:3]) is not None:
            return  # in another form it occurred
        draft.ask(
            "whether it occurred",
            "The note speaks of a condition as impending or threatened. Please clarify whether it occurred.",
            ("It occurred", "It did not occur"),
            [*cues, *(mention.span for mention in proposal.mentions)],
            rule=self.name,
            section=self.section,
            codes=(proposal.code,),
        )
