"""Puts together what the embedded coder found and what a model said, so that no word of the model can do harm.

Mentions that are borne out are coded like our own. Claims are coded in a draft of their own, with the same rules and
checks; what they add to it is taken over for review, and nothing that stands without them changes its status for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from wardround.coding.assisted.hearing import SOURCE, Heard
from wardround.coding.draft import Draft, Mention, Proposal
from wardround.coding.propose import Proposer

__all__ = ["merged"]

_CIRCUMSTANCES = ("V", "W", "X", "Y")
_SURE_FROM = 0.85  # score of a listed problem, read as it stands
_AGREED = 0.05  # that the score of an accepted code gains where coder and model name the same words


def merged(embedded: Draft, heard: Heard, drafted: Callable[[Sequence[Mention]], Draft], proposer: Proposer) -> Draft:
    """The draft of both.

    Args:
        embedded: the embedded coder's own.
        heard: what the model said.
        drafted: makes a draft of mentions in the order of the note.
        proposer: for what the model turned away.
    """
    own = [*embedded.mentions, *heard.borne_out]
    draft = drafted(_in_order(own)) if heard.borne_out else embedded
    for proposal in draft.alive():
        if _is_models(proposal) and not _has_ours(proposal):
            proposal.remark("model-found", "", "found by the model; the words are those of the classification")
    if heard.claims:
        _take_over(draft, drafted(_in_order([*own, *heard.claims])))
    _weigh(draft, heard)
    have = {proposal.code for proposal in draft.proposals}
    for proposal in proposer.propose(_in_order(heard.turned_away), with_context=False):
        if proposal.code not in have:
            proposal.reject(
                "not-chosen", "", "the model named these words, but chose no title for them with confidence"
            )
            draft.proposals.append(proposal)
    return draft


def _take_over(draft: Draft, claimed: Draft) -> None:
    """Add to ``draft`` what only ``claimed`` has, for review."""
    standing = {proposal.code: proposal for proposal in draft.proposals}
    added = set()
    for proposal in claimed.proposals:
        known = standing.get(proposal.code)
        if known is not None and known.alive:
            if proposal.alive and _is_models(proposal):
                _agree(known)
            continue
        if known is not None:
            if not (proposal.alive and _is_models(proposal)):
                continue
            draft.proposals.remove(known)
        if proposal.alive:
            proposal.doubt("model-only", "", "only the model found this; nothing of ours bears it out")
            added.add(proposal.code)
        draft.proposals.append(proposal)
    if all(proposal.code.startswith(_CIRCUMSTANCES) for proposal in draft.alive()):
        for proposal in filter(_is_models, draft.alive()):
            proposal.reject("external-cause", "I.C.20.a.6", "it tells the circumstances of something that is not coded")
    topics = {query.topic for query in draft.queries}
    draft.queries += [q for q in claimed.queries if q.topic not in topics and not added.isdisjoint(q.codes)]


def _weigh(draft: Draft, heard: Heard) -> None:
    """Let what the model says of our own finds raise a confidence, or ask for review; never accept a code.

    A model that doubts everything, or a note that tells it to, would send every code to a person, and nobody looks
    closely at every code. So its doubt asks for review only of what the coder itself is less sure of, and only while it
    doubts no more than half of what it names; otherwise it is a remark.
    """
    credible = 2 * len(heard.doubted) <= len(set(heard.agreed))
    for proposal in draft.alive():
        spans = [mention.span for mention in proposal.mentions if mention.found.term.source != SOURCE]
        named = [place for place in heard.agreed if any(place.overlaps(span) for span in spans)]
        doubted = [place for place in named if place in heard.doubted]
        if doubted and len(doubted) == len(named):
            told = f"the model reads it as {heard.doubted[doubted[0]]}"
            if credible and proposal.confidence < _SURE_FROM:
                proposal.doubt("model-doubts", "", told)
            else:
                proposal.remark("model-doubts", "", told)
        elif named:
            _agree(proposal)


def _agree(proposal: Proposal) -> None:
    """Be surer of an accepted code; of others no more, for that could look like enough to accept them."""
    if proposal.status == "accepted":
        proposal.confidence += _AGREED


def _is_models(proposal: Proposal) -> bool:
    return any(mention.found.term.source == SOURCE for mention in proposal.mentions)


def _has_ours(proposal: Proposal) -> bool:
    return any(mention.found.term.source != SOURCE for mention in proposal.mentions)


def _in_order(mentions: Iterable[Mention]) -> list[Mention]:
    return sorted(mentions, key=lambda mention: mention.found.positions)
