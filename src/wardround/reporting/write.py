"""The second pass: the report in words, from the findings and the history alone.

The model's sentences stand where their sources bear them out; see `wardround.reporting.grounding`. Whatever the model
leaves out is said in sentences of fixed form, so that nothing seen is lost. A critical finding is always said in such a
sentence, first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardround.documents import Note
from wardround.engines import Reply
from wardround.reporting import wording
from wardround.reporting.asking import Questions
from wardround.reporting.choose import denied, spoken, stated
from wardround.reporting.grounding import Grounds, Part, sources_of
from wardround.reporting.prompts import Writing
from wardround.reporting.protocol import Condition, Hidden, Protocol
from wardround.reporting.report import Differential, Finding, HistorySource, ImageSource, Region, Source, Statement
from wardround.spans import Span

__all__ = ["Written", "write"]

_PARTS = ("clinical information", "findings", "impression", "differential")
_MOST_HISTORY = 6  # sentences of the history that are shown where the model gave no summary
_CERTAINTY = ("definite", "probable", "possible")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The parts of a report that are put into words.

    Attributes:
        clinical_information: what the history says.
        regions: the findings, in the protocol's order of regions.
        impression: the most urgent first.
        differential: the best supported first.
        recommendations: what to do next.
        warnings: what the model gave no usable answer to, and what the history tries.
    """

    clinical_information: tuple[Statement, ...]
    regions: tuple[Region, ...]
    impression: tuple[Statement, ...]
    differential: tuple[Differential, ...]
    recommendations: tuple[Statement, ...]
    warnings: tuple[str, ...]


def write(
    questions: Questions, protocol: Protocol, findings: Sequence[Finding], history: Note | None, grounds: Grounds
) -> Written:
    """Put a report into words.

    Args:
        questions: asks the engine.
        protocol: whose regions, diagnoses and recommendations there are.
        findings: of the first pass.
        history: None if none was given.
        grounds: judges every sentence of the model, and counts what it removes.

    Raises:
        EngineError: the engine broke down.
    """
    asked = [part for part in _PARTS if _is_asked(part, protocol, history)]
    prompts = Writing(protocol, findings, history)
    replies = dict(zip(asked, questions.ask([prompts.request(part) for part in asked]), strict=True))
    unanswered = [part for part in asked if replies[part] is None]
    writer = _Writer(protocol, findings, history, grounds, {part: _value(reply) for part, reply in replies.items()})
    warnings = [f"the model gave no usable text for: {', '.join(unanswered)}"] if unanswered else []
    if history is not None and grounds.addressed:
        warnings.append("the history holds words that speak to a program; they were taken as words of the history")
    return Written(
        clinical_information=writer.clinical_information(),
        regions=writer.regions(),
        impression=writer.impression(),
        differential=writer.differential(),
        recommendations=writer.recommendations(),
        warnings=tuple(warnings),
    )


def _is_asked(part: str, protocol: Protocol, history: Note | None) -> bool:
    if part == "clinical information":
        return history is not None
    return part != "differential" or bool(protocol.differential)


def _value(reply: Reply | None) -> Mapping[str, Any]:
    return {} if reply is None else reply.value


