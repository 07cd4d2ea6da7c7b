"""``wardround codeset lookup``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from icd10 import official

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a small release that has an Index is installed, once for all tests here."""
    folder = tmp_path_factory.mktemp("installed")
    official.write_zip(folder / "official.zip", "2026-10-01")
    return folder


@pytest.fixture
def with_index(folder: Path, monkeypatch: pytest.MonkeyPatch, wardround: Run) -> Run:
    monkeypatch.setenv("WARDROUND_DATA", str(folder / "data"))
    monkeypatch.setenv("WARDROUND_CACHE", str(folder / "cache"))
    if not (folder / "data").exists():
        assert wardround("codeset", "install", folder / "official.zip").status == 0
    return wardround


def test_the_way_is_printed_step_by_step(with_index: Run) -> None:
    ran = with_index("codeset", "lookup", "COPD", "with", "acute", "exacerbation")
    assert ran.status == 0
    assert ran.out.splitlines() == [
        "J44.1  Chronic obstructive pulmonary disease with exacerbation",
        "  Alphabetic Index",
        "    COPD",
        "      see: Disease, lung, obstructive",
        "    Disease, diseased",
        "      lung",
        "        obstructive",
        "          with",
        "            acute",
        "              exacerbation NEC",
        "                → J44.1",
        "  Tabular List, 2026-10-01",
        "    verify: J44.1 Chronic obstructive pulmonary disease with exacerbation",
        "",
    ]


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["lung", "cancer"], ["C34.90", "Table of Neoplasms", "malignant primary", "Not said: laterality", "right"]),
        (["lung", "cancer", "right"], ["C34.91  Malignant neoplasm of right lung"]),
        (
            ["adverse effect of amoxicillin"],
            ["T36.0X5A", "7th character: A", "Not said: 7th character", "D  subsequent"],
        ),
        (["--table", "external", "fall, same level, slipping"], ["W01.0XXA", "External Cause Index"]),
        (["--date", "2026-11-01", "hypertension"], ["I10", "2026-10-01"]),
        (["odd hypertension"], ["I10", "Not used: odd"]),
        (["amoxicillin"], ["The way ends without a code", "poisoning accidental: T36.0X1"]),
        (["type 2 diabetes with hyperglycemia"], ["E11.65", "use additional code: insulin (Z79.4) [E11]"]),
        (["zzz"], ["No main term of the Index is among these words."]),
    ],
)
def test_what_is_printed(with_index: Run, arguments: list[str], parts: list[str]) -> None:
    ran = with_index("codeset", "lookup", *arguments)
    assert (ran.status, ran.err) == (0, "")
    for part in parts:
        assert part in ran.out


def test_several_ways(with_index: Run) -> None:
    one = with_index("codeset", "lookup", "cough with pneumonia").out
    more = with_index("codeset", "lookup", "--limit", "5", "cough with pneumonia").out
    assert more.startswith(one)
    assert more.count("Alphabetic Index") > 1


def test_json(with_index: Run) -> None:
    found = json.loads(with_index("codeset", "lookup", "--json", "lung cancer").out)
    assert (found["words"], found["release"]) == ("lung cancer", "2026-10-01")
    (answer,) = found["answers"]
    assert answer["codes"] == [{"code": "C34.90", "title": "Malignant neoplasm of lung, unspecified side"}]
    assert answer["complete"] is False
    assert answer["missing"][0]["what"] == "laterality"
    assert answer["route"]["column"] == "malignant_primary"
    assert answer["route"]["steps"][-1]["text"] == "C34.9-"
    assert answer["tabular"][0]["kind"] == "verify"
    assert json.loads(with_index("codeset", "lookup", "--json", "zzz").out)["answers"] == []


@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        (
            ["--table", "procedures", "x"],
            2,
            "there is no table 'procedures'; there are index, external, neoplasm, drug",
        ),
        (["--date", "soon", "x"], 2, "--date"),
        ([], 2, "missing argument"),
        (["--release", "1999-10-01", "x"], 1, "no release '1999-10-01' is installed"),
        (["--release", "2026-04-01", "x"], 1, "wardround codeset install PATH"),
    ],
)
def test_what_is_refused(with_index: Run, arguments: list[str], status: int, error: str) -> None:
    ran = with_index("codeset", "lookup", *arguments)
    assert (ran.status, ran.out) == (status, "")
    assert error in ran.err
    assert ran.err.count("\n") == 1


def test_a_table_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wardround: Run) -> None:
    monkeypatch.setenv("WARDROUND_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WARDROUND_CACHE", str(tmp_path / "cache"))
    zip_ = official.write_zip(tmp_path / "official.zip", "2026-10-01", without=["drug"])
    assert wardround("codeset", "install", zip_).status == 0
    ran = wardround("codeset", "lookup", "--table", "drug", "penicillin")
    assert ran.status == 1
    assert "no table 'drug' is installed" in ran.err
