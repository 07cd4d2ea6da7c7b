"""Documents on disk, and their seal: what comes back is what was put there, or an error."""

from __future__ import annotations

import hashlib
import io
import resource
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.errors import InputError, StoreDamaged, StoreError
from wardround.store.files import Files
from wardround.store.sealing import CHUNK, Seal, read_key

if TYPE_CHECKING:
    from pathlib import Path

SEAL = Seal(bytes(range(32)))
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK]


def kept(files: Files, content: bytes) -> str:
    with files.stage(io.BytesIO(content)) as staged:
        files.keep(staged)
    return staged.sha256


def test_what_was_kept_first_can_be_taken_back_until_others_keep_it(tmp_path: Path) -> None:
    files = Files(tmp_path)
    with files.stage(b"x") as one, files.stage(b"x") as other:
        assert files.keep(one)
        assert not files.keep(other)
        files.take_back(one)
        assert files.read(one.sha256) == b"x"
    with files.stage(b"y") as alone:
        assert files.keep(alone)
        files.take_back(alone)
        files.take_back(alone)
        assert not files.has(alone.sha256)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [one.sha256]


@pytest.mark.parametrize("seal", [None, SEAL], ids=["plain", "sealed"])
@pytest.mark.parametrize("size", SIZES)
def test_a_document_comes_back(tmp_path: Path, size: int, seal: Seal | None) -> None:
    files = Files(tmp_path / "documents", seal)
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    digest = kept(files, content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert files.read(digest) == content
    assert kept(files, content) == digest
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [digest]


@pytest.mark.parametrize("seal", [None, SEAL], ids=["plain", "sealed"])
def test_any_change_on_the_disk_is_found(tmp_path: Path, seal: Seal | None) -> None:
    files = Files(tmp_path, seal)
    digest = kept(files, b"pain " * 10)
    path = tmp_path / digest[:2] / digest
    content = path.read_bytes()
    changes = [content[:-1], b"", content + b"x"]
    changes += [content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in range(len(content))]
    for changed in changes:
        path.write_bytes(changed)
        with pytest.raises(StoreDamaged):
            files.read(digest)
    path.unlink()
    with pytest.raises(StoreDamaged, match="gone"):
        files.read(digest)


def test_chunks_cannot_be_cut_off_or_exchanged() -> None:
    sealed = SEAL.seal(b"a" * CHUNK + b"b" * CHUNK + b"c", "x")
    head, size = 36, CHUNK + 16
    first, second, last = sealed[head : head + size], sealed[head + size : head + 2 * size], sealed[head + 2 * size :]
    assert SEAL.open(sealed, "x") == b"a" * CHUNK + b"b" * CHUNK + b"c"
    for changed in (first + second, first, second + first + last, first + last, first + second + last + last):
        with pytest.raises(StoreDamaged):
            SEAL.open(sealed[:head] + changed, "x")
    for seal, context in ((Seal(bytes(32)), "x"), (SEAL, "y")):
        with pytest.raises(StoreDamaged):
            seal.open(sealed, context)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=50), max_size=5))
def test_a_stream_is_sealed_in_any_pieces(pieces: list[bytes]) -> None:
    sealed = b"".join(SEAL.seal_chunks(pieces, "x"))
    assert b"".join(SEAL.open_chunks([sealed[at : at + 1] for at in range(len(sealed))], "x")) == b"".join(pieces)
    assert sealed != b"".join(SEAL.seal_chunks(pieces, "x"))


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    files = Files(tmp_path)
    digest = kept(files, b"there before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(StoreError, match=r"cannot write the document: .*\(free some space"):
            files.stage(b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [digest]


class _Breaks(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError(104, "the client went away")


def test_half_an_upload_leaves_nothing(tmp_path: Path) -> None:
    files = Files(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        files.stage(_Breaks())
    with pytest.raises(InputError, match="cannot be read"):
        files.stage(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = read_key(path, make=True)
    assert (len(key), read_key(path, make=False), path.stat().st_mode & 0o077) == (32, key, 0)


@pytest.mark.parametrize("content", [b"", b"abc", b"00" * 31, b"zz" * 32, b"\xff" * 64])
def test_what_is_no_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(StoreError, match="this is no key"):
        read_key(tmp_path / "key", make=True)
    with pytest.raises(StoreError, match="cannot be read"):
        read_key(tmp_path / "none", make=False)