class _Writer:
    def __init__(
        self,
        protocol: Protocol,
        findings: Sequence[Finding],
        history: Note | None,
        grounds: Grounds,
        answers: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._protocol = protocol
        self._findings = findings
        self._history = history
        self._grounds = grounds
        self._answers = answers
        self._by_id = {finding.id: finding for finding in findings}
        self._by_observation = {finding.observation: finding for finding in findings}

    def clinical_information(self) -> tuple[Statement, ...]:
        told = self._kept(self._said("clinical information", "sentences"), "clinical information", limit=2)
        if told or self._history is None:
            return told
        return tuple(self._quote(span) for span in self._history.sentences[:_MOST_HISTORY])

    def regions(self) -> tuple[Region, ...]:
        """Every finding in its region: in the model's words, or else in fixed ones."""
        said: dict[str, list[Statement]] = {region: [] for region in self._protocol.regions}
        spoken_of: set[str] = set()
        for item in self._said("findings", "sentences"):
            for statement in self._grounds.statements(item["text"], item["findings"], (), "findings"):
                about = [self._by_id[id] for id in _findings_of(statement)]
                said[self._protocol.region_of(about[0].structure)].append(statement)
                spoken_of |= self._named(statement)
        regions = []
        for region in self._protocol.regions:
            own = [finding for finding in self._findings if self._protocol.region_of(finding.structure) == region]
            silent = [finding for finding in own if finding.id not in spoken_of]
            statements = _ordered(self._by_id, said[region])
            statements[:0] = [_fixed(wording.present(one), [one]) for one in silent if one.presence == "present"]
            for presence, form in (("absent", wording.absent), ("not assessable", wording.unjudged)):
                rest = [finding for finding in silent if finding.presence == presence]
                statements += [_fixed(form(rest), rest)] if rest else []
            if statements:
                regions.append(Region(name=region, statements=tuple(_once(statements))))
        return tuple(regions)

    def impression(self) -> tuple[Statement, ...]:
        """Critical findings, then the model's sentences, then what is present or required and was not said."""
        urgent = [finding for finding in self._findings if finding.critical]
        statements = [_fixed(wording.critical(finding), [finding]) for finding in urgent]
        told = self._kept(self._said("impression", "impression"), "impression", limit=2)
        spoken_of = {finding.id for finding in urgent}
        for statement in _ordered(self._by_id, told):
            named = self._named(statement)
            if not named or not named <= {finding.id for finding in urgent}:  # else it is said already
                statements.append(statement)
                spoken_of |= named
        abnormal = [finding for finding in self._findings if finding.presence == "present" and not finding.normal]
        rest = [finding for finding in abnormal if finding.id not in spoken_of]
        statements += [_fixed(wording.present(finding), [finding]) for finding in sorted(rest, key=_urgency)]
        required = [self._by_observation[id] for id in self._protocol.required]
        silent = [finding for finding in required if finding.id not in spoken_of]
        absent = [finding for finding in silent if finding.presence == "absent"]
        unjudged = [finding for finding in silent if finding.presence == "not assessable"]
        statements += [_fixed(wording.absent(absent), absent)] if absent else []
        statements += [_fixed(wording.unjudged(unjudged), unjudged)] if unjudged else []
        return tuple(_once(statements))

    def differential(self) -> tuple[Differential, ...]:
        """Each diagnosis of the protocol for or against which there is something, the best supported first."""
        told: dict[str, dict[str, list[Statement]]] = {}
        for item in self._said("differential", "differential"):
            own = told.setdefault(item["condition"], {"supports": [], "contradicts": []})
            for side in ("supports", "contradicts"):
                own[side] += self._kept(item[side], "differential", limit=1)
        weighed = []
        for condition in self._protocol.differential:
            own = told.get(condition.condition, {"supports": [], "contradicts": []})
            supports = self._completed(own["supports"], self._for(condition))
            contradicts = self._completed(own["contradicts"], self._against(condition))
            if supports or contradicts:
                weighed.append(Differential(condition=condition.condition, supports=supports, contradicts=contradicts))
        return tuple(sorted(weighed, key=lambda each: len(each.contradicts) - len(each.supports)))

    def recommendations(self) -> tuple[Statement, ...]:
        """The protocol's own, then the model's."""
        statements = []
        for recommendation in self._protocol.recommendations:
            found = [self._by_observation[id] for id in recommendation.when]
            present = [finding for finding in found if finding.presence == "present"]
            if present:
                statements.append(_fixed(recommendation.text, present))
        statements += [
            Statement(text=hidden.instead, sources=(self._source(span),))
            for hidden in self._protocol.cannot_show
            if hidden.instead and (span := self._asked_for(hidden)) is not None
        ]
        statements += self._kept(self._said("impression", "recommendations"), "recommendations", limit=1)
        return tuple(_once(statements))

    # The model's sentences.

    def _said(self, part: str, key: str) -> Sequence[Mapping[str, Any]]:
        items: Sequence[Mapping[str, Any]] = self._answers.get(part, {}).get(key, ())
        return items

    def _kept(self, items: Iterable[Mapping[str, Any]], part: Part, limit: int) -> tuple[Statement, ...]:
        return tuple(
            statement
            for item in items
            for statement in self._grounds.statements(
                item["text"], item.get("findings", ()), item.get("quotes", ()), part, limit
            )
        )

    def _named(self, statement: Statement) -> set[str]:
        """The findings that a sentence speaks of by name; a source that it only rests on is not yet said."""
        claims = self._grounds.vocabulary.read(statement.text).claims
        return {self._by_observation[claim.id].id for claim in claims if claim.kind == "observation"}

    # The protocol's knowledge.

    def _for(self, condition: Condition) -> list[Statement]:
        found = [self._by_observation[id] for id in condition.supports]
        seen = [_fixed(wording.present(one), [one]) for one in found if one.presence == "present"]
        return seen + self._history_says(stated(self._history, condition.history))

    def _against(self, condition: Condition) -> list[Statement]:
        found = [self._by_observation[id] for id in condition.contradicts]
        seen = [_fixed(wording.present(one), [one]) for one in found if one.presence == "present"]
        missing = [self._by_observation[id] for id in condition.expected]
        absent = [finding for finding in missing if finding.presence == "absent"]
        if absent and len(absent) == len(missing):
            seen.append(_fixed(wording.absent(absent), absent))
        against = stated(self._history, condition.history_against)
        return seen + self._history_says([*against, *denied(self._history, condition.history)])

    def _history_says(self, found: Sequence[tuple[str, Span]]) -> list[Statement]:
        """One statement for each place of the history, so that one phrase inside another counts once."""
        taken: list[Span] = []
        for _, span in sorted(found, key=lambda pair: pair[1].start - pair[1].end):
            if not any(span.overlaps(other) for other in taken):
                taken.append(span)
        return [self._quote(span, "History: ") for span in sorted(taken)]

    def _completed(self, told: Sequence[Statement], fixed: Sequence[Statement]) -> tuple[Statement, ...]:
        """The model's sentences, and of the fixed ones those whose sources it does not name."""
        used = {source for statement in told for source in map(_key, statement.sources)}
        rest = [statement for statement in fixed if not used.issuperset(map(_key, statement.sources))]
        return tuple(_once([*told, *rest]))

    def _asked_for(self, hidden: Hidden) -> Span | None:
        """Where the history speaks of what cannot be shown, or of a diagnosis of that name."""
        found = spoken(self._history, (hidden.name, *hidden.words))
        if not found:
            named = next((c for c in self._protocol.differential if c.condition.lower() == hidden.name.lower()), None)
            found = spoken(self._history, named.history) if named is not None else []
        return found[0][1] if found else None

    def _quote(self, span: Span, before: str = "") -> Statement:
        source = self._source(span)
        text = " ".join(source.text.split())
        return Statement(text=f"{before}{text}", sources=(source,))

    def _source(self, span: Span) -> HistorySource:
        assert self._history is not None
        return HistorySource(start=span.start, end=span.end, text=span.quote(self._history.text))


def _fixed(text: str, findings: Sequence[Finding]) -> Statement:
    """A sentence of fixed form about these findings."""
    return Statement(text=text, sources=tuple(source for finding in findings for source in sources_of(finding)))


def _findings_of(statement: Statement) -> list[str]:
    return [source.finding for source in statement.sources if isinstance(source, ImageSource) and source.finding]


def _ordered(by_id: Mapping[str, Finding], statements: Iterable[Statement]) -> list[Statement]:
    """Statements by the most urgent finding of each; as they were where that is the same."""
    return sorted(statements, key=lambda each: min((_urgency(by_id[id]) for id in _findings_of(each)), default=(9, 9)))


def _urgency(finding: Finding) -> tuple[int, int]:
    """The smaller, the more urgent."""
    if finding.presence != "present" or finding.normal:
        return 2, 0
    return int(not finding.critical), _CERTAINTY.index(finding.certainty)


def _key(source: Source) -> tuple[object, ...]:
    if isinstance(source, HistorySource):
        return "history", source.start, source.end
    return "image", source.finding


def _once(statements: Iterable[Statement]) -> list[Statement]:
    """Each text once, the first time."""
    kept: dict[str, Statement] = {}
    for statement in statements:
        kept.setdefault(statement.text, statement)
    return list(kept.values())
