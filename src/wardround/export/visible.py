"""Text of a note made safe to show on one line of a terminal or a Markdown page."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["visible"]

_SPACE = re.compile(r"\s+")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""``text`` on one line, with every character that has an effect instead of a shape written as a visible sign.

    A terminal obeys control characters (they move the cursor, recolour, retitle), direction marks reorder what is
    read, and lone surrogates cannot be written at all. Control characters become their Unicode pictures, the others
    their escape.

    >>> visible("pain\x1b[31m  in\nthe \u202eleft knee")
    'pain␛[31m in the \\u202eleft knee'
    """
    line = _SPACE.sub(" ", text)
    if line.isascii() and line.isprintable():
        return line
    return "".join(_sign(c) if unicodedata.category(c) in _INVISIBLE else c for c in line)


def _sign(character: str) -> str:
    point = ord(character)
    if point < 0x20:
        return chr(0x2400 + point)
    if point == 0x7F:
        return "␡"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
