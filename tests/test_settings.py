"""The one table of settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wardround import settings
from wardround.settings import FILE_LIMIT, NOTE_LIMIT, cache_folder, data_folder

if TYPE_CHECKING:
    from collections.abc import Callable


FOLDERS = pytest.mark.parametrize(
    ("folder", "variable", "system"),
    [(cache_folder, "WARDROUND_CACHE", "XDG_CACHE_HOME"), (data_folder, "WARDROUND_DATA", "XDG_DATA_HOME")],
)


@FOLDERS
def test_a_folder_is_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Callable[[], Path], variable: str, system: str
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "not yet there"))
    assert folder() == tmp_path / "not yet there"
    assert not folder().exists()


@FOLDERS
def test_a_folder_may_be_named_from_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Callable[[], Path], variable: str, system: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(variable, "~/codes")
    assert folder() == tmp_path / "codes"


@FOLDERS
@pytest.mark.parametrize("value", [None, ""])
def test_without_a_name_it_is_the_systems(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    folder: Callable[[], Path],
    variable: str,
    system: str,
    value: str | None,
) -> None:
    monkeypatch.setenv(system, str(tmp_path))
    if value is None:
        monkeypatch.delenv(variable)
    else:
        monkeypatch.setenv(variable, value)
    assert folder().name == "wardround"


def test_the_limits_are_those_of_the_table() -> None:
    table = settings.__doc__ or ""
    assert f"{NOTE_LIMIT:,}" in table
    assert f"{FILE_LIMIT:,}" in table
    assert FILE_LIMIT >= 4 * NOTE_LIMIT
