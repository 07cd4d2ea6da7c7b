"""What can be told of an image without a model, as JSON of a published shape; no value of a header's patient fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from wardround.errors import EngineError, EngineMissing, ImageError
from wardround.images.quality import check
from wardround.images.render import render
from wardround.images.study import Frame, Geometry, Notice, Series, Step, Study

__all__ = [
    "Action",
    "InspectedSeries",
    "Inspection",
    "Remark",
    "Shown",
    "StoredWindow",
    "TextPlace",
    "inspect",
    "orientation",
]

_OBLIQUE = 0.9  # of the normal's longest component; with less the slices lie aslant
_PLANES = ("sagittal", "coronal", "axial")  # by the axis of LPS that the normal follows
_READ = 6  # series in which text is looked for; it takes seconds each


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Remark(_Part):
    """What to be careful with."""

    code: str
    message: str


class Action(_Part):
    """A thing that was done to the data."""

    name: str
    detail: str


class TextPlace(_Part):
    """Stored pixels that look like text: columns from ``left``, rows from ``top``, counted from 0 at the upper left.

    ``confidence`` is from 0 to 1; below 0.5 it may as well be ribs or a scale. What was read is not told.
    """

    left: float
    top: float
    right: float
    bottom: float
    confidence: float


class StoredWindow(_Part):
    """A window that the file names for people; a model is not shown it."""

    centre: float
    width: float
    explanation: str


class Shown(_Part):
    """What a model would be shown of a series: so many pictures, each of so many pixels a side, and how it is made."""

    pictures: int
    side: int
    labelled: bool
    steps: tuple[Action, ...]


class InspectedSeries(_Part):
    """One series. Lengths are in mm; what is not known is null or empty."""

    number: int
    modality: str
    kind: str
    body_part: str
    view: str
    laterality: str
    frames: int
    rows: int
    columns: int
    bits: int
    colour: bool
    units: str
    transfer_syntax: str
    spacing: tuple[float, float] | None = Field(description="between rows, between columns")
    slice_spacing: float | None
    thickness: float | None
    orientation: Literal["axial", "coronal", "sagittal", "oblique"] | None
    windows: tuple[StoredWindow, ...]
    steps: tuple[Action, ...]
    shown: Shown | None = Field(description="null where it cannot be shown; a notice says why")
    text: tuple[TextPlace, ...] | None = Field(
        description="where there is text in the frame looked at; null: not looked for"
    )
    notices: tuple[Remark, ...]


class Inspection(_Part):
    """One study. ``patient_data`` holds names of fields; ``text_unread`` says why text was not looked for."""

    schema_: Literal["wardround.inspection/1"] = Field("wardround.inspection/1", alias="schema")
    path: str
    format: str
    digest: str
    series: tuple[InspectedSeries, ...]
    notices: tuple[Remark, ...]
    patient_data: tuple[str, ...]
    left_out: tuple[str, ...]
    text_unread: str = ""


def inspect(study: Study, path: str, series: int | None = None, frame: int | None = None) -> Inspection:
    """Look at all series, or at one.

    Args:
        study: as it was read.
        path: where it was read, to be told again.
        series: its number, from 1.
        frame: number, from 1, of the frame whose place and text are told; the middle one if it is not given.

    Raises:
        ImageError: there is no such series or frame, or none can be decoded.
    """
    if series is not None and not 1 <= series <= len(study.series):
        raise ImageError(f"there is no series {series}", hint=f"it has {len(study.series)}")
    numbers = range(1, len(study.series) + 1) if series is None else [series]
    unread = ""
    inspected = []
    for count, number in enumerate(numbers):
        one = study.series[number - 1]
        if frame is not None and not 1 <= frame <= len(one.frames):
            raise ImageError(f"there is no frame {frame}", hint=f"series {number} has {len(one.frames)}")
        chosen = one.frames[len(one.frames) // 2 if frame is None else frame - 1]
        text: tuple[TextPlace, ...] | None = None
        unfinished: tuple[Notice, ...] = ()
        if not unread and count < _READ:
            try:
                text = _text(one, chosen)
            except EngineMissing as missing:
                unread = str(missing)
            except EngineError as error:  # of this picture alone: it took too long
                unfinished = (Notice("text-not-read", f"text was not looked for to the end: {error.what}"),)
        elif not unread:
            unread = f"text was looked for in the first {_READ} series only"
        inspected.append(_series(study, number, chosen, text, unfinished))
    return Inspection(
        schema="wardround.inspection/1",
        path=path,
        format=study.format,
        digest=study.digest,
        series=tuple(inspected),
        notices=_remarks(study.warnings),
        patient_data=study.patient_data,
        left_out=study.left_out,
        text_unread=unread,
    )


def _text(series: Series, frame: Frame) -> tuple[TextPlace, ...]:
    from wardround.images.deidentify import burned_in

    found = burned_in(frame.pixels(), regions=series.ultrasound_regions)
    return tuple(
        TextPlace(
            **{side: round(value, 1) for side, value in each.box._asdict().items()},
            confidence=round(each.confidence, 2),
        )
        for each in found
        if each.source == "text"
    )


def _remarks(notices: Iterable[Notice]) -> tuple[Remark, ...]:
    return tuple(Remark(code=each.code, message=each.message) for each in notices)


def _actions(steps: Iterable[Step]) -> tuple[Action, ...]:
    return tuple(Action(name=each.name, detail=each.detail) for each in steps)


def _series(
    study: Study, number: int, frame: Frame, text: tuple[TextPlace, ...] | None, unfinished: tuple[Notice, ...]
) -> InspectedSeries:
    series = study.series[number - 1]
    notices = [*unfinished, *series.warnings, *check(Study(format=study.format, series=(series,), digest=study.digest))]
    shown = None
    try:
        made = render(study, number - 1)
        side = max(view.square.side for view in made.views)
        shown = Shown(pictures=len(made.views), side=side, labelled=made.labelled, steps=_actions(made.steps))
    except ImageError as error:
        notices.append(Notice("not-shown", f"a model cannot be shown this: {error.what}"))
    return InspectedSeries(
        number=number,
        modality=series.modality,
        kind=series.kind,
        body_part=series.body_part,
        view=series.view,
        laterality=series.laterality,
        frames=len(series.frames),
        rows=frame.rows,
        columns=frame.columns,
        bits=series.bits,
        colour=series.colour,
        units=series.units,
        transfer_syntax=series.transfer_syntax,
        spacing=frame.geometry.spacing,
        slice_spacing=series.slice_spacing,
        thickness=frame.geometry.thickness,
        orientation=orientation(frame.geometry),
        windows=tuple(StoredWindow(**window._asdict()) for window in frame.windows),
        steps=_actions(series.steps),
        shown=shown,
        text=text,
        notices=_remarks(notices),
    )


def orientation(geometry: Geometry) -> Literal["axial", "coronal", "sagittal", "oblique"] | None:
    """The plane of a frame, by its normal; ``"oblique"`` if it leans by more than about 25 degrees."""
    row, column = geometry.row_direction, geometry.column_direction
    if row is None or column is None:
        return None
    normal = (
        row[1] * column[2] - row[2] * column[1],
        row[2] * column[0] - row[0] * column[2],
        row[0] * column[1] - row[1] * column[0],
    )
    axis = max(range(3), key=lambda each: abs(normal[each]))
    if abs(normal[axis]) < _OBLIQUE:
        return "oblique"
    return _PLANES[axis]  # type: ignore[return-value]
