"""From a study to the pictures that MedGemma was trained on."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from wardround.errors import ImageError
from wardround.images.render import slide
from wardround.images.render.sampling import AT_MOST, sampled
from wardround.images.render.square import Square
from wardround.images.render.windows import CT_WINDOWS, Range, ct_to_rgb, span, to_grey
from wardround.images.study import Frame, Series, Slide, Step, Study

__all__ = ["Rendering", "View", "render"]

_VOLUMES = ("ct", "mr")  # whose pictures are labelled as slices


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One picture as a model sees it, before the model's own processor makes it 896 x 896.

    Attributes:
        frame: number of the series' frame it shows, from 1.
        square: where that frame lies in the picture, and boxes from one to the other.
        draw: decodes the frame and makes the picture; see `pixels`.
    """

    frame: int
    square: Square
    draw: Callable[[], NDArray[np.uint8]] = field(repr=False)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """RGB, (side, side, 3), made anew at each access, so that of many views only those looked at need memory.

        Raises:
            ImageError: the frame cannot be decoded, or is not of the size its file tells.
        """
        return self.draw()

    def png(self) -> bytes:
        """The picture as a PNG file, which loses nothing: JPEG would mix the windows of the three channels."""
        from PIL import Image

        file = io.BytesIO()
        Image.fromarray(self.pixels).save(file, "PNG", compress_level=3)
        return file.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What a model is shown of one series.

    Attributes:
        series: it was made from.
        views: in order.
        labelled: whether the text ``SLICE k``, k counting the views from 1, follows each picture.
        steps: what was done, for provenance.
    """

    series: Series
    views: tuple[View, ...]
    labelled: bool
    steps: tuple[Step, ...]


def render(
    study: Study, series: int = 0, at_most: int | None = None, *, frames: Sequence[int] | None = None
) -> Rendering:
    """The pictures of one series as MedGemma was trained on them.

    - Colour, and values made for display, stay as they are: the file's windows are not applied.
    - CT in Hounsfield units becomes RGB by three windows, see `CT_WINDOWS`.
    - MR, CT whose units are not known, and frames of one clip that are not made for display are scaled from their least
      to their greatest value over all frames.
    - A radiograph is scaled from its own least to its own greatest value.
    - Of more than ``at_most`` frames, so many are taken, see `sampled`.
    - Of a whole slide there are patches of 896 x 896 pixels at 10x where there is tissue; `Square.original` gives
      pixels of its finest level.
    - Every picture is padded with black to a square.

    Args:
        study: as it was read.
        series: its place in ``study.series``, from 0.
        at_most: pictures; by default 85, and 125 of a whole slide.
        frames: their numbers, from 1, instead of those that would be taken.

    Raises:
        ImageError: there is no such series or frame, no tissue on a slide, or a frame cannot be decoded.
    """
    if not 0 <= series < len(study.series):
        found = f"it has {len(study.series)}" if study.series else "it has none"
        raise ImageError(f"there is no series {series + 1}", hint=found)
    chosen = study.series[series]
    if chosen.slide is not None:
        if frames is not None:
            raise ImageError("a whole slide is shown by patches, and has no frames")
        return _of_slide(chosen, chosen.slide, slide.AT_MOST if at_most is None else at_most)
    numbers = _chosen(len(chosen.frames), AT_MOST if at_most is None else at_most, frames)
    scaling, step = _scaling(chosen)
    steps = [step]
    if len(numbers) < len(chosen.frames):
        told = f"{len(numbers)} of {len(chosen.frames)} frames"
        steps.append(Step("sample", told if frames else f"{told}, evenly spread"))
    views = tuple(_view(chosen.frames[number - 1], number, scaling) for number in numbers)
    if any(view.square.columns != view.square.rows for view in views):
        steps.append(Step("pad", "with black to a square"))
    return Rendering(
        series=chosen,
        views=views,
        labelled=chosen.kind in _VOLUMES and len(chosen.frames) > 1,
        steps=tuple(steps),
    )


def _chosen(count: int, at_most: int, frames: Sequence[int] | None) -> tuple[int, ...]:
    if frames is None:
        return tuple(place + 1 for place in sampled(count, at_most))
    for number in frames:
        if not 1 <= number <= count:
            raise ImageError(f"there is no frame {number}", hint=f"the series has {count}")
    return tuple(frames)


def _of_slide(series: Series, whole: Slide, at_most: int) -> Rendering:
    index = slide.level_of(whole)
    downsample = whole.levels[index].downsample
    views = []
    for y, x in slide.patches(series, at_most):
        square = Square(columns=slide.PATCH, rows=slide.PATCH, x=x * downsample, y=y * downsample, scale=downsample)
        draw = partial(whole.region, index, x, y, slide.PATCH, slide.PATCH)
        views.append(View(frame=1, square=square, draw=draw))
    told = (
        f"{whole.mpp * downsample:.3g} µm per pixel" if whole.mpp else "its size is not told; taken for 40x at level 0"
    )
    steps = (Step("level", f"{index}, {told}"), Step("patches", f"{len(views)} of {slide.PATCH} pixels with tissue"))
    return Rendering(series=series, views=tuple(views), labelled=False, steps=steps)


_Scaling = Callable[[NDArray[np.generic]], NDArray[np.uint8]]


def _scaling(series: Series) -> tuple[_Scaling, Step]:
    """How pixels of ``series`` become grey levels or colours."""
    if series.units == "display" or series.colour:
        return _shown, Step("as stored", "values made for display are not changed")
    if series.kind == "ct" and series.units == "HU":
        told = ", ".join(f"{name} {low}…{high}" for name, (low, high) in zip("RGB", CT_WINDOWS, strict=True))
        return ct_to_rgb, Step("window", f"{told} HU")
    if series.kind == "radiograph" or len(series.frames) == 1:
        return _by_itself, Step("scale", "least to greatest value of each image to 0…255")
    ends = _span_of_all(series)
    told = f"{ends.low:g}…{ends.high:g}" if ends else "no value"
    return lambda values: to_grey(values, ends), Step("scale", f"{told}, of all frames, to 0…255")


def _shown(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    if values.dtype == np.uint8:
        return values.view(np.uint8)
    return _by_itself(values)


def _by_itself(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    return to_grey(values, span(values))


def _span_of_all(series: Series) -> Range | None:
    found = [each for each in (span(frame.pixels()) for frame in series.frames) if each]
    return Range(min(each.low for each in found), max(each.high for each in found)) if found else None


def _view(frame: Frame, number: int, scaling: _Scaling) -> View:
    square = Square(columns=frame.columns, rows=frame.rows)

    def draw() -> NDArray[np.uint8]:
        values = frame.pixels()
        if values.shape[:2] != (frame.rows, frame.columns):
            raise ImageError(f"frame {number} is not of the size its file tells")
        return square.pad(scaling(values))

    return View(frame=number, square=square, draw=draw)
