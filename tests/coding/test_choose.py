"""Header, words and sides in; the code they support out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.coding.choose import Chooser
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10 import CodeSet


@pytest.fixture(scope="module")
def chooser(codes: CodeSet) -> Chooser:
    return Chooser(codes, Vocabulary.load(codes))


# header | words of the mention | words near it | sides | codes
TABLE = [
    # side (I.B.13)
    ("M17", "osteoarthritis knee", "", "right", "M17.11"),
    ("M17", "osteoarthritis knee", "", "left", "M17.12"),
    ("M17", "osteoarthritis knee", "", "bilateral", "M17.0"),
    ("M17", "osteoarthritis knee", "", "right left", "M17.0"),
    ("M17", "osteoarthritis knee", "", "", "M17.9"),
    ("M25.56", "pain knee", "", "bilateral", "M25.561 M25.562"),
    ("M25.56", "pain knee", "", "right left", "M25.561 M25.562"),
    ("M25.56", "pain knee", "", "", "M25.569"),
    ("H25.1", "nuclear cataract", "", "bilateral", "H25.13"),
    ("I82.4", "deep vein thrombosis", "popliteal acute", "left", "I82.432"),
    ("J18.9", "pneumonia", "", "right", "J18.9"),
    ("E11", "diabetes", "", "left", "E11.9"),
    ("C50", "malignant neoplasm breast", "female", "left", "C50.912"),
    ("C50", "malignant neoplasm breast", "male", "left", "C50.922"),
    # acuity and course
    ("I50", "heart failure", "", "", "I50.9"),
    ("I50", "heart failure", "systolic", "", "I50.20"),
    ("I50", "heart failure", "acute systolic", "", "I50.21"),
    ("I50", "heart failure", "systolic chronic", "", "I50.22"),
    ("I50", "heart failure", "acute chronic systolic", "", "I50.23"),
    ("I48", "atrial fibrillation", "paroxysmal", "", "I48.0"),
    ("J44", "copd", "acute exacerbation", "", "J44.1"),
    ("F33", "major depressive disorder recurrent", "moderate", "", "F33.1"),
    # severity and stage
    ("J45", "asthma", "", "", "J45.909"),
    ("J45", "asthma", "mild persistent", "", "J45.30"),
    ("J45", "asthma", "moderate persistent acute exacerbation", "", "J45.41"),
    ("L89.15", "pressure ulcer sacral", "stage 3", "", "L89.153"),
    ("L89.15", "pressure ulcer sacral", "", "", "L89.159"),
    ("N18", "chronic kidney disease", "stage 4", "", "N18.4"),
    ("N18", "chronic kidney disease", "", "", "N18.9"),
    # trimester
    ("O14.1", "severe pre eclampsia", "third trimester", "", "O14.13"),
    ("O14.1", "severe pre eclampsia", "second trimester", "", "O14.12"),
    ("O14.1", "severe pre eclampsia", "", "", "O14.10"),
    ("O13", "gestational hypertension", "", "", "O13.9"),
    ("H02.05", "trichiasis", "", "", "H02.059"),
    ("H02.05", "trichiasis", "upper eyelid", "right", "H02.051"),
    ("H66.00", "acute suppurative otitis media", "", "", "H66.009"),
    ("J96.0", "acute respiratory failure", "", "", "J96.00"),
    ("J96.0", "acute respiratory failure", "hypoxia", "", "J96.01"),
    ("K56.6", "intestinal obstruction", "", "", "K56.609"),
    ("O25", "malnutrition", "", "", "O25.10"),
    ("O99.0", "anemia", "", "", "O99.019"),
    ("O99.0", "anemia pregnancy", "second trimester", "", "O99.012"),
    # "with"
    ("E11", "diabetes", "hyperglycemia", "", "E11.65"),
    ("E11", "diabetes", "polyneuropathy", "", "E11.42"),
    ("K57.3", "diverticulosis large intestine", "", "", "K57.30"),
    ("K57.3", "diverticulosis large intestine", "bleeding", "", "K57.31"),
    ("K80.2", "gallstone", "obstruction", "", "K80.21"),
    ("K80.0", "gallstone acute cholecystitis", "", "", "K80.00"),
    ("K80.0", "gallstone acute cholecystitis", "obstruction", "", "K80.01"),
    # "other" is not what is said
    ("J30", "allergic rhinitis", "", "", "J30.9"),
    ("L20", "atopic dermatitis", "", "", "L20.9"),
    ("J34", "disorder nose sinus", "", "", "J34.9"),
    # where nothing fits, the side that is said stays
    ("S52.5", "fracture radius lower end", "", "left", "S52.502"),
    ("S93.4", "sprain ankle", "", "right", "S93.401"),
    ("C50", "malignant neoplasm breast", "", "left", "C50.912"),
    # a leaf is itself
    ("K35.80", "acute appendicitis", "", "right", "K35.80"),
    ("I10", "hypertension", "bilateral", "bilateral", "I10"),
]


@pytest.mark.parametrize(("header", "said", "near", "sides", "expected"), TABLE)
def test_choose(chooser: Chooser, codes: CodeSet, header: str, said: str, near: str, sides: str, expected: str) -> None:
    words = Vocabulary.load(codes).canonical_words
    chosen = chooser.choose(header, set(words(said)), [set(words(near))], set(sides.split()))
    assert [choice.code for choice in chosen] == expected.split()


@pytest.mark.parametrize(
    ("header", "near", "complete"),
    [("M17", "", True), ("I50", "systolic", True), ("S93.4", "", True), ("C50", "", False)],
)
def test_complete_means_that_nothing_was_assumed(chooser: Chooser, header: str, near: str, complete: bool) -> None:
    (choice,) = chooser.choose(header, set(), [set(near.split())], set())
    assert choice.complete is complete


def test_what_a_choice_rests_on_is_told(chooser: Chooser) -> None:
    (choice,) = chooser.choose("J45", {"asthma"}, [{"moderate", "persistent", "improving"}], set())
    assert {"moderate", "persistent"} <= choice.used
    assert "improving" not in choice.used


HEADERS = ["M17", "I50", "J45", "E11", "S52", "S72", "C50", "O24", "F10", "K57", "L89", "H40", "T36", "M80", "Z3A"]
WORDS = st.sampled_from(
    "right left acute chronic systolic moderate severe persistent stage 3 with bleeding open displaced third trimester "
    "female male recurrent remission unspecified other initial femur radius shaft neck upper lower".split()
)


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(HEADERS),
    st.sets(WORDS, max_size=4),
    st.lists(st.sets(WORDS, max_size=4), max_size=2),
    st.sets(st.sampled_from(["right", "left", "bilateral"]), max_size=3),
)
def test_every_choice_lies_under_its_header(
    chooser: Chooser, codes: CodeSet, header: str, said: set[str], near: list[set[str]], sides: set[str]
) -> None:
    chosen = chooser.choose(header, said, near, sides)
    assert 1 <= len(chosen) <= 2
    assert {choice.code for choice in chosen} <= set(codes.leaves(header))
    for choice in chosen:
        title = codes.title(choice.code).lower().replace(",", " ").split()
        if "right" in title and choice.complete:
            assert sides & {"right", "bilateral"}
        if "left" in title and choice.complete:
            assert sides & {"left", "bilateral"}
