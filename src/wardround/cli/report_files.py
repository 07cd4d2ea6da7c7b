"""The files that ``wardround read`` writes."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wardround.export.reports.picture import Picture
    from wardround.reporting import DraftReport

__all__ = ["draw", "save"]


def draw(report: DraftReport, shown: Sequence[Picture], path: Path) -> None:
    """The picture with most areas, with these drawn in, and marked as a draft."""
    import PIL.Image

    from wardround.export.reports.capture import capture
    from wardround.export.reports.picture import marks

    current = [picture for picture in shown if picture.study == "current"]
    if not current:
        raise InputError("there is no picture to draw on", where=str(path))
    best = max(current, key=lambda picture: len(marks(picture, report)))
    file = io.BytesIO()
    PIL.Image.fromarray(capture(best, report).pixels).save(file, "PNG")
    save(path, file.getvalue())


def save(path: Path, document: bytes) -> None:
    """Write a file that appears when it is complete."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(document)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"cannot write the file: {error.strerror or 'unknown reason'}", where=str(path)) from error
