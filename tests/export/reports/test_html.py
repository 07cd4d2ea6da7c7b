"""The page: what lights up, and whether it can be read."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import pairwise

import pytest

from export.reports import samples
from export.reports.test_every_format import exported, parsed_html

CSS = files("wardround.export.reports").joinpath("html.css").read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    """Relative luminance of ``#rgb`` or ``#rrggbb`` (WCAG 2.2)."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


THEMES = dict(
    zip(
        ("light", "dark", "print"),
        (dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)),
        strict=True,
    )
)
PAIRS = [
    ("ink", "paper"), ("soft", "paper"), ("accent", "paper"), ("ink", "page"), ("history", "history-back"),
    ("image", "image-back"), ("alert", "alert-back"), ("draft", "draft-back"),
]  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "back"), [*PAIRS, ("ink", "lit"), ("soft", "lit")])
def test_all_text_can_be_read(theme: str, ink: str, back: str) -> None:
    colours = THEMES["light"] | THEMES[theme]
    low, high = sorted(luminance(colours[name]) for name in (ink, back))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_statement_is_tied_to_the_area_of_its_finding() -> None:
    page = exported("html", samples.RICH).decode()
    assert re.findall(r'<g class="area" data-area="(\w+)">.*?>(F\d) ', page) == [("f1", "F1"), ("f2", "F3")]
    said = re.findall(r'<li tabindex="0" data-said="([\w ]+)">(.*?)<', page)
    assert ("f1", "Left pleural effusion, blunting the costophrenic angle. ") in said
    assert ("f2", "The cardiac silhouette is mildly enlarged. ") in said
    assert {keys for keys, _ in said} == {"f1", "f2", "f1 f2"}
    assert 'body:has([data-said~="f1"]:is(:hover,:focus)) [data-area="f1"] rect' in page


def test_pictures_say_in_words_what_they_show() -> None:
    page = exported("html", samples.RICH).decode()
    assert 'alt="Current, PA, 3 November 2026. Marked: F1 pleural effusion, F3 enlarged cardiac silhouette."' in page
    assert 'alt="Prior study. PA, 14 August 2026."' in page


def test_without_pictures_there_is_no_place_for_them() -> None:
    page = parsed_html(exported("html", samples.RICH, ()))
    assert not page.elements & {"figure", "img", "svg", "aside"}
    assert {"main", "header", "footer", "h1", "h2"} <= page.elements


def test_headings_follow_each_other_without_a_gap() -> None:
    levels = [int(level) for level in re.findall(r"<h(\d)>", exported("html", samples.RICH).decode())]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
