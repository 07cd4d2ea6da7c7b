"""Lookup tables of DICOM: of the modality, of the values of interest, and palettes (PS3.3 C.11.1, C.11.2, C.7.6.3.1.5).

pydicom applies the first two to whole images and refuses depths that real files have; here a table is made once.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydicom.pixels.processing import apply_color_lut

from wardround.errors import ImageError
from wardround.images.readers.values import items, numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

__all__ = ["Table", "palette_of", "table_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Values by input value: ``values[i]`` for the input ``first + i``, the ends for what lies beyond.

    Attributes:
        first: the input that the first entry belongs to.
        values: (entries,), or (entries, 3) for a palette.
        bits: that an entry may use.
    """

    first: int
    values: NDArray[np.generic]
    bits: int

    def apply(self, inputs: NDArray[np.generic]) -> NDArray[np.generic]:
        """The entries of ``inputs``; numbers between two inputs are rounded."""
        if inputs.dtype.kind == "f":
            inputs = np.rint(inputs)
        at = np.clip(inputs.astype(np.int64) - self.first, 0, len(self.values) - 1)
        return self.values[at]


def table_of(dataset: Dataset, sequence: str, *, signed: bool, little: bool, where: str) -> Table | None:
    """The first table of ``ModalityLUTSequence`` or ``VOILUTSequence``; None if there is none.

    Raises:
        ImageError: it is damaged.
    """
    found = items(dataset, sequence)
    if not found or "LUTData" not in found[0]:
        return None
    described = numbers(found[0], "LUTDescriptor")
    if len(described) != 3:
        raise _damaged(where)
    count, first, bits = (int(each) for each in described)
    count = (count & 0xFFFF) or 1 << 16
    first &= 0xFFFF  # it is signed or not as the pixels are, whatever its VR
    if signed and first >= 1 << 15:
        first -= 1 << 16
    values = _entries(found[0], count, bits, little)
    if values is None or len(values) < count or not 8 <= bits <= 16:
        raise _damaged(where)
    return Table(first=first, values=values[:count], bits=bits)


def _damaged(where: str) -> ImageError:
    return ImageError("its lookup table is damaged", where=where, hint="send or export it again")


def _entries(item: Dataset, count: int, bits: int, little: bool) -> NDArray[np.generic] | None:
    data = item["LUTData"].value
    if isinstance(data, bytes):
        if bits <= 8 and len(data) in (count, count + 1):
            return np.frombuffer(data, np.uint8)
        order = "<" if little else ">"
        return np.array(struct.unpack(f"{order}{len(data) // 2}H", data[: len(data) // 2 * 2]), np.uint16)
    try:
        return np.array([data] if isinstance(data, int) else data, np.int64).astype(np.uint16)
    except (TypeError, ValueError, OverflowError):
        return None


def palette_of(dataset: Dataset, where: str) -> Table:
    """The palette of a PALETTE COLOR image, in RGB of 8 bits.

    Raises:
        ImageError: it is missing or damaged.
    """
    described = numbers(dataset, "RedPaletteColorLookupTableDescriptor")
    if len(described) != 3:
        raise ImageError("it has no palette, though its header says so", where=where)
    count, first = (int(each) for each in described[:2])
    count = (count & 0xFFFF) or 1 << 16
    try:
        values = apply_color_lut(np.arange(first, first + count, dtype=np.int32), dataset)
    except Exception:  # pydicom raises what comes
        raise ImageError("its palette is damaged", where=where, hint="send or export it again") from None
    values = values[..., :3]
    if values.dtype != np.uint8 and values.max(initial=0) > 255:  # some write entries of 8 bits into 16
        values = values >> 8
    return Table(first=first, values=values.astype(np.uint8), bits=8)
