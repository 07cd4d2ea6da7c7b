"""Examples of a site beside the questions to a model: which are shown, in which words, and what they cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines.scripted import Scripted
from wardround.coding import Coder
from wardround.coding.assisted.examples import Example, Examples, Header
from wardround.coding.assisted.prompts import Prompts, wording_digest
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import Note
from wardround.errors import InputError
from wardround.spans import Span

from .conftest import model, reasons, statuses, titles

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.icd10 import CodeSet

QUOTE = "Bother with the sweet stuff"  # which no dictionary has
NOTE = f"ASSESSMENT:\n1. Hypertension.\n2. {QUOTE}.\n"
EXAMPLES = Examples(
    Header(release="2026-04-01", charts=60),
    [
        Example(words=("bother", "sweet", "stuff"), code="E11.9", charts=15),
        Example(words=("tired", "pump"), code="I50.9", charts=13),
        Example(words=("sweet", "stuff", "high", "in", "pregnancy"), code="O24.419", charts=4),
        Example(words=("stuff",), code="Z99.999", charts=3),  # which the release does not have
    ],
)


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        (QUOTE, ["E11.9", "Z99.999"]),
        ("sweet stuff", ["E11.9", "Z99.999"]),
        ("The pump is tired", ["I50.9"]),
        ("pump", ["I50.9"]),
        ("high", []),
        ("gout", []),
        ("", []),
    ],
)
def test_what_is_like_a_quote(codes: CodeSet, quote: str, expected: list[str]) -> None:
    assert [each.code for each in EXAMPLES.like(quote, Vocabulary.load(codes))] == expected


def test_the_question_in_full() -> None:
    prompts = Prompts(Note("Bother with the sweet stuff."))
    shown = [("sugar trouble", "Type 2 diabetes mellitus without complications")]
    request = prompts.choose(Span(0, 28), Span(0, 27), ["Gout, unspecified", "Asthma"], shown)
    mark = f"[[{prompts.mark}]]"
    assert request.messages[-1].parts == (
        f"{mark}\nBother with the sweet stuff.\n{mark}\n\n",
        "In earlier notes of this hospital, people understood words so:\n"
        "- sugar trouble: Type 2 diabetes mellitus without complications\n"
        "\n"
        f"{mark}\nBother with the sweet stuff\n{mark}\n\n"
        "The words between the last two marks are part of the note. Which of these titles means what they mean, no "
        "more and no less?\n1. Gout, unspecified\n2. Asthma\nnone. none of these\n"
        "Answer with its number, or with none.",
    )
    without = prompts.choose(Span(0, 28), Span(0, 27), ["Gout, unspecified", "Asthma"])
    assert str(without.messages[-1].parts[1]).startswith(mark)


def test_a_model_can_choose_what_people_chose_and_it_is_for_review() -> None:
    engine = Scripted(model(QUOTE, choose="Type 2 diabetes mellitus without"))
    result = Coder(engine=engine, examples=EXAMPLES).code(NOTE)
    assert statuses(result) == {"I10": "accepted", "E11.9": "review"}
    assert reasons(result, "E11.9")[-1] == "model-only"
    asked = str(engine.asked[1].messages[-1].parts[-1])
    assert "- bother sweet stuff: Type 2 diabetes mellitus without complications" in asked
    assert "E11.9" not in asked
    assert "Z99" not in asked
    assert "Type 2 diabetes mellitus without complications" in titles(engine.asked[1]).values()
    assert result.provenance.prompt_digest == wording_digest(EXAMPLES.digest) != wording_digest()


def test_without_examples_nothing_is_different() -> None:
    alone, beside = Scripted(model(QUOTE, choose="zzz")), Scripted(model(QUOTE, choose="zzz"))
    Coder(engine=alone).code(NOTE)
    Coder(engine=beside, examples=Examples(Header(release="2026-04-01", charts=0), [])).code(NOTE)
    assert [request.messages for request in alone.asked] == [request.messages for request in beside.asked]


def test_a_file_is_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text(EXAMPLES.text, encoding="utf-8")
    again = Examples.load(path)
    assert (again.digest, list(again), again.header) == (EXAMPLES.digest, list(EXAMPLES), EXAMPLES.header)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "nothing",
        '{"schema": "wardround.examples/2", "release": "2026-04-01", "charts": 1}\n',
        EXAMPLES.text + '{"words": [], "code": "I10", "charts": 3}\n',
        EXAMPLES.text + '{"words": ["Zebulon"], "code": "I10", "charts": 0}\n',
    ],
)
def test_what_is_no_file_of_examples(tmp_path: Path, text: str) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text(text)
    with pytest.raises(InputError) as refused:
        Examples.load(path)
    assert "Zebulon" not in str(refused.value)
    with pytest.raises(InputError):
        Examples.load(tmp_path / "none")
