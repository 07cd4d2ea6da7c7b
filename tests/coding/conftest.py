"""One coder for all tests of this room, and a short way to use it."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from wardround.coding import Coder, CodingResult, Encounter


class Coded(Protocol):
    """Codes one note; the keywords are the encounter's fields."""

    def __call__(self, note: str, **encounter: Any) -> CodingResult: ...


@pytest.fixture(scope="session")
def coder() -> Coder:
    return Coder()


@pytest.fixture(scope="session")
def coded(coder: Coder) -> Coded:
    def code(note: str, **encounter: Any) -> CodingResult:
        return coder.code(note, Encounter.model_validate(encounter))

    return code


def codes_of(result: CodingResult) -> list[str]:
    """The codes proposed, in sequence."""
    return [code.code for code in result.codes]


def findings_of(result: CodingResult, rule: str) -> dict[str, tuple[str, str]]:
    """Code → section and severity of what one rule has found, over proposed and rejected codes."""
    return {
        code.code: (finding.section, finding.severity)
        for code in (*result.codes, *result.rejected)
        for finding in code.findings
        if finding.rule == rule
    }


def bug(reason: str, *values: Any) -> Any:
    """A row of a table that the coder still gets wrong."""
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=reason))
