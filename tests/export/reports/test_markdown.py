"""Markdown that shows any text as it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from wardround.export.reports.markdown import escaped
from wardround.export.visible import visible

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})
ANYTHING = st.text() | st.text("\\`*_{}[]()<>#+-.!|~&:/@=\"'$ \t\n1aw", max_size=40)
PLACES = {"a line": "- {}", "a number": "1. {}", "a heading": "## {}", "a paragraph": "**x:** {}", "a quote": "> {}"}


def shown(source: str) -> tuple[str, set[str]]:
    """The text that is shown, and the kinds of what stands in the line."""
    (inline,) = [token for token in MARKDOWN.parse(source) if token.type == "inline"]
    kinds = {child.type for child in inline.children or ()}
    return "".join(child.content for child in inline.children or () if child.type == "text"), kinds


@given(ANYTHING)
@pytest.mark.parametrize("place", PLACES)
def test_any_text_is_shown_as_it_is(place: str, text: str) -> None:
    line = visible(text).strip()
    if not line:
        return
    words, kinds = shown(PLACES[place].format(escaped(line)))
    assert words.removeprefix("x: " if place == "a paragraph" else "").strip() == line
    assert kinds <= {"text", "strong_open", "strong_close"}


@given(ANYTHING)
def test_any_text_stays_in_its_cell(text: str) -> None:
    source = f"| a | b |\n|---|---|\n| {escaped(visible(text))} | last |"
    cells = [token.content for token in MARKDOWN.parse(source) if token.type == "inline"]
    assert len(cells) == 4
    assert cells[-1] == "last"


@pytest.mark.parametrize(
    "text", ["http://a.example", "see www.a.example", "HTTPS://A", "WWW.a", "ftp://x", "a@b.example"]
)
def test_what_github_links_by_itself_is_broken_up(text: str) -> None:
    assert not re.search(r"(?i)(?<!\\)www\.|[a-z]://|[^\\]@", escaped(text))
