"""What a draft shows before a site has spoken: the words of the note, and the codes that the coder offers.

It is all that a site model looks at, when it is fitted and when it is used, and holds nothing of the note's characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wardround.coding.draft import Basis, Draft, Proposal
from wardround.coding.overlooked import Overlooked
from wardround.coding.result import Scope
from wardround.coding.rules.stated_as_present import UNSTATED
from wardround.documents import AssertionStatus

__all__ = ["Offer", "Place", "Reading", "reading_of"]

Place = tuple[int, int]
"""First word, and one past the last, of a run of the note's canonical words."""

_OPEN = frozenset({"not-assessed", "integral-symptoms", *Overlooked})  # turned down for what sites judge differently


class Offer(NamedTuple):
    """A code that the coder offers.

    Attributes:
        code: of the release.
        alive: not turned down.
        why: name of the rule that turned it down; empty for one that is alive.
        sure: the coder's own confidence.
        basis: the strongest place that speaks for it.
        phrase: one of its terms stands in the note word by word.
        mentions: how many there are.
        terms: the words of each term that led to it, in the Tabular's vocabulary.
        source: where the first of them comes from: lexicon, title, inclusion, Index, or rule.
        chosen: the code was chosen below what its term means.
        said: how it is asserted, the same for all mentions; "mixed" otherwise.
        between: words that stand between those of its term, in the mention that has fewest.
        places: of its mentions.
    """

    code: str
    alive: bool
    why: str
    sure: float
    basis: Basis
    phrase: bool
    mentions: int
    terms: tuple[str, ...]
    source: str
    chosen: bool
    said: str
    between: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A note as a site model sees it.

    Attributes:
        words: canonical, in order.
        sentence_of: the number of the sentence that each word stands in.
        stated: for each word whether it is said of this patient and now; None where that does not matter.
        offers: one for each code, in the order of the draft.
    """

    words: Sequence[str]
    sentence_of: Sequence[int]
    stated: Sequence[bool] | None
    offers: tuple[Offer, ...]

    def allows(self, place: Place) -> bool:
        """Whether a phrase may be read here: in one sentence, and where it counts said of the patient."""
        first, past = place
        if self.sentence_of[first] != self.sentence_of[past - 1]:
            return False
        return self.stated is None or self.stated[first]


def reading_of(draft: Draft, scope: Scope) -> Reading:
    """What a draft shows. For an encounter what the note denies, or says of others or the past, is no phrase."""
    stream = draft.stream
    stated = None
    if scope == "encounter":
        statuses = draft.assertions.statuses(stream.first_words, stream.last_words)
        stated = [status is AssertionStatus.PRESENT or status not in UNSTATED for status in statuses]
    offers: dict[str, Offer] = {}
    for proposal in draft.proposals:
        if (proposal.alive or is_open(proposal)) and proposal.code not in offers:
            offers[proposal.code] = _offer(proposal)
    return Reading(stream.words, stream.sentence_of, stated, tuple(offers.values()))


def is_open(proposal: Proposal) -> bool:
    """Whether a proposal was turned down for a reason that a site may see differently."""
    reasons = [finding.rule for finding in proposal.findings if finding.severity == "reject"]
    return bool(reasons) and _OPEN.issuperset(reasons)


def _offer(proposal: Proposal) -> Offer:
    mentions = proposal.mentions
    first, status = mentions[0].found.term, mentions[0].status
    return Offer(
        code=proposal.code,
        alive=proposal.alive,
        why="" if proposal.alive else next(f.rule for f in proposal.findings if f.severity == "reject"),
        sure=proposal.confidence,
        basis=proposal.basis,
        phrase=any(mention.found.phrase for mention in mentions),
        mentions=len(mentions),
        terms=tuple(dict.fromkeys([" ".join(mention.found.term.words) for mention in mentions])),
        source="Index" if first.source.startswith("Index") else first.source,
        chosen=first.target != proposal.code,
        said=status.value if all(mention.status is status for mention in mentions) else "mixed",
        between=min([_between(mention.found.positions) for mention in mentions]),
        places=tuple([(own[0], own[-1] + 1) for mention in mentions if (own := mention.found.positions)]),
    )


def _between(positions: tuple[int, ...]) -> int:
    return positions[-1] - positions[0] + 1 - len(positions) if positions else 0
