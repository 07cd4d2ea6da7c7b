"""The plane of a frame, and what is told of many series."""

from __future__ import annotations

import numpy as np
import pytest

from images.made import studied, study_of
from wardround.images import deidentify
from wardround.images.inspection import inspect, orientation
from wardround.images.study import Geometry


@pytest.mark.parametrize(
    ("row", "column", "plane"),
    [
        ((1, 0, 0), (0, 1, 0), "axial"),
        ((1, 0, 0), (0, 0, -1), "coronal"),
        ((0, 1, 0), (0, 0, -1), "sagittal"),
        ((1, 0, 0), (0, 0.94, -0.34), "axial"),  # a gantry tilted by 20 degrees
        ((1, 0, 0), (0, 0.77, -0.64), "oblique"),
        (None, None, None),
    ],
)
def test_planes(row: tuple[float, ...] | None, column: tuple[float, ...] | None, plane: str | None) -> None:
    geometry = Geometry(row_direction=row, column_direction=column)  # type: ignore[arg-type]
    assert orientation(geometry) == plane


def test_text_is_looked_for_in_the_first_series_only(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr(deidentify, "burned_in", lambda pixels, regions: looked.append(1) or ())
    series = [study_of(np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8)).series[0]] * 8
    found = inspect(studied(series), "x")
    assert len(looked) == 6
    assert [each.text for each in found.series] == [()] * 6 + [None] * 2
    assert found.text_unread == "text was looked for in the first 6 series only"


def test_a_series_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deidentify, "burned_in", lambda pixels, regions: ())
    series = [study_of(np.zeros((rows, 300), np.uint8)).series[0] for rows in (300, 301)]
    (only,) = inspect(studied(series), "x", series=2).series
    assert (only.number, only.rows) == (2, 301)
