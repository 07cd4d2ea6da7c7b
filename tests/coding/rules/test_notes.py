"""How the notes of the Tabular List are read: what they demand, of which codes, and when only perhaps."""

from __future__ import annotations

import pytest

from wardround.coding.rules.notes import Kind, excluded, instructions
from wardround.icd10 import CodeSet

CONDITIONAL, BY_EXAMPLE = True, True


@pytest.mark.parametrize(
    ("code", "kind", "source", "conditional", "by_example"),
    [
        ("D63.1", "code_first", "D63.1", False, False),
        ("D63.8", "code_first", "D63.8", False, BY_EXAMPLE),  # such as
        ("F05", "code_first", "F05", False, BY_EXAMPLE),
        ("D64.2", "code_first", "D64.2", CONDITIONAL, False),  # if applicable
        ("N18.4", "code_first", "N18", CONDITIONAL, False),  # any associated
        ("I50.9", "code_first", "I50", CONDITIONAL, False),  # circumstances, one a line
        ("R65.20", "code_first", "R65.2", False, BY_EXAMPLE),  # the heading decides, not what follows it
        ("I12.9", "use_additional", "I12.9", False, False),
        ("N39.0", "use_additional", "N39.0", CONDITIONAL, False),  # an organism
        ("C34.90", "use_additional", "C34", False, False),  # one heading for tobacco in all its forms
        ("M84.50XA", "code_also", "M84.5", False, BY_EXAMPLE),  # no code named
    ],
)
def test_the_nearest_instruction(
    codes: CodeSet, code: str, kind: Kind, source: str, conditional: bool, by_example: bool
) -> None:
    brief = codes.brief(code)
    assert brief is not None
    nearest = instructions(brief.notes, kind)[0]
    assert (nearest.source, nearest.conditional, nearest.by_example) == (source, conditional, by_example)


@pytest.mark.parametrize(
    ("code", "kind", "texts"),
    [
        ("I13.0", "use_additional", ["code to identify type of heart failure (I50.-)", "code to identify stage"]),
        ("D63.0", "code_first", ["neoplasm (C00-D49)"]),
        ("I71.00", "code_first", ["if applicable"]),
        ("G43.609", "code_also", ["the type of cerebral infarction (I63.-)"]),
    ],
)
def test_each_instruction_stands_alone(codes: CodeSet, code: str, kind: Kind, texts: list[str]) -> None:
    brief = codes.brief(code)
    assert brief is not None
    here = [each for each in instructions(brief.notes, kind) if code.startswith(each.source)]
    assert [each.text().startswith(text) for each, text in zip(here, texts, strict=True)] == [True] * len(texts)


@pytest.mark.parametrize(
    ("code", "other", "source"),
    [
        ("E10.9", "E11.22", "E10"),
        ("R17", "P59.9", "R17"),
        ("I60.9", "S06.5X0A", "block I60-I69"),
        ("E10.9", "I10", None),
        ("E10.9", "E10.8", None),
    ],
)
def test_what_is_excluded(codes: CodeSet, code: str, other: str, source: str | None) -> None:
    brief = codes.brief(code)
    assert brief is not None
    note = excluded(brief.notes).note(other)
    assert (note and note.source) == source
