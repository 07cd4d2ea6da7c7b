"""Which cluster a batch works on where none is named."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from wardround.batch.cluster import usual_address

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where ``ray start`` writes the address of what it began."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    (tmp_path / "ray").mkdir()
    return tmp_path / "ray" / "ray_current_cluster"


def test_none_is_there() -> None:
    assert usual_address() is None


def test_one_that_was_begun_here_counts_while_it_answers(begun: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as cluster:
        address = f"127.0.0.1:{cluster.getsockname()[1]}"
        begun.write_text(f"{address}\n")
        assert usual_address() == address
    assert usual_address() is None


@pytest.mark.parametrize(("named", "expected"), [("10.0.0.5:6379", "10.0.0.5:6379"), ("auto", "auto"), ("local", None)])
def test_one_that_is_named_goes_before(
    begun: Path, monkeypatch: pytest.MonkeyPatch, named: str, expected: str | None
) -> None:
    begun.write_text("127.0.0.1:9")
    monkeypatch.setenv("RAY_ADDRESS", named)
    assert usual_address() == expected
