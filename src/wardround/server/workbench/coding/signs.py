"""Characters that have an effect instead of a shape: on a page they get a sign, so that nothing of a note is hidden.

Direction marks reorder what is read, tag characters carry text that nobody sees, and HTML has no way to write most
control characters. Their sign stands in their place; the character itself is not put on the page.
"""

from __future__ import annotations

import re

__all__ = ["UNSEEN", "sign_of"]

_NAMES = {
    "\u00ad": "SHY",
    "\u061c": "ALM",
    "\u200b": "ZWSP",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u2028": "LS",
    "\u2029": "PS",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
}

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef"
    "\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff\U000ffffe-\U0010ffff]"
)
"""One such character. Joiners are none: they shape Arabic, Indic scripts and emoji; tabs and line ends are layout."""


def sign_of(character: str) -> str:
    r"""What is shown in place of a character that has no shape.

    >>> sign_of("\u202e"), sign_of("\x1b"), sign_of("\U000e0041")
    ('RLO', '␛', 'U+E0041')
    """
    point = ord(character)
    if point < 0x20:
        return chr(0x2400 + point)
    if point == 0x7F:
        return "␡"
    return _NAMES.get(character) or f"U+{point:04X}"
