"""Results of systems that are not ours, in the shape that is scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.coding.coder import Coder
from wardround.coding.result import Suggestion

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable

    from wardround.coding.result import CodingResult, Encounter, Evidence, Scope

__all__ = ["UNKNOWN", "Blank", "named"]

UNKNOWN = 0.5
"""The confidence of codes that come without one; nothing is to be made of it."""


class Blank:
    """Makes results from codes alone, in the release that is in force on the day of their encounter."""

    def __init__(self, release: str | None = None, scope: Scope = "encounter") -> None:
        """Take ``release`` whatever the date, if it is named.

        Raises:
            UnknownRelease: no such release is installed.
        """
        self._coder = Coder(release, scope=scope)
        self._frames: dict[tuple[str, datetime.date | None], CodingResult] = {}

    def result(self, encounter: Encounter, codes: Iterable[Suggestion] = (), *, id: str | None = None) -> CodingResult:
        """A result with ``codes`` and nothing else.

        Raises:
            UnknownRelease: no installed release covers the encounter's date.
        """
        day = encounter.setting, encounter.date
        if day not in self._frames:
            made = self._coder.code("Nothing.", encounter)
            frame = {"codes": (), "timings": {}, "provenance": made.provenance.model_copy(update={"coder": "unknown"})}
            self._frames[day] = made.model_copy(update=frame)
        return self._frames[day].model_copy(update={"id": id, "codes": tuple(codes)})


def named(code: str, *, confidence: float | None = None, evidence: tuple[Evidence, ...] = ()) -> Suggestion:
    """A code that a system named, for review; unlike ours it may lack a quote."""
    return Suggestion.model_construct(
        code=code,
        description="",
        status="review",
        role="secondary",
        confidence=UNKNOWN if confidence is None else confidence,
        evidence=evidence,
        route=(),
        findings=(),
    )
