"""``wardround codeset``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Run


def test_list_names_the_releases(wardround: Run) -> None:
    ran = wardround("codeset", "list")
    assert ran.status == 0
    assert "2026-04-01" in ran.out
    assert "FY2026" in ran.out
    (release,) = json.loads(wardround("codeset", "list", "--json").out)
    assert release["id"] == "2026-04-01"
    assert (release["valid_from"], release["valid_to"]) == ("2026-04-01", "2026-09-30")
    assert len(release["digest"]) == 64


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
