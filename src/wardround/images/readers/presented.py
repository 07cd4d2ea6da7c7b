"""A sorted group of DICOM frames as a `Series`: what it is, and how the pixels of each frame come about."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from wardround.errors import ImageError
from wardround.images.readers.grey import Grey
from wardround.images.readers.instances import Instance
from wardround.images.readers.kinds import kind_of
from wardround.images.readers.lookup import Table
from wardround.images.readers.pixels import Pixels
from wardround.images.readers.series import Group, view_of
from wardround.images.readers.values import code, integer, items, text
from wardround.images.study import Frame, Kind, Notice, Series, Step, Units

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["series_of"]

_OVERLAYS = range(0x6000, 0x6020, 2)


def series_of(group: Group, kind: Kind | None) -> Series:
    """The series that the frames of ``group`` make; ``kind`` is what the user says it is."""
    first = group.frames[0]
    header, pixels, dataset = first.header, first.pixels, first.header.dataset
    chosen = kind or kind_of(first.modality, text(dataset, "SOPClassUID"))
    units, unit_notices = _units(first, chosen)
    notices = {notice.code: notice for notice in (*_notices(first, chosen), *unit_notices, *group.notices)}
    for frame in group.frames:
        notices.update((notice.code, notice) for notice in frame.pixels.notices)
    return Series(
        uid=text(dataset, "SeriesInstanceUID") or f"sha256:{header.digest}",
        modality=first.modality,
        kind=chosen,
        units=units,
        frames=tuple(_frame(each, windowed=units != "display") for each in group.frames),
        body_part=_body_part(first),
        view=view_of(first),
        laterality=_laterality(first),
        bits=pixels.stored,
        colour=first.grey is None,
        transfer_syntax=header.syntax.name,
        slice_spacing=group.slice_spacing,
        ultrasound_regions=_regions(first),
        steps=(*header.steps, *_steps(first), *group.steps),
        warnings=tuple(notices.values()),
    )


# pixels


def _frame(instance: Instance, *, windowed: bool) -> Frame:
    grey = instance.grey
    pixels = instance.pixels
    if grey is not None:
        load = partial(_grey_pixels, pixels, instance.index, grey)
    elif instance.palette is not None:
        load = partial(_palette_pixels, pixels, instance.index, instance.palette)
    else:
        load = partial(_colour_pixels, pixels, instance.index)
    return Frame(
        rows=pixels.rows,
        columns=pixels.columns,
        load=load,
        geometry=instance.geometry,
        windows=grey.windows if grey is not None and windowed else (),
        voi=grey.voi if grey is not None else None,
        sop_instance_uid=text(instance.header.dataset, "SOPInstanceUID"),
        frame_number=instance.index + 1,
    )


def _grey_pixels(pixels: Pixels, index: int, grey: Grey) -> NDArray[np.generic]:
    return grey.apply(pixels.frame(index))


def _palette_pixels(pixels: Pixels, index: int, palette: Table) -> NDArray[np.generic]:
    return palette.apply(pixels.frame(index))


def _colour_pixels(pixels: Pixels, index: int) -> NDArray[np.generic]:
    stored = pixels.frame(index)
    if stored.dtype == np.uint8:
        return stored
    if stored.dtype.kind != "u":
        raise ImageError("its colours are neither 8 nor 16 bits", hint="export it again as an RGB image")
    return np.right_shift(stored.astype(np.uint64), max(pixels.stored - 8, 0)).astype(np.uint8)


# what it is


def _units(first: Instance, kind: Kind) -> tuple[Units, list[Notice]]:
    grey = first.grey
    if grey is None:
        return "display", []
    if kind == "ct":
        if not grey.rescaled:
            return "stored", [Notice("no-rescale", "the file does not tell how its values become Hounsfield units")]
        if grey.rescale_type not in ("", "HU", "US"):
            return "stored", [Notice("not-hu", "its values are not in Hounsfield units")]
        if grey.lowest >= 0:
            return "stored", [Notice("not-hu", "its values cannot be below 0, so that they are no Hounsfield units")]
        return "HU", []
    plain = grey.table is None and grey.slope == 1 and grey.intercept == 0
    return ("display" if plain and first.pixels.stored <= 8 and not first.pixels.signed else "stored"), []


def _notices(first: Instance, kind: Kind) -> list[Notice]:
    dataset = first.header.dataset
    found = []
    if not text(dataset, "Modality"):
        told = f"; {first.modality} by the class of the object" if first.modality else ""
        found.append(Notice("no-modality", f"the file does not name its modality{told}"))
    if text(dataset, "LossyImageCompression") == "01":
        found.append(Notice("lossy", "the image was compressed with loss"))
    if "LOCALIZER" in first.image_type:
        found.append(Notice("localizer", "this is a localizer, made to plan other images"))
    if text(dataset, "PatientSpeciesDescription") not in ("", "HOMO SAPIENS", "HUMAN"):
        found.append(Notice("not-human", "the header says that the patient is an animal"))
    return found


def _body_part(first: Instance) -> str:
    dataset = first.header.dataset
    if told := code(dataset, "BodyPartExamined"):
        return told
    region = items(dataset, "AnatomicRegionSequence")
    return code(region[0], "CodeMeaning") if region else ""


def _laterality(first: Instance) -> str:
    dataset = first.header.dataset
    told = text(dataset, "ImageLaterality") or text(dataset, "Laterality")
    return told if told in ("L", "R") else ""


def _regions(first: Instance) -> tuple[tuple[int, int, int, int], ...]:
    found = []
    for item in items(first.header.dataset, "SequenceOfUltrasoundRegions"):
        box = [integer(item, f"RegionLocation{end}") for end in ("MinX0", "MinY0", "MaxX1", "MaxY1")]
        left, top, right, bottom = (-1 if each is None else each for each in box)
        # The last column and row belong to the region (PS3.3 C.8.5.5.1.1); a box ends before `right` and `bottom`.
        right, bottom = min(right + 1, first.pixels.columns), min(bottom + 1, first.pixels.rows)
        if 0 <= left < right and 0 <= top < bottom:
            found.append((left, top, right, bottom))
    return tuple(found)


def _steps(first: Instance) -> list[Step]:
    grey, photometric = first.grey, first.pixels.photometric
    steps = [Step("decode", first.header.syntax.name)]
    if grey is None:
        if photometric != "RGB":
            steps.append(Step("to RGB", photometric))
        if first.palette is None and first.pixels.stored > 8:
            steps.append(Step("to 8 bits", f"from {first.pixels.stored}"))
    else:
        if grey.table is not None:
            steps.append(Step("modality LUT", f"{len(grey.table.values)} entries"))
        elif grey.rescaled:
            steps.append(Step("rescale", f"slope {grey.slope:g}, intercept {grey.intercept:g}"))
        if grey.turn is not None:
            steps.append(Step("turn", "MONOCHROME1, so that high values are bright"))
    if any(int(tag) >> 16 in _OVERLAYS for tag in first.header.dataset.keys()):  # noqa: SIM118 - converts nothing
        steps.append(Step("leave out overlays"))
    return steps
