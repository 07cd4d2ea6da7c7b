"""``wardround learn``, and what it makes of notes that are coded with ``--site``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from learning.notes import LOCAL, learned, made, written
from wardround.coding import Coder, Encounter
from wardround.store import Actor, Upload, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run

pytest.importorskip("sklearn", reason="the extra wardround[learn] is not installed")

MARIA = Actor(id="maria", role="coder")
NOTE = "ASSESSMENT AND PLAN\n1. Pt w/ sugar trouble. Same tablets.\n2. Tobacco abuse. Call if worse.\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with charts of one hospital, a model of them, and one of more charts."""
    folder = tmp_path_factory.mktemp("learned")
    written(made(60), folder / "reviewed.jsonl")
    learned(60).save(folder / "site.model")
    learned(120).save(folder / "new.model")
    return folder


def codes(wardround: Run, note: Path, *options: str | Path) -> dict[str, Any]:
    (result,) = wardround("code", "--json", note, *options).records
    return result


def test_a_site_is_coded_as_its_people_do(wardround: Run, site: Path, tmp_path: Path) -> None:
    model = tmp_path / "site.model"
    ran = wardround("learn", site / "reviewed.jsonl", "-o", model, "--examples", tmp_path / "examples.jsonl")
    assert (ran.status, ran.err) == (0, "")
    for part in ("reviewed charts", "60", "local phrases", "without the model", "with the model", "Target precision"):
        assert part in ran.out
    note = tmp_path / "note.txt"
    note.write_text(NOTE)
    alone, ours = codes(wardround, note), codes(wardround, note, "--site", model)
    assert [each["code"] for each in alone["codes"]] == ["F17.200"]
    (found,) = ours["codes"]
    assert (found["code"], found["status"]) == ("E11.9", "accepted")
    assert found["evidence"][0]["text"] in "sugar trouble"
    assert any(step.startswith("site: ") for step in found["route"])
    assert "F17.200" in [each["code"] for each in ours["rejected"]]
    assert ours["provenance"]["site"]
    assert "site" not in alone["provenance"]
    assert "sugar" in (tmp_path / "examples.jsonl").read_text()


def test_the_same_charts_give_the_same_file(wardround: Run, site: Path, tmp_path: Path) -> None:
    written(list(reversed(made(60))), tmp_path / "turned.jsonl")
    ran = wardround("learn", tmp_path / "turned.jsonl", "-o", tmp_path / "again.model", "--json")
    assert (tmp_path / "again.model").read_bytes() == (site / "site.model").read_bytes()
    told = json.loads(ran.out)
    assert (told["charts"], told["left_out"]) == (60, {})
    figures = told["model"]["figures"]
    assert figures["f1"] > figures["without"][2] + 0.1
    assert told["model"]["expected_calibration_error"] <= 0.05
    assert [each["target_precision"] for each in told["model"]["coverage"]] == [0.8, 0.9, 0.95]


def test_what_cannot_teach_is_told(wardround: Run, site: Path, tmp_path: Path) -> None:
    copies = tmp_path / "more.jsonl"
    copies.write_text(
        (site / "reviewed.jsonl").read_text() + '{"id": "x", "text": "Gout.", "codes": []}\n{"id": "Zebulon"\n'
    )
    ran = wardround("learn", site / "reviewed.jsonl", copies, "-o", tmp_path / "site.model", "--json")
    assert json.loads(ran.out)["left_out"] == {
        "without codes": 1,
        "cannot be read": 1,
        "a copy of another note": 60,
    }
    assert ran.status == 0
    assert ran.err.count("error: ") == 1
    assert "line 62" in ran.err
    assert "Zebulon" not in ran.err
    assert (tmp_path / "site.model").read_bytes() == (site / "site.model").read_bytes()


def test_too_few_charts(wardround: Run, tmp_path: Path) -> None:
    written(made(10), tmp_path / "few.jsonl")
    ran = wardround("learn", tmp_path / "few.jsonl", "-o", tmp_path / "site.model")
    assert ran.status == 1
    assert "10 reviewed charts are too few to learn from" in ran.err
    assert not (tmp_path / "site.model").exists()


