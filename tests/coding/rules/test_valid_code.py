"""What is said of a code that another release has (Guidelines I.B.2)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from wardround import icd10
from wardround.coding import Encounter
from wardround.coding.rules import CodeList
from wardround.coding.rules.valid_code import ValidCode
from wardround.errors import CodeSetError
from wardround.icd10 import CodeSet


def messages(codes: CodeSet, *given: str) -> list[str]:
    return [finding.message for finding in ValidCode().check(CodeList(codes, given, Encounter()))]


def test_another_release_that_has_the_code_is_named(codes: CodeSet, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(release: str) -> SimpleNamespace:
        if release == "2024-10-01":
            raise CodeSetError("damaged")
        return SimpleNamespace(billable=lambda code: code == "Q99.77")

    ids = ("2024-10-01", "2025-10-01", codes.release.id)
    monkeypatch.setattr(icd10, "releases", lambda: [SimpleNamespace(id=id) for id in ids])
    monkeypatch.setattr(icd10, "load", load)
    (message,) = messages(codes, "I10", "q9977")
    assert message.startswith("no code Q99.77 in release 2026-04-01: ")
    assert message.endswith("; release 2025-10-01 has it")
    (message,) = messages(codes, "Q99.78")
    assert "nearest: " in message


def test_what_is_no_code_is_told_by_its_place(codes: CodeSet) -> None:
    text = "the patient has hypertension"
    (message,) = messages(codes, "I10", text)
    assert message.startswith("entry 2 of the list has not the form of a code")
    assert "patient" not in message
