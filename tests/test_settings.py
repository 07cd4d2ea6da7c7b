"""The one table of settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wardround import settings
from wardround.errors import InputError
from wardround.settings import (
    FILE_LIMIT,
    NOTE_LIMIT,
    Chosen,
    cache_folder,
    config_folder,
    data_folder,
    default_engine,
    read_chosen,
    write_chosen,
)

if TYPE_CHECKING:
    from collections.abc import Callable


FOLDERS = pytest.mark.parametrize(
    ("folder", "variable", "system"),
    [
        (cache_folder, "WARDROUND_CACHE", "XDG_CACHE_HOME"),
        (data_folder, "WARDROUND_DATA", "XDG_DATA_HOME"),
        (config_folder, "WARDROUND_CONFIG", "XDG_CONFIG_HOME"),
    ],
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
        monkeypatch.delenv(variable, raising=False)
    else:
        monkeypatch.setenv(variable, value)
    assert folder().name == "wardround"


def test_the_limits_are_those_of_the_table() -> None:
    table = settings.__doc__ or ""
    assert f"{NOTE_LIMIT:,}" in table
    assert f"{FILE_LIMIT:,}" in table
    assert FILE_LIMIT >= 4 * NOTE_LIMIT


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARDROUND_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("WARDROUND_ENGINE", raising=False)
    return tmp_path / "config"


def test_nothing_is_chosen_at_first(config: Path) -> None:
    assert read_chosen() == Chosen()
    assert default_engine() == ""
    assert not config.exists()


def test_what_is_chosen_is_kept(config: Path) -> None:
    chosen = Chosen(engine="replay:é.jsonl", models=("/a", "/b"), terms={"hai-def": {"version": "2024-11-15"}})
    write_chosen(Chosen(engine="other"))
    write_chosen(chosen)
    assert read_chosen() == chosen
    assert [path.name for path in config.iterdir()] == ["settings.json"]


def test_the_environment_wins(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_chosen(Chosen(engine="replay:a"))
    assert default_engine() == "replay:a"
    monkeypatch.setenv("WARDROUND_ENGINE", "replay:b")
    assert default_engine() == "replay:b"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"terms": 3}', '{"terms": {"x": 3}}', '{"models": 3}'])
def test_damaged_settings(config: Path, content: str) -> None:
    config.mkdir()
    (config / "settings.json").write_text(content)
    with pytest.raises(InputError, match=r"damaged .*mend or remove"):
        read_chosen()


def test_settings_that_cannot_be_written(config: Path) -> None:
    config.write_text("a file")
    with pytest.raises(InputError, match="WARDROUND_CONFIG"):
        write_chosen(Chosen())
