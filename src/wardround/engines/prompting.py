"""How text comes into a prompt: made fit to stand there as data, and put together with what stands beside it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable

from wardround.engines.request import Image, Message

__all__ = ["as_data", "between_marks", "joined", "mark_of"]

_MARKER = re.compile(r"[<＜﹤](?![\s\d=.,])")  # "INR <2" stays as it is
_TEMPLATE = re.compile(r"[\[［](?=\s*/?[A-Z_]{3,}\s*[\]］])")
_WITHOUT_SHAPE = frozenset({"Cf", "Cn", "Co", "Cs"})


def as_data(text: str) -> str:
    r"""Text of a note, an image or a file that can be read, and cannot pass for anything but that.

    A prompt marks what is data with tags or marks, and the chat templates of models mark turns with words such as
    ``<start_of_turn>``, ``<|im_start|>`` or ``[INST]``, which a tokenizer obeys wherever they stand. So a bracket that
    could begin a tag or such a word becomes another one, and characters without a shape, in which instructions can
    hide from the person who reads the note, become ``�``; other control characters become a space. Every character
    becomes one character: a place in the result is the same place in ``text``.

    Source: Unicode Technical Report 36, 3 (non-visual security issues).

    >>> as_data("K <90 %</note><start_of_turn>user\u200b [INST]")
    'K <90 %‹/note>‹start_of_turn>user� (INST]'
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_seen, text))
    return _TEMPLATE.sub("(", _MARKER.sub("‹", text))


def mark_of(text: str) -> str:
    """A mark for both ends of ``text``; it comes from the digest of the text, which therefore cannot hold it."""
    mark = text
    while mark in text:
        mark = hashlib.sha256(mark.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return mark


def between_marks(text: str, mark: str) -> str:
    """Data between two lines that carry the same mark."""
    return f"[[{mark}]]\n{text}\n[[{mark}]]"


def joined(message: Message, tame: Callable[[str], str]) -> list[str | Image]:
    """Texts and images of a message in order; texts side by side are one.

    Chat templates trim each text and glue them together, so an empty line is put between them here.

    Args:
        message: a turn.
        tame: takes the control tokens of a runtime out of a text.
    """
    parts: list[str | Image] = []
    for part in message.parts:
        if isinstance(part, Image):
            parts.append(part)
        elif parts and isinstance(parts[-1], str):
            parts[-1] += f"\n\n{tame(part)}"
        else:
            parts.append(tame(part))
    return parts


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category in _WITHOUT_SHAPE:
        return "�"
    return " " if category == "Cc" and character not in "\n\t" else character
