"""The problems that a clinician lists, in the many ways of listing them."""

from __future__ import annotations

import pytest

from wardround.documents import SectionKind, read

LISTS = [
    # bare lines with details below
    (
        "ASSESSMENT AND PLAN\n\nMr. Doe is a 60-year-old male with gout, who presents with knee pain.\n\n"
        "Knee sprain.\n• Reasoning: He fell.\n• Plan: Ice.\n\nGout.\n• Medical Treatment: Allopurinol.",
        ["Knee sprain", "Gout"],
    ),
    ("ASSESSMENT\n\nLeft wrist fracture.\n\nPLAN\n\nI placed a cast.", ["Left wrist fracture"]),
    ("ASSESSMENT\nStage 2 ulcer of the heel.\nThe wound is clean. It was dressed.", ["Stage 2 ulcer of the heel"]),
    ("IMPRESSION: Pneumonia. Sepsis. AKI on CKD.", ["Pneumonia", "Sepsis", "AKI on CKD"]),
    ("Impression: acute appendicitis", ["acute appendicitis"]),
    ("ASSESSMENT\nHTN, DM2, CKD 3", ["HTN, DM2, CKD 3"]),
    ("A/P:\nAsthma flare\n- start prednisone\n- albuterol\nHTN\n- continue lisinopril", ["Asthma flare", "HTN"]),
    # numbers
    ("A/P:\n1. Gout - continue allopurinol\n2. HTN: well controlled\n3) Obesity", ["Gout", "HTN", "Obesity"]),
    (
        "A&P:\n1. Heart failure.\n   - Lasix 40 mg\n   - daily weights\n2. COPD.\n   a. inhaler",
        ["Heart failure", "COPD"],
    ),
    ("ASSESSMENT: 1. Gout 2. Asthma 3. CKD stage 3", ["Gout", "Asthma", "CKD stage 3"]),
    ("DISCHARGE DIAGNOSES:\n1. Pancreatitis\n2. Alcohol use disorder", ["Pancreatitis", "Alcohol use disorder"]),
    ("ASSESSMENT\n1. Diabetes is not at goal. Increase metformin.\n2. Gout", ["Diabetes is not at goal", "Gout"]),
    ("ASSESSMENT\nProblem 1: Gout\nProblem 2: Asthma", ["Gout", "Asthma"]),
    # hashes
    ("ASSESSMENT/PLAN\n# CAP\nstart ceftriaxone\n#AKI: IV fluids\n# 3. Anemia", ["CAP", "AKI", "Anemia"]),
    # bullets
    ("ASSESSMENT\n\n• Anemia\n• Knee pain, possible meniscal tear", ["Anemia", "Knee pain, possible meniscal tear"]),
    (
        "A&P:\n- Hypertension: well controlled\n- Diabetes – continue metformin\n- Labs: CBC",
        ["Hypertension", "Diabetes"],
    ),
    ("ASSESSMENT\n• Anemia\n\nMs. Roe is a 50-year-old woman who was found to be anemic.", ["Anemia"]),
    # codes and labels
    ("DIAGNOSIS\nI10 - Hypertension\nE11.9 - Type 2 diabetes", ["I10 - Hypertension", "E11.9 - Type 2 diabetes"]),
    ("ASSESSMENT AND PLAN\nDiagnosis: Gout\nPlan: colchicine", ["Gout"]),
    ("Diagnosis: Acute sinusitis\nTreatment: amoxicillin", ["Acute sinusitis"]),
    # what is no problem
    ("A/P:\n1. Gout: stable.\n2. DVT prophylaxis: heparin\n3. Return in May.", ["Gout"]),
    ("A/P:\nGout\n- allopurinol\nScreening for colon cancer\n- refer", ["Gout", "Screening for colon cancer"]),
    ("A/P:\n1. Gout\n2. Health maintenance: flu shot given", ["Gout", "Health maintenance"]),
    ("POSTOPERATIVE DIAGNOSIS: Same.", []),
    ("ASSESSMENT AND PLAN\nGout.\nContinue allopurinol.\nCBC and CMP.\nStable.\nLisinopril 10 mg daily.", ["Gout"]),
    ("PLAN\n1. Rest\n2. Ice\n3. Follow up in 2 weeks", []),
    ("PLAN\n- MRI of the knee\n- Physical therapy\n- Labs: CBC\n- Diet: low salt", []),
    ("PLAN\nI discussed her gout with her. She will return.", []),
    ("HPI\n1. Gout\n2. Asthma", []),
    # a plan by problem
    ("PLAN\n\nGout.\nShe had a flare in spring. We will recheck.\n\nAsthma.\nShe is doing well.", ["Gout", "Asthma"]),
    ("PLAN\n1. Hypertension: continue lisinopril\n2. Diabetes: continue metformin", ["Hypertension", "Diabetes"]),
    ("PLAN\n# Anemia\n- iron studies\n# CKD\n- avoid NSAIDs", ["Anemia", "CKD"]),
]


@pytest.mark.parametrize(("text", "names"), LISTS)
def test_listed_problems(text: str, names: list[str]) -> None:
    problems = read(text).problems
    assert [text[p.heading.start : p.heading.end] for p in problems] == names
    assert all(p.listed for p in problems)


def test_prose_gives_its_sentences_but_not_the_introduction() -> None:
    text = (
        "ASSESSMENT\nThe patient is a 40-year-old man with gout who presents with pain. "
        "I believe that this is a flare of his gout. He also has hypertension."
    )
    problems = read(text).problems
    assert [text[p.heading.start : p.heading.end] for p in problems] == [
        "I believe that this is a flare of his gout",
        "He also has hypertension",
    ]
    assert not any(p.listed for p in problems)


def test_an_introduction_alone_is_kept() -> None:
    assert len(read("ASSESSMENT: 56 yo man here with acute appendicitis.").problems) == 1


def test_orders_in_the_prose_of_a_plan_are_left_out() -> None:
    text = "A/P: He has pneumonia today. Start amoxicillin. Will return in a week."
    assert [text[p.heading.start : p.heading.end] for p in read(text).problems] == ["He has pneumonia today"]


def test_assessment_and_plan_both_list() -> None:
    text = "ASSESSMENT\n• Gout.\n• Asthma.\n\nPLAN\n\nGout.\nHe had a flare.\n\nAsthma.\nHe is well."
    problems = read(text).problems
    assert [(p.kind, text[p.heading.start : p.heading.end]) for p in problems] == [
        (SectionKind.ASSESSMENT, "Gout"),
        (SectionKind.ASSESSMENT, "Asthma"),
        (SectionKind.PLAN, "Gout"),
        (SectionKind.PLAN, "Asthma"),
    ]


def test_the_body_is_the_text_up_to_the_next_problem() -> None:
    text = "A/P:\n1. Gout: flare.\n   - colchicine\n\n2. HTN\n3. COPD - stable\n4. Follow up in May."
    bodies = [text[p.body.start : p.body.end] for p in read(text).problems]
    assert bodies == ["flare.\n   - colchicine", "", "stable"]
