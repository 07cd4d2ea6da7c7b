"""What a format has to do to take part: one text per result, one per failure.

A format sees one record at a time, so that a million notes need no more memory than one. It is registered by its name
in ``wardround.export`` (built in) or under the entry-point group ``wardround.exporters`` (a plugin).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from wardround.coding import CodingResult
    from wardround.errors import WardroundError

__all__ = ["Exporter", "Failure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A record that could not be coded, in the place where its result would stand.

    Attributes:
        id: the record's own name; ``"line 7"`` where the record was too damaged to have one.
        error: what was wrong with it, without patient text.
    """

    id: str
    error: WardroundError


class Exporter(ABC):
    """One output format. A text it returns ends with a newline or is empty; the caller encodes it as UTF-8.

    Attributes:
        name: how the user asks for the format, ``--format NAME``.
    """

    name: ClassVar[str]

    def header(self) -> str:
        """The text before the first record."""
        return ""

    @abstractmethod
    def result(self, result: CodingResult) -> str:
        """The text of one coded note."""

    @abstractmethod
    def failure(self, failure: Failure) -> str:
        """The text that takes the place of a result for a record that failed."""
