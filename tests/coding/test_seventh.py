"""The seventh character: active treatment, healing or late effect (Guidelines I.A.5, I.C.19.a, I.C.19.c)."""

from __future__ import annotations

import pytest

from wardround.icd10 import CodeSet

from .conftest import Coded, codes_of

TABLE = [
    # active treatment is what is meant while nothing else is said
    ("Sprain of the right ankle", "S93.401A"),
    ("Concussion without loss of consciousness", "S06.0X0A"),
    ("Closed fracture of the left femoral shaft", "S72.302A"),
    ("Fracture of the left femoral shaft", "S72.302A"),
    ("Open fracture of the left femoral shaft", "S72.302B"),
    # healing
    ("Sprain of the right ankle, healing well", "S93.401D"),
    ("Aftercare for a fracture of the left femoral shaft", "S72.302D"),
    ("Fracture of the left femoral shaft, subsequent encounter", "S72.302D"),
    # late
    ("Sprain of the right ankle, sequela", "S93.401S"),
    # none is asked for
    ("Gout", "M10.9"),
    ("Age-related osteoporosis with current pathological fracture of the right hand", "M80.041A"),
    ("Age-related osteoporosis with fracture of the right hand", "M80.041A"),
    # other kinds of seventh characters
    ("Primary open-angle glaucoma", "H40.1190"),
    ("Idiopathic chronic gout of the right knee without tophus", "M1A.0610"),
    ("Primary open-angle glaucoma, mild stage", "H40.1191"),
    ("Open fracture of the left femoral shaft type I, healing", "S72.302E"),
    ("Closed fracture of the left femoral shaft with nonunion", "S72.302K"),
]


@pytest.mark.parametrize(("problem", "expected"), TABLE)
def test_seventh(coded: Coded, codes: CodeSet, problem: str, expected: str) -> None:
    found = codes_of(coded(f"Assessment: {problem}."))
    assert expected in found
    assert all(codes.billable(code) for code in found)


def test_the_route_tells_how_it_was_completed(coded: Coded) -> None:
    (code,) = coded("Assessment: Sprain of the right ankle.").codes
    assert code.route[-1] == "7th character → S93.401A"
