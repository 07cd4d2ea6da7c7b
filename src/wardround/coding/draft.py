"""The working state between finding and result: mentions, proposals, and the draft that the rules work on."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, lru_cache

from wardround.coding.find import Found, Stream
from wardround.coding.legibility import places_of
from wardround.coding.result import Encounter, Evidence, Finding, Query, Severity, Status
from wardround.coding.terms import Term
from wardround.documents import Assertion, Assertions, AssertionStatus, Problem, SectionKind
from wardround.icd10 import CodeSet
from wardround.spans import Span
from wardround.words import cut, folded

__all__ = ["Basis", "Draft", "Mention", "Proposal"]

_CAUSE = re.compile(
    r"\b(?:(?:due|secondary|related|attributed|owing) to|2/2|from|caused by|resulting from)\s+", re.IGNORECASE
)
_LINKING = frozenset("associated attributable attributed cause caused complication linked related secondary".split())
_DENIED_REACH = 3  # content words between "not" and what it denies
_LAST_OPTIONS = ("Other (please specify)", "Unable to determine")


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

    @property
    def span(self) -> Span:
        """Its characters in the note."""
        return self.found.span


@dataclass(slots=True, eq=False)
class Proposal:
    """A code on its way to the result. ``status`` and ``confidence`` change while the rules work.

    ``confidence`` is a score, 0 to 1, that ranks codes; the result tells it as a probability.

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

    def as_present(self) -> None:
        """Take mentions of the past as present: what the code says is a past that lasts, or not past after all."""
        present = Assertion(AssertionStatus.PRESENT, None)
        self.mentions = [
            replace(mention, assertion=present) if mention.status is AssertionStatus.HISTORICAL else mention
            for mention in self.mentions
        ]

    def reject(self, rule: str, section: str, message: str) -> None:
        """Turn the code down; the first reason decides and is the one shown first."""
        self.status = "rejected"
        self._find(rule, section, "reject", message)

    def doubt(self, rule: str, section: str, message: str) -> None:
        """Keep the code but ask for a person's look."""
        if self.status == "accepted":
            self.status = "review"
        self._find(rule, section, "review", message)

    def remark(self, rule: str, section: str, message: str) -> None:
        """Say something about the code that changes nothing."""
        self._find(rule, section, "info", message)

    def _find(self, rule: str, section: str, severity: Severity, message: str) -> None:
        self.findings.append(
            Finding(rule=rule, section=section, severity=severity, codes=(self.code,), message=message)
        )