def test_signed_cases_of_a_store(wardround: Run, tmp_path: Path) -> None:
    charts = made(30)
    coder = Coder()
    with open_store(folder=tmp_path / "store", key_file=tmp_path / "key") as store:
        for chart in charts:
            upload = Upload(content=chart.text.encode(), media_type="text/plain")
            draft = coder.code(chart.text, Encounter()).to_json()
            case = store.add_case(MARIA, "note", [upload], draft=draft)
            review = store.begin_review(MARIA, case.id, 1)
            suggested = [each["code"] for each in draft["codes"]]  # type: ignore[attr-defined]
            for code in suggested:
                verb = "accept" if code in chart.codes else "reject"
                review = store.decide(MARIA, case.id, code, verb, version=review.version)  # type: ignore[arg-type]
            for code in sorted(chart.codes - set(suggested)):
                value = {"code": code, "start": 0, "end": 7}
                review = store.decide(MARIA, case.id, code, "add", version=review.version, value=value)
            store.sign(MARIA, case.id, version=review.version)
    own = ("--store", "--folder", tmp_path / "store", "--key-file", tmp_path / "key")
    ran = wardround("learn", *own, "-o", tmp_path / "site.model", "--json")
    assert (ran.status, json.loads(ran.out)["charts"]) == (0, 30)
    written(charts, tmp_path / "same.jsonl")
    wardround("learn", tmp_path / "same.jsonl", "-o", tmp_path / "same.model")
    assert (tmp_path / "same.model").read_bytes() == (tmp_path / "site.model").read_bytes()
    audited = wardround("audit", "list", "--json", "--folder", tmp_path / "store", "--key-file", tmp_path / "key")
    read = [each for each in audited.records if each["reason"] == "learn"]
    assert [each["action"] for each in read] == ["query", *["read"] * 30]
    assert wardround("learn", "--store", "--folder", tmp_path / "none", "-o", tmp_path / "x").status == 1


def test_what_a_model_holds(wardround: Run, site: Path) -> None:
    shown = wardround("learn", "--show", site / "site.model").out
    for part in (
        "encounter",
        "2026-04-01",
        "Codes given most",
        "E11.9",
        "sugar",
        "pump",
        "F17.200",
        "10 of 10",
        "assessment",
    ):
        assert part in shown
    told = json.loads(wardround("learn", "--show", site / "site.model", "--json").out)
    phrases = {each["code"]: {one["phrase"] for one in each["phrases"]} for each in told["codes"]}
    for words, code in LOCAL.items():
        assert phrases[code] & {words, *words.split()}
    assert {"suggested": "R53.83", "code": "I50.9", "given": 10, "charts": 10} in told["together"]  # "tired" pump
    assert all(each["code"] != each["suggested"] for each in told["together"])
    assert set(told["places"]) == {"assessment"}


def test_what_differs_between_two_models(wardround: Run, site: Path, tmp_path: Path) -> None:
    two = (site / "site.model", site / "new.model")
    held = written(made(30, 9), tmp_path / "held.jsonl")
    told = json.loads(wardround("learn", "--compare", *two, held, "--last", "20", "--json").out)
    assert (told["old"]["charts"], told["new"]["charts"], told["effect"]["charts"]) == (60, 120, 20)
    assert any(each["old"] is None for each in told["difference"]["habits"])
    assert told["difference"]["weights"]
    table = wardround("learn", "--compare", *two, held).out
    for part in ("old", "new", "New habits", "Weights that moved most", "In 30 charts", "F1"):
        assert part in table
    alone = json.loads(wardround("learn", "--compare", *two, "--json").out)
    assert alone["effect"] is None
    same = json.loads(wardround("learn", "--compare", two[0], two[0], "--json").out)
    assert same["difference"] == {"weights": [], "habits": [], "codes_gained": [], "codes_lost": []}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("wardround.site/1", "wardround.site/2"), "made by another version of wardround"),
        (("{", "["), "no site model, or a damaged one"),
        (('"scope": "encounter"', '"scope": "mentions"'), "fitted for the scope mentions"),
    ],
)
def test_models_that_cannot_be_used(
    wardround: Run, site: Path, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    path = tmp_path / "other.model"
    path.write_text((site / "site.model").read_text().replace(*change, 1))
    note = tmp_path / "note.txt"
    note.write_text(NOTE)
    ran = wardround("code", "--site", path, note)
    assert ran.status == 1
    assert said in ran.err
    if "scope" in change[0]:
        ran = wardround("learn", "--compare", site / "site.model", path)
        assert (ran.status, "two scopes" in ran.err) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["charts.jsonl"],
        ["-o", "site.model"],
        ["charts.jsonl", "-o", "a", "--show", "b"],
        ["--compare", "a"],
    ],
)
def test_command_lines_that_are_wrong(wardround: Run, arguments: list[str]) -> None:
    assert wardround("learn", *arguments).status == 2


def test_examples_belong_to_a_model(wardround: Run, tmp_path: Path) -> None:
    ran = wardround("code", "--examples", tmp_path / "examples.jsonl", tmp_path / "note.txt")
    assert (ran.status, "belongs to a model" in ran.err) == (2, True)
