"""The lines of a note, with the list mark each begins with."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["BULLETS", "Line", "read_lines", "read_mark"]

BULLETS = "•‣◦▪●○■□·➢➤▸►✓✔∙⁃\uf0b7\uf0a7"
"""Signs that are bullets wherever they stand."""

# A bullet, "#", "1.", "2)", "(3)", "a)", "B." before a capital, "iv.", "II." or a check box, at the start of a line.
_MARK = re.compile(
    rf"(?:[{BULLETS}]+"
    r"|[-*–—»>+~o](?=\s)|[-–—](?=[A-Za-z])|\*(?=[A-Za-z])|\[[ xX]?\](?!\()"
    r"|\#{1,6}\s*(?:\d{1,2}[.):]?(?=\s))?|\(?\d{1,2}(?:\.\)|[.)])(?!\d)"
    r"|\(?[a-z]\)|[a-z]\.(?=\s)|[A-H][.)](?=\s+[A-Z][a-z])|\(?[ivx]{1,4}[.)](?=\s)|[IVX]{1,4}[.)](?=\s+[A-Z]))\s*"
)


class Line(NamedTuple):
    """One line; all offsets are code points into the note.

    A blank line has ``start == end``; it stands for all blank lines in a row.
    """

    begin: int  # where it begins, white space included
    start: int  # its first character that is not white space
    content: int  # its first character after the list mark
    end: int  # after its last character that is not white space
    after: int  # after its line break
    mark: str  # the list mark as written, "" if there is none


def read_lines(text: str) -> list[Line]:
    """Cut ``text`` at every kind of line break that ``str.splitlines`` knows.

    >>> [line.mark for line in read_lines("Plan:\\r\\n1. Rest\\x85  - Ice")]
    ['', '1.', '-']
    """
    lines: list[Line] = []
    begin = 0
    for raw in text.splitlines(keepends=True):
        after = begin + len(raw)
        if raw.isspace():
            if not lines or lines[-1].start < lines[-1].end:
                lines.append(Line(begin, begin, begin, begin, after, ""))
        else:
            end = begin + len(raw.rstrip())
            start = end - len(raw.strip())
            mark, content = read_mark(text, start, end)
            lines.append(Line(begin, start, content, end, after, mark))
        begin = after
    return lines


def read_mark(text: str, start: int, end: int) -> tuple[str, int]:
    """The list mark at ``start`` of a text that ends at ``end``, "" if there is none, and where the content begins.

    >>> read_mark("2) Rest", 0, 7)
    ('2)', 3)
    """
    found = _MARK.match(text, start, end)
    if found is None or found.end() == end:
        return "", start
    return found.group().rstrip(), found.end()
