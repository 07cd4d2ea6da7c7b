"""Every format, on one result that holds what formats trip over."""

from __future__ import annotations

import csv
import datetime
import io
import json
from importlib.metadata import EntryPoint, EntryPoints
from typing import TYPE_CHECKING

import pytest

from wardround.coding.result import CodingResult, Evidence, Finding, Provenance, Query, ReleaseInfo, Suggestion
from wardround.errors import InputError, NoteError
from wardround.export import Exporter, Failure, exporter, formats
from wardround.export.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

FAILURE = Failure(id="b", error=NoteError("the note is empty", where="line 2", hint="give it text"))


def suggestion(code: str, quote: str, *, status: str = "accepted", role: str = "secondary") -> Suggestion:
    return Suggestion.model_validate(
        {
            "code": code,
            "description": f"description of {code}",
            "status": status,
            "role": role,
            "confidence": 0.875,
            "evidence": [Evidence(start=3, end=3 + len(quote), text=quote, section="assessment", assertion="present")],
            "route": ["title"],
            "findings": [Finding(rule="a-rule", section="I.B.5", severity="info", codes=(code,), message="because")],
        }
    )


def result(
    codes: Sequence[Suggestion] = (),
    *,
    id: str | None = "a",
    warnings: tuple[str, ...] = (),
    queries: Sequence[Query] = (),
) -> CodingResult:
    return CodingResult(
        id=id,
        release=ReleaseInfo(
            id="2026-04-01",
            title="FY2026 (April 1, 2026 update)",
            fiscal_year=2026,
            valid_from=datetime.date(2026, 4, 1),
            valid_to=datetime.date(2026, 9, 30),
        ),
        scope="encounter",
        setting="outpatient",
        codes=tuple(codes),
        queries=tuple(queries),
        warnings=warnings,
        provenance=Provenance(wardround="0", coder="embedded", release_digest="0", lexicon_digest="0"),
    )


TWO = result([suggestion("I10", "HTN", role="principal"), suggestion("R05.9", "cough", status="review")])


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_there_are_five_built_in_formats() -> None:
    assert formats() == ("json", "csv", "markdown", "queries", "fhir")
    assert [exporter(name).name for name in formats()] == list(formats())


def test_an_unknown_format_names_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no format 'xlsx' \(formats: json, csv, markdown, queries, fhir\)"):
        exporter("xlsx")


def test_json_is_one_line_per_record_in_the_published_shape() -> None:
    line = exporter("json").result(TWO)
    assert line.count("\n") == 1
    record = json.loads(line)
    assert record["schema"] == "wardround.coding/1"
    assert [(code["code"], code["status"], code["role"]) for code in record["codes"]] == [
        ("I10", "accepted", "principal"),
        ("R05.9", "review", "secondary"),
    ]
    assert CodingResult.model_validate(record) == TWO


def test_json_of_a_failure_stands_in_the_place_of_its_result() -> None:
    assert json.loads(exporter("json").failure(FAILURE)) == {
        "id": "b",
        "error": {"what": "the note is empty", "where": "line 2", "hint": "give it text"},
    }


@pytest.mark.parametrize("id", ["é", "half a pair \ud83d", "two\nlines", "\u2028"])
def test_json_can_be_written_as_utf8_and_read_back(id: str) -> None:
    written = exporter("json").failure(Failure(id=id, error=InputError("wrong"))).encode()
    assert written.count(b"\n") == 1
    assert json.loads(written)["id"] == id


def test_csv_is_one_row_per_code_under_one_header() -> None:
    format = exporter("csv")
    first, second, failed = rows(
        format.header() + format.result(TWO) + format.result(result()) + format.failure(FAILURE)
    )
    assert first == {
        "id": "a",
        "sequence": "1",
        "code": "I10",
        "description": "description of I10",
        "status": "accepted",
        "role": "principal",
        "confidence": "0.875",
        "start": "3",
        "end": "6",
        "quote": "HTN",
        "section": "assessment",
        "assertion": "present",
    }
    assert (second["sequence"], second["code"], second["status"]) == ("2", "R05.9", "review")
    assert (failed["id"], failed["status"]) == ("b", "error")
    assert failed["description"] == "line 2: the note is empty (give it text)"


@pytest.mark.parametrize(
    ("quote", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1 edema", "'+1 edema"),
        ("- cough", "'- cough"),
        ("@home", "'@home"),
        ("\tcough", "'\tcough"),
        ("＝1", "'＝1"),
        ("cough = bad", "cough = bad"),
        ('he said "ow"', 'he said "ow"'),
        ("left\nknee, pain", "left\nknee, pain"),
        ("1+", "1+"),
        ("a\0b", "a␀b"),
    ],
)
def test_csv_quotes_and_guards_formulas(quote: str, cell: str) -> None:
    format = exporter("csv")
    (row,) = rows(format.header() + format.result(result([suggestion("R05.9", quote)])))
    assert row["quote"] == cell
    assert row["section"] == "assessment"


