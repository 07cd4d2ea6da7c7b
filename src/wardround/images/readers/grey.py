"""From stored values to those a reader of images means: modality LUT, MONOCHROME1, VOI windows and LUTs.

MONOCHROME1 is turned as the values are, so that high ones are bright in every image: ``v`` becomes ``turn - v``, where
``turn`` is the sum of the lowest and the highest value there can be. Its windows are turned with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from wardround.errors import ImageError
from wardround.images.readers.lookup import Table, table_of
from wardround.images.readers.values import number, numbers, text, texts
from wardround.images.study import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from wardround.images.readers.pixels import Pixels

__all__ = ["Grey", "grey_of"]

_SENSIBLE = 1e18  # a value beyond which a rescale is damaged; it still fits into 64 bits
_EXPLANATION = 64  # characters of a window's explanation that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Grey:
    """What is done to the stored values of a grey frame.

    Attributes:
        slope: of the rescale.
        intercept: of it.
        table: the modality LUT, instead of the rescale.
        turn: for MONOCHROME1, what the values are subtracted from; None for MONOCHROME2.
        lowest: the smallest value that can come of it.
        highest: the largest.
        rescaled: whether the file gives a rescale or a LUT.
        rescale_type: its unit as the file names it, ``"HU"``; empty if it does not.
        windows: in terms of the values.
        voi: as `Frame.voi`.
    """

    slope: float = 1.0
    intercept: float = 0.0
    table: Table | None = None
    turn: float | None = None
    lowest: float = 0.0
    highest: float = 0.0
    rescaled: bool = False
    rescale_type: str = ""
    windows: tuple[Window, ...] = ()
    voi: Callable[[NDArray[np.generic]], NDArray[np.uint8]] | None = None

    def apply(self, stored: NDArray[np.generic]) -> NDArray[np.generic]:
        """The values: integers where everything is whole, else 32-bit floats."""
        if self.table is not None:
            stored = self.table.apply(stored)
        slope, intercept = self.slope, self.intercept
        if self.turn is not None:
            slope, intercept = -slope, self.turn - intercept
        if stored.dtype.kind != "f" and slope.is_integer() and intercept.is_integer():
            if slope == 1 and intercept == 0:
                return stored.astype(stored.dtype.newbyteorder("="))
            wide = max(abs(self.lowest), abs(self.highest)) >= 1 << 31
            values: NDArray[Any] = stored.astype(np.int64 if wide else np.int32)
            if slope != 1:
                values *= int(slope)
            values += int(intercept)
            # A compressed picture may hold more than its header's bits: such values must not wrap around.
            small = self.lowest >= 0 and self.highest <= 255
            return np.clip(values, 0, 255).astype(np.uint8) if small else values
        return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def grey_of(transformed: Dataset, voi: Dataset, pixels: Pixels, *, little: bool, where: str) -> Grey:
    """What is to be done to the frames of ``pixels``.

    Args:
        transformed: the dataset or functional group that holds the rescale or the modality LUT.
        voi: the one that holds windows and the VOI LUT.
        pixels: whose frames they are.
        little: whether 16-bit tables in bytes are little-endian.
        where: the file, for messages.

    Raises:
        ImageError: a table is damaged.
    """
    table = table_of(transformed, "ModalityLUTSequence", signed=pixels.signed, little=little, where=where)
    slope, intercept = number(transformed, "RescaleSlope"), number(transformed, "RescaleIntercept")
    rescaled = table is not None or slope is not None or intercept is not None
    if table is not None:
        slope, intercept = 1.0, 0.0
        lowest, highest = 0.0, float((1 << table.bits) - 1)
    else:
        slope = slope or 1.0  # a slope of 0 would leave no image
        intercept = intercept or 0.0
        ends = [slope * each + intercept for each in _stored_range(pixels)]
        lowest, highest = min(ends), max(ends)
        if max(-lowest, highest) > _SENSIBLE:
            raise ImageError("its rescale slope or intercept makes no sense", where=where, hint="export it again")
    turn = lowest + highest if pixels.photometric == "MONOCHROME1" else None
    of_interest = table_of(voi, "VOILUTSequence", signed=lowest < 0, little=little, where=where)
    windows = tuple(_windows(voi, turn))
    applied: Callable[[NDArray[np.generic]], NDArray[np.uint8]] | None = None
    if of_interest is not None:
        applied = partial(_by_table, of_interest, turn)
    elif windows and text(voi, "VOILUTFunction") == "SIGMOID":
        applied = partial(_by_sigmoid, windows[0])
    return Grey(
        slope=slope,
        intercept=intercept,
        table=table,
        turn=turn,
        lowest=lowest,
        highest=highest,
        rescaled=rescaled,
        rescale_type=text(transformed, "RescaleType"),
        windows=windows,
        voi=applied,
    )


def _stored_range(pixels: Pixels) -> tuple[int, int]:
    if pixels.signed:
        return -(1 << (pixels.stored - 1)), (1 << (pixels.stored - 1)) - 1
    return 0, (1 << pixels.stored) - 1


def _windows(dataset: Dataset, turn: float | None) -> list[Window]:
    centres, widths = numbers(dataset, "WindowCenter"), numbers(dataset, "WindowWidth")
    explanations = texts(dataset, "WindowCenterWidthExplanation")
    function = text(dataset, "VOILUTFunction")
    found = []
    for index, (centre, width) in enumerate(zip(centres, widths, strict=False)):
        if function == "LINEAR_EXACT":
            centre, width = centre + 0.5, width + 1
        if width < 1:
            continue
        if turn is not None:
            centre = turn - centre + (0 if function == "SIGMOID" else 1)
        explanation = explanations[index][:_EXPLANATION] if index < len(explanations) else ""
        found.append(Window(centre, width, explanation))
    return found


def _by_table(table: Table, turn: float | None, values: NDArray[np.generic]) -> NDArray[np.uint8]:
    inputs = values if turn is None else turn - values.astype(np.float64)
    shown: NDArray[Any] = np.rint(table.apply(inputs).astype(np.float32) * (255 / ((1 << table.bits) - 1)))
    return (shown if turn is None else 255 - shown).astype(np.uint8)


def _by_sigmoid(window: Window, values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """PS3.3 C.11.2.1.3.1."""
    power = np.clip(
        -4.0 * (values.astype(np.float64) - window.centre) / window.width, -math.log(1e300), math.log(1e300)
    )
    return np.rint(255 / (1 + np.exp(power))).astype(np.uint8)
