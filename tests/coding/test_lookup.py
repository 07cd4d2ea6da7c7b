"""From words to billable codes by the book, with a small Index beside the bundled Tabular List."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from icd10.index import outline
from icd10.index.conftest import DRUG, EXTERNAL, INDEX, NEOPLASM
from wardround.coding.lookup import look_up
from wardround.coding.vocabulary import Vocabulary
from wardround.errors import CodeSetError
from wardround.icd10 import CodeSet
from wardround.icd10.index import compile_index

if TYPE_CHECKING:
    from collections.abc import Iterator

MORE = """
Laceration
  hand | S61.419
Otitis (acute) | H66.90
  media | H66.9-
Cellulitis
  leg | L03.11-
Gone | Z99.99
"""


@pytest.fixture(scope="module")
def indexed(codes: CodeSet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CodeSet]:
    folder = tmp_path_factory.mktemp("index")
    files = outline.write(folder, index=INDEX + MORE.strip(), external=EXTERNAL, neoplasm=NEOPLASM, drug=DRUG)
    compile_index(files, folder / "index.sqlite")
    plain = Vocabulary.load(
        codes
    )  # compiled for the other tests already; with the terms of this Index it takes as long
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vocabulary, "load", staticmethod(lambda _: plain))
        yield CodeSet(codes.path, folder / "index.sqlite")


@pytest.mark.parametrize(
    ("words", "expected", "missing", "unused"),
    [
        ("hypertension", ["I10"], [], []),
        ("type 2 diabetes with nephropathy", ["E11.21"], [], []),
        # detail and side from the Tabular List (I.B.13)
        ("carcinoma of left female breast", ["C50.912"], [], []),
        ("carcinoma of breast", ["C50.919"], ["laterality", "detail"], []),
        ("otitis media", ["H66.90"], ["laterality"], []),
        ("bilateral otitis media", ["H66.93"], [], []),
        ("cellulitis of right leg", ["L03.115"], [], []),
        # the Index names the code of unspecified side; the Tabular has the side
        ("laceration of left hand, initial", ["S61.412A"], [], []),
        ("laceration of both hands, initial", ["S61.411A", "S61.412A"], [], []),
        ("laceration of hand, initial", ["S61.419A"], ["laterality"], []),
        # 7th characters (I.A.5, I.C.19.c)
        ("closed fracture of neck of left femur", ["S72.002A"], ["7th character"], []),
        ("fracture of neck of left femur, sequela", ["S72.002S"], [], []),
        ("fracture of neck of right femur, open, initial encounter", ["S72.001B"], [], []),
        ("fracture of neck of femur", ["S72.009A"], ["laterality", "7th character"], []),
        # etiology before manifestation (I.A.13)
        ("amyloidosis of heart", ["E85.4", "I43"], [], []),
        # substances, circumstances
        ("adverse effect of penicillin, subsequent encounter", ["T36.0X5D"], [], []),
        ("fall from ladder, initial", ["W11.XXXA"], [], []),
        # what neither book has
        ("purple hypertension", ["I10"], [], ["purple"]),
        # an acronym that the Index lacks and the lexicon has
        ("COPD", ["J44.9"], ["detail"], []),
        # the way ends without a code
        ("aspirin", [], [], []),
        ("cyst of skin", [], [], []),
    ],
)
def test_look_up(indexed: CodeSet, words: str, expected: list[str], missing: list[str], unused: list[str]) -> None:
    (answer,) = look_up(indexed, words).answers
    assert list(answer.codes) == expected
    assert [lack.what for lack in answer.missing] == missing
    assert list(answer.unused) == unused
    assert answer.complete == (bool(expected) and not missing and not unused)
    assert all(indexed.billable(code) for code in answer.codes)


def test_choices_are_listed_for_what_is_missing(indexed: CodeSet) -> None:
    (answer,) = look_up(indexed, "fracture of neck of femur").answers
    side, character = answer.missing
    assert dict(side.choices) == {"right": "S72.001", "left": "S72.002"}
    assert dict(character.choices)["A"] == "initial encounter for closed fracture"
    (answer,) = look_up(indexed, "COPD").answers
    assert "J44.1" in [code for _, code in answer.missing[0].choices]


def test_the_steps_in_the_tabular_list(indexed: CodeSet) -> None:
    (answer,) = look_up(indexed, "fracture of neck of left femur, open").answers
    steps = [(step.kind, step.text) for step in answer.steps]
    assert steps[0] == ("verify", "S72.00 Fracture of unspecified part of neck of femur")
    assert steps[1] == ("chosen", "S72.002 Fracture of unspecified part of neck of left femur")
    assert steps[2] == ("7th character", "B initial encounter for open fracture type I or II")
    assert ("excludes1", "traumatic amputation of hip and thigh (S78.-) [S72]") in steps
    (answer,) = look_up(indexed, "type 2 diabetes with nephropathy").answers
    assert ("use additional code", "insulin (Z79.4) [E11]") in [(step.kind, step.text) for step in answer.steps]


def test_other_ways_have_other_codes(indexed: CodeSet) -> None:
    answers = look_up(indexed, "fall from ladder", limit=5).answers
    found = [answer.codes for answer in answers]
    assert found[0] == ("W11.XXXA",)
    assert len(found) == len(set(found)) > 1


def test_one_table_alone(indexed: CodeSet) -> None:
    (answer,) = look_up(indexed, "carcinoma of liver", table="neoplasm").answers
    assert answer.codes == ("C22.9",)
    assert look_up(indexed, "COPD", table="drug").answers == ()


def test_a_code_that_the_release_lacks_is_not_given(indexed: CodeSet) -> None:
    (answer,) = look_up(indexed, "gone").answers
    assert answer.codes == ()
    assert [(step.kind, step.text) for step in answer.steps] == [("not in the release", "Z99.99")]


@pytest.mark.parametrize("words", ["zzz", "", "of the"])
def test_nothing_is_found(indexed: CodeSet, words: str) -> None:
    assert look_up(indexed, words).answers == ()


def test_without_an_index_it_says_how_to_get_one(codes: CodeSet) -> None:
    with pytest.raises(CodeSetError, match=r"no Alphabetic Index.*wardround codeset install PATH"):
        look_up(codes, "hypertension")
