"""How a site model changes a draft: adds codes, turns codes down, and says how sure each is and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from wardround.coding.basis import basis_of
from wardround.coding.draft import Draft, Mention, Proposal
from wardround.coding.find import Found
from wardround.coding.site.habits import FEWEST, Link
from wardround.coding.site.reading import is_open
from wardround.coding.site.weighing import Candidate
from wardround.coding.terms import Term

__all__ = ["RULE", "Scored", "speak"]

RULE = "site"
"""Name of the findings and source of the terms that a site model adds."""


class Scored(NamedTuple):
    """A candidate with how much speaks for it, 0 to 1."""

    candidate: Candidate
    score: float


def speak(draft: Draft, scored: Iterable[Scored], threshold: float, turned_down: float) -> None:
    """Bring what the site's habits say into the draft.

    A code below ``threshold`` is turned down. One that the coder offers keeps its words; one that only signs of the
    note speak for rests on the words of the strongest sign. What rules turned down for good has ``turned_down`` of its
    score as its probability.
    """
    for gone in draft.proposals:
        if not gone.alive and not is_open(gone):
            gone.confidence *= turned_down
    offered = {proposal.code: proposal for proposal in reversed(draft.proposals) if proposal.alive or is_open(proposal)}
    for candidate, score in scored:
        proposal = offered.get(candidate.code)
        wanted = score >= threshold
        if proposal is None:
            if wanted:
                draft.proposals.append(_proposed(draft, candidate, score))
            continue
        was_alive = proposal.alive
        proposal.confidence = score
        if wanted and candidate.links:
            proposal.route = (*proposal.route, _route(candidate.links[0][0], candidate.code))
        if wanted and not was_alive:
            _revive(proposal)
        elif not wanted and was_alive:
            proposal.reject(RULE, "", "the reviewed charts of this site rarely have it where a note says this")


def _proposed(draft: Draft, candidate: Candidate, score: float) -> Proposal:
    link, places = candidate.links[0]
    mentions = [_mention(draft, place, candidate.code) for place in places]
    mentions.sort(key=lambda mention: mention.span)
    basis = mentions[0].basis
    return Proposal(candidate.code, mentions, basis, score, (_route(link, candidate.code),))


def _mention(draft: Draft, place: tuple[int, int], code: str) -> Mention:
    stream = draft.stream
    positions = tuple(range(*place))
    span = stream.span(positions)
    words = tuple(stream.words[first] for first in positions)
    found = Found(Term(words, code, "", RULE), positions, span, stream.sentence_of[place[0]], True)
    problem = stream.problem_at(span.start)
    section = stream.note.section_of(span.start).kind
    return Mention(found, section, draft.assertions.at(span), basis_of(section, problem, span), problem)


def _revive(proposal: Proposal) -> None:
    """Take back what turned the code down; the reason stays to be read."""
    proposal.status = "accepted"
    proposal.findings = [
        finding.model_copy(update={"severity": "info"}) if finding.severity == "reject" else finding
        for finding in proposal.findings
    ]
    proposal.remark(RULE, "", "the reviewed charts of this site have it where a note says this")


def _route(link: Link, code: str) -> str:
    said = f"'{link.sign}'" if link.kind != "code" else link.sign
    right = link.right if link.right >= FEWEST else f"fewer than {FEWEST}"
    return f"site: {said} → {code}, {right} of {link.of} charts"
