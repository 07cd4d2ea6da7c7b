from __future__ import annotations

import pytest

from wardround.engines.thinking import MARKERS, answer

BEGIN, END = MARKERS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", "yes"),
        ("", ""),
        (f"{BEGIN}thought\nhm{END}yes", "yes"),
        (f"{BEGIN}thought\nhm{END}\n\n yes\n", "yes\n"),
        (f"{BEGIN}{END}yes", "yes"),
        (f"thought\nhm{END}yes", "yes"),  # the first marker was part of the prompt
        (f"{BEGIN}a{END}b{END}c", f"b{END}c"),  # the first end counts
        (f"{BEGIN}thought\nhm", None),
        (f"{BEGIN}", None),
        (f"{BEGIN}thought{END}", ""),
    ],
)
def test_the_answer_is_what_follows_the_thought(text: str, said: str | None) -> None:
    assert answer(text) == said
