"""A model that sees, and images for it to see, made here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engines.scripted import Scripted
from wardround.engines import Capabilities, Raw, Request
from wardround.errors import EngineError
from wardround.images.study import Frame, Kind, Notice, Series, Study
from wardround.reporting.pictures import Pictures, shown

__all__ = ["Eyes", "pictures"]


class Eyes(Scripted):
    """A scripted model that is able to see images."""

    capabilities = Capabilities(images=True, probabilities=True)

    def __init__(self, answer: Callable[[Request], Raw | str | EngineError]) -> None:
        super().__init__(answer)


def pictures(kind: Kind = "radiograph", frames: int = 1, warnings: tuple[Notice, ...] = ()) -> Pictures:
    """A study of grey ramps, each frame a little brighter."""
    units = {"ct": "HU", "mr": "stored"}.get(kind, "display")
    ramp = np.arange(32 * 24, dtype=np.int16).reshape(32, 24) % 251
    made = tuple(
        Frame(rows=32, columns=24, load=lambda number=number: (ramp + number).astype(np.uint8))  # type: ignore[misc]
        for number in range(frames)
    )
    series = Series(uid="1.2", modality="", kind=kind, units=units, frames=made, warnings=warnings)  # type: ignore[arg-type]
    return shown(Study(format="PNG", series=(series,), digest="0" * 64))
