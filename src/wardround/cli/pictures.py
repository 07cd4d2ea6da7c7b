"""What the commands that show images to a model have in common: which pictures of a file it is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import EngineRefused, ImageError

if TYPE_CHECKING:
    from wardround.engines import Engine
    from wardround.reporting.pictures import Pictures

__all__ = ["pictures_of"]


def pictures_of(path: Path, engine: Engine, *, series: int | None = None, frame: int | None = None) -> Pictures:
    """What ``engine`` is shown of a file or folder: all of it, one series, or one frame of a series, from 1.

    Raises:
        EngineRefused: the engine sees no images.
        ImageError: the file cannot be read, or has no such series or frame.
    """
    from wardround.images import read
    from wardround.reporting.pictures import shown

    if not engine.capabilities.images:
        raise EngineRefused(
            "this model sees no images",
            where=engine.name,
            hint="wardround models install google/medgemma-1.5-4b-it brings one that does",
        )
    study = read(path)
    if series is not None or frame is not None:
        number = series or 1
        if number > len(study.series):
            raise ImageError(f"there is no series {number}", where=path.name, hint=f"it has {len(study.series)}")
        chosen = study.series[number - 1]
        if frame is not None:
            if frame > len(chosen.frames):
                raise ImageError(f"there is no frame {frame}", where=path.name, hint=f"it has {len(chosen.frames)}")
            chosen = replace(chosen, frames=(chosen.frames[frame - 1],))
        study = replace(study, series=(chosen,))
    return shown(study, remote=engine.capabilities.remote)
