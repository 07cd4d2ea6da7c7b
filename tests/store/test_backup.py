"""Backup and restore: the same in every database, checked, and all or nothing."""

from __future__ import annotations

import datetime
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from store.conftest import MARIA, NOTE, Place, database, drafted, note
from wardround.errors import StoreConflict, StoreDamaged, StoreError
from wardround.store import Actor, open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wardround.store.store import Store


def fill(store: Store) -> list[str]:
    """A bit of everything; ids of the cases."""
    user = store.accounts.add_user(MARIA, "omar", "reviewer", "$argon2id$x")
    store.set_retention(MARIA, 2190)
    first, second = drafted(store), drafted(store)
    store.assign(MARIA, first, user.id)
    review = store.begin_review(MARIA, first, 1)
    review = store.decide(MARIA, first, "K35.80", "accept", version=review.version, reason="ünï")
    store.sign(MARIA, first, version=review.version)
    store.begin_review(Actor(id="omar"), first, 1, reading="second", blind=True)
    store.delete(MARIA, second)
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    store.accounts.add_token(MARIA, user.id, "robot", ["cases:read"], "a" * 64, soon)
    store.accounts.open_session(MARIA, user.id, "b" * 64, soon)
    store.accounts.attempt("nobody", soon)
    store.jobs.begin(store.jobs.add(MARIA, first, "code", {"engine": True}).id)
    return [first, second, store.add_case(MARIA, "study", note(b"\x00\x01" * 700_000), idempotency_key="k").id]


def manifest(path: Path) -> dict[str, Any]:
    with tarfile.open(path) as tar:
        file = tar.extractfile("manifest.json")
        assert file is not None
        return dict(json.load(file))


@pytest.mark.parametrize("ways", ["sqlite→sqlite", "sqlite→postgresql", "postgresql→sqlite"])
def test_a_round_trip_by_checksum(tmp_path: Path, ways: str, request: pytest.FixtureRequest) -> None:
    def place(kind: str) -> Place:
        url = database(request.getfixturevalue("postgresql")) if kind == "postgresql" else ""
        return Place(url, tmp_path / f"{kind}{len(list(tmp_path.iterdir()))}", tmp_path / "key")

    here, there = map(place, ways.split("→"))
    told: list[tuple[str, int, int]] = []
    with here.open() as store:
        ids = fill(store)
        store.backup(MARIA, tmp_path / "a.tar", lambda *step: told.append(step))
    assert ("documents", 2, 2) in told
    with open_store(there.url, tmp_path / "there", there.key_file) as store:
        store.restore(MARIA, tmp_path / "a.tar")
        store.backup(MARIA, tmp_path / "b.tar")
        assert store.result(MARIA, ids[0]).content["codes"] == [{"code": "K35.80"}]
        assert store.review(MARIA, ids[0]).decisions[0].reason == "ünï"
        assert store.document(MARIA, ids[0], store.case(MARIA, ids[0]).documents[0].id) == NOTE
        assert store.case(MARIA, ids[1]).status == "deleted"
        assert store.accounts.token_of("a" * 64) is not None
        assert store.accounts.session_user("b" * 64) is None  # everybody signs in anew
        (job,) = store.jobs.unfinished()
        assert (job.case, job.options, job.state) == (ids[0], {"engine": True}, "running")
        assert (store.case(MARIA, ids[0]).job, store.reviews(MARIA, ids[0])[1].blind) == (job.id, True)
        again = store.add_case(MARIA, "study", note(b"\x00\x01" * 700_000), idempotency_key="k")
        assert again.id == ids[2]
        store.verify_audit(manifest(tmp_path / "a.tar")["audit_head"])
        assert [event.reason for event in store.events(resource="") if event.kind == "store"][-2:] == [
            "restore",
            "backup",
        ]
    first, second = manifest(tmp_path / "a.tar")["members"], manifest(tmp_path / "b.tar")["members"]
    changed = {name for name in first if first[name] != second.get(name)}
    assert changed == {"tables/audit.jsonl", "tables/audit_head.jsonl"}
    assert not {"tables/sessions.jsonl", "tables/attempts.jsonl"} & first.keys()
    assert first.keys() == second.keys()
    assert (tmp_path / "a.tar").stat().st_mode & 0o077 == 0


@pytest.fixture
def backed_up(sqlite: Store, tmp_path: Path) -> Path:
    fill(sqlite)
    sqlite.backup(MARIA, tmp_path / "a.tar")
    return tmp_path / "a.tar"


def restore(source: Path, name: str = "new", key: str = "key") -> None:
    with open_store(folder=source.parent / name, key_file=source.parent / key if key else None) as store:
        try:
            store.restore(MARIA, source)
        except StoreError:
            assert store.cases(MARIA).cases == store.accounts.users() == ()
            raise


def test_any_changed_byte_is_found(backed_up: Path) -> None:
    content = backed_up.read_bytes()
    for at in range(600, len(content) - 12_000, len(content) // 7):
        backed_up.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(StoreError):
            restore(backed_up, name=f"new{at}")
    backed_up.write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreError, match="not a whole one"):
        restore(backed_up)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda members: members.pop("tables/cases.jsonl"), "does not hold what it lists"),
        (lambda members: members.update({"../evil": b"x"}), "does not hold what it lists"),
        (lambda members: members.update({"tables/evil.jsonl": b"x"}), "does not hold what it lists"),
        (lambda members: members.update({"tables/cases.jsonl": b'{"id": 1}\n'}), "a part of the backup was changed"),
    ],
)
def test_a_backup_that_was_made_otherwise(
    backed_up: Path, change: Callable[[dict[str, bytes]], object], told: str
) -> None:
    with tarfile.open(backed_up) as tar:
        members = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]
    end = members.pop("manifest.json")
    change(members)
    with tarfile.open(backed_up, "w") as tar:
        for name, content in {**members, "manifest.json": end}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    with pytest.raises(StoreDamaged, match=told):
        restore(backed_up)


def test_a_store_that_is_not_empty_or_has_another_key(backed_up: Path) -> None:
    with pytest.raises(StoreConflict, match="another key"):
        restore(backed_up, name="elsewhere", key="other")
    with pytest.raises(StoreConflict, match="another key"):
        restore(backed_up, name="plain", key="")
    restore(backed_up)
    with (
        open_store(folder=backed_up.parent / "new", key_file=backed_up.parent / "key") as store,
        pytest.raises(StoreConflict, match="not empty"),
    ):
        store.restore(MARIA, backed_up)


def test_a_damaged_document_is_not_backed_up(sqlite: Store, tmp_path: Path) -> None:
    sqlite.add_case(MARIA, "note", note())
    path = next((tmp_path / "store" / "documents").glob("*/*"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreDamaged):
        sqlite.backup(MARIA, tmp_path / "a.tar")
    assert [each.name for each in tmp_path.iterdir() if "tar" in each.name] == []


def test_where_it_cannot_be_written(sqlite: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        sqlite.backup(MARIA, tmp_path / "none" / "a.tar")
    with pytest.raises(StoreError, match="cannot be read"):
        sqlite.restore(MARIA, tmp_path / "none.tar")
