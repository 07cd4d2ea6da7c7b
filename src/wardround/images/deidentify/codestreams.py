"""Comments inside of compressed pictures: JPEG, JPEG-LS and JPEG 2000 have room for texts that no viewer shows."""

from __future__ import annotations

__all__ = ["without_comments"]

_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f"
_DATA = {_JPEG: 0xDA, _JPEG_2000: 0x90}  # the segment at which the picture's data begin: SOS, SOT
_JPEG_COMMENTS = frozenset({0xFE, *(0xE0 + number for number in range(1, 14))})  # COM; APP1 to APP13: EXIF, XMP, IPTC
_JPEG_2000_COMMENT = 0x64


def without_comments(stream: bytes) -> bytes:
    """A compressed frame without texts; as it is if it has none, or is of another kind.

    APP0 (JFIF), APP8 (JPEG-LS colour) and APP14 (Adobe) tell how colours are meant, and stay.
    Source: ISO/IEC 10918-1 Annex B, ISO/IEC 15444-1 Annex A.
    """
    start = stream[:2]
    if start not in _DATA:
        return stream
    dropped = {_JPEG_2000_COMMENT} if start == _JPEG_2000 else _JPEG_COMMENTS - {0xE8}
    kept, at = [start], 2
    while at + 4 <= len(stream) and stream[at] == 0xFF and stream[at + 1] != _DATA[start]:
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4], "big")
        if stream[at + 1] not in dropped:
            kept.append(stream[at:end])
        at = end
    return b"".join([*kept, stream[at:]])
