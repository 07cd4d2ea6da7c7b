"""PNG, JPEG, TIFF and the like without the patient: the pixels and nothing else, in a new file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, ClassVar

from wardround.errors import ImageError
from wardround.images.deidentify.changes import Changes
from wardround.images.deidentify.text import redact
from wardround.images.readers.base import FRAME_LIMIT, VOLUME_LIMIT
from wardround.images.readers.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from wardround.images.deidentify.identifiers import Identifiers
    from wardround.images.deidentify.text import TextBox
    from wardround.images.readers.base import File

__all__ = ["PictureFile"]

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
_MODES = {"1": "L", "LA": "L", "La": "L", "P": "RGB", "PA": "RGB", "RGBA": "RGB", "RGBa": "RGB", "RGBX": "RGB"}
_MODES |= {"CMYK": "RGB", "YCbCr": "RGB", "LAB": "RGB", "HSV": "RGB"}
_KEPT = ("L", "RGB", "I;16")
_KNOWN = {"exif": "EXIF", "xmp": "XMP", "icc_profile": "colour profile", "comment": "comment", "photoshop": "IPTC"}
_TECHNICAL = frozenset(
    """
    dpi gamma srgb interlace transparency compression jfif jfif_version jfif_unit jfif_density progressive progression
    adobe adobe_transform chromaticity background loop timestamp duration aspect
    """.split()
)


class PictureFile:
    """A file that holds a picture, or, a TIFF, several.

    Raises:
        ImageError: it cannot be read.
    """

    looked_at: ClassVar[bool] = True
    says_burned_in: ClassVar[bool] = False
    acquisition: ClassVar[None] = None
    regions: ClassVar[tuple[tuple[int, int, int, int], ...]] = ()

    def __init__(self, file: File) -> None:
        from PIL import Image

        self._where = file.name
        try:
            with quiet(), file.open() as stream, Image.open(stream, formats=_FORMATS) as image:
                self._read(image)
        except ImageError:
            raise
        except Exception:  # Pillow raises what its decoders do, and quotes what it read
            raise ImageError("the picture cannot be read", where=file.name, hint="save it again as PNG") from None

    def _read(self, image: Image) -> None:
        import numpy as np
        from PIL import ImageOps

        self._removed = {_KNOWN.get(str(key), "text") for key in image.info if str(key) not in _TECHNICAL}
        self._removed |= {"EXIF"} if image.getexif() else set()
        count = int(getattr(image, "n_frames", 1))
        self._frames: list[NDArray[np.generic]] = []
        room = VOLUME_LIMIT
        for number in range(count):
            image.seek(number)
            width, height = image.size
            room -= width * height * 4
            if width * height > FRAME_LIMIT or room < 0:
                raise ImageError("the picture is too large", where=self._where, hint="give a smaller one")
            upright = ImageOps.exif_transpose(image)
            shown = upright.convert(_MODES[upright.mode]) if upright.mode in _MODES else upright
            if shown.mode not in _KEPT:
                raise ImageError(
                    "its values cannot be written as PNG", where=self._where, hint="save it as 8 or 16 bits"
                )
            self._frames.append(np.asarray(shown))

    @property
    def frames(self) -> int:
        """How many pictures it has."""
        return len(self._frames)

    @property
    def suffix(self) -> str:
        """What the name of the new file ends in."""
        return ".png" if len(self._frames) == 1 else ".tif"

    def picture(self, index: int) -> NDArray[np.generic]:
        """One of them, from 0: grey, or RGB; turned as its EXIF says."""
        return self._frames[index]

    def without_patient(
        self, identifiers: Identifiers, boxes: Sequence[TextBox] = (), *, confirmed: bool = False
    ) -> tuple[bytes, Changes]:
        """The pixels in a new file, and what kinds of data were left behind."""
        from PIL import Image

        del identifiers, confirmed  # there is nothing in the new file that they could stand in
        pictures = [Image.fromarray(redact(frame, boxes)) for frame in self._frames]
        buffer = io.BytesIO()
        if len(pictures) == 1:
            pictures[0].save(buffer, "PNG")
        else:
            pictures[0].save(buffer, "TIFF", save_all=True, append_images=pictures[1:], compression="tiff_deflate")
        return buffer.getvalue(), Changes(removed=tuple(sorted(self._removed)))
