"""What the commands that show images to a model have in common: opening the model, and rendering what it is shown."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.engines import Engine
    from wardround.images.render import Rendering

__all__ = ["eyes", "rendered"]


@contextmanager
def eyes(spec: str | None, *, allow_remote: bool) -> Iterator[Engine]:
    """A model that sees images.

    Raises:
        EngineMissing: there is none.
        EngineRefused: the model cannot see images, or is on another machine without consent.
    """
    from wardround.engines import open_engine
    from wardround.reporting.shown import must_see

    with open_engine(spec, allow_remote=allow_remote) as engine:
        must_see(engine)
        yield engine


def rendered(path: Path, series: int, frame: int | None) -> Rendering:
    """What a model is shown of one series, counted from 1, or of one of its frames.

    Raises:
        ImageError: the file cannot be read, or has no such series or frame.
    """
    from dataclasses import replace

    from wardround.images import read
    from wardround.images.render import render

    study = read(path)
    if frame is not None and 1 <= series <= len(study.series):
        chosen = study.series[series - 1]
        if not 1 <= frame <= len(chosen.frames):
            raise ImageError(f"there is no frame {frame}", where=path.name, hint=f"it has {len(chosen.frames)}")
        only = replace(chosen, frames=(chosen.frames[frame - 1],))
        study = replace(study, series=(*study.series[: series - 1], only, *study.series[series:]))
    return render(study, series - 1)
