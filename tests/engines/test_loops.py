from __future__ import annotations

import pytest

from wardround.engines.loops import loop_at_end, without_loop


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("", 0),
        ("a plain sentence", 0),
        ("\n" * 47, 0),
        ("\n" * 48, 1),
        ("so " * 15, 0),
        ("so " * 16, 3),
        ("E11.9, E11.9, E11.9, E11.9", 0),  # lists repeat a little by nature
        ("Z98.2: abdominal discomfort\n" * 7, 0),
        ("Z98.2: abdominal discomfort\n" * 8, 28),
        ("x" * 500 + "y", 0),  # it went on
        (list(range(64)) * 8, 64),
        (list(range(65)) * 8, 0),
        ([7, 7, 8] * 16, 3),
    ],
)
def test_a_loop_is_a_run_many_times_to_the_end(written: str | list[int], period: int) -> None:
    assert loop_at_end(written) == period


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("no loop", "no loop"),
        ("codes: " + "I10, " * 12, "codes: I10,"),
        ("codes: " + "I10, " * 12 + "I", "codes: I10, "),
        ("answer" + "\n" * 100, "answer\n"),
        ("", ""),
    ],
)
def test_one_run_of_a_loop_stays(text: str, cut: str) -> None:
    assert without_loop(text).strip() == cut.strip()
    assert text.startswith(without_loop(text))
