"""Whether a sentence that the model wrote is borne out by the sources it names; what is not is left out, and counted.

A sentence stands on findings of the first pass, on words of the history, or on both. It is kept only if it speaks of
what it names, and if nothing in it is contrary to what was seen: presence, side and certainty agree with the findings,
every figure is in a source, nothing is compared with a study that was not given, nothing is claimed that the
examination cannot show, and nothing is called normal that is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

from wardround.documents import Assertions, AssertionStatus, Note, assertions
from wardround.reporting.claims import Claim, Sentence, Vocabulary, sides_in
from wardround.reporting.prompts import repeats
from wardround.reporting.protocol import Protocol
from wardround.reporting.report import Change, Finding, HistorySource, ImageSource, Removed, Source, Statement
from wardround.spans import Span
from wardround.words import cut, folded

__all__ = ["Grounds", "Part", "quoted"]

Part = Literal["clinical information", "findings", "impression", "differential", "recommendations"]
"""Where in the report a sentence stands; of history alone, only the first and the last two can speak."""

_SPACE = re.compile(r"\s+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")
_REFERENCE = re.compile(r" ?[(\[]F\d+(?:, ?F\d+)*[)\]]")  # the sources are told apart from the sentence
_LONGEST = 400  # characters of a sentence
_EXTRACTED = 0.6  # of the words of clinical information must be words of the history
_EMPTY = frozenset(
    "a an the of in on at and or with without no not is are was were be been has have had there this that these "
    "those to for by from as it its both left right bilateral midline side sided seen shown present absent finding "
    "patient image study examination may might could likely probable possible suggest suggesting consistent due "
    "which".split()
)


class Grounds:
    """What the sentences of one report can stand on.

    Args:
        protocol: whose words are known.
        findings: of the first pass.
        history: as it was given; None if there is none.
        changes: since an earlier study; empty if there was nothing to compare with.

    Attributes:
        removed: why sentences were left out, and how many each time.
    """

    def __init__(
        self, protocol: Protocol, findings: Sequence[Finding], history: Note | None, changes: Sequence[Change] = ()
    ) -> None:
        self.vocabulary = Vocabulary(protocol)
        self._protocol = protocol
        self._history = history
        self._changes = {change.finding: change.direction for change in changes}
        self._by_id: Mapping[str, Finding] = {finding.id: finding for finding in findings}
        self._by_observation: Mapping[str, Finding] = {finding.observation: finding for finding in findings}
        self._findings = tuple(findings)
        self._count: Counter[str] = Counter()

    @property
    def removed(self) -> tuple[Removed, ...]:
        return tuple(Removed(reason=reason, count=count) for reason, count in sorted(self._count.items()))

    @cached_property
    def addressed(self) -> bool:
        """Whether a sentence of the history speaks to a program that reads it."""
        sentences = () if self._history is None else self._history.sentences
        return any(self.vocabulary.read(self._text(span)).addressing for span in sentences)

    def statements(
        self, text: str, findings: Iterable[str], quotes: Iterable[str], part: Part, limit: int = 3
    ) -> tuple[Statement, ...]:
        """The sentences of ``text`` that are borne out, each with its sources.

        Args:
            text: one sentence or a few, as the model wrote them.
            findings: ids of findings that it names.
            quotes: words of the history that it names.
            part: where they will stand.
            limit: how many sentences there may be; more are left out.
        """
        plain = _REFERENCE.sub("", _SPACE.sub(" ", _CONTROL.sub(" ", text))).strip()
        if not plain or not any(character.isalpha() for character in plain):
            return ()
        cited = [self._by_id[id] for id in dict.fromkeys(findings) if id in self._by_id]
        spans = [span for quote in dict.fromkeys(quotes) if (span := quoted(quote, self._history)) is not None]
        kept = []
        for number, span in enumerate(Note(plain).sentences):
            sentence = span.quote(plain)
            fault = "more sentences than asked for" if number >= limit else ""
            sources, fault = ([], fault) if fault else self._judged(sentence, cited, spans, part)
            if fault:
                self._count[fault] += 1
            else:
                kept.append(Statement(text=sentence, sources=tuple(sources), written_by="model"))
        return tuple(kept)

    def _judged(
        self, text: str, cited: Sequence[Finding], spans: Sequence[Span], part: Part
    ) -> tuple[list[Source], str]:
        """The sources of a sentence, or why it has to go."""
        if len(text) > _LONGEST:
            return [], "too long for one sentence"
        if repeats(text):
            return [], "repeats what the model was asked"
        sentence = self.vocabulary.read(text)
        if sentence.addressing:
            return [], "speaks to a program, not of the patient"
        if sentence.dismissing and part != "clinical information":
            return [], "says that nothing need be done"
        own = _content(text)
        meant = {claim.id for claim in sentence.claims if claim.kind == "observation"}
        findings = [finding for finding in cited if finding.observation in meant or own & self._words_of(finding)]
        for observation in sorted(meant - {finding.observation for finding in findings}):
            if part != "clinical information" and observation in self._by_observation:
                findings.append(self._by_observation[observation])  # named in the sentence, so it stands on this too
        quotes = [
            span for span in spans if self._history is not None and own & _content(span.quote(self._history.text))
        ]
        if not cited and not spans:
            return [], "names no source that exists"
        if not findings and not quotes:
            return [], "does not speak of the source it names"
        fault = self._fault(sentence, findings, quotes, part)
        return [*self._sources(findings), *self._quoted(quotes)], fault

    def _fault(self, sentence: Sentence, findings: Sequence[Finding], quotes: Sequence[Span], part: Part) -> str:
        if part == "clinical information":
            return self._not_told(sentence, quotes)
        if part in ("findings", "impression") and not findings:
            return "states as seen what only the history says"
        if part == "impression" and not sentence.claims and all(each.presence != "present" for each in findings):
            return "says nothing of what was seen"
        if sentence.compares and not any(self._read(span).compares for span in quotes):
            if not self._changes:
                return "compares with a study that was not given"
            if self._turned_round(sentence, findings):
                return "is contrary to the comparison"
        if self._figures(sentence.text) - self._figures_of(findings, quotes):
            return "gives a figure that no source has"
        for claim in sentence.claims:
            fault = self._contrary(claim, quotes, part)
            if fault:
                return fault
        return self._wrong_side(sentence, findings, quotes)

    def _not_told(self, sentence: Sentence, quotes: Sequence[Span]) -> str:
        """Clinical information is the history's, in its own words."""
        if not quotes:
            return "does not speak of the source it names"
        words = {word for span in quotes for word in folded(self._text(span))}
        own = _content(sentence.text)
        if sum(word in words for word in own) < _EXTRACTED * len(own):
            return "tells as history what the history does not say"
        if self._figures(sentence.text) - self._figures_of((), quotes):
            return "gives a figure that no source has"
        for claim in sentence.claims:
            if self._history_contradicts(claim, quotes):
                return "is contrary to the history"
        return "is contrary to the history" if self._turned(sentence.text, quotes) else ""

    def _turned(self, text: str, quotes: Sequence[Span]) -> bool:
        """Whether a word is denied in a sentence and not in the quotes it comes from, or the reverse."""
        here = assertions(Note(text))
        for word, span in _words(text, Span(0, len(text))):
            told = [self._denied(there) for own, there in self._quoted_words(quotes) if own == word]
            if told and (here.at(span).status is AssertionStatus.NEGATED) not in told:
                return True
        return False

    def _quoted_words(self, quotes: Sequence[Span]) -> Iterator[tuple[str, Span]]:
        assert self._history is not None
        for span in quotes:
            yield from _words(self._history.text, span)

    def _denied(self, span: Span) -> bool:
        return self._asserted is not None and self._asserted.at(span).status is AssertionStatus.NEGATED

    @cached_property
    def _asserted(self) -> Assertions | None:
        return None if self._history is None else assertions(self._history)

    def _contrary(self, claim: Claim, quotes: Sequence[Span], part: Part) -> str:
        """Why a claim cannot be made; empty if it can."""
        from_history = self._told(claim, quotes)
        if claim.kind in ("structure", "study"):
            abnormal = self._abnormal(claim.id if claim.kind == "structure" else None)
            if abnormal:
                return "calls normal what is not"
            if claim.polarity == "affirmed" and self._unjudged(claim.id if claim.kind == "structure" else None):
                return "calls normal what could not be judged"
            return ""
        if claim.kind == "hidden":
            if claim.polarity in ("affirmed", "negated", "past") and not (from_history and part != "impression"):
                return "states what this examination cannot show"
            return ""
        if claim.kind in ("foreign", "condition"):
            if claim.polarity in ("possible", "unjudged") or from_history:
                return ""
            known = "a diagnosis" if claim.kind == "condition" else "something that was not looked for"
            return f"states {known} as a fact" if claim.kind == "condition" else f"names {known}"
        finding = self._by_observation.get(claim.id)
        seen = "" if finding is None else finding.presence
        opposed = (seen, claim.polarity) in (("present", "negated"), ("absent", "affirmed"))
        if from_history and part in ("differential", "recommendations") and not opposed:
            return "is contrary to the history" if self._history_contradicts(claim, quotes) else ""
        if finding is None:
            return ""
        resolved = finding.presence == "absent" and self._changes.get(finding.id) == "resolved"
        return "" if resolved and claim.polarity == "past" else _against(claim, finding, part)

    def _turned_round(self, sentence: Sentence, findings: Sequence[Finding]) -> bool:
        """Whether a sentence gives another direction than the comparison did, or one of what was not compared."""
        own = {self._changes.get(finding.id, "not comparable") for finding in findings}
        return bool(sentence.directions - own)

    def _wrong_side(self, sentence: Sentence, findings: Sequence[Finding], quotes: Sequence[Span]) -> str:
        known: set[str] = set()
        for finding in findings:
            known |= {finding.side} | sides_in(finding.location)
        for span in quotes:
            known |= sides_in(self._text(span))
        if "bilateral" in known:
            known |= {"left", "right"}
        if {"left", "right"} <= known:
            known.add("bilateral")
        if sentence.sides - known:
            return "gives a side that its source does not have"
        for claim in sentence.claims:
            side = self._by_observation[claim.id].side if claim.kind == "observation" else "not stated"
            own = claim.sides - ({"left", "right", "bilateral"} if side == "bilateral" else {side})
            if side in ("left", "right") and own & {"left", "right", "bilateral"}:
                return "gives a side that its source does not have"
        return ""

    # The history.

    def _told(self, claim: Claim, quotes: Sequence[Span]) -> bool:
        """Whether the words of a claim stand in a quote."""
        return any(self._meant_in(claim, span) for span in quotes)

    def _meant_in(self, claim: Claim, span: Span) -> list[Claim]:
        return [each for each in self._read(span).claims if (each.kind, each.id) == (claim.kind, claim.id)]

    def _history_contradicts(self, claim: Claim, quotes: Sequence[Span]) -> bool:
        """Whether the history says of a thing the opposite of what the sentence says of it."""
        return any(
            self._denied(Span(span.start + each.span.start, span.start + each.span.end))
            != (claim.polarity == "negated")
            for span in quotes
            for each in self._meant_in(claim, span)
        )

    def _read(self, span: Span) -> Sentence:
        text = self._text(span)
        if text not in self._readings:
            self._readings[text] = self.vocabulary.read(text)
        return self._readings[text]

    @cached_property
    def _readings(self) -> dict[str, Sentence]:
        return {}

    def _text(self, span: Span) -> str:
        assert self._history is not None
        return span.quote(self._history.text)

    # The findings.

    def _abnormal(self, structure: str | None) -> bool:
        return any(
            finding.presence == "present" and not finding.normal and structure in (None, finding.structure)
            for finding in self._findings
        )

    def _unjudged(self, structure: str | None) -> bool:
        """Whether nothing of a structure, or of all, could be judged."""
        own = [finding for finding in self._findings if structure in (None, finding.structure)]
        return bool(own) and all(finding.presence == "not assessable" for finding in own)

    def _words_of(self, finding: Finding) -> frozenset[str]:
        observation = next((o for o in self._protocol.observations if o.id == finding.observation), None)
        phrases = [finding.name, finding.location, *(observation.words if observation is not None else ())]
        return _content(" ".join(phrases))

    def _sources(self, findings: Sequence[Finding]) -> list[Source]:
        return [source for finding in findings for source in sources_of(finding)]

    def _quoted(self, quotes: Sequence[Span]) -> list[Source]:
        return [HistorySource(start=span.start, end=span.end, text=self._text(span)) for span in quotes]

    def _figures(self, text: str) -> set[str]:
        return {figure.replace(",", ".") for figure in _DIGITS.findall(re.sub(r"\bF\d+\b", "", text))}

    def _figures_of(self, findings: Sequence[Finding], quotes: Sequence[Span]) -> set[str]:
        texts = [f"{finding.size} {finding.location} {finding.name}" for finding in findings]
        return self._figures(" ".join([*texts, *map(self._text, quotes)]))


