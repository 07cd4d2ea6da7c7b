"""What a model quotes, also of an answer that was cut; and where a note has those words: exactly there, or nowhere."""

from __future__ import annotations

import json
import re
from typing import Any

from wardround.engines import Reply
from wardround.spans import Span

__all__ = ["listed", "places"]

_LIST = re.compile(r'\s*\{\s*"conditions"\s*:\s*\[')
_NEXT = re.compile(r"\s*,?\s*")


def listed(reply: Reply) -> list[dict[str, Any]]:
    """The conditions of an answer; of one that was cut those that were whole before.

    >>> listed(Reply(text='{"conditions":[{"quote":"gout","about":"present"},{"quote":"as', finish="time"))
    [{'quote': 'gout', 'about': 'present'}]
    """
    if reply.value is not None:
        return list(reply.value["conditions"])
    found: list[dict[str, Any]] = []
    start = _LIST.match(reply.text) if reply.finish in ("time", "length", "loop") else None
    end = start.end() if start else len(reply.text)
    while end < len(reply.text):
        try:
            item, end = json.JSONDecoder().raw_decode(reply.text, end)
        except (ValueError, RecursionError):
            break
        if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in ("quote", "about")):
            break
        if item not in found:
            found.append(item)
        following = _NEXT.match(reply.text, end)
        end = following.end() if following else len(reply.text)
    return found


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
