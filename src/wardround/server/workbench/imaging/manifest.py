"""What the image page must know before it asks for pixels: series and their frames, geometry and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from wardround.errors import ImageError
from wardround.server.workbench.imaging.orientation import edges, normal, place
from wardround.server.workbench.imaging.studies import Which, slide_level
from wardround.server.workbench.imaging.windows import ShownWindow, window_of, windows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.images import Series, Study
    from wardround.server.workbench.imaging.studies import Opened

__all__ = ["Fact", "FrameShown", "Manifest", "SeriesShown", "StudyShown", "manifest"]

_VOLUMES = ("ct", "mr")
_SLICES = 3  # from which a stack of slices can be cut across
_KINDS = {"ct": "CT", "mr": "MR", "ultrasound": "Ultrasound", "slide": "Slide", "other": "Image"}

Vector = tuple[float, float, float]


class Fact(BaseModel):
    """Something that the file tells of the image, in words."""

    name: str
    value: str


class FrameShown(BaseModel):
    """One frame.

    Attributes:
        rows, columns: of the pixels that are sent.
        place: mm along the slice normal; null where it is not known.
        window: that this frame is shown with; null for the one of its series.
    """

    rows: int
    columns: int
    place: float | None = None
    window: ShownWindow | None = None


class SeriesShown(BaseModel):
    """One series.

    Attributes:
        spacing: mm between rows and between columns of the pixels that are sent; null where it is not known.
        stored: pixels of the frame as stored that one sent pixel spans; above 1 only for whole slides.
        edges: the patient's sides at the left, top, right and bottom edge.
        normal, position, row_direction, column_direction: of the first frame, in LPS, mm.
        volume: whether its slices can be cut across.
        turned: whether dark and bright were exchanged, as MONOCHROME1 asks for.
        window: that it is first shown with.
        windows: those that the file names.
        problem: why it cannot be shown.
    """

    number: int
    title: str
    modality: str
    kind: str
    units: Literal["HU", "stored", "display"]
    colour: bool
    bits: int
    spacing: tuple[float, float] | None
    slice_spacing: float | None
    stored: float = 1.0
    edges: tuple[str, str, str, str]
    normal: Vector | None
    position: Vector | None
    row_direction: Vector | None
    column_direction: Vector | None
    volume: bool
    turned: bool
    window: ShownWindow
    windows: tuple[ShownWindow, ...]
    frames: tuple[FrameShown, ...]
    facts: tuple[Fact, ...]
    notices: tuple[str, ...]
    problem: str = ""


class StudyShown(BaseModel):
    """One study; ``problem`` says why it cannot be read."""

    which: Which
    series: tuple[SeriesShown, ...] = ()
    facts: tuple[Fact, ...] = ()
    notices: tuple[str, ...] = ()
    problem: str = ""


class Manifest(BaseModel):
    """The studies of a case, the current one first."""

    case: str
    studies: tuple[StudyShown, ...]


def manifest(opened: Opened) -> Manifest:
    """What is to be shown of a case; decodes the middle frame of each series, for its window."""
    shown: list[StudyShown] = []
    for which in ("current", "prior"):
        if which in opened.problems:
            error = opened.problems[which]
            shown.append(StudyShown(which=which, problem=error.what + (f"; {error.hint}" if error.hint else "")))
        elif which in opened.studies:
            shown.append(_study(which, opened.studies[which]))
    return Manifest(case=opened.case, studies=tuple(shown))


def _study(which: Which, study: Study) -> StudyShown:
    facts = [Fact(name="Format", value=study.format)]
    if study.date is not None:
        facts.append(Fact(name="Date", value=study.date.isoformat()))
    if study.age is not None:
        facts.append(Fact(name="Age", value=f"{study.age:g} years"))
    if study.sex is not None:
        facts.append(Fact(name="Sex", value=study.sex))
    if study.patient_data:
        facts.append(Fact(name="Patient data in the header", value=", ".join(study.patient_data)))
    return StudyShown(
        which=which,
        series=tuple(_series(each, number) for number, each in enumerate(study.series, 1)),
        facts=tuple(facts),
        notices=(*(each.message for each in study.warnings), *(f"Left out: {each}" for each in study.left_out)),
    )


def _series(series: Series, number: int) -> SeriesShown:
    middle = series.frames[len(series.frames) // 2]
    first = series.frames[0].geometry
    rows, columns, stored = middle.rows, middle.columns, 1.0
    spacing = middle.geometry.spacing
    if series.slide is not None:
        rows, columns, stored = _size(series)
        spacing = (series.slide.mpp * stored / 1000,) * 2 if series.slide.mpp else None
    notices = [each.message for each in series.warnings]
    if spacing is None:
        notices.append("The file does not tell how large a pixel is; lengths are in pixels.")
    if middle.voi is not None and not middle.windows:
        notices.append("The file has a table for its grey levels; the window that comes nearest to it is shown.")
    window, problem = ShownWindow(centre=128, width=256, source="display"), ""
    if series.slide is None:
        try:
            window = window_of(series, middle, middle.pixels())
        except ImageError as error:
            problem = error.what + (f"; {error.hint}" if error.hint else "")
    steady = series.kind in _VOLUMES  # one window for all slices
    return SeriesShown(
        number=number,
        title=_title(series),
        modality=series.modality,
        kind=series.kind,
        units=series.units,
        colour=series.colour,
        bits=series.bits,
        spacing=spacing,
        slice_spacing=series.slice_spacing,
        stored=stored,
        edges=edges(middle.geometry),
        normal=normal(first),
        position=first.position,
        row_direction=first.row_direction,
        column_direction=first.column_direction,
        volume=_is_volume(series),
        turned=any(step.name == "turn" for step in series.steps),
        window=window,
        windows=windows_of(middle) if series.units != "display" else (),
        frames=tuple(
            FrameShown(
                rows=rows if series.slide is not None else frame.rows,
                columns=columns if series.slide is not None else frame.columns,
                place=place(frame.geometry),
                window=next(iter(windows_of(frame)), None) if not steady and series.units != "display" else None,
            )
            for frame in series.frames
        ),
        facts=tuple(_facts(series, spacing)),
        notices=tuple(dict.fromkeys(notices)),
        problem=problem,
    )


def _size(series: Series) -> tuple[int, int, float]:
    """Rows and columns that are sent of a whole slide, and pixels of its finest level that one of them spans."""
    assert series.slide is not None
    levels = series.slide.levels
    level = slide_level(series)
    if level is None:
        frame = series.frames[0]
        return frame.rows, frame.columns, levels[0].width / frame.columns
    return levels[level].height, levels[level].width, levels[level].downsample


def _title(series: Series) -> str:
    kind = _KINDS.get(series.kind, series.kind.capitalize())
    what = [
        kind,
        series.body_part.lower().replace("_", " "),
        series.view if len(series.view) < 4 else series.view.lower(),
    ]
    side = {"L": "left", "R": "right"}.get(series.laterality, "")
    return " ".join(part for part in (*what, side) if part)


def _is_volume(series: Series) -> bool:
    """Whether the frames are slices of one size, evenly spaced, whose place is known."""
    if len(series.frames) < _SLICES or series.colour or series.slide is not None or not series.slice_spacing:
        return False
    first = series.frames[0]
    if first.geometry.spacing is None:
        return False
    return all((frame.rows, frame.columns) == (first.rows, first.columns) for frame in series.frames)


def _facts(series: Series, spacing: tuple[float, float] | None) -> Iterator[Fact]:
    from wardround.images.inspection import orientation

    frame = series.frames[0]
    if series.modality:
        yield Fact(name="Modality", value=series.modality)
    if series.body_part:
        yield Fact(name="Body part", value=series.body_part.lower())
    if series.view:
        yield Fact(name="View", value=series.view)
    plane = orientation(frame.geometry)
    if plane is not None and plane.upper() != series.view:
        yield Fact(name="Plane", value=plane)
    yield Fact(name="Size", value=f"{frame.columns} × {frame.rows} pixels, {series.bits} bits")
    if spacing is not None:
        yield Fact(name="Pixel spacing", value=f"{spacing[0]:.4g} × {spacing[1]:.4g} mm")
    if len(series.frames) > 1:
        yield Fact(name="Frames", value=str(len(series.frames)))
    if series.slice_spacing:
        yield Fact(name="Slice spacing", value=f"{series.slice_spacing:.4g} mm")
    if frame.geometry.thickness:
        yield Fact(name="Slice thickness", value=f"{frame.geometry.thickness:.4g} mm")
    if series.transfer_syntax:
        yield Fact(name="Transfer syntax", value=series.transfer_syntax)
    for step in series.steps:
        yield Fact(name=step.name.capitalize(), value=step.detail or "yes")
