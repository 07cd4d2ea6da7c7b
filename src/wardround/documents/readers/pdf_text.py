"""The words of a PDF's page as its text objects have them, and whether a reader of the page would see them.

PDFium gives every character with its box, the way it is drawn and its colour (fpdf_text.h, fpdf_edit.h). Text that is
drawn invisibly (text rendering mode 3 or 7, ISO 32000-1 9.3.6), in the colour of its ground, too small to be seen or
beyond the page is not part of the note; on a picture of a page it is the text layer of a program that has read it.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from wardround.boxes import Box
from wardround.documents.arrange import PrintedWord
from wardround.documents.readers.turns import turned

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PageText", "page_text"]

_INVISIBLE_MODES = frozenset({3, 7})
_PALE = 0.85  # of full light: text so pale is looked at as it is drawn
_SMALLEST = 2.0  # points; a letter that is lower cannot be read
_CONTRAST = 24  # levels of 256 between ink and ground, for text that can be read
_LIGATURES = {0xFB00 + i: said for i, said in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))}
_DROPPED = {0xAD: None, 0x200B: None, 0x200C: None, 0x200D: None, 0xFEFF: None, 0x2060: None}
_BULLETS = (0xF0B7, 0xF0A7)


class _Character(NamedTuple):
    place: int
    code: int
    box: Box  # upright, rows downwards, in points


@dataclass(slots=True)
class PageText:
    """The text of a page.

    Attributes:
        turned: the words that can be seen, by the quarter turn in which they are read, in coordinates of the page so
            turned; 0 are the upright ones. Words at any other angle are with those of the next quarter turn.
        hidden: the words that cannot be seen, upright.
        unknown: characters of which the font does not say what they are.
        characters: all of them, white space left out.
    """

    turned: dict[int, list[PrintedWord]] = field(default_factory=dict)
    hidden: list[PrintedWord] = field(default_factory=list)
    unknown: int = 0
    characters: int = 0

    def cover(self) -> None:
        """A picture lies over the page: the upright words cannot be seen either."""
        self.hidden += self.turned.pop(0, [])


def page_text(page: Any) -> PageText:
    """The text of a `pypdfium2.PdfPage`; the caller holds the lock of PDFium."""
    reader = _PageReader(page)
    try:
        return reader.read()
    finally:
        reader.close()


class _PageReader:
    """Reads one page."""

    def __init__(self, page: Any) -> None:
        import pypdfium2.raw as raw

        self._raw = raw
        self._page = page
        self._text = page.get_textpage()
        left, bottom, right, top = page.get_bbox()
        self._left, self._bottom, self._top = left, bottom, top
        self._size = right - left, top - bottom
        self._rotation = page.get_rotation()
        self._width, self._height = page.get_size()
        self._drawn: Any = None

    def close(self) -> None:
        self._text.close()

    def read(self) -> PageText:
        found = PageText()
        for characters in self._words(found):
            text = _spelled(characters)
            if not text:
                continue
            box = characters[0].box
            for character in characters[1:]:
                box = box.around(character.box)
            quarter = self._quarter(characters)
            if self._is_hidden(characters[0].place, box):
                found.hidden.append(PrintedWord(text, box))
                continue
            words = found.turned.setdefault(quarter, [])
            turned = self._turn(box, quarter)
            if not any(_same(text, turned, other) for other in words[-3:]):  # bold, by being drawn twice
                words.append(PrintedWord(text, turned))
        return found

    def _words(self, found: PageText) -> Iterator[list[_Character]]:
        raw, text = self._raw, self._text
        word: list[_Character] = []
        rect = raw.FS_RECTF()
        for index in range(text.count_chars()):
            code = raw.FPDFText_GetUnicode(text, index)
            if code in (0x20, 0x0D, 0x0A, 0x09, 0xA0, 0x3000) or 0x2000 <= code <= 0x200A:
                if word:
                    yield word
                word = []
                continue
            if code == 2:
                code = 0x2D  # a hyphen at the end of a line
            found.characters += 1
            if code == 0 or code == 0xFFFD or (0xE000 <= code <= 0xF8FF and code not in _BULLETS) or code < 32:
                found.unknown += 1
                continue
            if not raw.FPDFText_GetLooseCharBox(text, index, rect):
                continue
            box = self._upright(rect.left, rect.bottom, rect.right, rect.top)
            if word and _apart(word[-1].box, box):
                yield word
                word = []
            word.append(_Character(index, code, box))
        if word:
            yield word

    def _upright(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A box of the page's own coordinates as it is shown, from the upper left corner."""
        width, height = self._size
        box = Box(left - self._left, self._top - top, right - self._left, self._top - bottom)
        return turned(box, self._rotation // 90, width, height)

    def _quarter(self, word: list[_Character]) -> int:
        """The quarter turn clockwise after which the word is upright."""
        angle = self._raw.FPDFText_GetCharAngle(self._text, word[0].place)  # clockwise, from 0 to 2 pi, as drawn
        if angle < 0:
            return 0
        drawn = round(angle / (math.pi / 2)) + self._rotation // 90
        return int(-drawn % 4)

    def _turn(self, box: Box, quarter: int) -> Box:
        return turned(box, quarter, self._width, self._height)

    def _is_hidden(self, index: int, box: Box) -> bool:
        raw = self._raw
        if min(box.width, box.height) <= 0 or max(box.width, box.height) < _SMALLEST:
            return True
        if box.right <= 0 or box.bottom <= 0 or box.left >= self._width or box.top >= self._height:
            return True
        drawn = raw.FPDFText_GetTextObject(self._text, index)
        if drawn and raw.FPDFTextObj_GetTextRenderMode(drawn) in _INVISIBLE_MODES:
            return True
        parts = [ctypes.c_uint() for _ in range(4)]
        if not raw.FPDFText_GetFillColor(self._text, index, *parts):
            return False
        red, green, blue, alpha = (part.value / 255 for part in parts)
        light = 0.299 * red + 0.587 * green + 0.114 * blue
        return (light > _PALE or alpha < 1 - _PALE) and not self._stands_out(box)

    def _stands_out(self, box: Box) -> bool:
        """Whether there is anything to see in a box of the page as it is drawn."""
        if self._drawn is None:
            self._drawn = self._page.render(scale=1.0, grayscale=True).to_numpy()
        rows, columns = self._drawn.shape[:2]
        top, left = max(0, int(box.top)), max(0, int(box.left))
        seen = self._drawn[top : min(rows, math.ceil(box.bottom)), left : min(columns, math.ceil(box.right))]
        return bool(seen.size) and int(seen.max()) - int(seen.min()) >= _CONTRAST


def _spelled(word: list[_Character]) -> str:
    """The characters of a word, ligatures and the letters of fonts that stand for others spelled out."""
    text = "".join(map(chr, _joined(word)))
    if text.isascii():
        return text
    soft = text.endswith("\u00ad")
    text = unicodedata.normalize("NFC", text.translate(_LIGATURES).translate(_DROPPED))
    return f"{text}\u00ad" if soft and text else text


def _joined(word: list[_Character]) -> Iterator[int]:
    """Code points; PDFium gives those beyond the first plane as two halves."""
    half = 0
    for _, code, _ in word:
        if 0xD800 <= code < 0xDC00:
            half = code
        elif 0xDC00 <= code < 0xE000:
            if half:
                yield 0x10000 + ((half - 0xD800) << 10) + (code - 0xDC00)
            half = 0
        elif code <= 0x10FFFF:
            yield code


def _apart(before: Box, here: Box) -> bool:
    """Whether a character does not go on the word of the one before it."""
    size = max(before.width, before.height, here.width, here.height)
    across = max(here.left - before.right, before.left - here.right)
    down = max(here.top - before.bottom, before.top - here.bottom)
    return across > 0.6 * size or down > 0.6 * size


def _same(text: str, box: Box, other: PrintedWord) -> bool:
    near = 0.15 * box.height
    return text == other.text and abs(box.left - other.box.left) < near and abs(box.top - other.box.top) < near
