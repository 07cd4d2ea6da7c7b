"""What was changed in a header: names of attributes, and never their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.images.deidentify.elements import Path, name_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom import Dataset

__all__ = ["Changes", "compared"]

_PIXELS = {"PixelData", "FloatPixelData", "DoubleFloatPixelData"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Names of attributes, each in alphabetical order and once, whatever the number of its places.

    Attributes:
        removed: that are no longer there.
        emptied: that are there without a value.
        replaced: that have another value.
        uids: how many different UIDs were mapped.
        dates: how many dates were moved.
    """

    removed: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    uids: int = 0
    dates: int = 0


def compared(before: Dataset, after: Dataset, removed: Iterable[str] = ()) -> Changes:
    """What became of ``before``; ``removed`` were gone already."""
    then = {path: element for path, element in walk(before) if element.keyword not in _PIXELS}
    now = dict(walk(after))
    gone, emptied, replaced, uids = set(removed), set(), set(), set()
    dates = 0
    for path, element in then.items():
        name = name_of(path.tag)
        if path not in now:
            if not path.steps or _sequence(path) in now:
                gone.add(name)
        elif element.VR == "SQ":
            if element.value and not now[path].value:
                emptied.add(name)
        elif not element.is_empty and now[path].is_empty:
            emptied.add(name)
        elif element.value != now[path].value:
            replaced.add(name)
            dates += element.VR in ("DA", "DT")
            if element.VR == "UI":
                uids |= {str(uid) for uid in (element.value if element.VM > 1 else [element.value])}
    return Changes(
        removed=tuple(sorted(gone)),
        emptied=tuple(sorted(emptied)),
        replaced=tuple(sorted(replaced)),
        uids=len(uids),
        dates=dates,
    )


def _sequence(path: Path) -> Path:
    """The sequence an element stands in."""
    return Path(path.steps[:-1], path.steps[-1][0])
