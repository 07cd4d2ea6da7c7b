"""How sure the embedded coder is of a code: a number from what it rests on.

The constants are set by hand from how often codes of each kind agreed with experts on development notes; they rank
codes, and are not yet calibrated probabilities.
"""

from __future__ import annotations

from wardround.coding.draft import Basis, Mention, Proposal
from wardround.documents import AssertionStatus

__all__ = ["ACCEPTED_FROM", "confidence_of", "repeated"]

ACCEPTED_FROM = 0.7
"""A code at or above this confidence, with no rule against it, is accepted; below it a person looks first."""

_BASIS = {
    Basis.PROBLEM: 0.85,
    Basis.ASSESSMENT: 0.65,
    Basis.COMPLAINT: 0.5,
    Basis.NARRATIVE: 0.45,
    Basis.PAST: 0.45,
    Basis.SUPPORT: 0.3,
}


def confidence_of(mention: Mention, complete: bool, code: str) -> float:
    """Confidence of one code from one mention, 0 to 1.

    Args:
        mention: what the code rests on.
        complete: nothing was assumed that the note does not say.
        code: the code.
    """
    value = _BASIS[mention.basis]
    if not mention.found.phrase:
        value -= 0.1
    if mention.found.term.source.startswith("Index"):
        value -= 0.2  # of these the development notes bear out one in two
    if not complete:
        value -= 0.2
    if mention.status == AssertionStatus.POSSIBLE:
        value -= 0.2
    elif mention.status != AssertionStatus.PRESENT:
        value -= 0.1
    if len(mention.found.term.words) > 1 and mention.found.phrase:
        value += 0.05
    if code.startswith("R"):
        value -= 0.1
    return max(0.05, min(value, 0.95)) * mention.found.sure


def repeated(proposal: Proposal) -> float:
    """Confidence of a code that stands for mentions, wherever they are: how surely its words mean it.

    Where a mention stands and what is asserted of it matters for an encounter only; said twice counts for more.
    """
    value = 0.62 if any(mention.found.phrase for mention in proposal.mentions) else 0.35
    return value + 0.08 * (len(proposal.mentions) > 1)