def sources_of(finding: Finding) -> list[Source]:
    """The sources of a finding, each with its id."""
    return [
        source.model_copy(update={"finding": finding.id}) if isinstance(source, ImageSource) else source
        for source in finding.sources
    ]


def quoted(quote: str, history: Note | None) -> Span | None:
    """Where the history has ``quote``, letter by letter but for white space and case; None if it has not.

    A quote of one letter, or of a part of a word, is none.
    """
    pieces = quote.split()
    if history is None or sum(map(len, pieces)) < 2:
        return None
    found = r"\s+".join(re.escape(piece) for piece in pieces)
    match = re.search(rf"(?:(?<!\w)|(?!\w)){found}(?:(?!\w)|(?<!\w))", history.text, re.IGNORECASE)
    return None if match is None else Span(*match.span())


def _against(claim: Claim, finding: Finding, part: Part) -> str:
    """Why a claim is contrary to its finding; empty if it agrees."""
    weighing = part in ("differential", "recommendations")
    if finding.presence == "present":
        if claim.polarity in ("negated", "past", "unjudged"):
            return "is contrary to what was seen"
        if claim.polarity == "affirmed" and finding.certainty != "definite":
            return "is more certain than what was seen"
        return ""
    if finding.presence == "absent":
        agrees = claim.polarity == "negated" or (weighing and claim.polarity in ("possible", "past"))
        return "" if agrees else "is contrary to what was seen"
    agrees = claim.polarity == "unjudged" or (weighing and claim.polarity == "possible")
    return "" if agrees else "states what could not be judged"


def _content(text: str) -> frozenset[str]:
    """The words of a text that mean something by themselves."""
    return frozenset(word for word in folded(text) if word not in _EMPTY and len(word) > 2)


def _words(text: str, within: Span) -> Iterator[tuple[str, Span]]:
    """The words of a part of ``text`` that mean something, each with its place in the whole."""
    words = cut(within.quote(text))
    for word, start, end in zip(words.folded, words.starts, words.ends, strict=True):
        if word not in _EMPTY and len(word) > 2:
            yield word, Span(within.start + start, within.start + end)
