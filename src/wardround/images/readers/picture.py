"""Pictures without a medical header: PNG, JPEG, WebP, and TIFF of one page or many.

Only the header is looked at before a picture is known to be of a size that may be decoded.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from wardround.errors import ImageError
from wardround.images.readers.base import FRAME_LIMIT, File, Reader, joined_digest, only_failure
from wardround.images.readers.quiet import quiet
from wardround.images.readers.tiff import TIFF, read_tiff
from wardround.images.study import Frame, Kind, Notice, Series, Step, Study

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PictureReader", "upright"]

_AGAIN = "send or export it again"
_PLUGINS: dict[str, type[Any]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
}
_TELLING = {  # of EXIF: what may tell who was photographed, by whom and where
    ExifTags.Base.Artist,
    ExifTags.Base.BodySerialNumber,
    ExifTags.Base.CameraOwnerName,
    ExifTags.Base.GPSInfo,
    ExifTags.Base.ImageDescription,
    ExifTags.Base.UserComment,
    ExifTags.Base.XPAuthor,
    ExifTags.Base.XPComment,
    ExifTags.Base.XPSubject,
    ExifTags.Base.XPTitle,
}


class PictureReader(Reader):
    """PNG, JPEG, WebP and TIFF; of several, each is a series of its own."""

    def accepts(self, file: File) -> bool:
        return _format(file.head) != ""

    def read(self, files: Sequence[File], kind: Kind | None) -> tuple[Study, ...]:
        series: list[Series] = []
        digests: list[str] = []
        fields: set[str] = set()
        formats: list[str] = []
        failed: list[ImageError] = []
        for file in files:
            try:
                with quiet():
                    found, telling = _read(file, kind)
            except ImageError as error:
                failed.append(error)
                continue
            series.extend(found)
            fields.update(telling)
            formats.append(_format(file.head))
            digests.append(found[0].uid.removeprefix("sha256:"))
        if not series:
            raise only_failure(failed)
        study = Study(
            format=", ".join(dict.fromkeys(formats)),
            series=tuple(series),
            digest=joined_digest(digests),
            patient_data=tuple(sorted(fields)),
            left_out=tuple(f"{error.where}: {error.what}" for error in failed),
        )
        return (study,)


def _format(head: bytes) -> str:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    return "TIFF" if head.startswith(TIFF) else ""


def _read(file: File, kind: Kind | None) -> tuple[list[Series], set[str]]:
    try:
        with file.open() as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
            stream.seek(0)
            if _format(file.head) == "TIFF":
                return read_tiff(file, stream, digest, kind), set()
            return _single(file, stream, digest, kind)
    except ImageError:
        raise
    except Exception:  # Pillow and tifffile raise what comes
        raise ImageError("the picture is damaged", where=file.name, hint=_AGAIN) from None


def _single(file: File, stream: BinaryIO, digest: str, kind: Kind | None) -> tuple[list[Series], set[str]]:
    name = _format(file.head)
    if not _complete(name, stream, file.size):
        raise ImageError("the file ends before its picture does", where=file.name, hint=_AGAIN)
    stream.seek(0)
    picture = _PLUGINS[name](stream)
    columns, rows = picture.size
    if rows * columns > FRAME_LIMIT:
        raise ImageError(
            f"the picture has more than {FRAME_LIMIT:,} pixels", where=file.name, hint="give a smaller picture"
        )
    exif = picture.getexif()
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    orientation = orientation if orientation in range(1, 9) else 1
    steps = [Step("decode", name)]
    if orientation != 1:
        steps.append(Step("turn upright", f"EXIF orientation {orientation}"))
    warnings = []
    if getattr(picture, "is_animated", False):
        warnings.append(Notice("animated", "the picture moves; only its first frame is read"))
    if picture.mode in ("LA", "PA", "RGBA"):
        steps.append(Step("flatten", "transparent parts are black"))
    deep = picture.mode.startswith("I")
    colour = not deep and picture.mode not in ("1", "L", "LA")
    if orientation >= 5:
        rows, columns = columns, rows
    frame = Frame(rows=rows, columns=columns, load=partial(_pixels, file, name, orientation))
    series = Series(
        uid=f"sha256:{digest}",
        modality="",
        kind=kind or "other",
        units="stored" if deep else "display",
        frames=(frame,),
        bits=16 if deep else 8,
        colour=colour,
        steps=tuple(steps),
        warnings=tuple(warnings),
    )
    fields = {ExifTags.Base(tag).name for tag in exif if tag in _TELLING and exif[tag]}
    if name == "PNG" and {key.lower() for key in picture.info} & {"author", "comment", "description", "title"}:
        fields.add("PNG text")
    return [series], fields


def _complete(name: str, stream: BinaryIO, size: int) -> bool:
    """Whether the end of the picture is there; a decoder would fill the rest with grey."""
    if name == "WebP":
        stream.seek(4)
        return bool(struct.unpack("<L", stream.read(4))[0] + 8 <= size)
    if name == "JPEG":
        stream.seek(max(size - (1 << 16), 0))
        return b"\xff\xd9" in stream.read()
    at = 8
    while at + 12 <= size:
        stream.seek(at)
        length, kind = struct.unpack(">L4s", stream.read(8))
        at += 12 + length
        if kind == b"IEND":
            return True
    return False


def _pixels(file: File, name: str, orientation: int) -> NDArray[np.generic]:
    try:
        with quiet(), file.open() as stream:
            return upright(_decoded(_PLUGINS[name](stream)), orientation)
    except ImageError:
        raise
    except MemoryError:
        raise ImageError("the picture needs more memory than there is", where=file.name) from None
    except Exception:
        raise ImageError("the picture is damaged", where=file.name, hint=_AGAIN) from None


def _decoded(picture: Image.Image) -> NDArray[np.generic]:
    if picture.mode.startswith("I"):
        return np.asarray(picture).astype(np.uint16)
    if picture.mode in ("1", "L"):
        return np.asarray(picture.convert("L"))
    if picture.mode == "LA":
        grey, alpha = (np.asarray(each, np.uint16) for each in picture.split())
        return ((grey * alpha + 127) // 255).astype(np.uint8)
    if picture.mode in ("RGBA", "PA") or "transparency" in picture.info:
        ground = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(ground, picture.convert("RGBA"))
    return np.asarray(picture.convert("RGB"))


def upright(pixels: NDArray[np.generic], orientation: int) -> NDArray[np.generic]:
    """The picture as its EXIF orientation, from 1 to 8, wants it seen."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
