"""Figures of an evaluation for people: the rows of its summary, and one page with everything."""

from __future__ import annotations

from wardround.export.evaluation.page import page
from wardround.export.evaluation.rows import DISTANCES, ROWS, told_ratio

__all__ = ["DISTANCES", "ROWS", "page", "told_ratio"]
