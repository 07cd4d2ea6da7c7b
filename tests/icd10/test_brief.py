"""A code in brief says the same as the whole code, and is quicker."""

from __future__ import annotations

import pytest

from wardround.icd10 import CodeSet

KINDS = ("excludes1", "excludes2", "code_first", "use_additional", "code_also")
CODES = ["I10", "E11.9", "e11.22", " s72001a ", "W01.0XXA", "T36.0X5A", "S06.0", "M1A.0110", "QA0", "O80", "B95", "S72"]


@pytest.mark.parametrize("code", CODES)
def test_the_same_as_the_whole_code(codes: CodeSet, code: str) -> None:
    whole, brief = codes.code(code), codes.brief(code)
    assert brief is not None
    assert (brief.code, brief.title, brief.billable) == (whole.code, whole.title, whole.billable)
    assert brief.entry == (whole.parent if brief.seventh else whole.code)
    assert whole.code.endswith(brief.seventh)
    assert {kind: getattr(brief.notes, kind) for kind in KINDS} == {kind: getattr(whole, kind) for kind in KINDS}


@pytest.mark.parametrize("code", ["", "I10X", "Q99.99", "S72.001Z", "Z0A", "hypertension", "E11.9" * 9, "\0", "é"])
def test_what_does_not_exist_is_none(codes: CodeSet, code: str) -> None:
    assert codes.brief(code) is None


def test_codes_under_the_same_notes_share_them(codes: CodeSet) -> None:
    one, other = codes.brief("S72.001A"), codes.brief("S72.002A")
    assert one is not None
    assert other is not None
    assert one.notes is other.notes
