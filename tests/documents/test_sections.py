"""Headings as clinicians write them, and text that only looks like one."""

from __future__ import annotations

import pytest

from wardround.documents import SectionKind, read


def outline(text: str) -> list[tuple[str, str]]:
    """Each section's kind, and its body without white space around it."""
    note = read(text)
    return [(str(section.kind), text[section.body.start : section.body.end].strip()) for section in note.sections]


# heading line, kind: the heading stands alone on its line or before text
HEADINGS = """
CHIEF COMPLAINT | chief_complaint
Chief Complaint: | chief_complaint
CC: | chief_complaint
Reason for visit | chief_complaint
HPI | history_present_illness
History of Present Illness (HPI): | history_present_illness
Interval History | history_present_illness
SUBJECTIVE: | history_present_illness
History & Symptoms:= | history_present_illness
Past Medical History | past_medical_history
PMHx: | past_medical_history
PMH/PSH: | past_medical_history
Problem List: | past_medical_history
Past Surgical History: | past_surgical_history
PSH | past_surgical_history
CURRENT MEDICATIONS: | medications
Home meds: | medications
Medications on Admission: | medications
Allergies: | allergies
FAMILY HISTORY | family_history
FHx: | family_history
Social Hx: | social_history
Family and Social History: | family_history
Review of Systems | review_of_systems
ROS: | review_of_systems
Vital Signs: | vitals
VITALS REVIEWED | vitals
PHYSICAL EXAMINATION | physical_exam
PE: | physical_exam
Physical Exam on discharge: | physical_exam
Objective | physical_exam
Labs 3/4/2024: | results
LABS AND IMAGING | results
EKG: | results
Pertinent Results: | results
ASSESSMENT | assessment
Impression: | assessment
Clinical impression | assessment
ASSESSMENT AND PLAN | assessment_and_plan
Assessment & Plan: | assessment_and_plan
Assessment/Plan | assessment_and_plan
A/P: | assessment_and_plan
A&P | assessment_and_plan
Impression and Plan: | assessment_and_plan
IMPRESSION/RECOMMENDATIONS: | assessment_and_plan
PLAN | plan
Recommendations: | plan
Treatment Plan: | plan
Diagnosis: | diagnosis
FINAL DIAGNOSES | diagnosis
Discharge Diagnosis: | diagnosis
Working diagnosis: | diagnosis
Visit Diagnoses | diagnosis
Brief Hospital Course: | hospital_course
PROCEDURE | procedure
Procedures performed: | procedure
Discharge Instructions: | instructions
FOLLOW-UP: | instructions
DISPOSITION: | other
# Assessment | assessment
## Plan | plan
**Assessment** | assessment
__Plan:__ | plan
=== HPI === | history_present_illness
[Assessment] | assessment
3. ASSESSMENT: | assessment
II. PHYSICAL EXAM | physical_exam
- Assessment: | assessment
"""


@pytest.mark.parametrize(("heading", "kind"), [tuple(row.split(" | ")) for row in HEADINGS.strip().splitlines()])
def test_a_heading_opens_a_section(heading: str, kind: str) -> None:
    assert outline(f"{heading}\nSome text.") == [(kind, "Some text.")]


@pytest.mark.parametrize(
    "line",
    [
        "Plan was discussed with the family.",
        "Assessment of the knee shows an effusion.",
        "Plan to return in two weeks",
        "Physical examination revealed a mass.",
        "The diagnosis was lymphoma.",
        "Results were reviewed with the patient.",
        "Allergies bother her every spring.",
        "Pulse 80. P: 80. Time 10:30.",
        "Follow up in 2 weeks",
        "Impression made on the patient was good",
        "Medications help.",
    ],
)
def test_a_sentence_is_no_heading(line: str) -> None:
    assert outline(f"Seen today.\n{line}\nMore text.") == [("other", f"Seen today.\n{line}\nMore text.")]


