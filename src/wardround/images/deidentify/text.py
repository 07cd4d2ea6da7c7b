"""Text that is burned into a picture: where it is, and making it black.

Found by all OCR programs that are there, because each misses what another reads. What is read is not told unless it is
asked for; a single letter is no text, so that a side marker stays.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from wardround.boxes import Box
from wardround.errors import EngineMissing, EngineRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wardround.documents.ocr import OcrEngine, OcrWord

__all__ = [
    "SHOWN",
    "SURE",
    "TextBox",
    "burned_in",
    "clean_for_sending",
    "draw",
    "merged",
    "outside",
    "redact",
    "sampled",
]

SHOWN = 0.3
"""Confidence from which a box is shown."""

SURE = 0.5
"""Confidence from which a box is made black without a person having looked."""

_PROGRAMS = ("tesseract", "rapidocr")
_LARGEST = 2600  # pixels of the longer side of what is given to an OCR program
_COLOURED = 6.0  # mean difference between the channels from which colours are worth a look of their own
_AROUND = 12  # pixels; what is larger than some letters is evened out
_GAP = 1.5  # of a line's height; farther apart, words are boxes of their own
_SHARED = 0.3  # of the smaller box; boxes that share more are of one text


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBox:
    """A part of a picture that may name the patient.

    Attributes:
        box: in stored pixels.
        confidence: from 0 to 1.
        source: ``"text"`` if characters were read; ``"outside"`` if it lies outside the regions of an ultrasound.
        text: what was read; patient data.
    """

    box: Box
    confidence: float
    source: Literal["text", "outside"] = "text"
    text: str = field(default="", repr=False)


def burned_in(
    pixels: NDArray[np.generic],
    ocr: OcrEngine | None = None,
    *,
    regions: Sequence[tuple[int, int, int, int]] = (),
) -> tuple[TextBox, ...]:
    """Where there is text in a picture, from top to bottom.

    Args:
        pixels: grey (rows, columns) of any scale, or RGB (rows, columns, 3) uint8.
        ocr: the program that reads; None for all that are there.
        regions: of an ultrasound, (left, top, right, bottom): whatever is outside them is a box, read or not.

    Raises:
        EngineMissing: there is no OCR program.
        EngineFailed: it broke down.
    """
    programs = (ocr,) if ocr is not None else _programs()
    found = [*outside(pixels, regions)]
    looks = _looks(pixels)
    for program in programs:
        # RapidOCR sees light on dark as well as dark on light, and makes its own sizes; Tesseract does neither well.
        for picture, scale in looks[:1] + looks[2:] if program.name.startswith("rapidocr") else looks:
            for line in program.lines(picture, sparse=True):
                words = [word for word in line.words if word.confidence >= SHOWN]
                found += _boxes(words, scale, pixels.shape[0], pixels.shape[1])
    return merged(found)


def _programs() -> tuple[OcrEngine, ...]:
    from wardround.documents.ocr import open_ocr

    there = []
    for name in _PROGRAMS:
        try:
            there.append(open_ocr(name))
        except EngineMissing:
            continue
    return tuple(there) or (open_ocr("auto"),)  # which says what to install


def _looks(pixels: NDArray[np.generic]) -> list[tuple[NDArray[np.uint8], float]]:
    """The picture in the ways in which text is looked for, and how much larger each is than the picture itself.

    As it is; twice as large and evened out, so that text stands out on bright anatomy as it does on black; and, of one
    with colours, by its darkest channel, where red or blue stands out on white.
    """
    import numpy as np
    from PIL import Image

    coloured = pixels.ndim == 3
    bright = _stretched(pixels.max(axis=2) if coloured else pixels)
    dark = _stretched(pixels.min(axis=2)) if coloured else bright
    longest = max(bright.shape)

    def scaled(picture: NDArray[np.uint8], scale: float) -> tuple[NDArray[np.uint8], float]:
        scale = min(scale, _LARGEST / longest)
        if scale == 1:
            return picture, 1.0
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC)), scale

    looks = [scaled(bright, 1), scaled(_even(dark), 2)]
    if coloured and float(np.abs(bright.astype(np.int16) - dark).mean()) > _COLOURED:
        looks.append(scaled(dark, 1))
    return looks


def _even(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How much darker than its surroundings each pixel is: light text becomes black on grey, dark text white on it."""
    import numpy as np
    from PIL import Image, ImageFilter

    around = np.asarray(Image.fromarray(grey).filter(ImageFilter.GaussianBlur(_AROUND)), dtype=np.int16)
    return np.asarray(np.clip(128 + 2 * (around - grey), 0, 255), dtype=np.uint8)


