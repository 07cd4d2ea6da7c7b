"""What holds of every result, whatever the note."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wardround.coding import Coder, CodingResult, Encounter
from wardround.errors import NoteError
from wardround.icd10 import CodeSet

from .fragments import ANY_TEXT, ENCOUNTERS, MIXTURES


@pytest.fixture(scope="module")
def coders(coder: Coder) -> dict[str, Coder]:
    return {"encounter": coder, "mentions": Coder(scope="mentions")}


def check(result: CodingResult, note: str, codes: CodeSet) -> None:
    """Everything that a result promises."""
    every = [*result.codes, *result.rejected]
    assert all(codes.billable(code.code) for code in every)
    assert all(code.description == codes.code(code.code).title for code in every)
    assert len({code.code for code in every}) == len(every)
    for code in every:
        assert code.evidence
        assert code.route
        assert 0 <= code.confidence <= 1
        for evidence in code.evidence:
            assert evidence.text == note[evidence.start : evidence.end] != ""
        spans = [(evidence.start, evidence.end) for evidence in code.evidence]
        assert spans == sorted(set(spans))
    assert {code.status for code in result.codes} <= {"accepted", "review"}
    assert {code.status for code in result.rejected} <= {"rejected"}
    assert all(code.findings for code in result.rejected)
    assert [code.role for code in every] == ["principal"] * bool(result.codes) + ["secondary"] * (
        len(every) - bool(result.codes)
    )
    assert result.accepted + result.review == tuple(sorted(result.codes, key=lambda code: code.status))
    if result.scope == "encounter" and result.codes:
        assert result.codes[0].code[0] not in "VWXY"
    for code in every:
        if any(finding.severity == "reject" for finding in code.findings):
            assert code.status == "rejected"
        if any(finding.severity == "review" for finding in code.findings):
            assert code.status != "accepted"


def without_timings(result: CodingResult) -> dict[str, object]:
    return {key: value for key, value in result.to_json().items() if key != "timings"}


def code_or_refuse(coder: Coder, note: str, encounter: dict[str, Any]) -> CodingResult | None:
    """The result; ``None`` for a note without a letter, which is refused."""
    try:
        return coder.code(note, Encounter.model_validate(encounter))
    except NoteError:
        return None


@settings(deadline=None, max_examples=150)
@given(MIXTURES, ENCOUNTERS, st.sampled_from(["encounter", "mentions"]))
def test_a_mixture_of_clinical_pieces(
    coders: dict[str, Coder], codes: CodeSet, note: str, encounter: dict[str, Any], scope: str
) -> None:
    result = code_or_refuse(coders[scope], note, encounter)
    if result is not None:
        check(result, note, codes)
        again = code_or_refuse(coders[scope], note, encounter)
        assert again is not None
        assert without_timings(again) == without_timings(result)


@settings(deadline=None, max_examples=60)
@given(ANY_TEXT, st.sampled_from(["encounter", "mentions"]))
@example("\ud800 gout \x00 gout", "mentions")
@example("pain of the \ud800 knee \udfff", "mentions")
@example("Assessment: gout\x00\r\n\u202egout", "encounter")
def test_any_text(coders: dict[str, Coder], codes: CodeSet, note: str, scope: str) -> None:
    result = code_or_refuse(coders[scope], note, {})
    if result is not None:
        check(result, note, codes)


@settings(deadline=None, max_examples=60)
@given(MIXTURES, ENCOUNTERS)
@example("Assessment: pain of the \ud800 knee", {})
def test_the_json_says_the_same(coder: Coder, note: str, encounter: dict[str, Any]) -> None:
    result = code_or_refuse(coder, note, encounter)
    if result is not None:
        shown = json.loads(json.dumps(result.to_json()))
        assert shown["schema"] == "wardround.coding/1"
        assert CodingResult.model_validate(shown) == result


@settings(deadline=None, max_examples=40)
@given(MIXTURES, st.binary(max_size=40))
def test_bytes_are_coded_or_refused(coder: Coder, codes: CodeSet, note: str, noise: bytes) -> None:
    data = note.encode("utf-8", errors="replace") + noise
    try:
        result = coder.code(data)
    except NoteError:
        return
    assert all(codes.billable(code.code) for code in result.codes)


@settings(deadline=None, max_examples=40)
@given(MIXTURES)
def test_an_error_or_warning_quotes_no_note(coder: Coder, note: str) -> None:
    result = code_or_refuse(coder, f"Zaphyrine {note}", {})
    if result is not None:
        assert not any("Zaphyrine" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"codes": [{"code": "I10"}]}, "codes"),
        ({"scope": "visit"}, "scope"),
        ({"setting": "ward"}, "setting"),
        ({"schema": "wardround.coding/2"}, "schema"),
        ({"more": 1}, "more"),
    ],
)
def test_a_result_of_another_shape_is_refused(coder: Coder, change: dict[str, Any], wrong: str) -> None:
    shown = {**coder.code("Assessment: Gout.").to_json(), **change}
    with pytest.raises(ValueError, match=wrong):
        CodingResult.model_validate(shown)


def test_provenance_names_what_made_it(coder: Coder, codes: CodeSet) -> None:
    result = coder.code("Assessment: Gout.")
    assert result.provenance.coder == "embedded"
    assert result.provenance.release_digest == codes.release.digest
    assert result.release.id == codes.release.id
    assert set(result.timings) >= {"read", "code"}
    assert all(value >= 0 for value in result.timings.values())
