"""A free question about an image."""

from __future__ import annotations

import pytest

from reporting.made import Seeing, film
from wardround.engines import Raw
from wardround.errors import EngineFailed
from wardround.images.study import Notice
from wardround.reporting.ask import ask
from wardround.reporting.pictures import shown
from wardround.reporting.report import DISCLAIMER


@pytest.mark.parametrize(
    ("raw", "answer", "finish"),
    [
        (Raw(text="The heart is large."), "The heart is large.", "stop"),
        (Raw(text="<unused94>thought\nhm<unused95>\nThe heart is large."), "The heart is large.", "stop"),
        (Raw(text="<unused94>thought\nhm"), "", "no-answer"),
        (Raw(text="The heart", finish="length"), "The heart", "length"),
        (Raw(text=""), "", "invalid"),
    ],
)
def test_what_the_model_says_is_told_as_such(raw: Raw, answer: str, finish: str) -> None:
    pictures = shown(film(warnings=(Notice("cropped", "The image may be cropped."),)))
    found = ask(Seeing(lambda _: raw), pictures, " What is there? ", id="a.png")
    assert (found.answer, found.finish, found.question) == (answer, finish, "What is there?")
    assert found.disclaimer == DISCLAIMER
    assert "The image may be cropped." in found.warnings
    assert (len(found.warnings) == 1) == (finish == "stop")
    assert found.frames_seen == (1,)


@pytest.mark.parametrize("question", ["", "  ", "x" * 2_001])
def test_a_question_has_words(question: str) -> None:
    with pytest.raises(ValueError, match="question"):
        ask(Seeing(lambda _: ""), shown(film()), question)


def test_a_model_that_breaks_down_is_an_error() -> None:
    with pytest.raises(EngineFailed):
        ask(Seeing(lambda _: EngineFailed("broken")), shown(film()), "What?")
