"""What a sentence claims."""

from __future__ import annotations

import pytest

from wardround.reporting.claims import Vocabulary, sides_in
from wardround.reporting.protocol import load


@pytest.fixture(scope="module")
def chest() -> Vocabulary:
    return Vocabulary(load("chest-xray"))


CLAIMS = [
    ("Small left pleural effusion.", [("pleural_effusion", "affirmed", "left")]),
    ("No pneumothorax.", [("pneumothorax", "negated", "")]),
    ("No consolidation, pleural effusion or pneumothorax.", [
        ("consolidation", "negated", ""), ("pleural_effusion", "negated", ""), ("pneumothorax", "negated", ""),
    ]),
    ("Possible nodule in the right upper zone.", [("nodule_or_mass", "possible", "right")]),
    ("Right effusion and left consolidation.", [
        ("pleural_effusion", "affirmed", "right"), ("consolidation", "affirmed", "left"),
    ]),
    ("Effusion on the right, consolidation on the left.", [
        ("pleural_effusion", "affirmed", "right"), ("consolidation", "affirmed", "left"),
    ]),
    ("Right pleural effusion and atelectasis.", [
        ("pleural_effusion", "affirmed", "right"), ("atelectasis", "affirmed", "right"),
    ]),
    ("Left effusion with no pneumothorax.", [
        ("pleural_effusion", "affirmed", "left"), ("pneumothorax", "negated", ""),
    ]),
    ("Bilateral pleural effusions.", [("pleural_effusion", "affirmed", "bilateral")]),
    ("The heart is not enlarged.", [("normal_heart_size", "affirmed", "")]),
    ("Pulmonary embolism cannot be excluded.", [("pulmonary_embolism", "possible", "")]),
    ("Rib fractures could not be assessed.", [("rib_fracture", "unjudged", "")]),
    ("The effusion has resolved.", [("pleural_effusion", "past", "")]),
    ("The lungs are clear.", [("lungs", "affirmed", "")]),
    ("The ribs and spine are intact.", [("bones", "affirmed", "")]),
    ("Normal mediastinum.", [("mediastinum", "affirmed", "")]),
    ("The lungs show consolidation.", [("consolidation", "affirmed", "")]),
    ("No acute cardiopulmonary abnormality.", [("study", "affirmed", "")]),
    ("Normal chest radiograph.", [("study", "affirmed", "")]),
    ("Findings are consistent with pneumonia.", [("Pneumonia", "possible", "")]),
    ("Free fluid in the pelvis.", [("free fluid in the pelvis", "affirmed", "")]),
    ("The patient is 62 years old.", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CLAIMS, ids=[text for text, _ in CLAIMS])
def test_claims(chest: Vocabulary, text: str, expected: list[tuple[str, str, str]]) -> None:
    claims = chest.read(text).claims
    assert [(claim.id, claim.polarity, ",".join(sorted(claim.sides))) for claim in claims] == expected
    assert all(text[claim.span.start : claim.span.end] for claim in claims)


@pytest.mark.parametrize(
    ("text", "compares"),
    [
        ("Unchanged small effusion.", True),
        ("Interval improvement of the edema.", True),
        ("No longer seen is the effusion.", True),
        ("A new effusion has appeared since the last film.", True),
        ("Small effusion on the left.", False),
        ("The patient was stabilised.", False),
    ],
)
def test_comparing(chest: Vocabulary, text: str, compares: bool) -> None:
    assert chest.read(text).compares is compares


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("lingula", {"left"}),
        ("middle lobe", {"right"}),
        ("left lower zone", {"left"}),
        ("both bases", {"bilateral"}),
        ("base", set()),
    ],
)
def test_places_are_on_a_side(text: str, sides: set[str]) -> None:
    assert sides_in(text) == sides


def test_what_is_no_sentence_claims_nothing(chest: Vocabulary) -> None:
    assert chest.read("…").claims == ()
    assert chest.read("effusion " * 5000).claims == ()
