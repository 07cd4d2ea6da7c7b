"""Pictures that text is written into, and an OCR program whose answers are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wardround.boxes import Box
from wardround.documents.ocr import OcrEngine, OcrLine, OcrWord


class Scripted(OcrEngine):
    """Reads the words it was given wherever a picture is bright at their place, and nothing else."""

    name = "rapidocr scripted"

    def __init__(self, *words: tuple[str, Box, float]) -> None:
        self.words = words
        self.looks = 0

    def lines(self, picture: NDArray[np.uint8], *, sparse: bool = False) -> tuple[OcrLine, ...]:
        assert sparse
        assert picture.dtype == np.uint8
        self.looks += 1
        found = [
            OcrWord(text=text, box=box, confidence=sure)
            for text, box, sure in self.words
            if picture[int(box.top) : int(box.bottom), int(box.left) : int(box.right)].max(initial=0) > 128
        ]
        return (OcrLine(words=tuple(found)),) if found else ()


def chest(side: int = 480) -> NDArray[np.uint16]:
    """Something like a radiograph: two dark lungs on grey, 12 bits, noisy."""
    y, x = np.mgrid[0:side, 0:side] / side
    body = 1800 + 500 * np.cos(3 * (x - 0.5))
    for centre in (0.3, 0.7):
        body = np.where(((x - centre) / 0.15) ** 2 + ((y - 0.5) / 0.32) ** 2 < 1, 700, body)
    return np.clip(body + np.random.default_rng(1).normal(0, 40, body.shape), 0, 4095).astype(np.uint16)


def ultrasound() -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """Something like an ultrasound, RGB, with a black banner above and beside the sector; and its region."""
    picture = np.zeros((480, 640, 3), np.uint8)
    noise = np.random.default_rng(2).integers(0, 90, (400, 480, 1), np.uint8)
    picture[60:460, 20:500] = noise
    return picture, (20, 60, 500, 460)


def write(
    picture: NDArray[np.generic], texts: Sequence[tuple[str, int, int]], *, value: int = 255, size: int = 20
) -> NDArray[np.generic]:
    """A copy with the texts at (left, top), of this value in all channels."""
    mask = Image.new("L", (picture.shape[1], picture.shape[0]))
    for text, left, top in texts:
        ImageDraw.Draw(mask).text((left, top), text, fill=255, font=ImageFont.load_default(size))
    result = picture.copy()
    result[np.asarray(mask) > 127] = value
    return result
