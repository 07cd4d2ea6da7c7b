"""The working state between finding and result: mentions, proposals, and the draft that the rules work on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from wardround.coding.find import Found, Stream
from wardround.coding.result import Encounter, Finding, Status
from wardround.documents import Assertion, AssertionStatus, Problem, SectionKind
from wardround.icd10 import CodeSet

__all__ = ["Basis", "Draft", "Mention", "Proposal"]


class Basis(StrEnum):
    """Why a mention may speak for a code, the strongest first."""

    PROBLEM = "problem"  # an item the clinician lists as assessed at this visit
    ASSESSMENT = "assessment"  # prose of the assessment or diagnosis
    COMPLAINT = "complaint"  # chief complaint
    NARRATIVE = "narrative"  # history of present illness, hospital course, notes without headings
    PAST = "past"  # past history
    SUPPORT = "support"  # exam, results, review of systems, plan details: read for detail, not for codes


@dataclass(frozen=True, slots=True)
class Mention:
    """A find with what the note says about it."""

    found: Found
    section: SectionKind
    assertion: Assertion
    basis: Basis
    problem: Problem | None

    @property
    def status(self) -> AssertionStatus:
        return self.assertion.status


@dataclass(slots=True, eq=False)
class Proposal:
    """A code on its way to the result. ``status`` and ``confidence`` change while the rules work.

    Two proposals are never equal, whatever they hold: the draft is searched for the one that is meant.
    """

    code: str
    mentions: list[Mention]
    basis: Basis
    confidence: float
    route: tuple[str, ...]
    status: Status = "accepted"
    findings: list[Finding] = field(default_factory=list)

    @property
    def alive(self) -> bool:
        return self.status != "rejected"

    @property
    def place(self) -> int:
        """The character at which its first mention starts."""
        return self.mentions[0].found.span.start

    def reject(self, rule: str, section: str, message: str) -> None:
        """Turn the code down; the first reason decides and is the one shown first."""
        self.status = "rejected"
        self.findings.append(Finding(rule=rule, section=section, severity="reject", message=message))

    def doubt(self, rule: str, section: str, message: str) -> None:
        """Keep the code but ask for a person's look."""
        if self.status == "accepted":
            self.status = "review"
        self.findings.append(Finding(rule=rule, section=section, severity="review", message=message))

    def remark(self, rule: str, section: str, message: str) -> None:
        """Say something about the code that changes nothing."""
        self.findings.append(Finding(rule=rule, section=section, severity="info", message=message))


@dataclass(slots=True)
class Draft:
    """All proposals of one note, in the order of the note, and what the rules may look at."""

    stream: Stream
    encounter: Encounter
    codes: CodeSet
    proposals: list[Proposal] = field(default_factory=list)

    def alive(self, *prefixes: str) -> Iterator[Proposal]:
        """The proposals not turned down; with prefixes only those whose code starts with one of them."""
        for proposal in self.proposals:
            if proposal.alive and (not prefixes or proposal.code.startswith(prefixes)):
                yield proposal

    def denies_link(self, proposal: Proposal, *causes: str) -> bool:
        """Whether the note says that a condition has nothing to do with one of the ``causes``, where it names it."""
        for mention in proposal.mentions:
            words = self.stream.words
            own = {words[p] for p in self.stream.sentence_ranges[mention.found.sentence]}
            if not own.isdisjoint(causes) and not own.isdisjoint(("not", "unrelated")):
                return True
        return False

    def recode(self, proposal: Proposal, code: str, rule: str, section: str, message: str) -> Proposal:
        """Give a proposal another code; its words stay. A code that is there already takes the words over.

        Returns:
            The proposal that has the code now; ``proposal`` itself is no longer in the draft if it is another.
        """
        proposal.route = (*proposal.route, f"{section} → {code}")
        proposal.code = code
        proposal.remark(rule, section, message)
        for other in self.proposals:
            if other is not proposal and other.alive and other.code == code:
                other.mentions.extend(proposal.mentions)
                proposal.status = "rejected"
                self.proposals.remove(proposal)
                return other
        return proposal

    def move_before(self, proposal: Proposal, *others: Proposal) -> None:
        """Put a proposal before all of ``others``; it stays where it is if it already stands before them."""
        first = min(self.proposals.index(other) for other in others)
        here = self.proposals.index(proposal)
        if first < here:
            self.proposals.insert(first, self.proposals.pop(here))
