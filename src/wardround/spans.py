"""Places in a note: half-open ranges ``[start, end)`` over its Unicode code points."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Span"]


class Span(NamedTuple):
    """A half-open range ``[start, end)`` of code points; ``note.text[span.start:span.end]`` is its quote."""

    start: int
    end: int

    def quote(self, text: str) -> str:
        """The exact slice of ``text``.

        Raises:
            ValueError: the span is empty, reversed, or reaches outside ``text``.
        """
        if not 0 <= self.start < self.end <= len(text):
            raise ValueError(f"span [{self.start}, {self.end}) is not inside a text of {len(text)} characters")
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        """Whether every character of ``other`` is inside this span."""
        return self.start <= other.start and other.end <= self.end
