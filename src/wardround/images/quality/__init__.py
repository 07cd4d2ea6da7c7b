"""What can be wrong with an image before anybody reads it, found without a model.

Every check is made to be silent unless it is rather sure; docs/images.md tells how often each one is right.
"""

from __future__ import annotations

from collections.abc import Iterator

from wardround.images.quality import chest, encoding, exposure, origin
from wardround.images.quality.picture import picture_of
from wardround.images.study import Notice, Study

__all__ = ["CODES", "check"]

CODES = (
    "cropped",
    "flat",
    "heavy-compression",
    "inverted",
    "low-contrast",
    "low-resolution",
    "no-spacing",
    "not-medical",
    "photo-of-film",
    "rotated",
    "saturated",
    "uncalibrated",
    "unlike-chest",
)
"""What `Notice.code` may be here."""

_CHECKS = (exposure.check, chest.check, origin.check, encoding.check)


def check(study: Study) -> tuple[Notice, ...]:
    """What to be careful with, found in the middle frame of each series.

    A picture of which nothing is known, a PNG file say, is held for a chest film only if it looks very much like one.
    Whoever knows better says so in `Series.kind` and `Series.body_part`, and more is found.

    Raises:
        ImageError: a frame cannot be decoded.
    """
    return tuple(_found(study))


def _found(study: Study) -> Iterator[Notice]:
    for number, series in enumerate(study.series, 1):
        picture = picture_of(series)
        for each in _CHECKS:
            for notice in each(picture):
                where = f"series {number}: " if len(study.series) > 1 else ""
                yield Notice(notice.code, where + notice.message)
