"""An image as pixels and geometry: what every reader returns, whatever the file was.

Pixels are decoded when they are asked for, so that a study of many frames needs the memory of those looked at.
Frames are numbered from 1, in the order of the series.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Frame", "Geometry", "Kind", "Level", "Notice", "Series", "Slide", "Step", "Study", "Units", "Window"]

Kind = Literal["radiograph", "ct", "mr", "ultrasound", "slide", "fundus", "skin", "photograph", "other"]
"""What an image is to a model and a protocol; of an unmarked picture ``"other"`` until the user says."""

Units = Literal["HU", "stored", "display"]
"""What a pixel's value counts: Hounsfield units; the maker's own scale; display values from 0 to 255 or colour."""


class Window(NamedTuple):
    """A VOI window (DICOM PS3.3 C.11.2): the values of which it tells ``width`` apart, around ``centre``.

    It is always meant in the LINEAR sense of C.11.2.1.2.1, and of the values that `Frame.pixels` gives: readers have
    put a LINEAR_EXACT one into these terms, and turned one of a MONOCHROME1 image as they turned its pixels.
    """

    centre: float
    width: float
    explanation: str = ""


class Step(NamedTuple):
    """One thing that was done to the data, for provenance: ``Step("rescale", "slope 1, intercept -1024")``."""

    name: str
    detail: str = ""


class Notice(NamedTuple):
    """Something about the image that a reader must know.

    ``code`` is stable (``"uneven-spacing"``), ``message`` a sentence without patient text.
    """

    code: str
    message: str


class Level(NamedTuple):
    """One resolution of a whole slide.

    ``width`` and ``height`` in its own pixels; ``downsample`` is how many pixels of level 0 one of its pixels spans.
    """

    width: int
    height: int
    downsample: float


class Slide(Protocol):
    """A whole slide, of which regions are read as they are needed; it is never decoded as a whole."""

    @property
    def levels(self) -> tuple[Level, ...]:
        """The resolutions, the finest first; level 0 has ``downsample`` 1."""

    @property
    def mpp(self) -> float | None:
        """Micrometres that a pixel of level 0 spans; None if the file does not say. About 0.25 is 40×, 1 is 10×."""

    def region(self, level: int, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        """RGB (height, width, 3) of a rectangle of ``level``; what lies outside the slide or was not scanned is white.

        Args:
            level: index into `levels`.
            x: column of the rectangle's upper left corner, in pixels of that level.
            y: row of it.
            width: in pixels of that level.
            height: in pixels of that level.

        Raises:
            ImageError: the file is damaged there.
            ValueError: there is no such level, or the rectangle is empty or larger than 64 million pixels.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Where a frame's pixels lie in the patient, in the LPS coordinates of DICOM (PS3.3 C.7.6.2).

    Attributes:
        position: mm, the centre of the upper left pixel; None if unknown.
        row_direction: unit vector along a row, towards higher columns; None if unknown.
        column_direction: unit vector along a column, towards higher rows; None if unknown.
        spacing: mm between rows, mm between columns; None if unknown or not positive.
        thickness: mm of a slice; None if unknown.
        patient_orientation: where a row and a column lead to, in DICOM's letters, ``("L", "F")``; for projections.
    """

    position: tuple[float, float, float] | None = None
    row_direction: tuple[float, float, float] | None = None
    column_direction: tuple[float, float, float] | None = None
    spacing: tuple[float, float] | None = None
    thickness: float | None = None
    patient_orientation: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture.

    Attributes:
        rows: height in pixels.
        columns: width in pixels.
        load: decodes the pixels; see `pixels`.
        geometry: where they lie.
        windows: the VOI windows the file gives; empty for colour and display values.
        voi: applies the file's VOI LUT to what `pixels` gives, to values from 0 to 255; None if it has none.
        sop_instance_uid: of the DICOM object it comes from; empty for others.
        frame_number: in that object, from 1.
    """

    rows: int
    columns: int
    load: Callable[[], NDArray[np.generic]] = field(repr=False)
    geometry: Geometry = Geometry()
    windows: tuple[Window, ...] = ()
    voi: Callable[[NDArray[np.generic]], NDArray[np.uint8]] | None = field(default=None, repr=False)
    sop_instance_uid: str = ""
    frame_number: int = 1

    def pixels(self) -> NDArray[np.generic]:
        """The pixels: grey (rows, columns) after the modality LUT, high values bright, or RGB (rows, columns, 3) uint8.

        MONOCHROME1 is turned, palettes and YBR are made RGB, overlays are left out.

        Raises:
            ImageError: they cannot be decoded.
        """
        return self.load()


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Frames that belong together, sorted along the slice normal where they are slices.

    Attributes:
        uid: SeriesInstanceUID, or one made from the content.
        modality: DICOM's two or three letters, ``"CT"``; empty if unknown.
        kind: what it is to a model and a protocol.
        units: of the pixels.
        frames: in order.
        body_part: DICOM's BodyPartExamined in upper case, ``"CHEST"``; empty if unknown.
        view: ``"PA"``, ``"AP"``, ``"LATERAL"``, ``"AXIAL"`` …; empty if unknown.
        laterality: ``"L"`` or ``"R"``; empty if unknown or both.
        bits: significant bits of a stored value.
        colour: whether the pixels are RGB.
        transfer_syntax: its name; empty if the file is not DICOM.
        slice_spacing: mm from slice to slice along the normal; None if unknown or uneven.
        ultrasound_regions: boxes of SequenceOfUltrasoundRegions, (left, top, right, bottom) in pixels.
        slide: the whole slide, of which ``frames`` holds one overview; None for all else.
        steps: what was done to get here.
        warnings: what to know of it.
    """

    uid: str
    modality: str
    kind: Kind
    units: Units
    frames: tuple[Frame, ...]
    body_part: str = ""
    view: str = ""
    laterality: str = ""
    bits: int = 8
    colour: bool = False
    transfer_syntax: str = ""
    slice_spacing: float | None = None
    ultrasound_regions: tuple[tuple[int, int, int, int], ...] = ()
    slide: Slide | None = field(default=None, repr=False)
    steps: tuple[Step, ...] = ()
    warnings: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What was read from a file, a folder or an archive.

    Attributes:
        format: ``"DICOM"``, ``"PNG"``, ``"NIfTI"``, ``"whole slide"`` …
        series: those with pictures, the one to look at first.
        digest: SHA-256 of the file in hexadecimal; of several files, over their digests in the order of the series.
        uid: StudyInstanceUID; empty if the file has none.
        date: of the study; None if unknown.
        age: the patient's, in years; None if unknown.
        sex: ``"female"`` or ``"male"``; None if unknown.
        patient_data: the names of the header's fields that hold data of the patient, never their values.
        left_out: series and files that were left aside, and why: ``"3 localizers"``.
        warnings: what to know of the whole.
    """

    format: str
    series: tuple[Series, ...]
    digest: str
    uid: str = ""
    date: datetime.date | None = None
    age: float | None = None
    sex: Literal["female", "male"] | None = None
    patient_data: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    warnings: tuple[Notice, ...] = ()
