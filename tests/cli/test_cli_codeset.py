"""``wardround codeset``"""

from __future__ import annotations

import csv
import io
import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from icd10.official import PARTS, write_folder, write_zip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.conftest import Run


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the user is in; nothing is installed."""
    monkeypatch.setenv("WARDROUND_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_list_names_the_releases(wardround: Run) -> None:
    ran = wardround("codeset", "list")
    assert ran.status == 0
    assert "2026-04-01" in ran.out
    assert "FY2026" in ran.out
    (release,) = json.loads(wardround("codeset", "list", "--json").out)
    assert release["id"] == "2026-04-01"
    assert (release["valid_from"], release["valid_to"]) == ("2026-04-01", "2026-09-30")
    assert len(release["digest"]) == 64
    assert release["installed_at"] is None
    assert [name for name, part in release["parts"].items() if part] == ["tabular"]


def test_install_list_and_remove(wardround: Run, desk: Path) -> None:
    write_zip(desk / "2027.zip", names={"index": "icd10cm_index_2026.xml"}, years={"index": 2026}, without=["drug"])
    ran = wardround("codeset", "install", "--mixed-years", "2027.zip")
    assert (ran.status, ran.err) == (0, "")
    shown = " ".join(ran.out.split())
    for part in (
        "FY2027 (October 1, 2026): installed as 2026-10-01.",
        "Tabular 37 codes icd10cm_tabular_2027.xml",
        "Index 28 entries icd10cm_index_2026.xml (FY2026)",
        "Drugs none",
        "from 2027.zip, SHA-256",
        "Not all parts are of one year",
        "Cross-references that lead nowhere: 1 of ",
        "Pneumonia, of an odd kind: see Nonesuch",
        "Codes of the Index and tables that the Tabular lacks, not used: 1",
        "Syndrome, of a code that is gone: Z99.99",
    ):
        assert part in shown
    shown = " ".join(wardround("codeset", "list").out.split())
    assert "2026-10-01 FY2027" in shown
    listed = json.loads(wardround("codeset", "list", "--json").out)
    assert [release["id"] for release in listed] == ["2026-04-01", "2026-10-01"]
    assert listed[1]["parts"]["index"]["fiscal_year"] == 2026
    assert listed[1]["parts"]["drug"] is None

    write_zip(desk / "drug.zip", only=["drug"], extra={"readme.xml": "<p>look</p>"})
    shown = " ".join(wardround("codeset", "install", "drug.zip").out.split())
    assert "FY2027 (October 1, 2026): Drugs added to 2026-10-01." in shown
    assert "Drugs 4 entries" in shown
    assert "XML files that are no part of a release, left out: 1 drug.zip/readme.xml" in shown

    ran = wardround("codeset", "remove", "2026-10-01")
    assert (ran.status, ran.out) == (0, "2026-10-01 is removed.\n")
    ran = wardround("codeset", "remove", "2026-10-01")
    assert (ran.status, ran.out) == (1, "")
    assert "installed, not bundled: none" in ran.err


def test_install_as_json(wardround: Run, desk: Path) -> None:
    write_folder(desk / "release")
    told = json.loads(wardround("codeset", "install", "release", "--json").out)
    assert (told["id"], told["replaced"], told["codes"]) == ("2026-10-01", False, 37)
    assert list(told["parts"]) == list(PARTS)
    assert told["entries"] == {"index": 28, "external": 8, "neoplasm": 4, "drug": 4}
    assert {"place": ["Syndrome", "of a code that is gone"], "code": "Z99.99"} in told["withdrawn"]
    assert told["unresolved"][0]["text"]
    assert json.loads(wardround("codeset", "install", "release", "--json").out)["replaced"] is True


@pytest.fixture
def mirror(desk: Path) -> Iterator[str]:
    """The address of a server on this machine that has what is in the folder ``mirror``."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    (desk / "mirror").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(desk / "mirror"))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("year", "release"), [("2027", "2026-10-01"), ("2027-04-01", "2027-04-01")])
def test_download(wardround: Run, desk: Path, mirror: str, year: str, release: str) -> None:
    write_zip(desk / "mirror" / "release.zip", names={"tabular": "icd10cm_tabular_2027.xml"})
    url = f"{mirror}/release.zip"
    ran = wardround("codeset", "install", "--download", year, "--url", url)
    assert (ran.status, ran.err) == (0, "")
    assert f"from {url}, SHA-256" in " ".join(ran.out.split())
    told = json.loads((desk / "data" / "releases" / release / "release.json").read_text())
    assert {file["origin"]["url"] for file in told["files"]} == {url}
    assert {len(file["origin"]["sha256"]) for file in told["files"]} == {64}
    assert wardround("codeset", "show", "E11.22", "--release", release).status == 0


