"""Where the frames of encapsulated pixel data lie in the file (PS3.5 A.4), found without reading them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from wardround.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Fragment", "Fragments", "find_fragments", "frames_of"]

_ITEM = 0xFFFEE000
_END = 0xFFFEE0DD
_STARTS = (b"\xff\xd8", b"\xff\x4f", b"\x00\x00\x00\x0c")  # JPEG and JPEG-LS, JPEG 2000, the latter in its file format
_AGAIN = "send or export it again"


class Fragment(NamedTuple):
    """One item of the pixel data: the offset of its value, its length, and its first four bytes."""

    at: int
    length: int
    start: bytes


class Fragments(NamedTuple):
    """All items but the first, the Basic Offset Table, which is ``table``; ``closed`` if their end is marked."""

    table: tuple[int, ...]
    items: tuple[Fragment, ...]
    closed: bool


def find_fragments(stream: BinaryIO, at: int, size: int, where: str) -> Fragments:
    """The fragments that begin at ``at`` in a file of ``size`` bytes.

    Raises:
        ImageError: the file ends within one, or something else stands between them.
    """
    found: list[Fragment] = []
    table: tuple[int, ...] = ()
    first = True
    while at + 8 <= size:
        stream.seek(at)
        group, element, length = struct.unpack("<HHL", stream.read(8))
        at += 8
        tag = group << 16 | element
        if tag == _END:
            return Fragments(table, tuple(found), True)
        if tag != _ITEM:
            raise ImageError("its compressed pixel data are damaged", where=where, hint=_AGAIN)
        if at + length > size:
            raise ImageError("the file ends before its pixel data do", where=where, hint=_AGAIN)
        if first:
            count = length // 4
            table = struct.unpack(f"<{count}L", stream.read(4 * count))
        else:
            found.append(Fragment(at, length, stream.read(min(length, 4))))
        first = False
        at += length
    return Fragments(table, tuple(found), False)


def frames_of(fragments: Fragments, count: int, where: str) -> tuple[tuple[Fragment, ...], ...]:
    """The fragments of each frame, of ``count`` frames that the header says there are; perhaps of more.

    Raises:
        ImageError: there are fewer.
    """
    items = fragments.items
    frames: list[tuple[Fragment, ...]]
    if len(items) == count:
        frames = [(each,) for each in items]
    elif len(fragments.table) == count > 1:
        frames = _by_table(items, fragments.table)
    elif items and items[0].start.startswith(_STARTS):
        frames = []
        for each in items:
            if each.start.startswith(_STARTS):
                frames.append((each,))
            else:
                frames[-1] += (each,)
    elif count == 1:
        frames = [items] if items else []
    else:
        frames = [(each,) for each in items]
    if len(frames) < count or not all(frames):
        raise ImageError(
            f"its header says it has {count} frames, and there are {len(frames)}",
            where=where,
            hint="its pixel data are damaged or cut off",
        )
    return tuple(frames)


def _by_table(items: Sequence[Fragment], table: Sequence[int]) -> list[tuple[Fragment, ...]]:
    base = items[0].at - 8 if items else 0
    starts = [base + offset + 8 for offset in table]
    frames: list[tuple[Fragment, ...]] = [() for _ in starts]
    index = 0
    for each in items:
        while index + 1 < len(starts) and each.at >= starts[index + 1]:
            index += 1
        frames[index] += (each,)
    return frames
