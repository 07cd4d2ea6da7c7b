"""Only conditions that the note states of this patient, now, are coded (Guidelines III and IV.J)."""

from __future__ import annotations

from wardround.coding.draft import Draft
from wardround.coding.rules.base import Rule
from wardround.documents import AssertionStatus

__all__ = ["UNSTATED", "StatedAsPresent", "why_unstated"]

_WHY = {
    AssertionStatus.NEGATED: ("III", "the note denies it"),
    AssertionStatus.FAMILY: ("I.C.21.c.4", "it is said of a relative"),
    AssertionStatus.HYPOTHETICAL: ("III", "it is only feared, screened for or to be watched for"),
    AssertionStatus.HISTORICAL: ("I.C.21.c.4", "it is past and no longer treated"),
}

UNSTATED = frozenset(_WHY)
"""The assertions under which a condition does not exist for the encounter."""


def why_unstated(status: AssertionStatus) -> tuple[str, str]:
    """Guideline section and reason for turning down what is asserted so."""
    return _WHY[status]


class StatedAsPresent(Rule):
    """Only what the note states of this patient, now, is coded.

    A condition that every mention denies, tells of a relative, or only fears, screens or watches for is turned down,
    and so is one that is past and has no history code. One mention that states it outweighs the others. A relative's
    disease becomes a family history code where the note says it as such. Uncertain conditions are another rule's, and a
    past one that has a history code or that does not end is, too. What is turned down is kept with its reason. The
    words that deny, doubt or tell of others stand in a table of cues with their reach in the sentence. A bare list of
    codes does not tell what the note said.
    """

    name = "stated-as-present"
    section = "III"
    title = "code what the note states of this patient, now"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        for proposal in draft.alive():
            statuses = [mention.status for mention in proposal.mentions]
            if UNSTATED.issuperset(statuses):
                proposal.reject(self.name, *why_unstated(statuses[0]))