def test_download_of_another_year_or_of_nothing(wardround: Run, desk: Path, mirror: str) -> None:
    write_zip(desk / "mirror" / "release.zip")
    ran = wardround("codeset", "install", "--download", "2028", "--url", f"{mirror}/release.zip")
    assert (ran.status, ran.out) == (1, "")
    assert "fiscal year 2027" in ran.err
    assert "2028" in ran.err
    ran = wardround("codeset", "install", "--download", "2027", "--url", f"{mirror}/moved.zip")
    assert (ran.status, ran.out) == (1, "")
    assert "the server answers 404" in ran.err
    assert "by hand from cms.gov" in ran.err
    assert not (desk / "data").exists() or not list((desk / "data" / "releases").iterdir())


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        ([], 2, "name what to install"),
        (["a.zip", "--download", "2027"], 2, "name what to install"),
        (["a.zip", "--url", "https://example.org"], 2, "belongs to --download"),
        (["--download", "2027", "--release", "2026-10-01"], 2, "says which release it is"),
        (["--download", "27"], 1, "a fiscal year such as 2027"),
        (["--download", "2027", "--url", "http://example.org/x.zip"], 1, "only an https address"),
        (["absent.zip"], 1, "absent.zip: the file cannot be read"),
        (["page.zip"], 1, "page.zip: this holds no part of a release"),
        (["page.zip", "--release", "27"], 1, "such as 2026-10-01"),
    ],
)
def test_what_cannot_be_installed(wardround: Run, desk: Path, arguments: list[str], status: int, says: str) -> None:
    (desk / "page.zip").write_text("<html>moved</html>")
    ran = wardround("codeset", "install", *arguments)
    assert (ran.status, ran.out) == (status, "")
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert says in ran.err


def _result(id: str, *codes: str, release: str = "2025-10-01") -> str:
    found = [{"code": code, "status": "accepted"} for code in codes]
    return json.dumps({"schema": "wardround.coding/1", "id": id, "release": {"id": release}, "codes": found})


RESULTS = "\n".join(
    [
        _result("7", "I10", "E11.22", "J18.9"),
        "",
        '{"id": "8", "error": {"what": "empty", "where": "", "hint": ""}}',
        _result("\u202e9", "J44.9"),
        _result("10", "Z79.4", "N18.9", release="2024-10-01"),
    ]
)


@pytest.fixture
def two(wardround: Run, desk: Path) -> Callable[..., str]:
    """Two releases are installed; compares them and gives what is printed."""
    split = "<diag><name>I10.1</name><desc>Severe hypertension</desc></diag>"
    replace = {
        "<inclusionTerm><note>High blood pressure</note></inclusionTerm>": split,
        "Pneumonia, organism not stated": "Pneumonia NOS",
        "<diag><name>Z79.4</name><desc>Long term use of insulin</desc></diag>": "",
    }
    write_zip(desk / "2026.zip", "2025-10-01", only=["tabular"])
    write_zip(desk / "2027.zip", only=["tabular"], replace={"tabular": replace})
    (desk / "results.jsonl").write_text(RESULTS)
    for year in ("2026", "2027"):
        assert wardround("codeset", "install", f"{year}.zip").status == 0

    def compare(*options: str, stdin: bytes = b"") -> str:
        ran = wardround("codeset", "diff", "2025-10-01", "2026-10-01", *options, stdin=stdin)
        assert (ran.status, ran.err) == (0, "")
        return ran.out

    return compare


def test_diff(two: Callable[..., str]) -> None:
    shown = " ".join(two().split())
    assert shown.startswith("From FY2026 (October 1, 2025) to FY2027 (October 1, 2026) 1 new 1 now billable")
    assert "Not billable any more, now a header I10 Essential hypertension → I10.1 Severe hypertension" in shown
    assert "Revised J18.9 Pneumonia, organism not stated → Pneumonia NOS" in shown
    assert "Deleted Z79.4 Long term use of insulin → Z79 Long term drug therapy" in shown


def test_diff_as_json_and_csv(two: Callable[..., str], desk: Path) -> None:
    told = json.loads(two("--json"))
    assert (told["older"]["id"], told["newer"]["id"]) == ("2025-10-01", "2026-10-01")
    assert told["counts"] == {"new": 1, "billable": 1, "revised": 1, "subdivided": 1, "deleted": 1}
    (header,) = [change for change in told["changes"] if change["kind"] == "subdivided"]
    assert header["successors"] == [{"code": "I10.1", "title": "Severe hypertension", "billable": True}]
    assert two("--format", "csv", "-o", "changes.csv") == ""
    rows = list(csv.DictReader(io.StringIO((desk / "changes.csv").read_text())))
    assert [(row["code"], row["kind"]) for row in rows] == [
        ("I10", "subdivided"),
        ("I10.1", "new"),
        ("J18.9", "revised"),
        ("Z79", "billable"),
        ("Z79.4", "deleted"),
    ]
    assert rows[0]["successors"] == "I10.1"


