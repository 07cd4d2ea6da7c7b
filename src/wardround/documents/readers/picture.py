"""Pictures of pages: PNG, JPEG, TIFF of one page or many, WebP."""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from wardround.documents.compose import Composer
from wardround.documents.readers.base import Options, Reader, Reading, missing
from wardround.documents.readers.scan import NOTHING_READ, Scanner, Sheet
from wardround.documents.readers.text import kind_of_binary
from wardround.errors import NoteError
from wardround.settings import DOCUMENT_LIMIT, PAGE_LIMIT, PICTURE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

__all__ = ["PictureReader", "frame", "pictures", "upright"]

_KINDS = {"a PNG image": "PNG", "a JPEG image": "JPEG", "a TIFF image": "TIFF", "a WebP image": "WEBP"}


class PictureReader(Reader):
    """Photographs, scans and faxes of pages; the layout is in pixels of the picture, upright as EXIF says."""

    limit: ClassVar[int] = DOCUMENT_LIMIT

    def accepts(self, data: bytes) -> bool:
        """The first bytes of one of the four formats."""
        return kind_of_binary(data[:64]) in _KINDS

    def read(self, data: bytes, options: Options) -> Reading:
        """See `Reader.read`; a picture without text is an error."""
        kind = kind_of_binary(data[:64])
        if options.ocr == "none":
            raise NoteError(f"this is {kind}, and pictures are not to be read", where=options.where, hint="use OCR")
        scanner, composer = Scanner(options), Composer()
        with pictures(data, options.where) as picture:
            count = getattr(picture, "n_frames", 1) if kind == "a TIFF image" else 1
            if count > PAGE_LIMIT:
                what = f"the TIFF image has {count:,} pages, more than the limit of {PAGE_LIMIT:,}"
                raise NoteError(what, where=options.where, hint="split it into one file per encounter")
            for index in range(count):
                pixels = frame(picture, index, options.where)
                rows, columns = pixels.shape[:2]
                composer.add(scanner.read(Sheet(index + 1, pixels, columns, rows)))
                if options.on_page is not None:
                    options.on_page(index + 1, count)
        transcript = composer.transcript()
        if not transcript.length or not transcript.text.strip():
            what = NOTHING_READ if count == 1 else f"{NOTHING_READ} on any of {count} pages"
            hint = "handwriting is not read; a photograph of a page needs light and all of its text in the picture"
            raise NoteError(f"this is {kind}, and {what}", where=options.where, hint=hint)
        return Reading(
            text=transcript.text,
            reader=scanner.engine.name,
            layout=transcript.layout,
            notices=tuple(scanner.notices()),
        )


@contextmanager
def pictures(data: bytes, where: str) -> Iterator[Any]:
    """A file of one of the four formats as a `PIL.Image.Image`, opened and not yet decoded.

    Raises:
        NoteError: it is damaged, has more than ``settings.PICTURE_LIMIT`` pixels, or Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise missing("reading a picture", where) from None
    with _sober(data, where):
        picture = Image.open(io.BytesIO(data), formats=tuple(_KINDS.values()))
        _check(picture, where)
    with picture:
        yield picture


def frame(picture: Any, index: int, where: str) -> NDArray[np.uint8]:
    """One page of an open picture, grey (rows, columns), upright as EXIF says, on white where it is transparent.

    Raises:
        NoteError: it is damaged or too large.
    """
    import numpy as np

    return np.asarray(upright(picture, index, where).convert("L"))


def upright(picture: Any, index: int, where: str) -> Image:
    """One page of an open picture as EXIF says it is to be shown, on white where it is transparent.

    Raises:
        NoteError: it is damaged or too large.
    """
    import numpy as np
    from PIL import Image, ImageOps

    with _sober(b"", where):
        if index or getattr(picture, "n_frames", 1) > 1:
            picture.seek(index)
        _check(picture, where)
        page: Image.Image = ImageOps.exif_transpose(picture)
        if page.mode.startswith("I;16"):
            return Image.fromarray((np.asarray(page) >> 8).astype(np.uint8))
        if page.mode in ("I", "F"):
            return Image.fromarray(np.clip(np.asarray(page), 0, 255).astype(np.uint8))
        if page.mode in ("RGBA", "LA", "PA") or "transparency" in page.info:
            page = page.convert("RGBA")
            return Image.alpha_composite(Image.new("RGBA", page.size, "white"), page)
        page.load()
        return page


def _check(picture: Any, where: str) -> None:
    width, height = picture.size
    if width * height > PICTURE_LIMIT:
        raise NoteError(
            f"the picture has {width:,} x {height:,} pixels, more than the limit of {PICTURE_LIMIT:,}",
            where=where,
            hint="make it smaller; 200 dots per inch are enough",
        )


@contextmanager
def _sober(data: bytes, where: str) -> Iterator[None]:
    """Whatever Pillow raises or warns of on damaged data, as our error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (NoteError, MemoryError):
        raise
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error and more
        kind = kind_of_binary(data[:64]) or "a picture"
        raise NoteError(
            f"this is {kind} that cannot be opened: damaged or cut off", where=where, hint="get the file again"
        ) from error
