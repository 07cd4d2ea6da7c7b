"""What a program that reads the characters of a picture does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.boxes import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["OcrEngine", "OcrLine", "OcrWord"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrWord:
    """One word as it was seen.

    Attributes:
        text: its characters, without white space.
        box: where it stands, in pixels of the picture that was given.
        confidence: how sure the program is, from 0 to 1.
    """

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrLine:
    """The words of one line, from left to right."""

    words: tuple[OcrWord, ...]

    @property
    def text(self) -> str:
        """The words, with a space between them."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """Where the line stands."""
        box = self.words[0].box
        for word in self.words[1:]:
            box = box.around(word.box)
        return box


class OcrEngine(ABC):
    """Reads printed characters. Safe to share between threads.

    Attributes:
        name: program and version, for people and provenance: ``"tesseract 5.3.0"``.
    """

    name: str

    @abstractmethod
    def lines(self, picture: NDArray[np.uint8], *, sparse: bool = False) -> tuple[OcrLine, ...]:
        """The lines in reading order, as found in the picture as it is; nothing is straightened or cleaned here.

        Args:
            picture: grey (rows, columns), dark on light, as of a page of about 200 dots per inch.
            sparse: the picture is no page, but has a few words somewhere (burned-in text of a medical image).

        Raises:
            EngineFailed: the program broke down.
        """
