"""What two readers decided otherwise, and as whom it was settled; of codes and of reports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from export.reports import samples
from server.test_reviewing import NOTE, NOW, review_of
from wardround.coding import Coder
from wardround.server.differences import Row, differences

if TYPE_CHECKING:
    from wardround.store.records import Review

REPORT = samples.RICH.model_dump(mode="json")
ONE, TWO = (each["id"] for each in REPORT["findings"][:2])
FINDINGS = [each["id"] for each in REPORT["findings"]]
BOTH = [("I10", "accept", None), ("E11.65", "accept", None)]
_QUOTE = {"text": "cough", "start": NOTE.index("cough"), "end": NOTE.index("cough") + 5, "section": "HPI"}
ADDED = {"code": "J18.9", "evidence": _QUOTE | {"assertion": "present"}}


@pytest.fixture(scope="module")
def draft() -> dict[str, Any]:
    return Coder("2026-04-01").code(NOTE).to_json()


def signed(*decisions: tuple[str, str, Any]) -> Review:
    return replace(review_of(*decisions), signed=NOW, signed_by="maria")


def apart(rows: tuple[Row, ...]) -> dict[str, tuple[str, str]]:
    return {row.item: (row.first.outcome, row.second.outcome) for row in rows if not row.same}


CODES = [
    pytest.param(BOTH, BOTH, {}, id="the same"),
    pytest.param(
        BOTH, [BOTH[0], ("E11.65", "reject", None)], {"E11.65": ("E11.65", "not reported")}, id="one rejects",
    ),
    pytest.param(
        [BOTH[0], ("E11.65", "reject", None)], [BOTH[0], ("E11.65", "reject", None)], {}, id="both reject",
    ),
    pytest.param(
        BOTH, [BOTH[0], ("E11.65", "change", {"code": "E11.9"})], {"E11.65": ("E11.65", "E11.9")}, id="one changes",
    ),
    pytest.param(
        [BOTH[0], ("E11.65", "change", {"code": "E11.9"})], [BOTH[0], ("E11.65", "change", {"code": "E11.9"})], {},
        id="both change to the same",
    ),
    pytest.param(
        [*BOTH, ("span:3-9", "mark", {"assertion": "absent"})], BOTH, {"span:3-9": ("marked as absent", "")},
        id="one marks words",
    ),
    pytest.param(
        [*BOTH, ("sequence", "change", {"codes": ["E11.65", "I10"]})], BOTH,
        {"sequence": ("E11.65 · I10", "I10 · E11.65")}, id="another sequence",
    ),
    pytest.param(
        [*BOTH, ("sequence", "change", {"codes": ["I10", "E11.65"]})], BOTH, {}, id="a sequence that is the same",
    ),
    pytest.param(
        [("I10", "reject", None), BOTH[1]], BOTH,
        {"I10": ("not reported", "I10"), "sequence": ("E11.65", "I10 · E11.65")}, id="another principal by rejecting",
    ),
    pytest.param(
        [*BOTH, ("J18.9", "add", ADDED)], BOTH, {"J18.9": ("J18.9", "not reported")}, id="one adds",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "expected"), CODES)
def test_codes(draft: dict[str, Any], first: Any, second: Any, expected: dict[str, tuple[str, str]]) -> None:
    assert apart(differences(draft, signed(*first), signed(*second))) == expected
    turned = {item: sides[::-1] for item, sides in expected.items()}
    assert apart(differences(draft, signed(*second), signed(*first))) == turned


SETTLED = [
    pytest.param([], {"I10": "", "E11.65": ""}, id="nothing yet"),
    pytest.param([BOTH[0]], {"I10": "both", "E11.65": ""}, id="what both agree on"),
    pytest.param([BOTH[0], BOTH[1]], {"I10": "both", "E11.65": "first"}, id="as the first"),
    pytest.param([BOTH[0], ("E11.65", "reject", None)], {"I10": "both", "E11.65": "second"}, id="as the second"),
    pytest.param(
        [("I10", "reject", None), ("E11.65", "change", {"code": "E11.9"})], {"I10": "other", "E11.65": "other"},
        id="otherwise",
    ),
    pytest.param([*BOTH, ("E11.65", "withdraw", None)], {"I10": "both", "E11.65": ""}, id="taken back"),
]  # fmt: skip


@pytest.mark.parametrize(("decisions", "expected"), SETTLED)
def test_as_whom_it_is_settled(draft: dict[str, Any], decisions: Any, expected: dict[str, str]) -> None:
    first, second = signed(*BOTH), signed(BOTH[0], ("E11.65", "reject", None))
    rows = differences(draft, first, second, replace(review_of(*decisions), reading="adjudication"))
    assert {row.item: row.settled for row in rows} == expected


ALL = [(item, "accept", None) for item in FINDINGS]
TEXT = ("report", "accept", None)
REPORTS = [
    pytest.param([*ALL, TEXT], [*ALL, TEXT], set(), id="the same"),
    pytest.param([*ALL, TEXT], [(ONE, "reject", None), *ALL[1:], TEXT], {ONE, "report"}, id="one rejects a finding"),
    pytest.param(
        [*ALL, TEXT], [(ONE, "change", {"certainty": "possible"}), *ALL[1:], TEXT], {ONE, "report"}, id="less certain",
    ),
    pytest.param([*ALL, TEXT], [*ALL, ("report", "change", {"comparison": "None."})], {"report"}, id="another text"),
    pytest.param(
        [*ALL, ("A1", "add", {"name": "nodule", "presence": "present"}), TEXT], [*ALL, TEXT], {"A1", "report"},
        id="one adds a finding",
    ),
    pytest.param([*ALL], [*ALL], set(), id="nobody touches the text"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "expected"), REPORTS)
def test_reports(first: Any, second: Any, expected: set[str]) -> None:
    rows = differences(REPORT, signed(*first), signed(*second))
    assert set(apart(rows) or ()) | {row.item for row in rows if not row.same} == expected
    assert {row.kind for row in rows} <= {"finding", "report"}
    names = {each["id"]: each["name"] for each in REPORT["findings"]} | {"A1": "nodule", "report": "text of the report"}
    assert all(row.name == names[row.item] for row in rows)


def test_what_settles_a_difference_decides_as_its_reader(draft: dict[str, Any]) -> None:
    first = signed(BOTH[0], ("E11.65", "change", {"code": "E11.9"}), ("J18.9", "add", ADDED))
    rows = {row.item: row for row in differences(draft, first, signed(*BOTH))}
    side = rows["E11.65"].first
    assert (side.verb, side.value, side.told) == ("change", {"code": "E11.9"}, "changed")
    assert rows["J18.9"].first.quotes == ("cough",)
    assert rows["J18.9"].second.verb == "withdraw"  # as who did not add it
    quoted = [each["text"] for each in draft["codes"][1]["evidence"]]
    assert list(rows["E11.65"].second.quotes) == quoted
