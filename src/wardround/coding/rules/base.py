"""What a coding rule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from wardround.coding.draft import Draft

__all__ = ["Rule"]


class Rule(ABC):
    """One rule of the classification or the guidelines.

    Attributes:
        name: short, lower case, with hyphens; stands in every finding.
        section: of the ICD-10-CM Official Guidelines, such as ``I.B.5``.
    """

    name: ClassVar[str]
    section: ClassVar[str]

    @abstractmethod
    def apply(self, draft: Draft) -> None:
        """Work on the draft in place. Must not depend on anything but the draft, and never lose a proposal silently."""
