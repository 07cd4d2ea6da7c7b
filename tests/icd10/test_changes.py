"""What changed between two releases."""

from __future__ import annotations

import pytest

from icd10.official import write_zip
from wardround import icd10
from wardround.icd10 import Change, diff
from wardround.icd10.importing import install

CHANGES = {
    "tabular": {
        "<diag><name>E11.65</name><desc>Type 2 diabetes with hyperglycemia</desc></diag>": "",
        "<name>J18.9</name><desc>Pneumonia, organism not stated</desc>": "<name>J18.9</name><desc>Pneumonia NOS</desc>",
        "<inclusionTerm><note>High blood pressure</note></inclusionTerm>": (
            "<diag><name>I10.0</name><desc>Hypertension, mild</desc></diag>"
            "<diag><name>I10.1</name><desc>Hypertension, severe</desc></diag>"
        ),
        '<diag><name>Z79.4</name><desc>Long term use of insulin</desc></diag>': "",
        "<diag><name>W01.0</name><desc>Fall on same level from slipping</desc></diag>": (
            "<diag><name>W01.0</name><desc>Fall on same level from slipping</desc>"
            "<diag><name>W01.00</name><desc>Fall from slipping on ice</desc></diag></diag>"
        ),
        "<diag><name>R05.1</name><desc>Acute cough</desc></diag>": (
            '<diag><name>R05.1</name><desc>Acute cough</desc><sevenChrDef>'
            '<extension char="0">dry</extension><extension char="1">wet</extension></sevenChrDef></diag>'
        ),
    }
}  # fmt: skip


@pytest.fixture
def two(home, tmp_path):
    """Two releases, a year apart."""
    for day, replace in (("2025-10-01", {}), ("2026-10-01", CHANGES)):
        install(write_zip(tmp_path / f"{day}.zip", day, only=["tabular"], replace=replace))
    return icd10.load("2025-10-01"), icd10.load("2026-10-01")


def test_every_kind_of_change(two):
    older, newer = two
    found = diff(older, newer)
    assert (found.older.id, found.newer.id) == ("2025-10-01", "2026-10-01")
    assert {change.code: (change.kind, change.successors) for change in found.changes} == {
        "E11.6": ("billable", ()),
        "E11.65": ("deleted", ("E11.6",)),
        "I10": ("subdivided", ("I10.0", "I10.1")),
        "I10.0": ("new", ()),
        "I10.1": ("new", ()),
        "J18.9": ("revised", ()),
        "R05.1": ("subdivided", ("R05.1XX0", "R05.1XX1")),
        "R05.1XX0": ("new", ()),
        "R05.1XX1": ("new", ()),
        **dict.fromkeys(["W01.00XA", "W01.00XD", "W01.00XS"], ("new", ())),
        **dict.fromkeys(["W01.0XXA", "W01.0XXD", "W01.0XXS"], ("deleted", ("W01.0",))),
        "Z79": ("billable", ()),
        "Z79.4": ("deleted", ("Z79",)),
    }
    assert found.counts == {"new": 7, "billable": 2, "revised": 1, "subdivided": 2, "deleted": 5}
    changes = {change.code: change for change in found.changes}
    assert changes["J18.9"] == Change(
        code="J18.9", kind="revised", before="Pneumonia, organism not stated", after="Pneumonia NOS"
    )
    assert (changes["Z79.4"].before, changes["Z79.4"].after) == ("Long term use of insulin", "")
    assert (changes["I10.0"].before, changes["I10.0"].after) == ("", "Hypertension, mild")
    assert changes["W01.0XXA"].before == "Fall on same level from slipping, initial encounter"


def test_backwards(two):
    older, newer = two
    counts = diff(newer, older).counts
    assert counts == {"new": 5, "billable": 2, "revised": 1, "subdivided": 2, "deleted": 7}


def test_nothing_changed(two):
    older, _ = two
    assert diff(older, older).changes == ()
    assert set(diff(older, older).counts.values()) == {0}
