"""Where a picture comes from: a photo of a film, a page, or nothing medical."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from wardround.images.quality.chest import is_frontal_chest
from wardround.images.quality.picture import Picture
from wardround.images.study import Notice

__all__ = ["check"]

_CAST = 6  # mean chroma of a film that should have none
_COLOURED = 40  # chroma of a pixel that has a colour
_PAPER = 240  # the darkest channel of a white pixel
_PAGE = 0.7  # white pixels
_HUES = slice(2, 7)  # of twelve: yellow-green to blue-green, of which bodies and stains have little


def check(picture: Picture) -> Iterator[Notice]:
    """A photo of a film or a screen, or not a medical image."""
    coloured = picture.chroma > _COLOURED
    if (
        picture.levels.ndim == 3
        and coloured.mean() < 0.01
        and picture.chroma.mean() > _CAST
        and is_frontal_chest(picture)
    ):
        yield Notice("photo-of-film", "the film has a colour cast: it may be a photo of a film or of a screen")
    if not picture.unmarked:
        return
    if (picture.small.min(axis=-1) > _PAPER).mean() > _PAGE:
        yield Notice(
            "not-medical", "this may not be a medical image: most of it is white, as of a page or a screenshot"
        )
    elif coloured.mean() > 0.15 and _is_motley(picture, coloured):
        yield Notice("not-medical", "this may not be a medical image: it has the colours of an everyday photo")


def _is_motley(picture: Picture, coloured: np.typing.NDArray[np.bool_]) -> bool:
    """Whether there are three hues or more, and much green."""
    hue = np.asarray(Image.fromarray(picture.small.astype(np.uint8)).convert("HSV"))[..., 0][coloured]
    share = np.bincount(hue.astype(int) * 12 // 256, minlength=12) / hue.size
    return bool((share > 0.05).sum() >= 3 and share[_HUES].sum() > 0.3)
