"""A draft report and its review as the image page shows them: findings to decide, the text they make, areas to draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wardround.export.reports.outline import outline
from wardround.reporting.report import DraftReport, Finding, HistorySource, ImageSource
from wardround.server import reviewing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from wardround.export.reports.outline import Section
    from wardround.reporting.report import Source
    from wardround.store.records import Decision, Review

__all__ = ["Card", "Mark", "Place", "Quote", "Sheet", "sheet_of", "words"]

State = Literal["open", "accepted", "rejected", "changed", "added"]

_STATES: Mapping[str, State] = {"accept": "accepted", "reject": "rejected", "change": "changed", "add": "added"}
_UNREMARKABLE = 3  # the last rank
_FORM = ("name", "presence", "side", "location", "size", "certainty", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the images a finding was seen; ``frame`` is None for the series as a whole."""

    study: Literal["current", "prior"]
    series: int
    frame: int | None
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of the history."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An area to draw: ``box`` is left, top, right, bottom in pixels of the frame as stored."""

    id: str
    finding: str
    label: str
    study: Literal["current", "prior"]
    series: int
    frame: int | None
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One finding to decide.

    Attributes:
        finding: as it stands now.
        words: side, size, location and certainty in one line.
        before: as it was drafted, where it was changed.
        form: what the form to correct it begins with.
        rank: 0 for what is critical or contradicted, 1 for the abnormal, 2 for the uncertain, 3 for the unremarkable.
    """

    finding: Finding
    state: State
    words: str
    before: str
    places: tuple[Place, ...]
    quotes: tuple[Quote, ...]
    decision: Decision | None
    form: Mapping[str, Any]
    rank: int

    @property
    def unremarkable(self) -> bool:
        """Whether it is definitely absent or normal, drafted and now, and nothing contradicts it."""
        return self.rank == _UNREMARKABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that the right side of the page shows.

    Attributes:
        report: the draft with the decisions made so far.
        cards: by rank, else as drafted.
        problem: why these cannot be applied; the report is then as drafted.
        missing: why it cannot be signed yet.
        text_open: whether findings were changed since the text was confirmed.
        edited: whether the text holds a person's own words.
        text_decision: number of the decision of the text that holds; empty if there is none.
    """

    report: DraftReport
    problem: str
    cards: tuple[Card, ...]
    sections: tuple[Section, ...]
    marks: tuple[Mark, ...]
    review: Review | None
    missing: tuple[str, ...]
    text_open: bool
    edited: bool
    text_decision: str

    @property
    def decided(self) -> int:
        """How many findings are decided."""
        return sum(card.state != "open" for card in self.cards)

    @property
    def remarkable(self) -> tuple[Card, ...]:
        """The findings to look at one by one."""
        return tuple(card for card in self.cards if not card.unremarkable)

    @property
    def unremarkable(self) -> tuple[Card, ...]:
        """The findings that can be decided together."""
        return tuple(card for card in self.cards if card.unremarkable)

    @property
    def signed(self) -> bool:
        """Whether nothing can be changed but by an amendment."""
        return self.review is not None and self.review.signed is not None

    @property
    def editable(self) -> dict[str, Any]:
        """The text as the form to edit it begins with; sentences by part."""
        report = self.report
        return {
            "title": report.title,
            "technique": [each.text for each in report.technique],
            "clinical_information": [each.text for each in report.clinical_information],
            "comparison": [each.text for each in report.comparison],
            "regions": [
                {"name": region.name, "statements": [each.text for each in region.statements]}
                for region in report.regions
            ],
            "impression": [each.text for each in report.impression],
            "recommendations": [each.text for each in report.recommendations],
            "limitations": list(report.limitations),
        }


def sheet_of(content: Mapping[str, Any], review: Review | None) -> Sheet:
    """What is shown of a result under review, or of one that nobody has begun to review."""
    drafted = DraftReport.model_validate(content)
    report, problem = drafted, ""
    if review is not None:
        from wardround.errors import StoreConflict

        try:
            report = _as_reviewed(content, review)
        except StoreConflict as error:
            problem = str(error)
    standing = {} if review is None else review.standing
    cards = tuple(sorted(_cards(drafted, report, standing), key=lambda card: card.rank))
    missing = reviewing.undecided(content, review) if review is not None else ()
    text = standing.get(reviewing.REPORT)
    return Sheet(
        report=report,
        problem=problem,
        cards=cards,
        sections=outline(report),
        marks=tuple(_marks(report, cards)),
        review=review,
        missing=tuple(item.why for item in missing),
        text_open=any(item.id == reviewing.REPORT for item in missing),
        edited=text is not None and text.verb == "change",
        text_decision="" if text is None else str(text.number),
    )


