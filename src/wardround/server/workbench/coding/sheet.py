"""All that the page of a coding review shows, put together from the draft, its note and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from wardround.export.visible import visible
from wardround.server.reviewing.items import marks_of
from wardround.server.workbench.coding.cards import Card, cards, turned_down
from wardround.server.workbench.coding.text import Highlight, Line, lines
from wardround.server.workbench.undo import steps_back
from wardround.spans import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from wardround.coding.result import CodingResult, Evidence, Page, Place, Query, Suggestion
    from wardround.server.source import Source
    from wardround.store import Actor, Review

__all__ = ["Box", "Doubt", "Mode", "Quote", "Sheet", "blinded", "sheet_of"]

Mode = Literal["reading", "reviewing", "blind", "signed"]
"""Who looks: a reader, the reviewer, one who has not seen the suggestions, anybody after signing."""

_PAGE_NOTICE = "The note reads differently now than when the draft was made, so the quotes cannot be shown in it."


class Quote(NamedTuple):
    """Words of the note on a card.

    Attributes:
        shown: the words on one line, with signs for characters that have none.
        line: number of the note's line; 0 where quotes cannot be placed.
        denied: whether the reviewer marked them as something else.
    """

    evidence: Evidence
    shown: str
    line: int
    denied: bool


class Doubt(NamedTuple):
    """A word that was read with low confidence, to be compared with the page."""

    item: str
    kind: str
    shown: str
    line: int
    page: int


class Box(NamedTuple):
    """Where something stands on a page: left, top, width, height in the page's units."""

    item: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The page.

    Attributes:
        mode: what can be done on it.
        lines: of the note, with its highlights.
        cards: one for each code, in sequence.
        quotes: item of a card, or code of a suggestion that was turned down → its quotes.
        turned_down: what the draft rejected by itself.
        doubts: words to compare with the page.
        marks: spans that the reviewer marked → what is said there.
        pages: of the document, if it has any.
        boxes: number of a page → what stands on it.
        left: how many codes are still to be decided.
        undoable: whether there is a decision to take back.
    """

    mode: Mode
    result: CodingResult
    review: Review | None
    lines: tuple[Line, ...]
    cards: tuple[Card, ...]
    quotes: Mapping[str, tuple[Quote, ...]]
    turned_down: tuple[Suggestion, ...]
    queries: tuple[Query, ...]
    doubts: tuple[Doubt, ...]
    marks: Mapping[Span, str]
    warnings: tuple[str, ...]
    pages: tuple[Page, ...]
    boxes: Mapping[int, tuple[Box, ...]]
    left: int
    undoable: bool

    @property
    def editable(self) -> bool:
        """Whether codes can be decided or added."""
        return self.mode in ("reviewing", "blind")


def sheet_of(
    result: CodingResult, source: Source, review: Review | None, actor: Actor, title: Callable[[str], str], *, may: bool
) -> Sheet:
    """The page of a draft for somebody.

    Args:
        result: the draft; without its suggestions where ``review`` is a blind one that is not revealed.
        source: its note.
        review: of it that is shown.
        actor: who looks.
        title: of a code of the result's release.
        may: whether they may decide.
    """
    mode = _mode(review, may=may)
    if mode == "blind":
        result = blinded(result)
    made = cards(result, review, title)
    rejected = turned_down(result, review)
    marks = marks_of(review) if review else {}
    place = _Lines(source)
    doubts = tuple(
        Doubt(
            f"doubt:{each.start}-{each.end}", each.kind, visible(each.text), place.line(each.start), _page(each.places)
        )
        for each in result.confirm or ()
    )
    highlights = [*_highlights(made, rejected, marks), *_doubtful(result)] if source.exact else []
    return Sheet(
        mode=mode,
        result=result,
        review=review,
        lines=lines(source.note.text, source.note.sections, highlights),
        cards=made,
        quotes={each.item: place.quotes(each.quotes, marks) for each in made}
        | {f"-{each.code}": place.quotes(each.evidence, marks) for each in rejected},
        turned_down=rejected,
        queries=result.queries,
        doubts=doubts,
        marks=marks,
        warnings=result.warnings if source.exact else (_PAGE_NOTICE, *result.warnings),
        pages=result.pages or (),
        boxes=_boxes(made, result),
        left=sum(card.left for card in made),
        undoable=mode in ("reviewing", "blind") and review is not None and bool(steps_back(review, actor.id)),
    )


def blinded(result: CodingResult) -> CodingResult:
    """A result without anything that it suggests; what it says of how the note was read stays."""
    return result.model_copy(update={"codes": (), "rejected": (), "queries": (), "warnings": ()})


def _mode(review: Review | None, *, may: bool) -> Mode:
    if review is not None and review.signed is not None:
        return "signed"
    if review is None or not may:
        return "reading"
    return "blind" if review.blind and review.revealed is None else "reviewing"


class _Lines:
    """Where spans stand in a note."""

    def __init__(self, source: Source) -> None:
        self._text = source.note.text
        self._exact = source.exact

    def line(self, start: int) -> int:
        """The number of the line that holds ``start``, from 1; 0 where offsets mean nothing."""
        if not self._exact:
            return 0
        before = self._text[:start]
        return 1 + before.count("\n") + before.count("\r") - before.count("\r\n")

    def quotes(self, quotes: Sequence[Evidence], marks: Mapping[Span, str]) -> tuple[Quote, ...]:
        """Quotes with their lines, and whether a mark takes their word from them."""
        return tuple(
            Quote(each, visible(each.text), self.line(each.start), _said(each, marks) != each.assertion)
            for each in quotes
        )


def _said(quote: Evidence, marks: Mapping[Span, str]) -> str:
    """The assertion of a quote: that of the last mark on it, else its own."""
    span = Span(quote.start, quote.end)
    return next((said for marked, said in reversed(list(marks.items())) if marked.overlaps(span)), quote.assertion)


def _highlights(made: Sequence[Card], rejected: Sequence[Suggestion], marks: Mapping[Span, str]) -> Iterator[Highlight]:
    seen: set[tuple[str, int, int]] = set()
    for item, title, quotes in (
        *((each.item, f"{each.code} {each.description}", each.quotes) for each in made),
        *((f"-{each.code}", f"{each.code} {each.description}", each.evidence) for each in rejected),
    ):
        for quote in quotes:
            if (item, quote.start, quote.end) not in seen:
                seen.add((item, quote.start, quote.end))
                said = _said(quote, marks)
                yield Highlight(item=item, start=quote.start, end=quote.end, look=said, title=title)
    for span, said in marks.items():
        title = f"marked: {said}"
        yield Highlight(item=f"span:{span.start}-{span.end}", start=span.start, end=span.end, look=said, title=title)


def _doubtful(result: CodingResult) -> Iterator[Highlight]:
    for each in result.confirm or ():
        item, title = f"doubt:{each.start}-{each.end}", f"read with low confidence: compare this {each.kind}"
        yield Highlight(item=item, start=each.start, end=each.end, look="doubt", title=title)


def _page(places: Sequence[Place]) -> int:
    return places[0].page if places else 0


def _boxes(made: Sequence[Card], result: CodingResult) -> Mapping[int, tuple[Box, ...]]:
    found: dict[int, list[Box]] = {page.number: [] for page in result.pages or ()}
    standing: list[tuple[str, Sequence[Place]]] = [
        *((card.item, quote.places or ()) for card in made for quote in card.quotes),
        *((f"-{each.code}", quote.places or ()) for each in result.rejected for quote in each.evidence),
        *((f"doubt:{each.start}-{each.end}", each.places) for each in result.confirm or ()),
    ]
    for item, places in standing:
        for place in places:
            left, top, right, bottom = place.box
            if place.page in found:
                found[place.page].append(Box(item, left, top, right - left, bottom - top))
    return {number: tuple(boxes) for number, boxes in found.items()}
