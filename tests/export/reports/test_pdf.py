"""Pages that say what they are, in letters that can be read."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from export.reports import samples
from export.reports.test_every_format import exported, squeezed, text_of_pdf
from wardround.export.reports.pdf import letters as fonts
from wardround.reporting.report import DISCLAIMER

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def vera_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without DejaVu Sans."""
    monkeypatch.setattr(fonts, "_FONTS", (("NoSuchFont", "NoSuchFont-Bold"), ("Vera", "VeraBd")))
    fonts.letters.cache_clear()
    yield
    fonts.letters.cache_clear()


def test_every_page_says_that_it_is_a_draft_and_which_it_is() -> None:
    paper = pypdfium2.PdfDocument(exported("pdf", samples.hostile()))
    assert len(paper) > 5
    for number, page in enumerate(paper, 1):
        text = squeezed(page.get_textpage().get_text_bounded())
        assert text.count(squeezed(DISCLAIMER)) >= 2
        assert f"Page{number}of{len(paper)}" in text


def test_the_metadata_hold_nothing_of_the_study() -> None:
    report = samples.RICH.model_copy(update={"id": "Doe, Jane", "title": "Chest of Jane Doe"})
    told = pypdfium2.PdfDocument(exported("pdf", report)).get_metadata_dict()
    assert told["Title"] == "Draft imaging report"
    assert told["Author"] == "wardround 0.5.0"
    assert "Doe" not in " ".join(told.values())


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("pleural effusion, naïve, 5 µm, “yes” – no", "pleural effusion, naïve, 5 µm, “yes” – no"),
        ("肺炎", "\\u80ba\\u708e"),
        ("ריאות", "\\u05e8\\u05d9\\u05d0\\u05d5\\u05ea"),
        ("a\U0001fac1", "a\\U0001fac1"),
    ],
)
@pytest.mark.parametrize("font", ["best", "vera"])
def test_what_cannot_be_shown_stands_as_its_code_point(
    font: str, said: str, shown: str, request: pytest.FixtureRequest
) -> None:
    if font == "vera":
        request.getfixturevalue("vera_only")
    text = squeezed(text_of_pdf(exported("pdf", samples.MINIMAL.model_copy(update={"warnings": (said,)}))))
    assert squeezed(shown) in text
    assert ("cannotshow" in text) is (said != shown)


@pytest.mark.usefixtures("vera_only")
def test_vera_alone_is_enough() -> None:
    text = text_of_pdf(exported("pdf", samples.MINIMAL.model_copy(update={"limitations": ("α → β",)})))
    assert "\\u03b1 \\u2192 \\u03b2" in text


def test_any_number_of_pictures_is_shown() -> None:
    current, prior = samples.pictures()
    many = [dataclasses.replace(current, frame=number, caption=f"Slice {number}") for number in range(1, 12)]
    text = text_of_pdf(exported("pdf", samples.RICH, [*many, prior]))
    assert [number for number in range(1, 12) if f"Slice {number}" not in text] == []


@pytest.mark.parametrize(("width", "height"), [(1, 3000), (3000, 1)])
def test_pictures_of_any_shape_fit_the_page(width: int, height: int) -> None:
    import numpy as np

    from wardround.boxes import Box
    from wardround.export.reports.picture import picture_of

    strip = picture_of(np.zeros((height, width), np.uint8), shows=Box(0, 0, width, height))
    assert exported("pdf", samples.RICH, [strip, strip, strip])
