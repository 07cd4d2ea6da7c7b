"""What a form of laboratory results has to do: one text per report, one per file that could not be read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from wardround.errors import WardroundError
    from wardround.reporting.laboratory import LaboratoryReport

__all__ = ["LaboratoryExporter"]


class LaboratoryExporter(ABC):
    """One format. A text ends with a newline or is empty; the caller encodes it as UTF-8.

    Attributes:
        name: how the user asks for the format, ``--format NAME``.
        suffix: of a file in this format, with its dot.
    """

    name: ClassVar[str]
    suffix: ClassVar[str]

    def header(self) -> str:
        """What stands once before all reports."""
        return ""

    @abstractmethod
    def report(self, report: LaboratoryReport, *, several: bool) -> str:
        """One report; ``several`` if it is one of many in the same text."""

    def failure(self, id: str, error: WardroundError, *, several: bool) -> str:
        """What stands in the place of a report that there is none of; nothing as a rule."""
        return ""
