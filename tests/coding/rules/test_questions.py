"""The questions to the provider that rules draft: what is asked, on which words, with which answers."""

from __future__ import annotations

import pytest

from ..conftest import Coded

# note | topic | words quoted | answers offered, without the two that every question has
ASKED = [
    (
        "Assessment:\n1. Heart failure\nLVEF 30%.",
        "heart failure: type and acuity",
        ["Heart failure", "LVEF 30%"],
        ["Systolic (reduced ejection fraction)", "Combined systolic and diastolic"],
    ),
    (
        "Results: ejection fraction was 60 %.\nAssessment:\n1. CHF",
        "heart failure: type and acuity",
        ["CHF", "ejection fraction was 60 %"],
        ["Diastolic (preserved ejection fraction)"],
    ),
    (
        "Assessment:\n1. Myocardial infarction\nTroponin 4.2, ST depression in V4 to V6.",
        "myocardial infarction: type",
        ["Myocardial infarction", "Troponin 4.2", "ST depression in V4 to V6"],
        ["ST elevation myocardial infarction (wall or artery, if known)", "Non-ST elevation myocardial infarction"],
    ),
    (
        "Results: eGFR 34.\nAssessment:\n1. CKD",
        "chronic kidney disease: stage",
        ["CKD", "eGFR 34"],
        ["Stage 3b"],
    ),
    (
        "Assessment:\n1. CKD stage 3b\n2. CKD stage 4",
        "chronic kidney disease: stage",
        ["CKD stage 3b", "CKD stage 4"],
        ["Stage 3b", "Stage 4"],
    ),
    (
        "PMH: Osteoporosis\nAssessment:\n1. Closed fracture of the right hip",
        "fracture: traumatic or pathological",
        ["fracture of the right hip", "Osteoporosis"],
        ["Pathological fracture due to osteoporosis", "Traumatic fracture"],
    ),
    (
        "Assessment:\n1. Sacral pressure ulcer",
        "pressure ulcer of sacral region: stage",
        ["Sacral pressure ulcer"],
        ["Stage 1", "Stage 2", "Stage 3", "Stage 4", "Unstageable", "Deep tissue pressure injury"],
    ),
    (
        "Assessment:\n1. Chronic ulcer of the left calf",
        "non-pressure chronic ulcer of left calf: depth",
        ["ulcer of the left calf"],
        [
            "Limited to breakdown of skin",
            "Fat layer exposed",
            "Muscle involved, without necrosis",
            "Necrosis of muscle",
            "Bone involved, without necrosis",
            "Necrosis of bone",
        ],
    ),
    (
        "Assessment:\n1. Digoxin toxicity",
        "drug toxicity: how the drug was taken",
        ["Digoxin toxicity"],
        ["As prescribed", "Otherwise than prescribed (please specify how and, if known, why)"],
    ),
    (
        "Assessment:\n1. Postoperative ileus",
        "ileus: relation to the procedure",
        ["Postoperative ileus"],
        [
            "A complication of the procedure",
            "Expected after the procedure, and no complication",
            "Due to another cause (please specify)",
        ],
    ),
]
NOT_ASKED = [
    "Assessment:\n1. Stage 3 sacral pressure ulcer",
    "Assessment:\n1. Digoxin toxicity, taken as prescribed",
    "Assessment:\n1. Ileus due to hypokalemia, postoperative",
    "PMH: Osteoporosis\nHPI: Fell from a ladder.\nAssessment:\n1. Closed fracture of the right hip",
    "Assessment:\n1. CKD stage 3b\neGFR 34.",
    "Results: eGFR 34.\nAssessment:\n1. Gout",
    "Assessment:\n1. Heart failure",
    "Assessment:\n1. HFrEF\nLVEF 30%.",
    "Results: LVEF 30%.\nAssessment:\n1. Gout",
    "Assessment:\n1. NSTEMI\nTroponin 4.2.",
]


@pytest.mark.parametrize(("note", "topic", "quoted", "answers"), ASKED)
def test_asked(coded: Coded, note: str, topic: str, quoted: list[str], answers: list[str]) -> None:
    (query,) = coded(note, setting="inpatient").queries
    assert query.topic == topic
    assert [indicator.text for indicator in query.indicators] == quoted
    assert list(query.options[:-2]) == answers
    assert query.question.startswith("Please clarify")


@pytest.mark.parametrize("note", NOT_ASKED)
def test_not_asked(coded: Coded, note: str) -> None:
    assert not coded(note, setting="inpatient").queries