SOAP = "history_present_illness physical_exam assessment plan"
PMH = "past_medical_history"


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("CC: cough\nHPI: three days\nPlan: rest", "chief_complaint history_present_illness plan"),
        ("cc: cough\nassessment: bronchitis\nplan: rest", "chief_complaint assessment plan"),
        ("S: pain\nO: BP 120/80\nP: 80\nswollen\nA: sprain\nP: ice", SOAP),
        ("S:\nknee pain\nO:\nswollen\nA:\nsprain\nP:\nice", SOAP),
        ("A: airway patent\nB: breathing well\nC: warm", "other"),
        ("Seen for pain. Assessment: appendicitis. Plan: surgery.", "other assessment plan"),
        ("ASSESSMENT\n=====\nGout.\nPLAN\n----\nRest.", "assessment plan"),
        ("Assessment - otitis media\nPlan - amoxicillin", "assessment plan"),
        ("PLAN\tRest.\nASSESSMENT Acute gout", "plan assessment"),
        ("PHYSICAL EXAM\nVitals: BP 120/80\nHEENT: normal\nCardiovascular: regular", "physical_exam"),
        ("VITALS: BP 120/80\nGeneral: well\nHEENT: normal", "vitals physical_exam"),
        ("REVIEW OF SYSTEMS\nSkin: no rash\nAllergic/Immunologic: no hives", "review_of_systems"),
        ("RESULTS\nX-ray of the knee.\nImpression: No fracture.\n\nASSESSMENT\nSprain", "results assessment"),
        ("Findings: nodule\nImpression: lung nodule", "results assessment"),
        ("A&P\n1. Gout\nAssessment: stable\nPlan: colchicine\n2. Asthma\nPlan: inhaler", "assessment_and_plan"),
        ("ASSESSMENT AND PLAN\nPE\n- heparin", "assessment_and_plan"),
        ("ASSESSMENT AND PLAN\nTOBACCO USE\n- counseled", "assessment_and_plan"),
        ("ASSESSMENT\n• Gout\n• Allergies: cetirizine\n• Plan: rest", "assessment"),
        ("PAST HISTORY\n\nMedical\nAsthma\n\nSurgical\nHernia", " ".join((PMH, PMH, "past_surgical_history"))),
        ("CHIEF COMPLAINT\n\nAllergies\n\nHPI\nsneezing", "chief_complaint history_present_illness"),
        ("CHIEF COMPLAINT\n\nFollow-up\n\nHPI\nknee", "chief_complaint history_present_illness"),
        ("•CC: cough\n•HPI: three days\n•Plan: rest", "chief_complaint history_present_illness plan"),
        ("HPI\rknee pain\rPLAN\rrest", "history_present_illness plan"),
        ("HPI\u2028knee pain\x85PLAN\x0brest", "history_present_illness plan"),
        ("A 40-year-old man had fever.\nA biopsy was done.\nHe recovered.", "other"),
    ],
)
def test_the_sections_of_a_note(text: str, sections: str) -> None:
    assert [kind for kind, _ in outline(text)] == sections.split()


def test_text_before_the_first_heading_is_a_section() -> None:
    assert outline("Seen by me.\n\nPLAN\nRest.") == [("other", "Seen by me."), ("plan", "Rest.")]


def test_heading_body_and_lookup() -> None:
    text = "Labs 3/4: normal\nPast Medical History (per chart): gout\nPLAN\n"
    note = read(text)
    labs, history, plan = note.sections
    assert [text[s.heading.start : s.heading.end] for s in note.sections if s.heading] == [
        "Labs 3/4",
        "Past Medical History (per chart)",
        "PLAN",
    ]
    assert text[history.body.start : history.body.end] == "gout\n"
    assert plan.body.start == plan.body.end == len(text)
    assert note.section_of(text.index("normal")) is labs
    assert note.section_of(text.index("gout")) is history
    assert history.kind is SectionKind.PAST_MEDICAL_HISTORY
    with pytest.raises(IndexError):
        note.section_of(len(text))
