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
