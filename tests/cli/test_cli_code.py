"""``wardround code``"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cli.conftest import Run

APPENDICITIS = "ASSESSMENT\nAcute appendicitis.\n"
SECRET = "Zebulon"  # a name that must not turn up in an error message


def jsonl(*records: object) -> bytes:
    """Records as lines of JSON; bytes are a line as they are."""
    return b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in records)


def codes(record: dict[str, Any]) -> list[str]:
    return [code["code"] for code in record["codes"]]


# -- the two example notes -------------------------------------------------------------------------------------------


def test_appendicitis_is_coded_once_and_its_symptoms_are_not(wardround: Run, examples: Path) -> None:
    ran = wardround("code", "--json", examples / "notes" / "appendicitis.txt")
    (record,) = ran.records
    assert (ran.status, codes(record)) == (0, ["K35.80"])
    assert record["codes"][0]["role"] == "principal"


@pytest.mark.parametrize("setting", ["outpatient", "inpatient"])
def test_suspected_influenza_follows_the_setting(wardround: Run, examples: Path, setting: str) -> None:
    note = examples / "notes" / "influenza.txt"
    ran = wardround("code", "--json", "--setting", setting, note)
    (record,) = ran.records
    found = codes(record)
    assert ran.status == 0
    assert any(code.startswith(("J10", "J11")) for code in found) == (setting == "inpatient")
    denied = (
        "J02",
        "R07",
        "R06.0",
        "R11",
        "R19.7",
        "U07",
        "Z20",
    )  # sore throat, chest pain, short of breath, vomiting …
    assert not [code for code in found if code.startswith(denied)]
    assert len(found) == len(set(found))
    assert found


def test_every_quote_is_an_exact_slice_of_the_note(wardround: Run, examples: Path) -> None:
    for path in sorted((examples / "notes").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        (record,) = wardround("code", "--json", path).records
        for code in record["codes"] + record["rejected"]:
            assert code["evidence"]
            for evidence in code["evidence"]:
                assert text[evidence["start"] : evidence["end"]] == evidence["text"]


# -- formats ---------------------------------------------------------------------------------------------------------


def test_the_table_fits_80_columns_without_colour_when_piped(wardround: Run, examples: Path) -> None:
    ran = wardround("code", *sorted((examples / "notes").glob("*.txt")))
    lines = ran.out.splitlines()
    assert (ran.status, ran.err) == (0, "")
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in ran.out
    assert [line for line in lines if line.endswith(".txt")] == [str(p) for p in sorted((examples / "notes").glob("*"))]
    for word in ("K35.80", "accepted", "first-listed diagnosis", "FY2026", "scope encounter", "Confidence"):
        assert word in ran.out


def test_the_table_has_colour_where_it_is_asked_for(
    wardround: Run, examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32maccepted" in wardround("code", examples / "notes" / "appendicitis.txt").out


def test_explain_says_why_and_why_not(wardround: Run, examples: Path) -> None:
    shown = wardround("code", "--explain", examples / "notes" / "influenza.txt").out
    why, why_not = shown.split("Considered and not chosen")
    assert "Why these codes" in why
    assert "Guidelines" in why_not
    assert "Influenza" in why_not


def test_markdown_prints_the_classic_line(wardround: Run, examples: Path) -> None:
    ran = wardround("code", "--format", "markdown", examples / "notes" / "appendicitis.txt")
    assert "- **Code**: K35.80, **Description**: Unspecified acute appendicitis\n" in ran.out


def test_csv_has_one_header_for_all_notes(wardround: Run, examples: Path) -> None:
    ran = wardround("code", "--format", "csv", "--jsonl", examples / "notes.jsonl")
    rows = list(csv.DictReader(io.StringIO(ran.out, newline="")))
    assert ran.status == 0
    assert [row["code"] for row in rows if row["id"] == "visit-3"] == ["N30.00"]
    assert {row["id"] for row in rows} <= {"visit-1", "visit-2", "visit-3", "stay-4", "visit-5"}


def test_json_is_in_the_published_shape(wardround: Run, examples: Path) -> None:
    from wardround.coding import CodingResult

    for record in wardround("code", "--jsonl", examples / "notes.jsonl").records:
        assert record["schema"] == "wardround.coding/1"
        CodingResult.model_validate(record)


# -- where notes come from and results go -----------------------------------------------------------------------------


def test_standard_input(wardround: Run) -> None:
    (record,) = wardround("code", "--json", "-", stdin=APPENDICITIS.encode()).records
    assert (record["id"], codes(record)) == ("-", ["K35.80"])


def test_one_bad_file_costs_that_one_alone(wardround: Run, tmp_path: Path) -> None:
    good, bad, missing = tmp_path / "good.txt", tmp_path / "bad.txt", tmp_path / "missing.txt"
    good.write_text(APPENDICITIS)
    bad.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)))
    ran = wardround("code", "--json", bad, good, missing, tmp_path)
    assert ran.status == 1
    assert [record["id"] for record in ran.records] == [str(path) for path in (bad, good, missing, tmp_path)]
    assert ["error" in record for record in ran.records] == [True, False, True, True]
    assert codes(ran.records[1]) == ["K35.80"]
    *each, last = ran.err.splitlines()
    assert [line.split(": ")[:2] for line in each] == [["error", str(path)] for path in (bad, missing, tmp_path)]
    assert last == "error: 3 of 4 notes could not be coded"


def test_a_failure_keeps_its_place_in_a_table_that_goes_to_a_file(wardround: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    wardround("code", tmp_path / "empty.txt", "-o", tmp_path / "out.txt")
    assert "not coded: " in (tmp_path / "out.txt").read_text()


def test_lines_of_json_come_back_in_order(wardround: Run, examples: Path) -> None:
    ran = wardround("code", "--jsonl", examples / "notes.jsonl")
    assert ran.status == 0
    assert [record["id"] for record in ran.records] == ["visit-1", "visit-2", "visit-3", "stay-4", "visit-5"]
    assert [record["setting"] for record in ran.records] == ["outpatient"] * 3 + ["inpatient", "outpatient"]


@pytest.mark.parametrize(
    ("line", "what", "hint"),
    [
        (b'{"id": "x", "text": "Zebulon', "the line is not JSON", "column"),
        (b"\xff\xfe{", "the line is not UTF-8", "byte 1"),
        (b'{"id": "x", "text": "caf\xe9"}', "the line is not UTF-8", "byte 25"),
        (b'["Zebulon"]', "the line is not a JSON object", '{"id"'),
        (b"null", "the line is not a JSON object", '{"id"'),
        (b"[" * 100_000, "the line is not JSON that can be read", "too deep"),
        (b'{"id": "x", "age": ' + b"9" * 5000 + b"}", "the line is not JSON that can be read", "too long"),
        ({"id": "x"}, 'the field "text" is missing', ""),
        ({"id": "x", "text": None}, 'the field "text" is missing', ""),
        ({"id": "x", "text": [SECRET]}, 'the field "text" cannot be used', "a string"),
        ({"id": {"name": SECRET}, "text": APPENDICITIS}, 'the field "id" cannot be used', "string"),
        ({"id": True, "text": APPENDICITIS}, 'the field "id" cannot be used', "string"),
        (
            {"id": "x", "text": APPENDICITIS, "setting": SECRET},
            'the field "setting" cannot be used',
            "outpatient or inp",
        ),
        ({"id": "x", "text": APPENDICITIS, "setting": 1}, 'the field "setting" cannot be used', "outpatient or inp"),
        ({"id": "x", "text": APPENDICITIS, "date": "last Sunday"}, 'the field "date" cannot be used', "2026-05-11"),
        ({"id": "x", "text": APPENDICITIS, "date": "2026-13-01"}, 'the field "date" cannot be used', "2026-05-11"),
        ({"id": "x", "text": APPENDICITIS, "date": 20260511}, 'the field "date" cannot be used', "2026-05-11"),
        ({"id": "x", "text": APPENDICITIS, "age": "old"}, 'the field "age" cannot be used', "years"),
        ({"id": "x", "text": APPENDICITIS, "age": "6 months"}, 'the field "age" cannot be used', "0.5 is six months"),
        ({"id": "x", "text": APPENDICITIS, "age": -1}, 'the field "age" cannot be used', "years"),
        ({"id": "x", "text": APPENDICITIS, "age": True}, 'the field "age" cannot be used', "years"),
        (b'{"id": "x", "text": "a", "age": NaN}', 'the field "age" cannot be used', "years"),
        (b'{"id": "x", "text": "a", "age": 1e999}', 'the field "age" cannot be used', "years"),
        ({"id": "x", "text": APPENDICITIS, "sex": SECRET}, 'the field "sex" cannot be used', "female or male"),
        ({"id": "x", "text": ""}, "empty", ""),
        ({"id": "x", "text": " \n\t "}, "", ""),
        ({"id": "x", "text": APPENDICITIS, "date": "2031-01-01"}, "2031-01-01", "--release"),
    ],
)
def test_a_bad_line_costs_that_line_alone(wardround: Run, line: object, what: str, hint: str) -> None:
    good = {"id": "good", "text": APPENDICITIS}
    ran = wardround("code", "--jsonl", "-", stdin=jsonl(good, line, good))
    first, bad, last = ran.records
    assert codes(first) == codes(last) == ["K35.80"]
    assert bad["id"] in ("x", "line 2")
    assert what in bad["error"]["what"]
    assert hint in bad["error"]["hint"]
    assert bad["error"]["where"] == "line 2"
    assert ran.status == 1
    assert SECRET not in ran.err + json.dumps(bad)
    assert ran.err.startswith("error: line 2: ")


@pytest.mark.parametrize("field", ["age", "sex", "date", "setting"])
@pytest.mark.parametrize("value", ["", " ", None])
def test_a_blank_field_is_unknown(wardround: Run, field: str, value: object) -> None:
    ran = wardround("code", "--jsonl", "-", stdin=jsonl({"text": APPENDICITIS, field: value}))
    assert (ran.status, codes(ran.records[0]), ran.records[0]["id"]) == (0, ["K35.80"], "line 1")


@pytest.mark.parametrize(
    "fields",
    [
        {"age": "62"}, {"age": 62}, {"age": "57.0"}, {"age": 0}, {"age": 0.25}, {"sex": "F"}, {"sex": " Male "},
        {"sex": "unknown"}, {"date": "2026-05-11T08:30:00Z"}, {"date": " 2026-05-11 "}, {"setting": "Inpatient"},
        {"id": 17}, {"note_type": "of no concern"},
    ],
    ids=str,
)  # fmt: skip
def test_fields_as_other_systems_write_them(wardround: Run, fields: dict[str, object]) -> None:
    ran = wardround("code", "--jsonl", "-", stdin=jsonl({"text": APPENDICITIS, **fields}))
    assert (ran.status, codes(ran.records[0])) == (0, ["K35.80"])


def test_a_line_goes_before_the_options(wardround: Run) -> None:
    text = "ASSESSMENT\nProbable influenza.\n"
    options = ("--setting", "inpatient", "--date", "2026-05-11", "--age", "40", "--sex", "female")
    ran = wardround(
        "code", "--jsonl", "-", *options, stdin=jsonl({"text": text}, {"text": text, "setting": "outpatient"})
    )
    assert [record["setting"] for record in ran.records] == ["inpatient", "outpatient"]


def test_blank_lines_and_a_byte_order_mark_are_no_records(wardround: Run) -> None:
    stdin = b"\xef\xbb\xbf" + jsonl({"id": 1, "text": APPENDICITIS}, b"", b"  \r", {"id": 2, "text": APPENDICITIS})
    ran = wardround("code", "--jsonl", "-", stdin=stdin)
    assert [record["id"] for record in ran.records] == ["1", "2"]


def test_a_line_over_the_limit_is_skipped_to_its_end(wardround: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.records.lines.LINE_LIMIT", 64)
    ran = wardround("code", "--jsonl", "-", stdin=jsonl({"text": "x" * 500}, {"id": "b", "text": APPENDICITIS}))
    assert ran.records[0]["error"]["where"] == "line 1"
    assert codes(ran.records[1]) == ["K35.80"]


def test_no_lines_are_no_records(wardround: Run) -> None:
    ran = wardround("code", "--jsonl", "-")
    assert (ran.status, ran.out, ran.err) == (0, "", "")


# -- what a note may hold ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \r\n\t", ""),
        ("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 9, "PNG"),
        ("large.txt", b"pain " * 2_000_000, "8,000,000 bytes"),
        ("long.txt", b"pain " * 300_000, "limit of 1,000,000"),
    ],
)
def test_what_is_no_note_is_refused_in_one_line(
    wardround: Run, tmp_path: Path, name: str, content: bytes, what: str
) -> None:
    (tmp_path / name).write_bytes(content)
    for source, stdin in ((str(tmp_path / name), b""), ("-", content)):
        ran = wardround("code", source, stdin=stdin)
        assert ran.status == 1
        assert ran.err.count("\n") == 1
        assert ran.err.startswith(f"error: {'standard input' if source == '-' else tmp_path / name}: ")
        assert what in ran.err


@pytest.mark.parametrize(
    "text",
    [
        "ASSESSMENT\n\u202eAcute appendicitis\u202c, \u200fleft\u200e.\n",
        "ASSESSMENT\nAcute appendicitis, half a pair \ud83d here.\n",
        "ASSESSMENT\n\x1b[31m Acute appendicitis\x1b[0m\n",
        "ASSESSMENT\r\nAcute appendicitis.\r\n",
        "\ufeffASSESSMENT\nAcute appendicitis.\n",
    ],
    ids=["bidi", "surrogate", "escape", "windows", "bom"],
)
@pytest.mark.parametrize("form", ["json", "table", "csv", "markdown"])
def test_odd_characters_pass_through_every_format(wardround: Run, text: str, form: str) -> None:
    ran = wardround("code", "--format", form, "--jsonl", "-", stdin=jsonl({"text": text}))
    assert ran.status == 0
    assert "K35.80" in ran.out
    if form in ("table", "markdown"):
        assert not {"\x1b", "\u202e", "\u200f", "\ufeff"} & set(ran.out)
    if form == "json":
        for code in ran.records[0]["codes"]:
            for evidence in code["evidence"]:
                assert text[evidence["start"] : evidence["end"]] == evidence["text"]


def test_a_quote_can_hold_half_a_pair(wardround: Run, tmp_path: Path) -> None:
    text = "ASSESSMENT\nAcute \ud83d appendicitis.\n"
    for form in ("json", "table", "csv", "markdown"):
        ran = wardround("code", "--format", form, "--jsonl", "-", "-o", tmp_path / form, stdin=jsonl({"text": text}))
        assert ran.status == 0
        assert (tmp_path / form).read_text(encoding="utf-8")


def test_spanish_is_said_and_not_coded(wardround: Run) -> None:
    text = (
        "Motivo de consulta: paciente de 45 años que acude por dolor abdominal y fiebre desde hace dos días. "
        "Antecedentes de diabetes y asma. Diagnóstico: apendicitis aguda. Plan: cirugía."
    )
    ran = wardround("code", "-", stdin=text.encode())
    assert ran.status == 0
    assert "No codes." in ran.out
    assert "English" in ran.out


# -- options -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name the notes to code"),
        (["a.txt", "--jsonl", "b.jsonl"], "name the notes to code"),
        (["a.txt", "--setting", "ward"], "'--setting'"),
        (["a.txt", "--scope", "all"], "'--scope'"),
        (["a.txt", "--sex", "x"], "'--sex'"),
        (["a.txt", "--age", "old"], "'--age'"),
        (["a.txt", "--age", "-4"], "'--age'"),
        (["a.txt", "--date", "yesterday"], "expected a day such as 2026-05-11"),
        (["a.txt", "--format", "xlsx"], "there are table, json, csv, markdown"),
        (["a.txt", "--format", "csv", "--explain"], "belongs to the table"),
        (["a.txt", "--format", "csv", "--queries"], "give one of --format, --json and --queries"),
        (["a.txt", "--nonsense"], "no such option"),
    ],
)
def test_a_wrong_command_line_is_status_2_and_one_line(wardround: Run, arguments: Sequence[str], message: str) -> None:
    ran = wardround("code", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert ran.err.endswith("(see wardround code --help)\n")
    assert ran.err.count("\n") == 1
    assert message in ran.err


@pytest.mark.parametrize("arguments", [["--release", "1999"], ["--jsonl", "missing.jsonl"]], ids=str)
def test_a_run_that_cannot_start_is_status_1(wardround: Run, arguments: Sequence[str]) -> None:
    files = [] if "--jsonl" in arguments else ["-"]
    ran = wardround("code", *files, *arguments, stdin=APPENDICITIS.encode())
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith("error: ")


def test_a_date_that_no_release_covers(wardround: Run) -> None:
    ran = wardround("code", "-", "--date", "2031-01-01", stdin=APPENDICITIS.encode())
    assert ran.status == 1
    assert "2031-01-01" in ran.err
    assert "--release" in ran.err
    again = wardround("code", "-", "--date", "2031-01-01", "--release", "2026-04-01", stdin=APPENDICITIS.encode())
    assert again.status == 0


def test_fail_on_review_is_status_3(wardround: Run) -> None:
    certain, uncertain = APPENDICITIS.encode(), b"Chief complaint: dizzy spells, tiredness and a cough for two weeks.\n"
    assert wardround("code", "-", "--fail-on-review", stdin=certain).status == 0
    ran = wardround("code", "-", "--fail-on-review", "--json", stdin=uncertain)
    assert any(code["status"] == "review" for code in ran.records[0]["codes"])
    assert ran.status == 3
    assert wardround("code", "-", stdin=uncertain).status == 0


def test_scope_mentions_codes_what_the_encounter_scope_turns_down(wardround: Run) -> None:
    text = b"HPI: Denies cough.\nASSESSMENT\nAcute appendicitis.\n"
    (encounter,) = wardround("code", "-", "--json", stdin=text).records
    (mentions,) = wardround("code", "-", "--json", "--scope", "mentions", stdin=text).records
    assert codes(encounter) == ["K35.80"]
    assert set(codes(mentions)) > {"K35.80"}


# -- output files ------------------------------------------------------------------------------------------------------


def test_output_appears_when_it_is_complete(wardround: Run, tmp_path: Path) -> None:
    target = tmp_path / "codes.jsonl"
    target.write_text("before")
    assert wardround("code", "-", "--json", "-o", target, stdin=APPENDICITIS.encode()).out == ""
    assert codes(json.loads(target.read_text())) == ["K35.80"]
    assert [path.name for path in tmp_path.iterdir()] == ["codes.jsonl"]


def test_output_of_a_run_that_breaks_leaves_the_old_file(
    wardround: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wardround.export.json import JsonLines

    def breaks(self: JsonLines, result: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(JsonLines, "result", breaks)
    target = tmp_path / "codes.jsonl"
    target.write_text("before")
    assert wardround("code", "-", "--json", "-o", target, stdin=APPENDICITIS.encode()).status == 130
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["codes.jsonl"]


def test_output_through_a_link_and_into_a_pipe(wardround: Run, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    wardround("code", "-", "--json", "-o", tmp_path / "link", stdin=APPENDICITIS.encode())
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text().startswith("{")
    assert wardround("code", "-", "--json", "-o", os.devnull, stdin=APPENDICITIS.encode()).status == 0
    assert not os.path.isfile(os.devnull)


def test_output_where_nothing_can_be_written(wardround: Run, tmp_path: Path) -> None:
    ran = wardround("code", "-", "-o", tmp_path / "no" / "such" / "folder", stdin=APPENDICITIS.encode())
    assert ran.status == 1
    assert "cannot write the file" in ran.err


def test_a_reader_that_stops_early_is_no_failure(examples: Path) -> None:
    line = jsonl({"text": APPENDICITIS}) * 400
    program = "import sys; from wardround.cli import main; main(['code', '--jsonl', '-'])"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(line[: len(line) // 2])
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            process.stdin.write(line[len(line) // 2 :])
            process.stdin.close()
        except BrokenPipeError:
            pass
        assert process.stderr.read() == b""
        assert process.wait(120) == 0


def test_a_defect_is_one_line_without_the_note(wardround: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from wardround.coding import Coder

    def breaks(self: Coder, note: object, *_: object, **__: object) -> object:
        raise KeyError(note)

    monkeypatch.setattr(Coder, "code", breaks)
    ran = wardround("code", "--jsonl", "-", stdin=jsonl({"id": "a", "text": SECRET}))
    assert ran.status == 1
    assert ran.records[0]["error"]["what"].startswith("unexpected KeyError")
    assert SECRET not in ran.out + ran.err
