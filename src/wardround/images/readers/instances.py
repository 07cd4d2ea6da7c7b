"""The frames of DICOM objects, each with what decides to which series it belongs and where it stands in it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.images.readers.grey import Grey, grey_of
from wardround.images.readers.lookup import Table, palette_of
from wardround.images.readers.values import integer, items, number, numbers, text, texts
from wardround.images.study import Geometry

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from wardround.images.readers.header import Header
    from wardround.images.readers.pixels import Pixels

__all__ = ["Groups", "Instance", "instances", "traits"]

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One frame of one object.

    Attributes:
        header: of the object.
        pixels: of the object.
        index: of the frame in it, from 0.
        modality: DICOM's letters; empty if unknown.
        geometry: where it lies.
        grey: what is done to its values; None for colour.
        palette: of a PALETTE COLOR image.
        image_type: in upper case, ``("ORIGINAL", "PRIMARY", "AXIAL")``.
        order: InstanceNumber and frame number, in this order.
        together: whether frames of other objects may stand in the same series.
        groups: its functional groups.
    """

    header: Header
    pixels: Pixels
    index: int
    modality: str
    geometry: Geometry
    grey: Grey | None
    palette: Table | None
    image_type: tuple[str, ...]
    order: tuple[float, int]
    together: bool
    groups: Groups

    @property
    def normal(self) -> Vector | None:
        """Unit vector of the slice normal: row direction × column direction."""
        row, column = self.geometry.row_direction, self.geometry.column_direction
        if row is None or column is None:
            return None
        return (
            row[1] * column[2] - row[2] * column[1],
            row[2] * column[0] - row[0] * column[2],
            row[0] * column[1] - row[1] * column[0],
        )


def instances(header: Header, pixels: Pixels, modality: str) -> Iterator[Instance]:
    """Every frame of an object, in the order of the file.

    Raises:
        ImageError: a lookup table is damaged.
    """
    dataset, where = header.dataset, header.file.name
    little = header.syntax != "1.2.840.10008.1.2.2"
    shared = next(iter(items(dataset, "SharedFunctionalGroupsSequence")), None)
    each = items(dataset, "PerFrameFunctionalGroupsSequence")
    palette = palette_of(dataset, where) if pixels.photometric == "PALETTE COLOR" else None
    coloured = pixels.samples == 3 or palette is not None
    number_of = number(dataset, "InstanceNumber")
    order = math.inf if number_of is None else number_of
    greys: dict[tuple[int, int], Grey] = {}
    for index in range(pixels.frames):
        groups = Groups(dataset, shared, each[index] if index < len(each) else None)
        grey = None
        if not coloured:
            transformed, voi = groups.of("PixelValueTransformationSequence"), groups.of("FrameVOILUTSequence")
            if (key := (id(transformed), id(voi))) not in greys:
                greys[key] = grey_of(transformed, voi, pixels, little=little, where=where)
            grey = greys[key]
        geometry = _geometry(groups)
        yield Instance(
            header=header,
            pixels=pixels,
            index=index,
            modality=modality,
            geometry=geometry,
            grey=grey,
            palette=palette,
            image_type=_image_type(groups),
            order=(order, index),
            together=pixels.frames == 1 or geometry.position is not None,
            groups=groups,
        )


class Groups:
    """The functional groups of one frame (PS3.3 C.7.6.16); for an object without them, the object itself."""

    def __init__(self, dataset: Dataset, shared: Dataset | None, own: Dataset | None) -> None:
        self.dataset = dataset
        self._shared = shared
        self._own = own

    def of(self, sequence: str) -> Dataset:
        for group in (self._own, self._shared):
            if found := items(group, sequence):
                return found[0]
        return self.dataset


def _image_type(groups: Groups) -> tuple[str, ...]:
    for sequence in ("CTImageFrameTypeSequence", "MRImageFrameTypeSequence", "PETFrameTypeSequence"):
        if found := texts(groups.of(sequence), "FrameType"):
            return found
    return texts(groups.dataset, "ImageType")


def _geometry(groups: Groups) -> Geometry:
    measures = groups.of("PixelMeasuresSequence")
    orientation = numbers(groups.of("PlaneOrientationSequence"), "ImageOrientationPatient")
    position = numbers(groups.of("PlanePositionSequence"), "ImagePositionPatient")
    row, column = (_unit(orientation[:3]), _unit(orientation[3:])) if len(orientation) == 6 else (None, None)
    if row and column and abs(sum(a * b for a, b in zip(row, column, strict=True))) > 0.01:
        row = column = None  # not at right angles: no orientation at all
    spacing = numbers(measures, "PixelSpacing") or numbers(groups.dataset, "ImagerPixelSpacing")
    letters = texts(groups.dataset, "PatientOrientation")
    thickness = number(measures, "SliceThickness")
    return Geometry(
        position=(position[0], position[1], position[2]) if len(position) == 3 and row and column else None,
        row_direction=row if column else None,
        column_direction=column if row else None,
        spacing=(spacing[0], spacing[1]) if len(spacing) == 2 and min(spacing) > 0 else None,
        thickness=thickness if thickness and thickness > 0 else None,
        patient_orientation=(letters[0], letters[1]) if len(letters) == 2 and all(letters) else None,
    )


def _unit(vector: tuple[float, ...]) -> Vector | None:
    length = math.hypot(*vector)
    if not 0.9 < length < 1.1:
        return None
    return (vector[0] / length, vector[1] / length, vector[2] / length)


def traits(frame: Instance) -> tuple[float | str, ...]:
    """What tells apart frames at the same place, the most telling first: echo, time, diffusion …; 0 where unknown."""
    groups = frame.groups
    dataset = groups.dataset
    content = groups.of("FrameContentSequence")
    echo = number(groups.of("MREchoSequence"), "EffectiveEchoTime")
    return (
        text(content, "StackID"),
        echo if echo is not None else number(dataset, "EchoTime") or 0.0,
        integer(dataset, "EchoNumbers") or 0,
        integer(content, "TemporalPositionIndex") or integer(dataset, "TemporalPositionIdentifier") or 0,
        number(groups.of("MRDiffusionSequence"), "DiffusionBValue") or 0.0,
        number(dataset, "InversionTime") or 0.0,
        "\\".join(_image_type(groups)),
        text(dataset, "ConvolutionKernel"),
        number(dataset, "TriggerTime") or 0.0,
        integer(dataset, "AcquisitionNumber") or 0,
    )
