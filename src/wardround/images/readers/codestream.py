"""What a compressed picture says of itself: its size, told by its own header before anything is decoded.

Sources: ITU-T T.81 B.2.2 (JPEG), T.87 C.2.2 (JPEG-LS), T.800 A.5.1 (JPEG 2000, and High Throughput with it).
"""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["Codestream", "codestream"]

_NO_FRAME_HEADER = {0xC4, 0xC8, 0xCC}  # of the markers C0 to CF: tables, a reserved one, arithmetic conditioning
_JPEG_LS = 0xF7


class Codestream(NamedTuple):
    """Rows, columns and components of a compressed picture, and the bits of a component."""

    rows: int
    columns: int
    components: int
    precision: int


def codestream(data: bytes) -> Codestream | None:
    """What the beginning of a JPEG, JPEG-LS or JPEG 2000 picture tells; None if it tells nothing that makes sense."""
    if (at := data.find(b"\xff\x4f\xff\x51", 0, 4096)) >= 0:
        return _jpeg_2000(data[at + 4 :])
    return _jpeg(data) if data[:2] == b"\xff\xd8" else None


def _jpeg_2000(size: bytes) -> Codestream | None:
    if len(size) < 40:
        return None
    right, lower, left, upper = struct.unpack(">4L", size[4:20])
    components, precision = struct.unpack(">HB", size[36:39])
    return Codestream(lower - upper, right - left, components, (precision & 0x7F) + 1)


def _jpeg(data: bytes) -> Codestream | None:
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        if marker == _JPEG_LS or (0xC0 <= marker <= 0xCF and marker not in _NO_FRAME_HEADER):
            if at + 10 > len(data):
                return None
            precision, rows, columns, components = struct.unpack(">BHHB", data[at + 4 : at + 10])
            return Codestream(rows, columns, components, precision)
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None
