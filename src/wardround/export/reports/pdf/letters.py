"""The font of a PDF, and which characters it can show."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

__all__ = ["Letters", "letters"]

_FONTS = (("DejaVuSans", "DejaVuSans-Bold"), ("Vera", "VeraBd"))
_BACKWARDS = ("R", "AL")
_WITHOUT_SHAPE = frozenset(range(0xFE00, 0xFE10))  # variation selectors, which a font may hold as nothing


class Letters(NamedTuple):
    """A regular and a bold font, by their registered names, and the characters that both have."""

    regular: str
    bold: str
    known: frozenset[int]

    def shown(self, text: str) -> tuple[str, int]:
        """``text`` with what cannot be shown as code points, and how many characters that were."""
        unknown = {
            c for c in set(text) if ord(c) not in self.known or unicodedata.bidirectional(c) in _BACKWARDS
        }  # fmt: skip
        if not unknown:
            return text, 0
        return "".join(_point(c) if c in unknown else c for c in text), sum(c in unknown for c in text)


@cache
def letters() -> Letters:
    """The best font there is, registered with ReportLab."""
    for regular, bold in _FONTS:
        try:
            fonts = [TTFont(name, f"{name}.ttf") for name in (regular, bold)]
        except TTFError:  # not on this machine
            continue
        for font in fonts:
            registerFont(font)
        known = frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))
        return Letters(regular, bold, known - _WITHOUT_SHAPE)
    raise AssertionError("ReportLab comes with Vera")


def _point(character: str) -> str:
    point = ord(character)
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
