"""What the machine has, as its own programs tell it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from wardround.engines.machine import Gpu, gpus, memory

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    gpus.cache_clear()
    yield
    gpus.cache_clear()


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("NVIDIA L4, 23034\n", (Gpu("NVIDIA L4", 23034 << 20),)),
        ("A, B, 10\nC, 20\n", (Gpu("A, B", 10 << 20), Gpu("C", 20 << 20))),
        ("GH200, [N/A]\nnonsense\n\n", ()),
    ],
)
def test_cards(monkeypatch: pytest.MonkeyPatch, told: str, expected: tuple[Gpu, ...]) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, told))
    assert gpus() == expected


@pytest.mark.parametrize(
    "error", [FileNotFoundError(), subprocess.TimeoutExpired("", 1), subprocess.CalledProcessError(9, "")]
)
def test_no_driver(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def run(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(subprocess, "run", run)
    assert gpus() == ()


def test_memory() -> None:
    assert memory() == 0 or memory() > 1e8