def test_diff_of_coded_charts(two: Callable[..., str]) -> None:
    shown = two("--results", "results.jsonl")
    assert "Charts that hold a changed code: 2 of 3" in shown
    assert "Charts coded with another release than 2025-10-01: 1" in shown
    assert "J44.9" not in shown
    assert "\u202e" not in shown
    told = json.loads(two("--results", "-", "--json", stdin=RESULTS.encode()))
    assert {chart["id"]: [code["code"] for code in chart["codes"]] for chart in told["charts"]} == {
        "7": ["I10", "J18.9"],
        "10": ["Z79.4"],
    }
    assert (told["results"], told["coded_with_another_release"]) == (3, 1)
    rows = list(csv.reader(io.StringIO(two("--results", "results.jsonl", "--format", "csv"))))
    assert [row[:3] for row in rows] == [
        ["id", "code", "kind"],
        ["7", "I10", "subdivided"],
        ["7", "J18.9", "revised"],
        ["10", "Z79.4", "deleted"],
    ]


@pytest.mark.parametrize(
    "line", ["", "[]", "3", "{}", '{"codes": 3}', '{"codes": ["I10"]}', '{"codes": []}', "I10", "\xff", "[" * 100_000]
)
def test_a_line_that_is_no_result(wardround: Run, two: Callable[..., str], line: str) -> None:
    stdin = line.encode("latin-1") + b"\n" + _result("7", "I10").encode()
    ran = wardround("codeset", "diff", "2025-10-01", "2026-10-01", "--results", "-", stdin=stdin)
    assert "Charts that hold a changed code: 1 of 1" in ran.out
    assert ran.status == (1 if line else 0)
    assert ran.err == ("error: line 1: the line is not a result (expected one of wardround code --json)\n" * bool(line))


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["2026-04-01"], 2, "missing argument"),
        (["2026-04-01", "1999-10-01"], 1, "no release '1999-10-01' is installed"),
        (["2026-04-01", "2026-04-01", "--results", "absent.jsonl"], 1, "absent.jsonl: cannot read the file"),
        (["2026-04-01", "2026-04-01", "--format", "xml"], 2, "--format"),
        (["2026-04-01", "2026-04-01", "-o", "absent/x"], 1, "cannot write the file"),
    ],
)
def test_what_cannot_be_compared(wardround: Run, desk: Path, arguments: list[str], status: int, says: str) -> None:
    ran = wardround("codeset", "diff", *arguments)
    assert (ran.status, ran.out) == (status, "")
    assert says in ran.err


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("K35.80", ["billable", "Chapter 11", "Block K35-K38", "K35.8  ", "Acute appendicitis NOS", "[chapter 11]"]),
        ("k3580", ["K35.80", "Unspecified acute appendicitis"]),
        ("T36.0X1A", ["initial encounter", "billable", "T36.0X1", "Excludes1", "[block T36-T50]"]),
        (
            "T36.0X1",
            ["not billable", "7th characters", "A  initial encounter", "D  subsequent encounter", "S  sequela"],
        ),
        ("M17", ["category, not billable", "Below it", "M17.0  Bilateral primary osteoarthritis of knee"]),
    ],
)
def test_show(wardround: Run, code: str, parts: list[str]) -> None:
    ran = wardround("codeset", "show", code)
    assert ran.status == 0
    assert max(map(len, ran.out.splitlines())) <= 80
    shown = " ".join(ran.out.split())
    for part in parts:
        assert " ".join(part.split()) in shown


def test_show_as_json(wardround: Run) -> None:
    shown = json.loads(wardround("codeset", "show", "T36.0X1A", "--json").out)
    assert (shown["code"], shown["billable"], shown["level"]) == ("T36.0X1A", True, "code")
    assert [each["code"] for each in shown["ancestors"]] == ["T36", "T36.0", "T36.0X", "T36.0X1"]
    assert (shown["chapter"]["name"], shown["block"]["name"]) == ("19", "T36-T50")
    assert {"text": "birth trauma (P10-P15)", "source": "chapter 19"}.items() <= shown["excludes2"][-2].items()
    assert shown["excludes2"][-2]["codes"] == [{"first": "P10", "last": "P15"}]


@pytest.mark.parametrize("code", ["K37.9", "Z99.39", "", "appendicitis", "K35\ud800"])
def test_a_code_that_does_not_exist_is_refused_with_the_nearest(wardround: Run, code: str) -> None:
    ran = wardround("codeset", "show", code)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    if code == "K37.9":
        assert "K37" in ran.err.split("nearest")[1]


def test_search(wardround: Run) -> None:
    ran = wardround("codeset", "search", "acute", "appendicitis")
    assert ran.out.splitlines()[0].split() == ["K35.80", "billable", "Unspecified", "acute", "appendicitis"]
    found = json.loads(wardround("codeset", "search", "--limit", "3", "--json", "left knee pain").out)
    assert len(found) == 3
    assert found[0]["code"] == "M25.562"
    assert wardround("codeset", "search", "zzzz").out == "No code has these words.\n"
    assert wardround("codeset", "search", "--json", "zzzz").out == "[]\n"


@pytest.mark.parametrize("command", [["show", "K35.80"], ["search", "appendicitis"]], ids=str)
def test_another_release_has_to_be_installed(wardround: Run, command: list[str]) -> None:
    assert wardround("codeset", *command, "--release", "2026-04-01").status == 0
    ran = wardround("codeset", *command, "--release", "1999-10-01")
    assert ran.status == 1
    assert "2026-04-01" in ran.err
