"""Where sentences end, and where they do not."""

from __future__ import annotations

import pytest

from wardround.documents import read


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in read(text).sentences]


# One sentence each, whatever its periods.
WHOLE = """
Seen by Dr. Smith and Mrs. J. Jones today.
John F. Kennedy of St. Louis was seen.
The pt. was given 2.5 mg b.i.d. and q.h.s. for pain.
Room No. 3, approx. 5 cm vs. 4 cm last year.
Symptoms, e.g. cough, i.e. dry cough, since then.
WBC 12.4, Hgb 13.1, temp. 38.5 today.
She waited... and then left.
Fever? No
Pain 5/10 at 10 a.m. today
Give 1 tab. p.o. q.d. with food.
"""
SPLIT = [
    ("Has hepatitis C. She drinks.", ["Has hepatitis C.", "She drinks."]),
    ("Took it b.i.d. He improved.", ["Took it b.i.d.", "He improved."]),
    ("no fever. lungs clear.", ["no fever.", "lungs clear."]),
    ("Temperature 38. He sweats!", ["Temperature 38.", "He sweats!"]),
    ("Better today.He sleeps.", ["Better today.", "He sleeps."]),
    ("Why? Because it hurts.", ["Why?", "Because it hurts."]),
    ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
    ("Impression: 1. Gout 2. Asthma 3. CKD", ["Impression:", "1. Gout", "2. Asthma", "3. CKD"]),
    ("- No fever\n- No chills", ["- No fever", "- No chills"]),
    ("• Gout • Asthma", ["• Gout", "• Asthma"]),
    ("1. Gout\n2) Asthma\na. CKD", ["1. Gout", "2) Asthma", "a. CKD"]),
    ("PLAN\nRest the knee", ["PLAN", "Rest the knee"]),
    ("no pain\nno fever", ["no pain", "no fever"]),
    ("? pneumonia", ["? pneumonia"]),
    ("One.\r\nTwo.\rThree.\x85Four.\u2028Five.", ["One.", "Two.", "Three.", "Four.", "Five."]),
    (
        "She has had pain in the left knee for two weeks that\nstarted after a fall. It is worse now.",
        ["She has had pain in the left knee for two weeks that\nstarted after a fall.", "It is worse now."],
    ),
    (
        "The patient was seen in clinic today and was treated with\nTylenol for two days.\nHer pain is better.",
        [
            "The patient was seen in clinic today and was treated with\nTylenol for two days.",
            "Her pain is better.",
        ],
    ),
    ("Knee pain,\nHip pain", ["Knee pain,\nHip pain"]),
    ("Knee pain\n\nhip pain", ["Knee pain", "hip pain"]),
]


@pytest.mark.parametrize("text", WHOLE.strip().splitlines())
def test_a_sentence_stays_whole(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(("text", "expected"), SPLIT)
def test_sentences_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_lookup() -> None:
    note = read("  Gout.  Asthma. ")
    first, second = note.sentences
    assert note.sentence_of(0) == first
    assert note.sentence_of(3) == first
    assert note.sentence_of(7) == first
    assert note.sentence_of(10) == second
    with pytest.raises(IndexError):
        note.sentence_of(99)
