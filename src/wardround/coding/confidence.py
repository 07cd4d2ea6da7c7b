"""The score of a code: how much speaks for it, from 0 to 1.

Scores rank codes; `wardround.coding.calibration` makes probabilities of them. For an encounter the constants are set by
hand from how often codes of each kind agreed with experts on development notes, too few to fit them. For mentions there
are enough: the score is that of a logistic regression on what `features` tells, with weights that come with wardround.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import exp

from wardround.coding.draft import Basis, Mention, Proposal
from wardround.documents import AssertionStatus

__all__ = ["confidence_of", "features", "repeated", "weighed"]

_WITH_SEVENTH = 8  # characters of a code with a seventh character, the dot among them

_BASIS = {
    Basis.PROBLEM: 0.85,
    Basis.ASSESSMENT: 0.75,
    Basis.COMPLAINT: 0.5,
    Basis.NARRATIVE: 0.45,
    Basis.PAST: 0.45,
    Basis.SUPPORT: 0.3,
}


def confidence_of(mention: Mention, complete: bool, code: str) -> float:
    """The score of one code from one mention, 0 to 1.

    Args:
        mention: what the code rests on.
        complete: nothing was assumed that the note does not say.
        code: the code.
    """
    value = _BASIS[mention.basis]
    if not mention.found.phrase:
        value -= 0.2
    if mention.found.term.source.startswith("Index"):
        value -= 0.2  # of these the development notes bear out one in two
    if not complete:
        value -= 0.2
    if mention.status == AssertionStatus.POSSIBLE:
        value -= 0.2
    elif mention.status != AssertionStatus.PRESENT:
        value -= 0.1
    if code.startswith("R"):
        value -= 0.1
    elif code.startswith("Z"):
        value -= 0.2
    return max(0.05, min(value, 0.95)) * mention.found.sure


def features(proposal: Proposal) -> Iterator[str]:
    """What speaks for a code that stands for mentions, wherever they are, or against it; each by its name.

    Where a mention stands and what is asserted of it matters for an encounter only, but for a past that lasts.
    """
    yield "always"
    mentions = proposal.mentions
    phrases = {mention.found.term.words for mention in mentions if mention.found.phrase}
    if phrases:
        yield "phrase"
    if any(len(words) == 1 for words in phrases):
        yield "one word"
    if len(mentions) > 1:
        yield "said again"
    if len({mention.found.term.words for mention in mentions}) > 1:
        yield "said in several ways"
    if any(mention.status is AssertionStatus.HISTORICAL for mention in mentions):
        yield "historical"
    if len(proposal.code) == _WITH_SEVENTH:
        yield "seventh character"
    yield f"chapter {proposal.code[0]}"
    yield f"group {proposal.code[:2]}"


def weighed(names: Iterable[str], weights: Mapping[str, float]) -> float:
    """The score of features, from 0 to 1; one without a weight, in log odds, weighs nothing."""
    return 1 / (1 + exp(-sum(weights.get(name, 0.0) for name in names)))


def repeated(proposal: Proposal, weights: Mapping[str, float]) -> float:
    """The score of a code that stands for mentions."""
    return weighed(features(proposal), weights) * max(mention.found.sure for mention in proposal.mentions)