def test_csv_guards_the_names_of_records_too() -> None:
    format = exporter("csv")
    (row,) = rows(format.header() + format.failure(Failure(id="=1+1", error=InputError("wrong"))))
    assert row["id"] == "'=1+1"


def test_markdown_prints_the_classic_line() -> None:
    assert exporter("markdown").result(TWO).splitlines() == [
        "## a",
        "",
        "- **Code**: I10, **Description**: description of I10",
        "- **Code**: R05.9, **Description**: description of R05.9",
        "",
        "For review before use: R05.9.",
        "",
    ]


def test_markdown_of_no_codes_and_of_a_failure() -> None:
    format = exporter("markdown")
    assert "No codes.\n\n> not English" in format.result(result(id=None, warnings=("not English",)))
    assert format.failure(FAILURE) == "## b\n\n> error: line 2: the note is empty (give it text)\n\n"


QUERY = Query(
    topic="heart failure: type and acuity",
    rule="heart-failure",
    section="I.B.18",
    codes=("I50.9",),
    indicators=(
        Evidence(start=0, end=10, text="LVEF of\n35", section="results", assertion="present"),
        Evidence(start=20, end=33, text="heart failure", section="chief_complaint", assertion="present"),
    ),
    question="Please clarify the type and acuity of the heart failure.",
    options=("Acute systolic", "Other (please specify)", "Unable to determine"),
)


def test_a_query_is_a_letter_that_quotes_and_asks_openly() -> None:
    assert exporter("queries").result(result([suggestion("I50.9", "CHF")], queries=[QUERY])) == (
        "## a\n\n"
        "### Heart failure: type and acuity\n\n"
        "The record says:\n\n"
        "- “LVEF of 35” (results)\n"
        "- “heart failure” (chief complaint)\n\n"
        "Please clarify the type and acuity of the heart failure.\n\n"
        "- [ ] Acute systolic\n- [ ] Other (please specify)\n- [ ] Unable to determine\n\n"
    )


def test_a_query_that_a_person_wrote_is_exported_as_it_was_written() -> None:
    written = QUERY.model_copy(update={"letter": "Dear colleague,\n\nof what kind \x1b[31mis it?"})
    assert exporter("queries").result(result([suggestion("I50.9", "CHF")], queries=[written])) == (
        "## a\n\n### Heart failure: type and acuity\n\nDear colleague,\n\nof what kind ␛[31mis it?\n\n"
    )


def test_queries_of_a_note_that_leaves_nothing_open_and_of_a_failure() -> None:
    assert exporter("queries").result(TWO) == "## a\n\nNo questions.\n\n"
    assert exporter("queries").failure(FAILURE).startswith("## b\n\n> error: line 2")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("knee  pain\r\n\tleft", "knee pain left"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x00\x7f\x9b", "␀␡\\u009b"),
        ("a\u202eb\u200fc", "a\\u202eb\\u200fc"),
        ("half \ud800", "half \\ud800"),
        ("39 °C, naïve, “yes”, 発熱", "39 °C, naïve, “yes”, 発熱"),
        ("", ""),
    ],
)
def test_text_of_a_note_has_no_effect_where_it_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


class Shouting(Exporter):
    """A format of a plugin."""

    name = "shout"

    def result(self, result: CodingResult) -> str:
        return " ".join(code.code for code in result.codes).lower() + "!\n"

    def failure(self, failure: Failure) -> str:
        return f"{failure.id}?\n"


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint(name, f"{__name__}:{kind}", "wardround.exporters")
        for name, kind in [("shout", "Shouting"), ("json", "Shouting"), ("odd", "suggestion")]
    ]

    def installed(**wanted: str) -> EntryPoints:
        return EntryPoints(points).select(**wanted)

    monkeypatch.setattr("importlib.metadata.entry_points", installed)


@pytest.mark.usefixtures("plugins")
def test_a_plugin_is_used_only_when_plugins_are_asked_for() -> None:
    assert "shout" not in formats()
    with pytest.raises(InputError, match="no format 'shout'"):
        exporter("shout")
    assert formats(plugins=True) == ("json", "csv", "markdown", "queries", "fhir", "odd", "shout")
    assert exporter("shout", plugins=True).result(TWO) == "i10 r05.9!\n"


@pytest.mark.usefixtures("plugins")
def test_a_plugin_cannot_take_the_name_of_a_built_in_format_or_be_something_else() -> None:
    assert exporter("json", plugins=True).result(TWO).startswith("{")
    with pytest.raises(InputError, match="not of the kind Exporter"):
        exporter("odd", plugins=True)
