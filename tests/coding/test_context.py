"""Detail that a code takes from the words around its mention."""

from __future__ import annotations

import pytest

from .conftest import Coded, codes_of

# where the detail stands | note | codes
TABLE = [
    # in the heading
    ("Assessment:\n1. Osteoarthritis, right knee", "M17.11"),
    ("Assessment:\n1. Knee pain, bilateral", "M25.561 M25.562"),
    ("Assessment:\n1. Right and left knee pain", "M25.561 M25.562"),
    # several sites of one condition
    ("Assessment:\n1. Pain of the right hip and the left knee", "M25.551 M25.562"),
    ("Assessment:\n1. Right hip and left knee pain", "M25.551 M25.562"),
    ("Assessment:\n1. Right hip and knee pain", "M25.551 M25.561"),
    ("Assessment:\n1. Pain of the hip, knee and ankle", "M25.559 M25.569 M25.579"),
    ("Assessment:\n1. Contusion of right elbow and left wrist", "S50.01XA S60.212A"),
    ("Assessment:\n1. Pain in the right and left knees", "M25.561 M25.562"),
    ("Assessment:\n1. Pain of the right hip and knee replacement", "M25.551 Z96.651"),
    ("Assessment:\n1. Fracture of right hip and left knee pain", "S72.001A M25.562"),
    ("Assessment:\n1. Pain of the right hip and the knee buckles", "M25.551"),
    # two things at one site
    ("Assessment: Pain and swelling of the right knee.", "M25.561 M25.461"),
    # in the text below it
    ("Assessment:\n1. Asthma\nModerate persistent, with an acute exacerbation.", "J45.41"),
    ("Assessment:\n1. Heart failure\n- acute on chronic, systolic\n- furosemide", "I50.23"),
    # the side from complaint, history or exam
    ("Chief complaint: right knee pain\nAssessment: Osteoarthritis of the knee.", "M17.11"),
    ("HPI: The left shoulder hurts.\nExam: Left shoulder stiff.\nAssessment: Adhesive capsulitis, shoulder.", "M75.02"),
    ("HPI: The left knee hurts. The right knee hurts.\nAssessment: Knee osteoarthritis.", "M17.9"),
    ("HPI: Both knees hurt.\nAssessment: Knee osteoarthritis.", "M17.0"),
    # the site from the text below the heading
    ("HPI: His right knee hurts.\nAssessment:\n1. Arthritis\nInjected the right knee.", "M17.11"),
    ("HPI: His right knee hurts.\nAssessment:\n1. Fibromyalgia\nInjected the right knee.", "M79.7"),
    ("Assessment:\n1. Type 2 diabetes\nComplicated by polyneuropathy.", "E11.42"),
    # of another problem
    ("Assessment:\n1. Asthma\n2. Moderate, persistent constipation", "J45.909 K59.00"),
    ("Assessment:\n1. Osteoarthritis of the knee\n2. Left hip pain", "M17.9 M25.552"),
    # denied, feared or another's: adds nothing
    ("Assessment:\n1. COPD\nNo acute exacerbation.", "J44.9"),
    ("Assessment:\n1. Asthma without exacerbation", "J45.909"),
    ("Assessment:\n1. Type 2 diabetes\nNo neuropathy.", "E11.9"),
    ("Assessment:\n1. Diverticulosis of the colon\nCall if bleeding occurs.", "K57.30"),
    ("Assessment:\n1. Depression\nHis mother has recurrent severe depression.", "F32.A"),
    # a label is no detail
    ("Assessment:\n1. Low back pain\nMedical treatment: ibuprofen.\nAdditional testing: X-ray.", "M54.50"),
]


@pytest.mark.parametrize(("note", "expected"), TABLE)
def test_context(coded: Coded, note: str, expected: str) -> None:
    assert codes_of(coded(note)) == expected.split()


def test_a_site_from_context_is_told_in_the_route(coded: Coded) -> None:
    (code,) = coded("HPI: His right knee hurts.\nAssessment:\n1. Arthritis\nInjected the right knee.").codes
    assert "site from context: knee" in code.route


def test_the_patients_sex_is_context(coded: Coded) -> None:
    note = "Assessment: Breast cancer, right."
    assert codes_of(coded(note, sex="female")) == ["C50.911"]
    assert codes_of(coded(note, sex="male")) == ["C50.921"]
