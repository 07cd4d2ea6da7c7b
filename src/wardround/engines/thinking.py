"""Tells a model to think, and takes its thinking off its answer.

MedGemma 27B and 1.5 think between two markers, ``<unused94>thought … <unused95>answer``, sometimes without being asked;
the markers are ordinary text to a tokenizer. What stands after the first end marker is the answer. A thought that does
not end was cut off: there is no answer, however much text there is.
"""

from __future__ import annotations

from collections.abc import Sequence

from wardround.engines.request import Message

__all__ = ["MARKERS", "TRIGGER", "answer", "told_to_think"]

TRIGGER = "SYSTEM INSTRUCTION: think silently if needed."
"""The words at the start of the system's message by which MedGemma is told to think."""

MARKERS = ("<unused94>", "<unused95>")
"""What stands before and after a thought."""


def answer(text: str) -> str | None:
    """``text`` without thinking; None if the thought never ended.

    >>> answer("<unused94>thought\\nhm<unused95> yes"), answer("yes"), answer("<unused94>thought\\nhm")
    ('yes', 'yes', None)
    """
    _, ended, after = text.partition(MARKERS[1])
    if ended:
        return after.lstrip()
    return None if MARKERS[0] in text else text


def told_to_think(messages: Sequence[Message]) -> list[Message]:
    """The messages with the trigger before what the system says, or alone where it says nothing."""
    first, *others = messages
    if first.role != "system":
        return [Message("system", (TRIGGER,)), first, *others]
    return [Message("system", (" ".join([TRIGGER, *map(str, first.parts)]),)), *others]
