"""Where a note has the words that a model says it has: exactly there, or nowhere."""

from __future__ import annotations

import re

from wardround.spans import Span

__all__ = ["places"]


def places(quote: str, text: str, within: Span) -> list[Span]:
    """Every place of ``text`` inside ``within`` that has ``quote``, in order.

    Letter by letter, and never a part of a word; only runs of white space may differ, as where the note wraps a line.

    >>> places("left  knee", "Pain of the left\\nknee and the left kneecap", Span(0, 42))
    [Span(start=12, end=21)]
    """
    pieces = quote.split()
    if not pieces:
        return []
    found = r"\s+".join(re.escape(piece) for piece in pieces)
    pattern = re.compile(rf"(?:(?<!\w)|(?!\w)){found}(?:(?!\w)|(?<!\w))")
    return [Span(*match.span()) for match in pattern.finditer(text, within.start, within.end)]
