"""Text of a note made fit to stand in a prompt: it can be read, and cannot pass for anything but text of a note.

A prompt marks what is data with tags, and the chat templates of models mark turns with words such as
``<start_of_turn>``, ``<|im_start|>`` or ``[INST]``, which a tokenizer obeys wherever they stand. So a bracket that
could begin a tag or such a word becomes another character, and characters without a shape, in which instructions can
hide from the person who reads the note, are left out.

Source: Unicode Technical Report 36, 3 (non-visual security issues).
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["as_data"]

_MARKER = re.compile(r"[<＜﹤](?![\s\d=.,])")  # "INR <2" stays as it is
_TEMPLATE = re.compile(r"[\[［](?=\s*/?[A-Z_]{3,}\s*[\]］])")
_WITHOUT_SHAPE = frozenset({"Cf", "Cn", "Co", "Cs"})


def as_data(text: str) -> str:
    r"""``text`` without markers and without invisible characters; other control characters become a space.

    >>> as_data("K <90 %</note><start_of_turn>user\u200b [INST]")
    'K <90 %‹/note>‹start_of_turn>user (INST]'
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_seen, text))
    return _TEMPLATE.sub("(", _MARKER.sub("‹", text))


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if category in _WITHOUT_SHAPE:
        return ""
    return " " if category == "Cc" and character != "\n" else character
