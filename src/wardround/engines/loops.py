"""Notices that a model repeats itself for ever, while it writes or afterwards.

A loop is the same run of tokens (or characters) many times in a row to the end of what was written. Lists of codes
repeat a little by nature, so a loop is a run of one to sixty-four tokens, eight times at least and over forty-eight.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

__all__ = ["loop_at_end", "without_loop"]

_LONGEST = 64  # of a run
_TIMES = 8
_LEAST = 48  # in all


def loop_at_end(written: Sequence[Hashable], *, longest: int = _LONGEST) -> int:
    """The length of the run that ``written`` ends by repeating; 0 if it does not end in a loop.

    >>> loop_at_end("codes: " + "E11.9, " * 9), loop_at_end("E11.9, E11.9, I10")
    (7, 0)
    """
    for period in range(1, min(longest, len(written) // _TIMES) + 1):
        needed = max(period * _TIMES, _LEAST)
        if needed <= len(written) and all(
            written[-place] == written[-place - period] for place in range(1, needed - period + 1)
        ):
            return period
    return 0


def without_loop(text: str) -> str:
    """``text`` with the loop at its end cut down to one run of it; ``text`` itself if it has none.

    >>> without_loop("codes: " + "E11.9, " * 9)
    'codes: E11.9,'
    """
    period = loop_at_end(text, longest=4 * _LONGEST)
    if not period:
        return text
    end = len(text)
    while end > period and text[end - 1] == text[end - 1 - period]:
        end -= 1
    return text[:end]
