"""What notes say in words that the Tabular does not have, and what says too little to be a diagnosis.

The sentences are ours; the codes are those of the Index (FY2025) or of a guideline. Every mention is coded here, so
that nothing but the words decides.
"""

from __future__ import annotations

import pytest

from wardround.coding import Coder, Encounter

from .conftest import codes_of


@pytest.fixture(scope="module")
def mentions() -> Coder:
    return Coder(scope="mentions")


WORDS = [
    # regions of the abdomen
    ("He complains of pain in the right iliac fossa.", "R10.31"),
    ("Dull pain in the left hypochondrium since Monday.", "R10.12"),
    ("On palpation tenderness in the right lower quadrant.", "R10.813"),
    ("The abdomen shows signs of peritoneal irritation.", "K65.9"),
    # nodes and swelling by place
    ("Ultrasound finds retroperitoneal lymphadenopathy.", "R59.0"),
    ("Two laterocervical adenopathies are felt.", "R59.0"),
    ("Lower limb edema up to the knees.", "R60.0"),
    # what examinations and laboratories call things
    ("Choluria for three days.", "R82.2"),
    ("The mucous membranes are pale.", "R23.1"),
    ("Hyporexia for a month.", "R63.0"),
    ("Platelets show thrombopenia.", "D69.6"),
    ("Progressive deterioration of renal function.", "N28.9"),
    ("A renal lesion was seen.", "N28.9"),
    ("Bilateral ureteral ectasia without a stone.", "N28.82"),
    # bleeding inside the head is nontraumatic unless an injury is named
    ("CT shows a subarachnoid hemorrhage.", "I60.9"),
    ("CT shows an intracranial hemorrhage.", "I62.9"),
    # the side that is dominant by default (I.C.6.a)
    ("She woke with left hemiparesis.", "G81.94"),
    ("She woke with right hemiplegia.", "G81.91"),
    ("Sudden loss of vision in the left eye.", "H54.62"),
    ("Paralysis of the VI cranial nerve on the right.", "H49.21"),
    # germs, tobacco, drink
    ("The wound culture grew Pseudomonas aeruginosa.", "B96.5"),
    ("Klebsiella pneumoniae grew from the abscess fluid.", "B96.1"),
    ("Serology shows hepatitis B and C.", "B19.10 B19.20"),
    ("An active smoker of 15 cigarettes a day.", "F17.210"),
    ("Liver cirrhosis of ethylic origin.", "K70.30"),
    # operations and drugs as properties of the patient
    ("A hysterectomized woman of 60.", "Z90.710"),
    ("He is on dialysis.", "Z99.2"),
    ("She is on the waiting list for kidney transplantation.", "Z76.82"),
    # defaults of the Index
    ("Maxillary sinusitis.", "J32.0"),
    ("A respiratory infection in March.", "J98.8"),
    ("Pyloric stenosis on endoscopy.", "K31.1"),
    ("Prostatism for years.", "N40.0"),
    ("Secondary hyperparathyroidism.", "N25.81"),
]

SAYS_TOO_LITTLE = [
    "The carcinoma measured three centimeters.",
    "The wound was closed in layers.",
    "The fracture line is no longer visible.",
    "A ganglion was sent to pathology.",
    "The fistula was left open.",
    "Blood and urine were sent for culture.",
    "One session of hemodialysis was performed.",
    "There were no adverse effects.",
    "She likes to run.",
]


@pytest.mark.parametrize(("note", "expected"), WORDS)
def test_words_of_notes_lead_to_their_codes(mentions: Coder, note: str, expected: str) -> None:
    assert codes_of(mentions.code(note)) == expected.split()


@pytest.mark.parametrize("note", SAYS_TOO_LITTLE)
def test_words_that_say_too_little_lead_to_none(mentions: Coder, note: str) -> None:
    assert codes_of(mentions.code(note)) == []


def test_in_a_list_they_say_enough(mentions: Coder) -> None:
    note = "PAST MEDICAL HISTORY\n- Carcinoma\n- Hemodialysis\n- Abscess"
    assert codes_of(mentions.code(note)) == ["C80.1", "Z99.2", "L02.91"]


def test_pyloric_stenosis_of_a_child_is_congenital() -> None:
    result = Coder(scope="mentions").code("Pyloric stenosis on ultrasound.", Encounter(age=0.1))
    assert codes_of(result) == ["Q40.0"]
