"""The one table of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from wardround import settings
from wardround.settings import FILE_LIMIT, NOTE_LIMIT, cache_folder


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WARDROUND_CACHE", str(tmp_path / "not yet there"))
    assert cache_folder() == tmp_path / "not yet there"
    assert not cache_folder().exists()


def test_the_cache_may_be_named_from_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WARDROUND_CACHE", "~/codes")
    assert cache_folder() == tmp_path / "codes"


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_name_it_is_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str | None) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if value is None:
        monkeypatch.delenv("WARDROUND_CACHE")
    else:
        monkeypatch.setenv("WARDROUND_CACHE", value)
    assert cache_folder().name == "wardround"


def test_the_limits_are_those_of_the_table() -> None:
    table = settings.__doc__ or ""
    assert f"{NOTE_LIMIT:,}" in table
    assert f"{FILE_LIMIT:,}" in table
    assert FILE_LIMIT >= 4 * NOTE_LIMIT
