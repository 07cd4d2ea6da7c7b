"""Which titles are those of a manifestation (Guidelines I.A.13)."""

from __future__ import annotations

import pytest

from wardround.coding.rules.manifestation import is_manifestation
from wardround.icd10 import CodeSet


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("F02.80", True),
        ("H28", True),
        ("M90.50", True),
        ("D63.8", True),
        ("N52.1", True),
        ("F03.90", False),
        ("J90", False),
        ("R50.81", False),
        ("B96.20", False),
        ("I42.8", False),
    ],
)
def test_the_title_tells_a_manifestation(codes: CodeSet, code: str, expected: bool) -> None:
    assert is_manifestation(codes.title(code)) is expected
