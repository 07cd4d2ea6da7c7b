"""TIFF: pages of 8, 16 or 32 bits, grey, palette or colour, compressed in whatever way tifffile can undo."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import tifffile

from wardround.errors import ImageError
from wardround.images.readers.base import FRAME_LIMIT, File
from wardround.images.readers.quiet import quiet
from wardround.images.study import Frame, Kind, Series, Step, Units

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TIFF", "read_tiff"]

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""How a TIFF or BigTIFF file begins."""

_PAGES = 5_000
_GREY = (0, 1)  # WhiteIsZero and BlackIsZero
_RGB, _PALETTE, _YCBCR = 2, 3, 6
_JPEG = (6, 7)


def read_tiff(file: File, stream: BinaryIO, digest: str, kind: Kind | None) -> list[Series]:
    """The pages of a TIFF file; those of another size or form make a series of their own.

    Raises:
        ImageError: it is cut off, too large, or of a form that cannot be shown.
    """
    groups: dict[tuple[int, int, bool, int], list[Frame]] = defaultdict(list)
    with tifffile.TiffFile(stream) as found:
        for index, page in enumerate(found.pages):
            if index >= _PAGES:
                raise ImageError(f"there are more than {_PAGES:,} pages", where=file.name, hint="give fewer pages")
            assert isinstance(page, tifffile.TiffPage)
            if index and page.is_reduced:  # a smaller copy of the page before it
                continue
            _check(page, file)
            rows, columns = page.imagelength, page.imagewidth
            frame = Frame(rows=rows, columns=columns, load=partial(_pixels, file, index), frame_number=index + 1)
            groups[rows, columns, page.photometric not in _GREY, page.bitspersample].append(frame)
    if not groups:
        raise ImageError("there is no page in it", where=file.name)
    return [
        Series(
            uid=f"sha256:{digest}",
            modality="",
            kind=kind or "other",
            units=_units(colour, bits),
            frames=tuple(frames),
            bits=8 if colour else bits,
            colour=colour,
            steps=(Step("decode", "TIFF"),),
        )
        for (_, _, colour, bits), frames in groups.items()
    ]


def _units(colour: bool, bits: int) -> Units:
    return "display" if colour or bits <= 8 else "stored"


def _check(page: tifffile.TiffPage, file: File) -> None:
    if page.imagelength * page.imagewidth > FRAME_LIMIT or page.imagedepth > 1:
        raise ImageError(
            f"a page has more than {FRAME_LIMIT:,} pixels",
            where=file.name,
            hint="a whole slide is read with: pip install 'wardround[slides]'",
        )
    if not page.imagelength or not page.imagewidth or page.dtype is None or page.samplesperpixel > 5:
        raise ImageError("a page is damaged or of no known form", where=file.name, hint="export it again")
    if page.photometric not in (*_GREY, _RGB, _PALETTE) and not (
        page.photometric == _YCBCR and page.compression in _JPEG
    ):
        raise ImageError("a page is neither grey nor RGB", where=file.name, hint="export it in grey or RGB")
    ends = (at + size for at, size in zip(page.dataoffsets, page.databytecounts, strict=False))
    if not page.dataoffsets or max(ends) > file.size:
        raise ImageError("the file ends before its picture does", where=file.name, hint="send or export it again")


def _pixels(file: File, index: int) -> NDArray[np.generic]:
    try:
        with quiet(), file.open() as stream, tifffile.TiffFile(stream) as found:
            page = found.pages[index]
            assert isinstance(page, tifffile.TiffPage)
            return _decoded(page)
    except MemoryError:
        raise ImageError("a page needs more memory than there is", where=file.name) from None
    except Exception:  # tifffile and imagecodecs raise what comes
        raise ImageError(f"page {index + 1} is damaged", where=file.name, hint="send or export it again") from None


def _decoded(page: tifffile.TiffPage) -> NDArray[np.generic]:
    pixels = page.asarray(maxworkers=1)
    if pixels.ndim == 3 and page.planarconfig == 2:
        pixels = np.moveaxis(pixels, 0, -1)
    if page.photometric == _PALETTE and page.colormap is not None:
        table = (page.colormap >> 8).astype(np.uint8)
        return np.ascontiguousarray(np.moveaxis(table[:, pixels], 0, -1))
    if page.photometric in _GREY:
        pixels = pixels[..., 0] if pixels.ndim == 3 else pixels
        if pixels.dtype == bool:
            pixels = pixels.astype(np.uint8) * np.uint8(255)
        if page.photometric == 0 and pixels.dtype.kind == "u":
            pixels = np.iinfo(pixels.dtype).max - pixels
        return pixels.astype(np.float32) if pixels.dtype.kind == "f" else pixels.astype(pixels.dtype.newbyteorder("="))
    pixels = pixels[..., :3]
    if pixels.dtype.kind == "f":
        raise ValueError
    shift = pixels.dtype.itemsize * 8 - 8
    return np.ascontiguousarray((pixels >> shift).astype(np.uint8))
