"""A model's transcription of a page beside the characters that were seen: kept where they agree, flagged where not.

The model cannot add a word: every word of the result was seen on the page, and where both read it differently it is
left with little confidence. So neither what a model makes up nor what a page tells it to say comes into a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

import cv2

from wardround.documents.ocr.base import OcrLine, OcrWord
from wardround.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Compared", "Transcribe", "compared", "read_again"]

Transcribe = Callable[[bytes], str]
"""What stands in a picture, a PNG file of a page or a part of one; may raise `EngineError`."""

_NOT_USED = "the model's transcription was not used: it has little in common with the characters that were seen"
_SILENT = "the model did not transcribe the page"
_DIFFERS = "where the model's transcription differs from the characters that were seen, they count as uncertain"

_LEAST_ALIKE = 0.5  # of the words seen, that the model must read too; else it tells of something else
_DIFFERENT = 0.5  # the confidence that is left where the two differ; below `wardround.documents.DOUBTFUL`
_AGREED = 0.95  # that of a word without digits which both read; above it


class Compared(NamedTuple):
    """The lines as they are to be taken; ``alike`` is the share of words that both read, ``added`` the unseen."""

    lines: tuple[OcrLine, ...]
    alike: float
    added: int


def read_again(
    lines: tuple[OcrLine, ...], picture: NDArray[np.uint8], transcribe: Transcribe
) -> tuple[tuple[OcrLine, ...], tuple[str, ...]]:
    """The lines after a model has read the page too, and what is to be said of that.

    Args:
        lines: what was seen, in reading order, in pixels of ``picture``.
        picture: the prepared page, grey (rows, columns). The model is shown it in parts no higher than wide, cut
            between lines, as it sees every picture as a square of some hundred pixels.
        transcribe: asks the model.
    """
    try:
        said = "\n".join(transcribe(png) for png in _parts(lines, picture))
    except EngineError:
        said = ""
    if not said.strip():
        return lines, (_SILENT,)
    result = compared(lines, said)
    if result.alike < _LEAST_ALIKE:
        return lines, (_NOT_USED,)
    return result.lines, (_DIFFERS,) if result.alike < 1 or result.added else ()


def _parts(lines: Sequence[OcrLine], picture: NDArray[np.uint8]) -> Iterator[bytes]:
    rows, columns = picture.shape
    start = 0
    while start < rows:
        end = rows if rows - start <= columns else _cut(lines, start + columns // 2, start + columns)
        _, png = cv2.imencode(".png", picture[start:end])
        yield png.tobytes()
        start = end


def _cut(lines: Sequence[OcrLine], first: int, last: int) -> int:
    """The lowest row in ``[first, last]`` at which no line stands; ``last`` if there is none."""
    covered = [(line.box.top, line.box.bottom) for line in lines]
    return next((row for row in range(last, first, -1) if not any(a < row < b for a, b in covered)), last)


def compared(lines: tuple[OcrLine, ...], said: str) -> Compared:
    """What was seen beside what a model says.

    Every word is kept as it was seen. One that both have is sure, unless digits are in it, of which a model is no
    witness; one that the model has not, or has otherwise, becomes doubtful. What only the model has is left out.
    """
    places = [(i, j) for i, line in enumerate(lines) for j, word in enumerate(line.words) if _bare(word.text)]
    seen = [_bare(lines[i].words[j].text) for i, j in places]
    told = [bare for word in said.split() if (bare := _bare(word))]
    new = {place: lines[place[0]].words[place[1]] for place in places}
    same = added = 0
    for _, a, b, c, d in SequenceMatcher(None, seen, told, autojunk=False).get_opcodes():
        if "".join(seen[a:b]) == "".join(told[c:d]):  # spaces are set otherwise at times
            same += b - a
            new |= {place: _confirmed(new[place]) for place in places[a:b]}
        else:
            added += max(0, (d - c) - (b - a))
            new |= {place: _doubted(new[place]) for place in places[a:b]}
    result = tuple(
        OcrLine(words=tuple(new.get((i, j), word) for j, word in enumerate(line.words))) for i, line in enumerate(lines)
    )
    return Compared(result, same / max(1, len(seen)), added)


def _bare(word: str) -> str:
    """What is compared: without the marks by which models set type; empty where there is neither letter nor digit."""
    plain = word.strip("*_#`|").replace("’", "'").replace("–", "-")
    return plain if any(character.isalnum() for character in plain) else ""


def _confirmed(word: OcrWord) -> OcrWord:
    if any(character.isdigit() for character in word.text):
        return word
    return replace(word, confidence=max(word.confidence, _AGREED))


def _doubted(word: OcrWord) -> OcrWord:
    return replace(word, confidence=min(word.confidence, _DIFFERENT))
