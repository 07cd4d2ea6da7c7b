"""The model alone, as a baseline: what is read of its answer, and what is not believed."""

from __future__ import annotations

import pytest

from engines.scripted import Scripted
from wardround.coding import Coder
from wardround.engines import Raw
from wardround.errors import EngineFailed

from .conftest import Assisted, reasons, statuses

NOTE = "CC: Pain in the\nlower abdomen.\nDIAGNOSIS: Acute appendicitis.\n"


def line(code: str, quote: str = "") -> str:
    said = f', **Quote**: "{quote}"' if quote else ""
    return f"- **Code**: {code}, **Description**: whatever it says{said}\n"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (line("K35.80", "Acute appendicitis"), {"K35.80": "review"}),
        (line("R10.30", "Pain in the lower abdomen"), {"R10.30": "review"}),  # the note wraps the line
        (line("K35.80", "Acute gastritis"), {"K35.80": "rejected"}),
        (line("K35.80"), {"K35.80": "rejected"}),
        ("- **K37:** Unspecified appendicitis\n- **R11.0:** Nausea\n", {"K37": "rejected", "R11.0": "rejected"}),
        (line("K35.8", "Acute appendicitis") + line("Z98.10", "Pain"), {}),  # a header, and a code that is none
        (line("K35.80", "Acute appendicitis") * 50, {"K35.80": "review"}),
        ("I cannot help with that.", {}),
        ("", {}),
    ],
)
def test_each_code_needs_a_quote_of_the_note(assisted: Assisted, answer: str, expected: dict[str, str]) -> None:
    result = assisted(NOTE, lambda request: answer, method="direct")
    assert statuses(result) == expected
    assert result.provenance.coder == "direct"
    for code in result.rejected:
        assert reasons(result, code.code) == ["no-quote"]
        assert code.evidence == ()
    for code in result.codes:
        assert all(NOTE[each.start : each.end] == each.text for each in code.evidence)


def test_what_is_dropped_is_counted(assisted: Assisted) -> None:
    result = assisted(NOTE, lambda request: line("K35.8") + line("K35.80") + line("Z98.10"), method="direct")
    assert result.warnings == ("2 of 3 codes of the model are not valid in this release and were dropped",)


def test_an_answer_without_end_is_bounded(assisted: Assisted) -> None:
    endless = "".join(line(f"Z{number:02}.{digit}", "Pain") for number in range(100) for digit in range(10))
    result = assisted(NOTE, lambda request: Raw(text=endless, finish="length"), method="direct")
    assert len(result.codes) <= 100
    assert result.warnings[0] == "the model's answer did not end; its beginning was read"


def test_the_note_is_data_and_the_answer_is_free_text() -> None:
    engine = Scripted(lambda request: "nothing")
    Coder(engine=engine, method="direct").code(NOTE)
    (request,) = engine.asked
    _, data, _ = request.messages[-1].parts
    assert NOTE in str(data)
    assert request.schema is None


def test_there_is_nothing_to_fall_back_to(assisted: Assisted) -> None:
    with pytest.raises(EngineFailed):
        assisted(NOTE, lambda request: EngineFailed("out of memory"), method="direct")


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="method"):
        Coder(engine=Scripted(lambda request: ""), method="other")  # type: ignore[arg-type]
