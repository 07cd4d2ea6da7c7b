"""That a person reviewed and signed something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

__all__ = ["Signature"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed, and when.

    Attributes:
        by: a name.
        at: with its time zone.
    """

    by: str
    at: datetime.datetime

    @property
    def said(self) -> str:
        """The signature in a sentence.

        >>> import datetime
        >>> Signature(by="maria", at=datetime.datetime(2026, 11, 3, 9, 30, tzinfo=datetime.UTC)).said
        'Reviewed and signed by maria, 2026-11-03 09:30 UTC.'
        """
        return f"Reviewed and signed by {self.by}, {self.at:%Y-%m-%d %H:%M} UTC."