def _stretched(grey: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Any scale of grey as uint8; the few brightest and darkest values, which text has, may become one."""
    import numpy as np

    values = np.nan_to_num(grey.astype(np.float32), posinf=0, neginf=0)
    low, high = np.percentile(values, (0.5, 99.8))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(values.shape, np.uint8)
    return np.asarray(np.clip((values - low) * (255 / (high - low)), 0, 255), dtype=np.uint8)


def _boxes(words: Sequence[OcrWord], scale: float, rows: int, columns: int) -> Iterable[TextBox]:
    """The boxes of one line: words that stand close together are one."""
    group: list[OcrWord] = []
    groups = [group]
    for word in sorted(words, key=lambda word: word.box.left):
        if group and word.box.left - group[-1].box.right > _GAP * max(word.box.height, group[-1].box.height):
            groups.append(group := [])
        group.append(word)
    for group in groups:
        text = " ".join(word.text for word in group)
        if sum(character.isalnum() for character in text) < 2:
            continue
        box = group[0].box
        for word in group[1:]:
            box = box.around(word.box)
        left, top, right, bottom = (side / scale for side in box)
        inside = Box(max(0.0, left), max(0.0, top), min(columns, right), min(rows, bottom))
        if inside.width > 0 and inside.height > 0:
            yield TextBox(box=inside, confidence=max(word.confidence for word in group), text=text)


def outside(pixels: NDArray[np.generic], regions: Sequence[tuple[int, int, int, int]]) -> tuple[TextBox, ...]:
    """What lies outside all regions of an ultrasound (PS3.3 C.8.5.5) and is not of one colour: banners and margins.

    Args:
        pixels: (rows, columns) or (rows, columns, 3).
        regions: (left, top, right, bottom), half open; with none nothing is outside.
    """
    rows, columns = pixels.shape[:2]
    if not regions:
        return ()
    edges = sorted({0, rows, *(min(max(edge, 0), rows) for _, top, _, bottom in regions for edge in (top, bottom))})
    found = []
    for top, bottom in pairwise(edges):
        at = 0  # the band is walked from left to right, from gap to gap between the regions that reach into it
        crossing = sorted((left, right) for left, upper, right, lower in regions if upper < bottom and top < lower)
        for left, right in [*crossing, (columns, columns)]:
            part = pixels[top:bottom, at : min(left, columns)] if left > at else pixels[:0]
            if part.size and (part != part[0, 0]).any():
                found.append(TextBox(box=Box(at, top, min(left, columns), bottom), confidence=1.0, source="outside"))
            at = max(at, right)
    return tuple(found)


def merged(boxes: Iterable[TextBox]) -> tuple[TextBox, ...]:
    """Each text once: boxes that share much of the smaller one become one; from top to bottom."""
    result: list[TextBox] = []
    for each in boxes:
        same = [other for other in result if other.source == each.source and _shared(other.box, each.box) > _SHARED]
        while same:
            surest = max([*same, each], key=lambda box: box.confidence)
            box = each.box
            for other in same:
                box = box.around(other.box)
                result.remove(other)
            each = TextBox(box=box, confidence=surest.confidence, source=each.source, text=surest.text)
            same = [other for other in result if other.source == each.source and _shared(other.box, box) > _SHARED]
        result.append(each)
    return tuple(sorted(result, key=lambda found: (found.box.top, found.box.left)))


def _shared(one: Box, other: Box) -> float:
    """How much of the smaller box the larger one covers."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    smaller = min(one.width * one.height, other.width * other.height)
    return width * height / smaller if width > 0 and height > 0 and smaller > 0 else 0.0


def redact(pixels: NDArray[np.generic], boxes: Iterable[TextBox | Box], black: Any = 0) -> NDArray[np.generic]:
    """A copy of one picture in which the boxes, and a little around each, are ``black``.

    Args:
        pixels: (rows, columns) or (rows, columns, channels).
        boxes: in its pixels.
        black: the value, or one value per channel.
    """
    cleaned = pixels.copy()
    for each in boxes:
        cleaned[window(each)] = black
    return cleaned


def window(each: TextBox | Box) -> tuple[slice, slice]:
    """The rows and columns that are made black for a box: letters reach a little over what was read of them."""
    read = not isinstance(each, TextBox) or each.source == "text"
    box = each.box if isinstance(each, TextBox) else each
    above, beside = (max(2.0, 0.2 * box.height), max(3.0, 0.4 * box.height)) if read else (0.0, 0.0)
    rows = slice(max(0, math.floor(box.top - above)), math.ceil(box.bottom + above))
    return rows, slice(max(0, math.floor(box.left - beside)), math.ceil(box.right + beside))


def draw(pixels: NDArray[np.generic], boxes: Sequence[TextBox]) -> bytes:
    """A PNG of the picture with the boxes, each with its number: red ones are sure, orange ones are not."""
    from PIL import Image, ImageDraw

    grey = pixels.ndim == 2
    image = Image.fromarray(_stretched(pixels) if grey else pixels.astype("uint8")).convert("RGB")
    pen = ImageDraw.Draw(image)
    for number, each in enumerate(boxes, 1):
        colour = (255, 0, 0) if each.confidence >= SURE else (255, 160, 0)
        pen.rectangle(tuple(each.box), outline=colour, width=2)
        pen.text((each.box.left + 2, max(0.0, each.box.top - 11)), str(number), fill=colour)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def sampled(count: int) -> tuple[int, ...]:
    """Which of so many frames are looked at: the first, the one in the middle, and the last; numbers from 0."""
    return tuple(sorted({0, count // 2, count - 1})) if count else ()


def clean_for_sending(
    pictures: Sequence[NDArray[np.uint8]], *, one_acquisition: bool = False
) -> tuple[NDArray[np.uint8], ...]:
    """Pictures that may leave the machine: all that looks like text is black. They carry no header.

    Args:
        pictures: grey (rows, columns) or RGB (rows, columns, 3).
        one_acquisition: they are slices or frames of one device's run, all of one size: the first, the middle and the
            last are looked at, and what is found in one is made black in all.

    Raises:
        EngineRefused: no OCR program is there, so that nobody knows what is written in them.
        EngineFailed: it broke down.
    """
    looked_at = sampled(len(pictures)) if one_acquisition and len({each.shape for each in pictures}) == 1 else ()
    try:
        shared = merged(box for number in looked_at for box in burned_in(pictures[number]))
        boxes = [shared if looked_at else burned_in(picture) for picture in pictures]
    except EngineMissing as missing:
        raise EngineRefused(
            "the picture is not sent: a name may be written in it, and no program that reads characters is there",
            hint=missing.hint,
        ) from None
    cleaned = [redact(picture, found) for picture, found in zip(pictures, boxes, strict=True)]
    return tuple(each.astype("uint8", copy=False) for each in cleaned)
