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
    (
        "Assessment:\n1. Urosepsis",
        "urosepsis: meaning",
        ["Urosepsis"],
        ["Sepsis due to a urinary tract infection", "Urinary tract infection without sepsis"],
    ),
    (
        "Assessment:\n1. Sepsis\n2. Acute kidney injury",
        "sepsis: organ dysfunction",
        ["Sepsis", "Acute kidney injury"],
        ["Due to the sepsis", "Due to another condition, not the sepsis"],
    ),
    (
        "Hospital course: Blood cultures grew E. coli.\nAssessment:\n1. Sepsis",
        "sepsis: organism",
        ["Sepsis", "Blood cultures grew"],
        ["The organism of the blood cultures (please name it)", "Organism not determined"],
    ),
    (
        "Hospital course: Febrile, tachycardic, hypotensive.\nAssessment:\n1. Pneumonia",
        "infection: systemic findings",
        ["Pneumonia", "Febrile", "tachycardic", "hypotensive"],
        ["Sepsis due to the infection", "Localized infection without sepsis"],
    ),
    (
        "Assessment:\n1. HIV positive\n2. Kaposi sarcoma",
        "HIV: related conditions",
        ["HIV positive", "Kaposi sarcoma"],
        ["Related to the HIV infection", "Not related to the HIV infection"],
    ),
    (
        "Assessment:\n1. COVID-19\n2. Pneumonia",
        "pneumonia: cause",
        ["COVID-19", "Pneumonia"],
        ["Pneumonia due to COVID-19", "Pneumonia due to another organism or cause"],
    ),
    (
        "Assessment:\n1. Uncontrolled diabetes",
        "diabetes: control",
        ["Uncontrolled diabetes"],
        ["With hyperglycemia", "With hypoglycemia"],
    ),
    (
        "Hospital course: Transfused two units.\nAssessment:\n1. Anemia",
        "anemia: cause",
        ["Anemia", "Transfused"],
        ["Anemia due to acute blood loss", "Anemia due to chronic blood loss"],
    ),
    (
        "Assessment:\n1. Anemia\n2. Colon cancer, on chemotherapy",
        "anemia: cause",
        ["Anemia", "Colon cancer", "chemotherapy"],
        [
            "Anemia due to the neoplasm",
            "Anemia not due to the neoplasm",
            "Anemia due to the treatment of the neoplasm",
        ],
    ),
    (
        "Assessment:\n1. Moderate malnutrition\n2. Severe malnutrition",
        "malnutrition: degree",
        ["Moderate malnutrition", "Severe malnutrition"],
        ["Severe malnutrition", "Moderate malnutrition"],
    ),
    (
        "Hospital course: weight loss and temporal wasting, dietitian consulted.\nAssessment:\n1. Colon cancer",
        "nutritional findings: diagnosis",
        ["weight loss", "temporal wasting", "dietitian"],
        ["Malnutrition (please give its degree)", "Weight loss without malnutrition"],
    ),
]
NOT_ASKED = [
    "Assessment:\n1. Sepsis due to urinary tract infection",
    "Assessment:\n1. Sepsis\n2. Acute kidney injury due to dehydration",
    "Hospital course: Febrile and tachycardic.\nAssessment:\n1. Pneumonia",
    "Hospital course: Febrile, tachycardic, hypotensive, no sepsis.\nAssessment:\n1. Pneumonia",
    "Assessment:\n1. HIV disease\n2. Kaposi sarcoma",
    "Assessment:\n1. Uncontrolled diabetes with hyperglycemia",
    "Assessment:\n1. Anemia\n2. Gout",
    "Hospital course: Transfused two units.\nAssessment:\n1. Acute blood loss anemia",
    "Hospital course: weight loss and wasting, dietitian: no malnutrition.\nAssessment:\n1. Colon cancer",
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
