"""Takes a model's thinking off its answer.

MedGemma 27B and 1.5 think between two markers, ``<unused94>thought … <unused95>answer``, sometimes without being asked;
the markers are ordinary text to a tokenizer. What stands after the first end marker is the answer. A thought that does
not end was cut off: there is no answer, however much text there is.
"""

from __future__ import annotations

__all__ = ["TRIGGER", "answer"]

TRIGGER = "SYSTEM INSTRUCTION: think silently if needed."
"""The words at the start of the system's message by which MedGemma is told to think."""

_BEGIN, _END = "<unused94>", "<unused95>"


def answer(text: str) -> str | None:
    """``text`` without thinking; None if the thought never ended.

    >>> answer("<unused94>thought\\nhm<unused95> yes"), answer("yes"), answer("<unused94>thought\\nhm")
    ('yes', 'yes', None)
    """
    _, ended, after = text.partition(_END)
    if ended:
        return after.lstrip()
    return None if _BEGIN in text else text
