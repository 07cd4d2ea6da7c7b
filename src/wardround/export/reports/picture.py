"""A picture as a report shows it, and where the report's areas lie in it.

A report's areas count pixels of the frame as stored. A picture may be scaled, cropped or padded, so it says which part
of the frame it shows.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from wardround.boxes import Box
from wardround.export.visible import visible
from wardround.reporting.report import ImageSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from wardround.reporting.report import DraftReport, Source

__all__ = ["Mark", "Picture", "marks", "picture_of", "short"]

LABEL_LIMIT = 40
"""Characters of a label in a picture."""

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One frame as it is shown.

    Attributes:
        png: the picture, encoded.
        width: columns of the picture, at least 1.
        height: rows of the picture, at least 1.
        shows: the part of the stored frame that it shows, in pixels of the frame; it may reach beyond the frame where
            the picture is padded.
        study: whose it is.
        series: number of the series, from 1.
        frame: number of the frame in the series, from 1.
        caption: what stands under it.
        sop_instance_uid: of the DICOM object that the frame is stored in; empty for others.
        sop_frame: number of the frame in that object, from 1.
    """

    png: bytes
    width: int
    height: int
    shows: Box
    study: Literal["current", "prior"] = "current"
    series: int = 1
    frame: int = 1
    caption: str = ""
    sop_instance_uid: str = ""
    sop_frame: int = 1

    def __post_init__(self) -> None:
        if not self.png.startswith(_PNG):
            raise ValueError("a picture is encoded as PNG")
        if self.width < 1 or self.height < 1 or not (self.shows.width > 0 and self.shows.height > 0):
            raise ValueError("a picture has an area, and shows one")

    def place(self, area: Box) -> Box | None:
        """Where an ``area`` of the stored frame lies, in pixels of the picture, cut at its edges; None if outside.

        >>> half = Picture(png=_PNG, width=50, height=100, shows=Box(0, 0, 100, 200))
        >>> half.place(Box(20, 40, 60, 80))
        Box(left=10.0, top=20.0, right=30.0, bottom=40.0)
        """
        across, down = self.width / self.shows.width, self.height / self.shows.height
        placed = Box(
            min(max((area.left - self.shows.left) * across, 0.0), self.width),
            min(max((area.top - self.shows.top) * down, 0.0), self.height),
            min(max((area.right - self.shows.left) * across, 0.0), self.width),
            min(max((area.bottom - self.shows.top) * down, 0.0), self.height),
        )
        return placed if placed.width > 0 and placed.height > 0 else None


class Mark(NamedTuple):
    """An area of a picture that the report speaks of, in pixels of the picture."""

    finding: str
    label: str
    box: Box


def short(label: str) -> str:
    """A label as it is written in a picture."""
    line = visible(label)
    return line if len(line) <= LABEL_LIMIT else line[: LABEL_LIMIT - 1] + "…"


def marks(picture: Picture, report: DraftReport) -> tuple[Mark, ...]:
    """The areas of a picture, each once, in the order of the findings.

    A source without a frame belongs to the only frame of its series that was looked at.
    """
    names = {finding.id: finding.name for finding in report.findings}
    found: dict[tuple[str, Box], Mark] = {}
    for id, source in _sources(report):
        if not isinstance(source, ImageSource) or source.area is None:
            continue
        if (source.study, source.series, source.frame or _only_frame(report, source)) != (
            picture.study,
            picture.series,
            picture.frame,
        ):
            continue
        area = source.area
        box = picture.place(Box(area.left, area.top, area.right, area.bottom))
        if box is not None and (id or all(box != mark.box for mark in found.values())):
            label = " ".join(part for part in (id, names.get(id, "")) if part)
            found.setdefault((id, box), Mark(id, label, box))
    return tuple(found.values())


def picture_of(
    pixels: NDArray[np.uint8],
    *,
    shows: Box,
    study: Literal["current", "prior"] = "current",
    series: int = 1,
    frame: int = 1,
    caption: str = "",
    sop_instance_uid: str = "",
    sop_frame: int = 1,
) -> Picture:
    """The picture of ``pixels``, grey (rows, columns) or RGB (rows, columns, 3), uint8.

    Raises:
        InputError: Pillow is not installed.
    """
    import numpy as np

    from wardround.export.reports.packages import require

    require("PIL")
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG")
    return Picture(
        png=file.getvalue(),
        width=pixels.shape[1],
        height=pixels.shape[0],
        shows=shows,
        study=study,
        series=series,
        frame=frame,
        caption=caption,
        sop_instance_uid=sop_instance_uid,
        sop_frame=sop_frame,
    )


def _sources(report: DraftReport) -> Iterator[tuple[str, Source]]:
    """Every source of the report with the id of its finding, those of the findings themselves first."""
    for finding in report.findings:
        for source in finding.sources:
            yield finding.id, source
    statements = [
        *report.technique,
        *report.comparison,
        *(statement for region in report.regions for statement in region.statements),
        *report.impression,
        *(statement for entry in report.differential for statement in (*entry.supports, *entry.contradicts)),
        *report.recommendations,
        *(change.statement for change in report.changes),
    ]
    for statement in statements:
        for source in statement.sources:
            if isinstance(source, ImageSource):
                yield source.finding or "", source


def _only_frame(report: DraftReport, source: ImageSource) -> int | None:
    """The frame of a series of which one frame was looked at."""
    seen = [image.frames_seen for image in report.images if image.study == source.study]
    frames = seen[source.series - 1] if source.series <= len(seen) else ()
    return frames[0] if len(frames) == 1 else None
