"""Compiling: what is counted, what is reported, and that a file appears whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from icd10.index import outline
from icd10.index.conftest import DRUG, EXTERNAL, INDEX, NEOPLASM
from wardround.errors import CodeSetError
from wardround.icd10.index import AlphabeticIndex, compile_index

if TYPE_CHECKING:
    from pathlib import Path

    from icd10.index.conftest import Compile
    from wardround.icd10.index import Reference


def test_the_summary_counts_what_each_table_has(compiled: Compile) -> None:
    index, summary = compiled(index=INDEX, external=EXTERNAL, neoplasm=NEOPLASM, drug=DRUG)
    assert dict(summary.fiscal_years) == dict.fromkeys(("index", "external", "neoplasm", "drug"), 2027)
    assert index.fiscal_years == summary.fiscal_years
    assert index.tables == ("index", "external", "neoplasm", "drug")
    assert summary.entries["drug"] == 5
    assert summary.codes["drug"] == 22
    assert summary.codes["external"] == 5
    assert sum(summary.entries.values()) == len(index) == sum(1 for _ in index.entries())
    assert summary.references == 31
    assert not summary.withdrawn


def test_a_reference_that_leads_nowhere_is_reported_with_its_place(compiled: Compile) -> None:
    _, summary = compiled(index="Ache | R52\nPain\n  dull\n    of head | see Nonesuch, dull\nPang | see Ache, hot")
    nowhere, partly = summary.unresolved
    assert (nowhere.place, nowhere.text, nowhere.partly) == (("Pain", "dull", "of head"), "Nonesuch, dull", False)
    assert (partly.place, partly.text, partly.partly) == (("Pang",), "Ache, hot", True)


@pytest.mark.parametrize(
    ("title", "text", "path", "column", "open_", "words"),
    [
        ("Carcinoma", "Neoplasm, by site, malignant", ["Neoplasm, neoplastic"], "malignant_primary", "by site", ()),
        ("basal cell", "Neoplasm, skin, malignant", ["Neoplasm, neoplastic", "skin"], "malignant_primary", "", ()),
        ("diabetic", "Diabetes, cataract", ["Diabetes, diabetic", "with", "cataract"], "", "", ()),
        ("incarcerated", "Hernia, by site, with obstruction", ["Hernia"], "", "by site", ("with obstruction",)),
        ("hip", "Fracture, femur, neck", ["Fracture, traumatic", "femur, femoral", "neck"], "", "", ()),
        ("Fracture, burst", "Fracture, traumatic, by site", ["Fracture, traumatic"], "", "by site", ()),
        ("kidney", "Disease, by site", ["Disease, diseased"], "", "by site", ()),
        ("Neoplasm, neoplastic", "Table of Neoplasms", ["Neoplasm, neoplastic"], "", "", ()),
        ("Pain tablets", "Aspirin", ["Aspirin"], "", "", ()),
    ],
)
def test_references_are_resolved(
    small: AlphabeticIndex, title: str, text: str, path: list[str], column: str, open_: str, words: tuple[str, ...]
) -> None:
    reference = reference_of(small, title, text)
    assert [list(small.entry(number).path) for number in reference.entries] == [path]
    assert (reference.column, reference.open, reference.words) == (column, open_, words)
    assert reference.resolved


@pytest.mark.parametrize(
    ("title", "text", "column"),
    [
        ("Adverse effect", "Table of Drugs and Chemicals, categories T36-T50, with 6th character 5", "adverse_effect"),
        ("Underdosing", "Table of Drugs and Chemicals, categories T36-T50, with final character 6", "underdosing"),
        ("Poisoning", "Table of Drugs and Chemicals", ""),
    ],
)
def test_references_to_the_drugs_name_the_column(small: AlphabeticIndex, title: str, text: str, column: str) -> None:
    reference = reference_of(small, title, text)
    assert (reference.table, reference.column, reference.entries) == ("drug", column, ())


def test_other_references(compiled: Compile) -> None:
    index, summary = compiled(
        index="A | see condition\nB | see category M01\nC | see E08-E13 with .21\nD | see A and B, by type\n"
        "E | see N00-N07 with fourth character .6\nF | see also Failure, renal, and Failure, heart\n"
        "Failure\n  heart | I50.9\n  renal | N19"
    )
    references = [entry.see or entry.see_also for entry in index.entries("index")]
    a, b, c, d, e, f = (reference for reference in references if reference)
    assert not summary.unresolved
    assert a.condition
    assert [pattern.first for pattern in b.codes] == ["M01"]
    assert (c.codes[0].first, c.codes[0].last) == ("E08", "E13")
    assert d.resolved
    assert (e.codes[0].first, e.codes[0].last) == ("N00", "N07")
    assert [index.entry(number).path[-1] for number in f.entries] == ["renal", "heart"]


def reference_of(index: AlphabeticIndex, title: str, text: str) -> Reference:
    for entry in index.entries():
        for reference in (entry.see, entry.see_also):
            if reference and entry.title == title and reference.text == text:
                return reference
    raise AssertionError(f"{title} has no reference {text!r}")


def test_codes_that_the_release_lacks_are_left_out_and_reported(compiled: Compile) -> None:
    lacking = {"Z99.99", "I43", "T39.014"}
    index, summary = compiled(lambda code: code not in lacking, index=INDEX, drug=DRUG)
    assert [(each.place, each.code) for each in summary.withdrawn] == [
        (("Amyloidosis", "heart"), "I43"),
        (("Syndrome", "gone"), "Z99.99"),
        (("Aspirin",), "T39.014"),
    ]
    assert not any(index.leading_to(code) for code in lacking)
    route = index.lookup("syndrome, gone")
    assert route is not None
    assert route.code is None
    assert ("not in the release", "Z99.99") in [(step.kind, step.text) for step in route.steps]


def test_headers_are_asked_for_without_their_dash(compiled: Compile) -> None:
    asked: list[str] = []
    compiled(lambda code: not asked.append(code), index="Fracture | S72.0-\n  old | S72.-\n  open | S72.0-")
    assert asked == ["S72.0", "S72"]


@pytest.mark.parametrize("tables", [["index"], ["external"], ["neoplasm"], ["drug"], ["drug", "index"]])
def test_any_of_the_tables_will_do(compiled: Compile, tables: list[str]) -> None:
    outlines = {"index": INDEX, "external": EXTERNAL, "neoplasm": NEOPLASM, "drug": DRUG}
    index, summary = compiled(**{table: outlines[table] for table in tables})
    assert index.tables == tuple(table for table in outlines if table in tables)
    assert set(summary.entries) == set(tables)
    assert index.lookup("carcinoma of liver") is None or "index" in tables or "neoplasm" in tables


@pytest.mark.parametrize("tables", [{}, {"tabular": "Ache"}])
def test_other_tables_are_refused(tmp_path: Path, tables: dict[str, str]) -> None:
    files = dict.fromkeys(tables, tmp_path / "x.xml")
    with pytest.raises(CodeSetError, match="the tables of an Index are"):
        compile_index(files, tmp_path / "index.sqlite")


def test_a_failure_leaves_what_was_there(tmp_path: Path, small_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(small_path.read_bytes())
    files = outline.write(tmp_path, index="Ache | no code")
    with pytest.raises(CodeSetError):
        compile_index(files, path)
    assert path.read_bytes() == small_path.read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["icd10cm_index_2027.xml", "index.sqlite"]


def test_the_same_files_give_the_same_bytes(tmp_path: Path, small_path: Path) -> None:
    files = outline.write(tmp_path, index=INDEX, external=EXTERNAL, neoplasm=NEOPLASM, drug=DRUG)
    compile_index(files, tmp_path / "again.sqlite")
    assert (tmp_path / "again.sqlite").read_bytes() == small_path.read_bytes()


@pytest.mark.parametrize("damage", [slice(-100, None), slice(5000, 5001), slice(0, None)])
def test_a_damaged_file_is_not_opened(tmp_path: Path, small_path: Path, damage: slice) -> None:
    content = bytearray(small_path.read_bytes())
    content[damage] = b"" if damage.stop is None else b"\xa5"
    path = tmp_path / "index.sqlite"
    path.write_bytes(content)
    with pytest.raises(CodeSetError, match="damaged"):
        AlphabeticIndex(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    files = outline.write(tmp_path, index="Ache | R52")
    with pytest.raises(OSError, match="nowhere"):
        compile_index(files, tmp_path / "nowhere" / "index.sqlite")
