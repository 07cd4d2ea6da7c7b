"""An opened Index: its entries, what leads to a code, presumed links, and use from many places at once."""

from __future__ import annotations

import os
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from wardround.errors import CodeSetError
from wardround.icd10.index import AlphabeticIndex, IndexEntry

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.icd10 import CodeSet


def find(index: AlphabeticIndex, *path: str) -> IndexEntry:
    return next(entry for entry in index.entries() if entry.path == path)


def test_an_entry(small: AlphabeticIndex) -> None:
    entry = find(small, "Amyloidosis", "heart")
    assert (entry.code, entry.incomplete, entry.manifestation) == ("E85.4", False, "I43")
    assert (entry.title, entry.printed, entry.nonessential) == ("heart", "heart (disease)", ("disease",))
    assert (entry.level, entry.table, entry.connective) == (1, "index", None)
    assert entry.parent is not None
    assert small.entry(entry.parent).children[0] == entry.id
    neck = find(small, "Fracture, traumatic", "femur, femoral", "upper end", "neck")
    assert (neck.code, neck.incomplete) == ("S72.00", True)
    assert find(small, "Calculus, calculi, calculous").alternatives == ("Calculus", "calculi", "calculous")
    assert find(small, "Diabetes, diabetic", "with", "retinopathy", "with macular edema").connective == "with"
    assert find(small, "Sequelae", "burn").see_category == "T95"
    assert find(small, "Cyst", "skin").warning == "omit code"
    assert find(small, "Epilepsy").warning == "terms that mean intractable"


def test_a_row_of_a_table(small: AlphabeticIndex) -> None:
    breast = find(small, "Neoplasm, neoplastic", "breast")
    assert breast.code is None
    assert breast.cells["malignant_primary"] == "C50.9"
    assert breast.incomplete_cells == {"malignant_primary", "in_situ", "benign", "uncertain"}
    assert "in_situ" not in find(small, "Neoplasm, neoplastic", "sacrum, sacral").cells


def test_entries_one_by_one_are_those_in_order(small: AlphabeticIndex) -> None:
    entries = list(small.entries())
    assert [small.entry(entry.id) for entry in entries] == entries
    assert [entry.id for entry in entries] == list(range(len(small)))
    for entry in entries:
        assert entry.children == tuple(child.id for child in small.children(entry.id))
        assert all(small.entry(child).parent == entry.id for child in entry.children)
        assert entry.past == max([entry.id + 1, *(small.entry(child).past for child in entry.children)])
    assert [entry.table for entry in small.entries("drug")] == ["drug"] * 5


def test_another_compiled_file_is_no_index(codes: CodeSet) -> None:
    with pytest.raises(CodeSetError, match="no compiled Index"):
        AlphabeticIndex(codes.path)


def test_what_is_not_there(small: AlphabeticIndex, tmp_path: Path) -> None:
    with pytest.raises(CodeSetError, match="no entry"):
        small.entry(len(small))
    with pytest.raises(CodeSetError, match="no table 'procedures'"):
        list(small.entries("procedures"))
    with pytest.raises(CodeSetError, match="no table 'procedures'"):
        small.lookup("ache", "procedures")
    with pytest.raises(CodeSetError, match="damaged"):
        AlphabeticIndex(tmp_path / "none.sqlite")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("n20.0", [("kidney", "N20.0", "", False)]),
        ("I43", [("heart", "I43", "", False)]),
        ("C44311", [("basal cell carcinoma", "C44.311", "malignant_primary", False)]),
        (
            "S72.001A",
            [("upper end", "S72.00", "", True), ("neck", "S72.00", "", True)],
        ),
        ("S72.92XA", [("femur, femoral", "S72.9", "", True)]),
        ("T39.015A", [("Aspirin", "T39.015", "adverse_effect", True)]),
        (
            "C78.5",
            [("large", "C78.5", "malignant_secondary", False), ("sigmoid", "C78.5", "malignant_secondary", False)],
        ),
        ("Q99.9", []),
        ("no code", []),
    ],
)
def test_what_leads_to_a_code(small: AlphabeticIndex, code: str, expected: list[tuple[str, str, str, bool]]) -> None:
    found = [(each.entry.title, each.code, each.column, each.header) for each in small.leading_to(code)]
    assert found == expected


def test_presumed_links(small: AlphabeticIndex) -> None:
    links = {(link.connective, link.kind, link.condition): link.code for link in small.presumed_links("diabetic")}
    assert links == {
        ("with", (), ("cataract",)): "E11.36",
        ("with", (), ("coma due to", "hypoglycemia")): "E11.641",
        ("with", (), ("retinopathy",)): "E11.319",
        ("with", (), ("retinopathy", "with macular edema")): "E11.311",
        ("due to", (), ("drug or chemical",)): None,
        ("with", ("type 1",), ("nephropathy",)): "E10.21",
        ("with", ("type 2",), ("nephropathy",)): "E11.21",
        ("with", ("type 2",), ("hyperglycemia",)): "E11.65",
    }
    assert [link.condition for link in small.presumed_links("pneumonia")] == [("Chlamydia",)]
    assert [(link.connective, link.condition) for link in small.presumed_links("calculus")] == [
        ("with", ("calculus, ureter",))
    ]
    assert small.presumed_links("nonesuch") == ()


@pytest.mark.parametrize("term", ["Diabetes", "diabetic", "DIABETES"])
def test_main_terms_in_any_form(small: AlphabeticIndex, term: str) -> None:
    assert [entry.title for entry in small.main_terms(term)] == ["Diabetes, diabetic"]


def test_it_survives_pickling(small: AlphabeticIndex) -> None:
    again = pickle.loads(pickle.dumps(small))
    assert again.lookup("kidney stones, calculus") == small.lookup("kidney stones, calculus")
    assert repr(again) == "<AlphabeticIndex index, external, neoplasm, drug>"
    assert again.digest == small.digest


def test_threads_share_it(small_path: Path) -> None:
    index = AlphabeticIndex(small_path)
    queries = [
        "fracture of hip",
        "type 2 diabetes with nephropathy",
        "benign neoplasm of colon",
        "aspirin overdose",
    ] * 8
    alone = [index.lookup(query) for query in queries]
    fresh = AlphabeticIndex(small_path)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fresh.lookup, queries)) == alone


@pytest.mark.skipif(
    not hasattr(os, "fork") or sys.version_info >= (3, 12), reason="a fork of a process with threads warns"
)
def test_it_survives_a_fork(small: AlphabeticIndex) -> None:
    expected = small.lookup("gastric calculus of kidney")
    child = os.fork()
    if not child:
        os._exit(0 if small.lookup("gastric calculus of kidney") == expected else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
