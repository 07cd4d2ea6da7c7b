"""Reviewed charts from files and from a store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from learning.notes import made, written
from wardround.coding import Coder, Encounter
from wardround.errors import InputError
from wardround.learning.reading import Gathered
from wardround.store import Actor, Upload, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.store.store import Store

MARIA = Actor(id="maria", role="coder")
TEXT = "ASSESSMENT\nAcute appendicitis.\nEssential hypertension.\n"


def gathered(path: Path, *lines: dict[str, Any] | str) -> Gathered:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    found = Gathered()
    found.from_files([str(path)], Encounter())
    return found


def test_lines_with_text_and_codes(tmp_path: Path) -> None:
    charts = made(20)
    found = Gathered()
    told: list[tuple[int, int | None]] = []
    path = written(charts, tmp_path / "charts.jsonl")
    found.from_files([str(path)], Encounter(), lambda *done: told.append(done))
    assert found.charts == charts
    assert list(found.told()) == []
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def test_what_a_line_says_of_its_encounter(tmp_path: Path) -> None:
    line = {"id": "1", "text": TEXT, "codes": ["k3580"], "setting": "inpatient", "age": 70, "date": "2026-05-11"}
    (chart,) = gathered(tmp_path / "a.jsonl", line).charts
    assert chart.codes == {"K35.80"}
    assert (chart.encounter.setting, chart.encounter.age, str(chart.encounter.date)) == ("inpatient", 70, "2026-05-11")


CODES = [
    (["K35.80", "I10"], {"K35.80", "I10"}),
    ([{"code": "K35.80"}, {"code": "I10", "status": "rejected"}], {"K35.80"}),
    ([{"code": "K35.80", "status": "accepted", "description": "x"}], {"K35.80"}),
]


@pytest.mark.parametrize(("codes", "expected"), CODES)
@pytest.mark.parametrize("apart", [False, True])
def test_codes_as_strings_and_as_a_result_has_them_beside_the_text_or_apart(
    tmp_path: Path, codes: list[Any], expected: set[str], apart: bool
) -> None:
    lines = [{"id": "a", "codes": codes}, {"id": "a", "text": TEXT}] if apart else [{"text": TEXT, "codes": codes}]
    found = gathered(tmp_path / "a.jsonl", *lines)
    assert [chart.codes for chart in found.charts] == [expected]
    assert list(found.told()) == []


def test_results_that_nobody_decided_are_refused(tmp_path: Path) -> None:
    result = Coder().code("ASSESSMENT\nAcute appendicitis.\nChronic fatigue.\n", id="a").to_json()
    result["codes"][0]["status"] = "review"  # type: ignore[index]
    found = gathered(tmp_path / "a.jsonl", result, {"id": "a", "text": TEXT})
    assert not found.charts
    assert [str(each.error).partition(" (")[0] for each in found.failures] == [
        "line 1: the line has codes that are still for review"
    ]
    assert dict(found.told()) == {"cannot be read": 1, "without codes": 1}


def test_what_cannot_teach_is_left_out_and_counted(tmp_path: Path) -> None:
    german = "Der Patient klagt über starke Schmerzen im Bauch. Die Untersuchung ergab keine Auffälligkeiten. " * 3
    found = gathered(
        tmp_path / "a.jsonl",
        {"id": "good", "text": TEXT, "codes": ["I10"]},
        {"id": "again", "text": TEXT.upper(), "codes": ["K35.80"]},
        {"id": "bare", "text": TEXT},
        {"id": "none", "text": "ASSESSMENT\nGout.\n", "codes": []},
        {"id": "foreign", "text": german, "codes": ["R10.9"]},
        {"id": "empty", "text": " ", "codes": ["I10"]},
        {"id": "alone", "codes": ["I10"]},
        "Zebulon",
    )
    assert [chart.id for chart in found.charts] == ["good"]
    assert dict(found.told()) == {
        "without codes": 2,
        "cannot be read": 2,
        "not in English": 1,
        "a copy of another note": 1,
        "codes of a note that is not there": 1,
    }
    assert [each.id for each in found.failures] == ["empty", "line 8"]
    assert "Zebulon" not in str(found.failures)


def test_several_files_are_one_source(tmp_path: Path) -> None:
    texts, codes = tmp_path / "texts.jsonl", tmp_path / "codes.jsonl"
    texts.write_text(json.dumps({"id": "1", "text": TEXT}) + "\n")
    codes.write_text(json.dumps({"id": "1", "codes": ["I10"]}) + "\n")
    found = Gathered()
    found.from_files([str(texts), str(codes)], Encounter(setting="inpatient"))
    assert [(chart.codes, chart.encounter.setting) for chart in found.charts] == [({"I10"}, "inpatient")]


def test_lines_of_several_files_are_told_apart(tmp_path: Path) -> None:
    texts, codes = tmp_path / "texts.jsonl", tmp_path / "codes.jsonl"
    texts.write_text(json.dumps({"text": TEXT}) + "\nno JSON\n")
    codes.write_text(json.dumps({"codes": ["I10"]}) + "\n")
    found = Gathered()
    found.from_files([str(texts), str(codes)], Encounter())
    assert found.charts == []
    assert [each.error.where for each in found.failures] == [f"{texts} line 2"]
    assert found.left_out["textless"] == found.left_out["uncoded"] == 1


def test_no_note_is_lost_to_another_one_of_its_id(tmp_path: Path) -> None:
    notes = [{"id": "7", "text": text} for text in (TEXT, "ASSESSMENT\nGout.\n")]
    found = gathered(tmp_path / "a.jsonl", *notes, {"id": "7", "codes": ["I10"]})
    assert [(chart.text, chart.codes) for chart in found.charts] == [(TEXT, {"I10"})]
    assert [str(each.error).partition(" (")[0] for each in found.failures] == ["line 2: another note has the same id"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Gathered().from_files([str(tmp_path / "none.jsonl")], Encounter())


def signed(store: Store, content: bytes, media_type: str = "text/plain", **encounter: Any) -> str:
    """A case whose suggestions are all accepted."""
    upload = Upload(content=content, media_type=media_type)
    draft = Coder().code(content).to_json()
    case = store.add_case(MARIA, "note", [upload], Encounter.model_validate(encounter), draft=draft)
    review = store.begin_review(MARIA, case.id, 1)
    for each in draft["codes"]:  # type: ignore[attr-defined]
        review = store.decide(MARIA, case.id, each["code"], "accept", version=review.version)
    store.sign(MARIA, case.id, version=review.version)
    return case.id


def test_signed_cases_of_an_encrypted_store(tmp_path: Path) -> None:
    html = f"<html><body><p>{TEXT.replace(chr(10), '</p><p>')}</p></body></html>"
    german = "Der Patient klagt über starke Schmerzen im Bauch. Die Untersuchung ergab keine Auffälligkeiten. " * 3
    with open_store(folder=tmp_path / "store", key_file=tmp_path / "key") as store:
        first = signed(store, TEXT.encode(), age=71, setting="inpatient")
        signed(store, html.encode(), "text/html")  # the same words
        other = signed(store, b"ASSESSMENT\r\nGout.\r\n")
        signed(store, german.encode())
        store.add_case(MARIA, "note", [Upload(content=b"Nobody signed this.", media_type="text/plain")])
        found = Gathered()
        found.from_store(store, Actor(id="os:maria"))
        assert [chart.id for chart in found.charts] == [first, other]
        assert found.charts[0].text == TEXT
        assert found.charts[0].codes == {"K35.80", "I10"}
        assert (found.charts[0].encounter.age, found.charts[0].encounter.setting) == (71, "inpatient")
        assert found.charts[1].text == "ASSESSMENT\r\nGout.\r\n"
        assert dict(found.told()) == {"a copy of another note": 1, "without codes": 1}
        events = [each for each in store.events(actor="os:maria") if each.reason == "learn"]
        assert [each.action for each in events] == ["query", *["read"] * 4]


def test_a_document_that_cannot_be_read_any_more_costs_itself_only(tmp_path: Path) -> None:
    with open_store(folder=tmp_path / "store") as store:
        case = signed(store, TEXT.encode())
        broken = store.add_case(
            MARIA,
            "note",
            [Upload(content=b"%PDF-1.4 nothing", media_type="application/pdf")],
            draft=Coder().code(TEXT).to_json(),
        )
        review = store.begin_review(MARIA, broken.id, 1)
        store.sign(MARIA, broken.id, version=review.version)
        found = Gathered()
        found.from_store(store, MARIA)
        assert [chart.id for chart in found.charts] == [case]
        assert [(each.id, each.error.where) for each in found.failures] == [(broken.id, broken.id)]
