"""``wardround rules``"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

from wardround.coding.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run

LINES: list[dict[str, Any]] = [
    {"id": "clean", "codes": ["I10", "e119"]},
    {"id": "twice", "codes": ["I10", "I10"]},
    {"id": 3, "codes": ["N40.0"], "sex": "F", "age": "41", "setting": "inpatient", "date": "2026-05-11"},
]


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    path = tmp_path / "lists.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


def rules_of(record: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in record["findings"]]


@pytest.mark.parametrize("command", [("rules",), ("rules", "list")])
def test_list(wardround: Run, command: tuple[str, ...]) -> None:
    ran = wardround(*command)
    assert (ran.status, ran.err) == (0, "")
    for rule in RULES:
        assert rule.name in ran.out
        assert rule.section in ran.out


def test_list_as_json(wardround: Run) -> None:
    listed = json.loads(wardround("rules", "list", "--json").out)
    assert [each["name"] for each in listed] == [rule.name for rule in RULES]
    (excludes1,) = [each for each in listed if each["name"] == "excludes1"]
    assert excludes1 == {
        "name": "excludes1",
        "section": "I.A.12.a",
        "title": "codes that exclude each other are not reported together, unless unrelated",
        "severity": "reject",
        "settings": ["outpatient", "inpatient"],
        "since": None,
        "until": None,
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_show(wardround: Run, rule: Any) -> None:
    ran = wardround("rules", "show", rule.name)
    assert (ran.status, ran.err) == (0, "")
    assert rule.name in ran.out
    shown = json.loads(wardround("rules", "show", rule.name, "--json").out)
    assert shown["documentation"].startswith(" ".join((type(rule).__doc__ or "").split())[:40])
    assert len(shown["cases"]) >= 8


def test_show_names_what_is_meant(wardround: Run) -> None:
    ran = wardround("rules", "show", "exclude1")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == "error: there is no rule 'exclude1' (perhaps excludes1 or excludes2)\n"


@pytest.mark.parametrize(
    ("codes", "status", "shown"),
    [
        (("I10", "e11.9"), 0, ("Type 2 diabetes mellitus without complications", "Nothing found.")),
        (("I10, i10",), 0, ("reject  I10 is listed 2 times", "Guidelines I.B.12, duplicate-code")),
        (("--fail-on-review", "I10;E11.9"), 0, ("Nothing found.",)),
        (("--fail-on-review", "I10", "I10"), 3, ("reject",)),
        (("--fail-on-review", "E11.22"), 0, ("info",)),
        (("--sex", "female", "N40.0"), 0, ("N40.0",)),
        (("E11.6",), 0, ("E11.6 is a heading", "E11.61")),
    ],
)
def test_check_codes(wardround: Run, codes: tuple[str, ...], status: int, shown: tuple[str, ...]) -> None:
    ran = wardround("rules", "check", *codes)
    assert (ran.status, ran.err) == (status, "")
    plain = " ".join(ran.out.split())
    assert all(" ".join(part.split()) in plain for part in shown)


def test_check_codes_as_json(wardround: Run) -> None:
    (record,) = wardround("rules", "check", "--json", "I10", "I10").records
    assert record == {
        "id": None,
        "release": "2026-04-01",
        "findings": [
            {
                "rule": "duplicate-code",
                "section": "I.B.12",
                "severity": "reject",
                "codes": ["I10"],
                "message": "I10 is listed 2 times",
            }
        ],
    }


def test_check_lines(wardround: Run, lists: Path) -> None:
    ran = wardround("rules", "check", "--jsonl", lists)
    assert (ran.status, ran.err) == (0, "")
    assert [record["id"] for record in ran.records] == ["clean", "twice", "3"]
    assert {record["release"] for record in ran.records} == {"2026-04-01"}
    assert [rules_of(record) for record in ran.records] == [[], ["duplicate-code"], ["sex"]]


def test_check_standard_input_into_a_file(wardround: Run, lists: Path, tmp_path: Path) -> None:
    ran = wardround("rules", "check", "--jsonl", "-", "-o", tmp_path / "out.jsonl", stdin=lists.read_bytes())
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 3


def test_what_the_line_says_goes_before_the_options(wardround: Run) -> None:
    stdin = b'{"codes": ["N40.0"]}\n{"codes": ["N40.0"], "sex": "male"}\n'
    ran = wardround("rules", "check", "--jsonl", "-", "--sex", "female", stdin=stdin)
    assert [rules_of(record) for record in ran.records] == [["sex"], []]


def test_a_bad_line_costs_that_line_alone(wardround: Run) -> None:
    lines = [
        b'{"id": "a", "codes": ["I10"]}',
        b"not JSON",
        b'{"id": "c", "text": "no codes"}',
        b'{"id": "d", "codes": "I10"}',
        b'{"id": "e", "codes": ["I10"], "date": "1999-05-11"}',
        b'{"id": "f", "codes": ["I10"], "release": "1999-10-01"}',
        b'{"id": "g", "codes": []}',
        b"",
    ]
    ran = wardround("rules", "check", "--jsonl", "-", stdin=b"\n".join(lines))
    assert ran.status == 1
    assert [record["id"] for record in ran.records] == ["a", "line 2", "c", "d", "e", "f", "g"]
    wrong = [record["error"]["what"] for record in ran.records if "error" in record]
    assert wrong == [
        "the line is not JSON",
        'the field "codes" is missing',
        'the field "codes" cannot be used',
        "no installed release covers 1999-05-11",
        "no release '1999-10-01' is installed",
    ]
    assert ran.err.splitlines()[-1] == "error: 5 of 7 lists could not be checked"
    assert "I10" not in ran.err


def test_what_code_wrote_can_be_checked(wardround: Run) -> None:
    coded = wardround("code", "--json", "-", stdin=b"Assessment:\n1. Type 2 diabetes\n2. Hypertension\n")
    ran = wardround("rules", "check", "--jsonl", "-", stdin=coded.out.encode())
    (record,) = ran.records
    assert (ran.status, record["id"], record["findings"]) == (0, "-", [])


def test_the_release_of_a_line_and_of_the_option(wardround: Run) -> None:
    line = b'{"codes": ["I10"], "date": "1999-05-11", "release": {"id": "2026-04-01", "title": "FY2026"}}'
    assert wardround("rules", "check", "--jsonl", "-", stdin=line).status == 0
    other = line.replace(b"2026-04-01", b"1999-10-01")
    assert wardround("rules", "check", "--jsonl", "-", stdin=other).status == 1
    assert wardround("rules", "check", "--release", "2026-04-01", "--jsonl", "-", stdin=other).status == 0


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_csv_in_and_out(wardround: Run, tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(
        '\ufeffID,Codes,sex,payer\n1,I10 E11.9,,a\n2,"I10, I10",,b\n3,N40.0;I10,F,c\n,I10 i10,,\n4\n5,I10,x,\n'.encode()
    )
    ran = wardround("rules", "check", "--csv", path)
    assert ran.status == 1
    found = rows(ran.out)
    assert [(row["id"], row["rule"], row["severity"], row["codes"]) for row in found] == [
        ("2", "duplicate-code", "reject", "I10"),
        ("3", "sex", "review", "N40.0"),
        ("line 5", "duplicate-code", "reject", "I10"),
        ("4", "", "error", ""),
        ("5", "", "error", ""),
    ]
    assert 'the field "codes" is missing' in found[3]["message"]
    assert 'the field "sex" cannot be used' in found[4]["message"]


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_every_form_for_every_input(wardround: Run, lists: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / "lists.csv"
    path.write_text("id,codes\ntwice,I10 I10\n")
    for given in (("--jsonl", lists), ("--csv", path), ("I10", "I10")):
        ran = wardround("rules", "check", *given, "--format", form)
        assert (ran.status, ran.err) == (0, "")
        assert "duplicate-code" in ran.out


def test_odd_bytes_cost_their_row_only(wardround: Run) -> None:
    stdin = b'id,codes\n1,I10 \xff\n2,"' + b"x" * 200_000 + b'"\n3,I10 I10\n'
    ran = wardround("rules", "check", "--csv", "-", stdin=stdin)
    found = [(row["id"], row["rule"]) for row in rows(ran.out)]
    assert ran.status == 0
    assert found == [("1", "valid-code"), ("2", "valid-code"), ("3", "duplicate-code")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name the codes"),
        (("I10", "--jsonl", "-"), "name the codes"),
        (("--jsonl", "-", "--csv", "-"), "name the codes"),
        (("I10", "--date", "yesterday"), "a day such as"),
        (("I10", "--format", "markdown"), "markdown"),
    ],
)
def test_the_command_line_is_wrong(wardround: Run, arguments: tuple[str, ...], message: str) -> None:
    ran = wardround("rules", "check", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--jsonl", "missing.jsonl"), "cannot read the file"),
        (("--csv", "-"), "no column codes"),
        (("--release", "1999-10-01", "I10"), "no release '1999-10-01'"),
    ],
)
def test_the_run_fails(wardround: Run, arguments: tuple[str, ...], message: str) -> None:
    ran = wardround("rules", "check", *arguments)
    assert ran.status == 1
    assert message in ran.err
