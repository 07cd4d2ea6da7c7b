"""Pages turned by quarters."""

from __future__ import annotations

from wardround.boxes import Box

__all__ = ["turned"]


def turned(box: Box, quarters: int, width: float, height: float) -> Box:
    """A box of a page of this size, after so many quarter turns of the page clockwise."""
    left, top, right, bottom = box
    quarters %= 4
    if quarters == 1:
        return Box(height - bottom, left, height - top, right)
    if quarters == 2:
        return Box(width - right, height - bottom, width - left, height - top)
    if quarters == 3:
        return Box(top, width - right, bottom, width - left)
    return box