def _as_reviewed(content: Mapping[str, Any], review: Review) -> DraftReport:
    report = reviewing.preview(content, review, None)
    assert isinstance(report, DraftReport)
    return report


def _cards(drafted: DraftReport, report: DraftReport, standing: Mapping[str, Decision]) -> Iterator[Card]:
    now = {finding.id: finding for finding in report.findings}
    before = {finding.id: finding for finding in drafted.findings}
    contradicted = {id for each in (*drafted.contradictions, *report.contradictions) for id in each.findings}
    for id, finding in (before | now).items():
        decision = standing.get(id)
        state = "open" if decision is None else _STATES.get(decision.verb, "open")
        yield Card(
            finding=finding,
            state=state,
            words=words(finding),
            before=_before(before[id], finding) if state == "changed" else "",
            places=tuple(dict.fromkeys(_places(finding.sources))),
            quotes=tuple(Quote(text=each.text) for each in finding.sources if isinstance(each, HistorySource)),
            decision=decision,
            form=finding.model_dump(mode="json", include=set(_FORM)),
            rank=_rank(before.get(id, finding), finding, contradicted=id in contradicted),
        )


def _rank(drafted: Finding, now: Finding, *, contradicted: bool) -> int:
    """Where a finding is among the others. No decision moves it, but one that makes it remarkable."""
    finding = now if _unremarkable(drafted) else drafted
    if contradicted or finding.critical:
        return 0
    if _unremarkable(finding):
        return _UNREMARKABLE
    return 1 if finding.presence == ("absent" if finding.normal else "present") else 2


def _unremarkable(finding: Finding) -> bool:
    """Whether a finding is absent, or its presence normal, without any doubt."""
    return finding.certainty == "definite" and finding.presence == ("present" if finding.normal else "absent")


def words(finding: Finding) -> str:
    """What is said of a finding besides its name and whether it is there.

    >>> words(Finding(id="F1", structure="", observation="", name="effusion", presence="present", side="left"))
    'left'
    """
    if finding.presence != "present":
        return finding.side if finding.side != "not stated" else ""
    certainty = "" if finding.certainty == "definite" else finding.certainty
    side = "" if finding.side == "not stated" else finding.side
    return ", ".join(part for part in (side, finding.size, finding.location, certainty) if part)


def _before(drafted: Finding, now: Finding) -> str:
    """What was otherwise in the draft."""
    old, new = (each.model_dump(mode="json", include=set(_FORM)) for each in (drafted, now))
    changed = [name for name in _FORM if old[name] != new[name]]
    told = [f"{old[name]}" if name == "name" else f"{name}: {_told(old[name])}" for name in changed]
    return "; ".join(told)


def _told(value: object) -> str:
    return (
        {True: "yes", False: "no", "": "none"}.get(value, str(value)) if isinstance(value, (bool, str)) else str(value)
    )


def _places(sources: Iterable[Source]) -> Iterator[Place]:
    for each in sources:
        if isinstance(each, ImageSource):
            yield Place(study=each.study, series=each.series, frame=each.frame, marked=each.area is not None)


def _marks(report: DraftReport, cards: Iterable[Card]) -> Iterator[Mark]:
    """The areas that findings name, each once; of those that were removed none."""
    for card in cards:
        if card.state == "rejected":
            continue
        seen: set[tuple[object, ...]] = set()
        for source in card.finding.sources:
            if not isinstance(source, ImageSource) or source.area is None:
                continue
            area = source.area
            box = (area.left, area.top, area.right, area.bottom)
            key = (source.study, source.series, source.frame, box)
            if key in seen:
                continue
            seen.add(key)
            yield Mark(
                id=f"{card.finding.id}-{len(seen)}",
                finding=card.finding.id,
                label=f"{card.finding.id} {card.finding.name}",
                study=source.study,
                series=source.series,
                frame=source.frame or _only_frame(report, source),
                box=box,
            )


def _only_frame(report: DraftReport, source: ImageSource) -> int | None:
    """The frame of a series of which one frame was looked at."""
    seen = [image.frames_seen for image in report.images if image.study == source.study]
    frames = seen[source.series - 1] if source.series <= len(seen) else ()
    return frames[0] if len(frames) == 1 else None