@dataclass
class Draft:
    """All proposals of one note, in the order of the note, and what the rules may look at.

    Attributes:
        stream: the note as canonical words.
        encounter: what is known of the visit.
        codes: the release.
        assertions: whether something the note says is present, denied, …
        mentions: everything found in the note, also what gave no proposal.
        proposals: the codes so far, those turned down among them.
        queries: questions to the provider.
        unrelated: pairs of codes of which the note says that the one has nothing to do with the other.
    """

    stream: Stream
    encounter: Encounter
    codes: CodeSet
    assertions: Assertions
    mentions: Sequence[Mention] = ()
    proposals: list[Proposal] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    unrelated: set[frozenset[str]] = field(default_factory=set)

    # -- proposals ----------------------------------------------------------------------------------------------

    def alive(self, *prefixes: str) -> Iterator[Proposal]:
        """The proposals not turned down; with prefixes only those whose code starts with one of them."""
        for proposal in self.proposals:
            if proposal.status != "rejected" and (not prefixes or proposal.code.startswith(prefixes)):
                yield proposal

    def first(self, *prefixes: str) -> Proposal | None:
        """The first of `alive`, or None."""
        for proposal in self.proposals:
            if proposal.status != "rejected" and (not prefixes or proposal.code.startswith(prefixes)):
                return proposal
        return None

    def recode(self, proposal: Proposal, code: str, rule: str, section: str, message: str) -> Proposal:
        """Give a proposal another code; its words stay. A code that is there already takes the words over.

        Returns:
            The proposal that has the code now; ``proposal`` itself is no longer in the draft if it is another. Where
            the release has no such code, ``proposal`` unchanged.
        """
        if not self.codes.billable(code):
            return proposal
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

    def add(
        self,
        code: str,
        evidence: Proposal | Sequence[Span],
        rule: str,
        section: str,
        message: str,
        *,
        confidence: float | None = None,
        before: Proposal | None = None,
    ) -> Proposal:
        """Propose one more code, such as the partner of a pair.

        Args:
            code: if the draft has it already, that proposal is returned unchanged; if the release does not have it, it
                is turned down, and no part of the result.
            evidence: the proposal whose words it rests on too, or the words of the note.
            rule: name of the rule that adds it.
            section: of the guidelines.
            message: why.
            confidence: that of the proposal it rests on, or 0.6 of words alone, unless given.
            before: stand right before this proposal; otherwise after the one it rests on, or at the end.
        """
        known = next((p for p in self.alive() if p.code == code), None)
        if known is not None:
            return known
        if isinstance(evidence, Proposal):
            mentions, basis, sure = list(evidence.mentions), evidence.basis, evidence.confidence
            route = (*evidence.route, f"{section} → {code}")
            place = self.proposals.index(evidence) + 1
        else:
            mentions = [self.mention(span, code) for span in evidence]
            basis, sure, place = mentions[0].basis, 0.6, len(self.proposals)
            route = (f"{section}: {' '.join(mentions[0].found.term.words)} → {code}",)
        proposal = Proposal(code, mentions, basis, sure if confidence is None else confidence, route)
        if self.codes.billable(code):
            proposal.remark(rule, section, message)
        else:
            proposal.reject(rule, section, f"no code of release {self.codes.release.id}")
        self.proposals.insert(self.proposals.index(before) if before else place, proposal)
        return proposal

    def move_before(self, proposal: Proposal, *others: Proposal) -> None:
        """Put a proposal before all of ``others``; it stays where it is if it already stands before them."""
        first = min(self.proposals.index(other) for other in others)
        here = self.proposals.index(proposal)
        if first < here:
            self.proposals.insert(first, self.proposals.pop(here))

    # -- what the note says -------------------------------------------------------------------------------------

    def said(
        self,
        *phrases: str,
        within: Sequence[Span] | None = None,
        sections: Set[SectionKind] | None = None,
        statuses: Set[AssertionStatus] = frozenset({AssertionStatus.PRESENT}),
    ) -> Span | None:
        """Where the note says one of ``phrases`` first; None if it does not.

        Args:
            phrases: as a clinician writes them; case, punctuation and plural are free, the order of words is not.
            within: only there; the whole note if not given. See `around`.
            sections: only in sections of these kinds.
            statuses: how it must be asserted; as present if not given.
        """
        return next(self.each_said(*phrases, within=within, sections=sections, statuses=statuses), None)

    def each_said(
        self,
        *phrases: str,
        within: Sequence[Span] | None = None,
        sections: Set[SectionKind] | None = None,
        statuses: Set[AssertionStatus] = frozenset({AssertionStatus.PRESENT}),
    ) -> Iterator[Span]:
        """Every place at which the note says one of ``phrases``, phrase by phrase; see `said`."""
        firsts, each = _wanted(phrases)
        if firsts.isdisjoint(self._words):
            return
        note = self.stream.note
        words = note.words
        for wanted in each:
            for first, last in self._occurrences(wanted) if self._words.issuperset(wanted) else ():
                span = Span(words.starts[first], words.ends[last])
                if within is not None and not any(outer.covers(span) for outer in within):
                    continue
                if sections is not None and note.section_of(span.start).kind not in sections:
                    continue
                if self.assertions.at(span).status in statuses:
                    yield span

    def words_among(self, words: Set[str]) -> Set[str]:
        """Those of these folded words that the note has, whatever it says of them: a quick look before a long one."""
        return self._words & words

    def words_in(self, span: Span) -> Sequence[str]:
        """The folded words of the note that start inside ``span``."""
        words = self.stream.note.words
        return words.folded[bisect_left(words.starts, span.start) : bisect_left(words.starts, span.end)]

    @cached_property
    def _words(self) -> frozenset[str]:
        """The folded words of the note."""
        return frozenset(self.stream.note.words.folded)

    @cached_property
    def _line(self) -> str:
        """The folded words of the note, each between two line breaks."""
        return _lined(self.stream.note.words.folded)

    def _occurrences(self, wanted: Sequence[str]) -> Iterator[tuple[int, int]]:
        """The first and the last word of each occurrence of a phrase, given as its folded words."""
        line, phrase = self._line, _lined(wanted)
        word, counted, at = 0, 0, line.find(phrase)
        while at >= 0:
            word += line.count("\n", counted, at)
            counted = at
            yield word, word + len(wanted) - 1
            at = line.find(phrase, at + 1)

    def around(self, proposal: Proposal) -> list[Span]:
        """The sentences of a proposal's mentions, and the problems with all that stands below their headings."""
        spans = []
        for mention in proposal.mentions:
            spans.append(self.stream.note.sentences[mention.found.sentence])
            if mention.problem is not None:
                end = max(mention.problem.heading.end, mention.problem.body.end)
                spans.append(Span(mention.problem.heading.start, end))
        return spans

    def denies_link(self, proposal: Proposal, *causes: str) -> bool:
        """Whether the note says that a condition has nothing to do with one of the ``causes``, where it names both.

        "Unrelated", or "not" and soon after it a word for a link or the cause itself: "neuropathy, not diabetic".
        """
        for mention in proposal.mentions:
            own = self.stream.sentence_ranges[mention.found.sentence]
            words = self.stream.words[own.start : own.stop]
            if set(words).isdisjoint(causes):
                continue
            if "unrelated" in words:
                return True
            behind = (words[i + 1 : i + 1 + _DENIED_REACH] for i, word in enumerate(words) if word == "not")
            if any(word in _LINKING or word in causes for few in behind for word in few):
                return True
        return False

    def due_to(self, proposal: Proposal) -> str | None:
        """The words that name the cause of a condition, behind "due to", "secondary to" and the like.

        They stand in its mention or at most three words behind it, and run to the end of the sentence; None where the
        note names no cause.
        """
        text = self.stream.note.text
        for mention in proposal.mentions:
            end = self.stream.note.sentences[mention.found.sentence].end
            cause = _CAUSE.search(text, mention.span.start, end)
            if cause is not None and len(text[mention.span.end : cause.start()].split()) <= 3:
                return text[cause.end() : end]
        return None

    def mention(self, span: Span, code: str) -> Mention:
        """Words of the note as evidence for ``code``."""
        stream, note = self.stream, self.stream.note
        positions = tuple(stream.within(span))
        term = Term(tuple(cut(span.quote(note.text)).folded), code, "", "rule")
        kind = note.section_of(span.start).kind
        found = Found(term, positions, span, stream.sentence_at(span.start), True)
        return Mention(found, kind, self.assertions.at(span), Basis.SUPPORT, stream.problem_at(span.start))

    # -- questions ----------------------------------------------------------------------------------------------

    def ask(
        self,
        topic: str,
        question: str,
        options: Sequence[str],
        indicators: Sequence[Span],
        *,
        rule: str,
        section: str,
        codes: Sequence[str],
    ) -> None:
        """Draft a question to the provider; "other" and "unable to determine" are added to ``options``.

        One topic is asked once a note.
        """
        if all(query.topic != topic for query in self.queries):
            self.queries.append(
                Query(
                    topic=topic,
                    rule=rule,
                    section=section,
                    codes=tuple(codes),
                    indicators=tuple(self.evidence(span) for span in dict.fromkeys(indicators)),
                    question=question,
                    options=(*options, *_LAST_OPTIONS),
                )
            )

    def evidence(self, span: Span, status: AssertionStatus | None = None) -> Evidence:
        """A quote as the result has it; ``status`` where a rule has read the assertion otherwise."""
        note = self.stream.note
        layout = note.layout
        return Evidence(
            start=span.start,
            end=span.end,
            text=span.quote(note.text),
            section=note.section_of(span.start).kind.value,
            assertion=(status or self.assertions.at(span).status).value,
            places=None if layout is None else places_of(layout, span),
            read_confidence=None if layout is None else round(layout.confidence(span), 3),
        )


def _lined(words: Sequence[str]) -> str:
    return "\n".join(("", *words, ""))


@lru_cache(maxsize=4096)
def _wanted(phrases: tuple[str, ...]) -> tuple[frozenset[str], tuple[tuple[str, ...], ...]]:
    """The folded words that phrases begin with, and those of each phrase."""
    each = tuple(tuple(folded(phrase)) for phrase in phrases)
    return frozenset(words[0] for words in each), each
