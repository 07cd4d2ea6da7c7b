"""An image as pixels and geometry: reading it, rendering it for a model, and taking the patient out of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wardround.errors import ImageError
from wardround.images.study import (
    Frame,
    Geometry,
    Kind,
    Level,
    Notice,
    Series,
    Slide,
    Step,
    Study,
    Units,
    Window,
)

__all__ = [
    "Frame",
    "Geometry",
    "Kind",
    "Level",
    "Notice",
    "Series",
    "Slide",
    "Step",
    "Study",
    "Units",
    "Window",
    "read",
    "read_studies",
]


def read(source: Path | bytes | Sequence[Path], *, kind: Kind | None = None) -> Study:
    """Read one study: PNG, JPEG, TIFF, WebP, DICOM, NIfTI or a whole slide, alone or as a folder or zip archive.

    Pixels are decoded later, frame by frame; what can be known to fail without decoding them fails here.

    Args:
        source: a file, a folder, a zip archive or a DICOMDIR; several of these that belong together; a file's content.
        kind: what the images are, where the file cannot say; a plain picture is ``"other"`` without it.

    Raises:
        ImageError: there is no image in it, it is damaged, cannot be opened safely, or holds more than one study.
        TypeError: ``source`` is of another type.
    """
    studies = read_studies(source, kind=kind)
    if len(studies) > 1:
        raise ImageError(
            f"there are images of {len(studies)} studies",
            where=source.name if isinstance(source, Path) else "",
            hint="give the images of one study",
        )
    return studies[0]


def read_studies(source: Path | bytes | Sequence[Path], *, kind: Kind | None = None) -> tuple[Study, ...]:
    """Read all studies that ``source`` holds, in the order of their UIDs; else as `read`.

    Raises:
        ImageError: there is no image in it, it is damaged, or cannot be opened safely.
        TypeError: ``source`` is of another type.
    """
    try:
        from wardround.images.readers.opening import studies_of
    except ModuleNotFoundError as error:
        hint = "pip install 'wardround[images]'"
        raise ImageError(f"reading images needs the package {error.name}", hint=hint) from None
    return studies_of(source, kind)
