"""A page read from a picture: prepared, read, put into order, and its words found again in the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wardround.documents.ocr.agreement import Transcribe, read_again
from wardround.documents.ocr.base import OcrEngine, OcrLine
from wardround.documents.ocr.columns import in_reading_order
from wardround.documents.ocr.handwriting import looks_written
from wardround.documents.ocr.points import doubt_lost_points
from wardround.documents.ocr.preparing import Prepared, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wardround.documents.ocr.transform import Transform

__all__ = ["PageText", "read_page"]

_FEW = 3  # letters; a page with fewer is blank, whatever specks it has
_DOUBTED = 0.6  # a page read with less confidence is tried the other way up
_UNREADABLE = 0.35  # a page read with less has no print, or none that can be read
_NO_PRINT = "no print that can be read was found on the page"
_WRITTEN = "something looks written by hand, and handwriting is not read: compare the text with the page"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What was read on a page.

    Attributes:
        lines: in reading order, their boxes in pixels of the picture that was given.
        reader: what read it: ``"tesseract 5.3.0"``.
        steps: what was done to the picture first, as in `Prepared.steps`.
        blank: nothing is printed on it.
        handwriting: something on it looks written by hand; what was read there is not to be relied on.
        notices: what a reader must know, a sentence each, without patient text.
    """

    lines: tuple[OcrLine, ...]
    reader: str
    steps: tuple[str, ...] = ()
    blank: bool = False
    handwriting: bool = False
    notices: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The lines, each followed by a line feed."""
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def confidence(self) -> float:
        """How sure the reader was, on average of characters; 0 if nothing was read."""
        return _confidence(self.lines)


def read_page(picture: NDArray[np.uint8], ocr: OcrEngine, transcribe: Transcribe | None = None) -> PageText:
    """Read a page.

    Args:
        picture: grey (rows, columns) or colour (rows, columns, 3), of 8 bits: a scan, a fax, a photograph.
        ocr: what reads its characters.
        transcribe: a model that reads the page beside it, as `wardround.documents.ocr.agreement` has it.

    Raises:
        EngineFailed: ``ocr`` broke down.
    """
    prepared = prepare(picture)
    if prepared.letters < _FEW:
        return PageText(lines=(), reader=ocr.name, steps=prepared.steps, blank=True)
    lines = ocr.lines(prepared.picture)
    if _confidence(lines) < _DOUBTED:
        lines, prepared = _the_other_way_up(lines, prepared, ocr)
    written = looks_written(prepared.picture, lines, prepared.letter_height)
    notices: tuple[str, ...] = (_WRITTEN,) if written else ()
    if _confidence(lines) < _UNREADABLE:
        return PageText(
            lines=(), reader=ocr.name, steps=prepared.steps, handwriting=written, notices=(_NO_PRINT, *notices)
        )
    ordered = in_reading_order(doubt_lost_points(lines, prepared.picture))
    if transcribe is not None:
        ordered, told = read_again(ordered, prepared.picture, transcribe)
        notices += told
    return PageText(
        lines=tuple(_placed(line, prepared.transform) for line in ordered),
        reader=ocr.name,
        steps=prepared.steps,
        handwriting=written,
        notices=notices,
    )


def _confidence(lines: tuple[OcrLine, ...]) -> float:
    words = [word for line in lines for word in line.words]
    return sum(word.confidence * len(word.text) for word in words) / max(1, sum(len(word.text) for word in words))


def _the_other_way_up(
    lines: tuple[OcrLine, ...], prepared: Prepared, ocr: OcrEngine
) -> tuple[tuple[OcrLine, ...], Prepared]:
    """What was read, or what is read with the page turned round, whichever is surer."""
    turned = replace(
        prepared,
        picture=np.ascontiguousarray(np.rot90(prepared.picture, 2)),
        transform=prepared.transform.turned(2),
        steps=(*prepared.steps, "turned 180"),
    )
    others = ocr.lines(turned.picture)
    return (others, turned) if _confidence(others) > _confidence(lines) else (lines, prepared)


def _placed(line: OcrLine, transform: Transform) -> OcrLine:
    if transform.changes_nothing:
        return line
    return OcrLine(words=tuple(replace(word, box=transform.original(word.box)) for word in line.words))
