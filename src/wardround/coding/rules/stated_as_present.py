"""Only conditions that the note states of this patient, now, are coded (Guidelines III and IV.J).

Denied, another person's, merely feared or past conditions do not exist for this encounter.
"""

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
    """Turns down a code none of whose mentions is present or possible."""

    name = "stated-as-present"
    section = "III"
    title = "code what the note states of this patient, now"
    severity = "reject"

    def apply(self, draft: Draft) -> None:
        for proposal in draft.alive():
            statuses = [mention.status for mention in proposal.mentions]
            if UNSTATED.issuperset(statuses):
                proposal.reject(self.name, *why_unstated(statuses[0]))
