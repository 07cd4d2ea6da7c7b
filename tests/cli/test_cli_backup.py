"""``wardround backup``, ``restore`` and ``audit``"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from wardround.store import Actor, Upload, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Run


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a case in the user's own store."""
    monkeypatch.setenv("WARDROUND_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("WARDROUND_KEY_FILE", str(tmp_path / "key"))
    with open_store(key_file=tmp_path / "key") as store:
        case = store.add_case(Actor(id="maria", role="coder"), "note", [Upload(content=b"x", media_type="text/plain")])
        store.log(Actor(id="maria"), "export", "case", case.id, reason="fax\x1b[2J")
    return case.id


def test_from_one_store_to_another(wardround: Run, kept: str, tmp_path: Path) -> None:
    assert wardround("backup", tmp_path / "a.tar").status == 0
    again = wardround("backup", tmp_path / "a.tar")
    assert (again.status, "there already" in again.err) == (1, True)
    assert wardround("restore", tmp_path / "a.tar", "--folder", tmp_path / "new").status == 0
    listed = wardround("audit", "list", "--folder", tmp_path / "new", "--json").records
    assert [(each["action"], each["kind"], each["reason"]) for each in listed][2:] == [
        ("export", "store", "backup"),
        ("create", "store", "restore"),
        ("query", "audit", ""),
    ]
    assert listed[-1]["actor"].startswith("os:")


def test_verify(wardround: Run, kept: str) -> None:
    told = wardround("audit", "verify")
    assert told.status == 0
    assert told.out.startswith("2 events, none changed or missing\nhead 2:")
    head = told.out.split()[-1]
    assert json.loads(wardround("audit", "verify", "--head", head, "--json").out) == {"events": 2, "head": head}
    wrong = wardround("audit", "verify", "--head", "2:" + "0" * 64)
    assert (wrong.status, "event 2: the trail was rewritten" in wrong.err) == (1, True)


def test_list(wardround: Run, kept: str) -> None:
    told = wardround("audit", "list", "--actor", "maria", "--resource", kept)
    assert [line.split()[3:8] for line in told.out.splitlines()] == [
        ["maria", action, "case", kept, "success"] for action in ("create", "export")
    ]
    assert "fax␛[2J" in told.out
    assert [each["action"] for each in wardround("audit", "list", "--action", "export", "--json").records] == ["export"]
    assert wardround("audit", "list", "--until", "2020-01-01").out == ""
    assert len(wardround("audit", "list", "--since", "2020-01-01T10:00:00").out.splitlines()) >= 4
    assert "there is no such action" in wardround("audit", "list", "--action", "x").err


@pytest.mark.parametrize("command", [["audit", "verify"], ["audit", "list"], ["backup", "x.tar"]])
def test_where_there_is_no_store(
    wardround: Run, command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = wardround(*command, "--folder", tmp_path / "none")
    assert (told.status, "there is no store" in told.err) == (1, True)
    assert list(tmp_path.iterdir()) == []
