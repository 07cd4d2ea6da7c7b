"""A part of a source: some hundred records in order, which can be read anywhere, and are coded and kept together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(ABC):
    """A stretch of a source. It holds no records, only where they are, so it is small and can be sent anywhere.

    Parts with numbers in a row are read fastest one after the other in the same process.

    Attributes:
        number: its place among the parts, from 0.
        count: how many records it holds, at most.
    """

    number: int
    count: int

    @abstractmethod
    def records(self) -> Iterator[Any]:
        """Its records in order, each read when it is asked for; what is wrong with one stands in its place.

        Those of notes are `wardround.records.Record`.

        Raises:
            InputError: the source is not there any more, or is damaged from here on.
        """

    @abstractmethod
    def place(self, index: int) -> str:
        """What to call the place of its record ``index``, from 0, that cannot be read."""
