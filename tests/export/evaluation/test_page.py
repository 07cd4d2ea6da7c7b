"""The page of an evaluation: what it holds, what it must not, and how a browser takes it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from coding.evaluation.gold_notes import note, suggestion
from wardround.coding.evaluation import Answers, Comparison, Mistake, compare, mistakes
from wardround.export.evaluation import DISTANCES, page

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

NOTES = [
    note("M17.11 I10", suggestion("M17.12"), suggestion("I10", "review", 0.4), id="note 7"),
    note("E11.9", suggestion("E11.9"), id="note 8"),
]
POOR = [note("M17.11 I10", id="note 7"), note("E11.9", id="note 8")]
NAMES = ["embedded", "<script>alert(1)</script>", "شمال‮.jsonl"]


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare([Answers(name=name, notes=notes) for name, notes in zip(NAMES, (NOTES, NOTES, POOR), strict=True)])


class Tags(HTMLParser):
    """Whether every tag is closed, and which attributes there are."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_needs_nothing_else_and_runs_nothing(comparison: Comparison) -> None:
    text = page(comparison)
    tags = Tags(text)
    assert tags.open == []
    assert tags.names.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    assert not any(name.startswith("on") or name in ("href", "src") for name in tags.attributes)
    assert "default-src 'none'" in text
    assert re.search(r"url\(|@import|https?:", text) is None


class Widths(HTMLParser):
    """The columns that each row of a table fills, table by table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[list[int]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append(0)
        elif tag in ("td", "th"):
            self.tables[-1][-1] += int(dict(attrs).get("colspan") or 1)


@pytest.mark.parametrize("count", range(1, 6))
def test_every_number_stands_under_its_heading(count: int) -> None:
    systems = [Answers(name=f"system {number}", notes=NOTES) for number in range(count)]
    tables = Widths(page(compare(systems))).tables
    assert len(tables) == 5
    assert all(len(set(table)) == 1 for table in tables)


def test_names_are_text_and_turn_nothing_round(comparison: Comparison) -> None:
    text = page(comparison)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "‮" not in text
    assert "<bdi>شمال" in text


def test_everything_that_was_measured_is_told(comparison: Comparison) -> None:
    text = page(comparison)
    for part in ("2 notes with 3 gold codes", "F1, micro", "draws that say otherwise", "calibration error"):
        assert part in text
    for part in ("M00-M99 Diseases of the musculoskeletal system", "Precision against coverage", "Reliability"):
        assert part in text
    assert all(told in text for told in DISTANCES.values())
    assert "note 7" not in text
    assert "acute" not in text


def test_mistakes_quote_and_say_so(comparison: Comparison) -> None:
    told: list[tuple[str, Mistake]] = [("embedded", each) for each in mistakes(NOTES)]
    text = page(comparison, told)
    assert "as sensitive as they are" in text
    assert "note 7" in text
    assert ">acute<" in text
    assert "embedded: 2</summary>" in text


def test_nothing_suggested_and_nothing_to_find_can_be_told() -> None:
    text = page(compare([Answers(name="none", notes=[note("")], confidences=False)]))
    assert Tags(text).open == []
    assert "Sections" not in text
    assert "Reliability" not in text


def test_a_browser_shows_it_in_light_dark_and_on_paper(
    comparison: Comparison, browser: Browser, tmp_path: Path
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    path = tmp_path / "report.html"
    path.write_text(page(comparison, [("embedded", each) for each in mistakes(NOTES)]), encoding="utf-8")
    said: list[str] = []
    # The policy in the page forbids scripts, and so what looks for what is wrong with it.
    with browser.new_context(bypass_csp=True) as context:
        shown = context.new_page()
        shown.on("console", lambda message: said.append(message.text))
        shown.goto(path.as_uri())
        for scheme in ("light", "dark"):
            shown.emulate_media(color_scheme=scheme)
            found = axe.run(shown, options={"resultTypes": ["violations"]}).response["violations"]
            assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
        shown.emulate_media(media="print")
        assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert said == []
