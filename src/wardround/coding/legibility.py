"""What a note that was read from pages leaves in doubt: quotes and words that its reader was not sure of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from wardround.coding.result import Confirm, Page, Place
from wardround.documents import DOUBTFUL
from wardround.spans import Span
from wardround.words import cut

if TYPE_CHECKING:
    from wardround.coding.draft import Draft
    from wardround.documents import Layout, Note

__all__ = ["doubt_quotes", "pages_of", "places_of", "to_confirm"]

_RULE = "legibility"
_SAID = "the quote was read with low confidence; compare it with the page"
_NEGATIONS = frozenset("no not none nor neither never without denies denied deny negative absent cannot non".split())
_SIDES = frozenset("left right bilateral bilaterally both l r lt rt".split())


def doubt_quotes(draft: Draft, layout: Layout) -> None:
    """Leave no code accepted that rests on a word which was read with low confidence."""
    for proposal in draft.alive():
        if any(layout.confidence(mention.span) < DOUBTFUL for mention in proposal.mentions):
            proposal.doubt(_RULE, "", _SAID)


def to_confirm(note: Note) -> tuple[Confirm, ...] | None:
    """The numbers, negations and sides that were read with low confidence; None for a note without pages."""
    layout = note.layout
    if layout is None:
        return None
    found = []
    for run in layout.runs:
        if run.confidence < DOUBTFUL:
            span = Span(run.start, run.end)
            kind = _kind(span.quote(note.text))
            if kind is not None:
                found.append(
                    Confirm(
                        kind=kind,
                        start=run.start,
                        end=run.end,
                        text=span.quote(note.text),
                        confidence=round(run.confidence, 3),
                        places=places_of(layout, span),
                    )
                )
    return tuple(found)


def _kind(word: str) -> Literal["number", "negation", "side"] | None:
    if any(character.isdigit() for character in word):
        return "number"
    folded = set(cut(word).folded)
    if folded & _NEGATIONS or word.lower().replace("’", "'").rstrip(".,;:").endswith("n't"):
        return "negation"
    return "side" if folded & _SIDES else None


def places_of(layout: Layout, span: Span) -> tuple[Place, ...]:
    """Where a span stands, as the result has it."""
    return tuple(
        Place(page=place.page, box=(round(box.left, 1), round(box.top, 1), round(box.right, 1), round(box.bottom, 1)))
        for place in layout.places(span)
        for box in (place.box,)
    )


def pages_of(note: Note) -> tuple[Page, ...] | None:
    """The pages of a note, as the result has them."""
    if note.layout is None:
        return None
    return tuple(
        Page(number=page.number, width=round(page.width, 1), height=round(page.height, 1), reader=page.reader)
        for page in note.layout.pages
    )
