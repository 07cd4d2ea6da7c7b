"""The pixels of a frame as bytes that a browser can take for an array without looking at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Encoded", "PixelType", "encoded"]

PixelType = Literal["uint8", "int16", "uint16", "float32", "rgb"]
"""Little-endian; ``rgb`` is three bytes for each pixel."""


class Encoded(NamedTuple):
    """The pixels of a frame row by row, without padding: ``data`` has rows x columns values of ``type``."""

    type: PixelType
    rows: int
    columns: int
    data: bytes


def encoded(pixels: NDArray[np.generic]) -> Encoded:
    """What `wardround.images.Frame.pixels` gives, in the smallest type that holds its values.

    What is not a number becomes the lowest value. Whole numbers beyond 16 bits become 32-bit floats, which are exact up
    to 24 bits.

    >>> import numpy as np
    >>> encoded(np.array([[-1024, 3071]], np.int32)).type
    'int16'
    """
    import numpy as np

    rows, columns = pixels.shape[:2]
    if pixels.ndim == 3:
        return Encoded("rgb", rows, columns, np.ascontiguousarray(pixels, np.uint8).tobytes())
    if pixels.dtype.kind == "f":
        values = pixels.astype(np.float32)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        filled = np.nan_to_num(values, nan=low, posinf=high, neginf=low)
        return Encoded("float32", rows, columns, filled.astype("<f4").tobytes())
    if pixels.dtype in (np.uint8, np.bool_):
        return Encoded("uint8", rows, columns, np.ascontiguousarray(pixels, np.uint8).tobytes())
    least, most = (int(pixels.min()), int(pixels.max())) if pixels.size else (0, 0)
    if least >= -(1 << 15) and most < 1 << 15:
        return Encoded("int16", rows, columns, pixels.astype("<i2").tobytes())
    if least >= 0 and most < 1 << 16:
        return Encoded("uint16", rows, columns, pixels.astype("<u2").tobytes())
    return Encoded("float32", rows, columns, pixels.astype("<f4").tobytes())
