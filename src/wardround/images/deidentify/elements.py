"""The elements of a DICOM object, those in its sequences too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wardround.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom import DataElement, Dataset

__all__ = ["Path", "drop_unreadable", "name_of", "walk"]

_DEEPEST = 40  # sequences in sequences; enhanced objects have 5
_ITEM_GROUP = 0xFFFE  # delimiters of items; one that is left over from a broken writer stands for nothing


class Path(NamedTuple):
    """Where an element stands: the tags of the sequences, the numbers of their items, its own tag."""

    steps: tuple[tuple[int, int], ...]
    tag: int


def walk(dataset: Dataset, steps: tuple[tuple[int, int], ...] = ()) -> Iterator[tuple[Path, DataElement]]:
    """Every element with its place, a sequence before what is in it.

    Raises:
        ImageError: sequences are nested too deep.
    """
    if len(steps) > _DEEPEST:
        raise ImageError("the header's sequences are nested too deep", hint="this is no header that a device writes")
    for element in dataset:
        yield Path(steps, int(element.tag)), element
        if element.VR == "SQ":
            for number, item in enumerate(element.value or ()):
                yield from walk(item, (*steps, (int(element.tag), number)))


def drop_unreadable(dataset: Dataset, depth: int = 0) -> set[str]:
    """Remove elements that cannot be read, and what is left over behind the last one; their names are returned.

    Nothing can be said of what is in them, so nothing of it may stay.

    Raises:
        ImageError: sequences are nested too deep.
    """
    if depth > _DEEPEST:
        raise ImageError("the header's sequences are nested too deep", hint="this is no header that a device writes")
    dropped = set()
    for tag in list(dataset.keys()):
        try:
            element = None if tag.group == _ITEM_GROUP else dataset[tag]
            items = list(element.value or ()) if element is not None and element.VR == "SQ" else []
        except Exception:  # whatever a converter raises at bytes that are not what they should be
            element, items = None, []
        if element is None:
            dropped.add(name_of(int(tag)))
            del dataset[tag]
        for item in items:
            dropped |= drop_unreadable(item, depth + 1)
    return dropped


def name_of(tag: int) -> str:
    """The keyword of the standard; of others the number, ``"(0009,1001)"``."""
    from pydicom.datadict import keyword_for_tag

    keyword = keyword_for_tag(tag) if not tag >> 16 & 1 else ""
    return keyword or f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
