"""Takes the XML files out of what was given - a zip, a folder, one file - and trusts none of it.

A zip may hold folders, other zips, and much that is not needed; only XML files are unpacked, each under its own name in
a folder of its own. A zip that names a place outside itself, holds links, is encrypted, or grows out of all proportion
is refused as a whole: no publisher makes such a one.
"""

from __future__ import annotations

import re
import stat
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from wardround.errors import CodeSetError

__all__ = ["Unpacked", "unpack"]

# A real release: five XML files, the largest of them 10 MB, some 30 MB unpacked with all that stands beside them.
FILE_LIMIT = 40_000_000
"""Bytes of one file; read into memory as XML they may become thirty times as many."""
TOTAL_LIMIT = 200_000_000
"""Bytes of all files that are unpacked."""
ARCHIVE_LIMIT = 100_000_000
"""Bytes of a zip; its directory alone is read into memory."""
COUNT_LIMIT = 1_000
"""Files in all; a real release has fewer than thirty. More means that another folder was meant."""
RATIO_LIMIT = 100
"""Times that a file may grow when it is unpacked; the official XML grows ten- to thirty-fold."""
DEPTH_LIMIT = 3
"""Zips inside each other, the outermost included; releases have been published as a zip in a zip."""

_CHUNK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, IndexError)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """One XML file: ``name`` says where in what was given it was found, ``path`` where it lies now."""

    name: str
    path: Path


def unpack(given: Path, folder: Path) -> list[Unpacked]:
    """Copy the XML files of ``given`` into ``folder``, in the order of their names.

    Raises:
        CodeSetError: it cannot be read, is damaged, is larger than any release, or is not to be trusted.
        OSError: ``folder`` cannot be written.
    """
    return _Unpacking(folder).run(given)


class _Unpacking:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: list[Unpacked] = []
        self._count = 0
        self._left = TOTAL_LIMIT

    def run(self, given: Path) -> list[Unpacked]:
        if given.is_dir():
            for path in self._files(given):
                name = path.relative_to(given).as_posix()
                self._one(path, name, zipped=name.lower().endswith(".zip"))
        elif given.exists() and not given.is_file():
            raise CodeSetError("this is neither a file nor a folder", where=given.name)
        else:
            self._one(given, given.name)
        return self._found

    def _files(self, folder: Path) -> list[Path]:
        """The files below ``folder`` that may be of use."""
        found = []
        for path in folder.rglob("*"):
            self._counted(folder.name)
            if _wanted(path.name) and path.is_file():
                found.append(path)
        return sorted(found)

    def _one(self, path: Path, name: str, *, zipped: bool = False) -> None:
        """One file on disk: a zip if it is to be one or begins like one, else XML."""
        try:
            file = path.open("rb")
        except OSError as error:
            _unreadable(name, error)
        with file:
            if zipped or _read(file, 2, name) == b"PK":
                self._archive(file, name, 1)
            else:
                file.seek(0)
                self._found.append(Unpacked(name, self._copy(file, name, FILE_LIMIT)))

    def _archive(self, file: IO[bytes], name: str, depth: int) -> None:
        if depth > DEPTH_LIMIT:
            raise CodeSetError(f"more than {DEPTH_LIMIT} zips are inside each other", where=name)
        if file.seek(0, 2) > ARCHIVE_LIMIT:
            _too_large(name, ARCHIVE_LIMIT)
        try:
            archive = zipfile.ZipFile(file)
        except (*_DAMAGED, OSError) as error:  # OSError: it points to a place that it does not have
            _damaged(name, error)
        with archive:
            members = sorted(archive.infolist(), key=lambda member: member.filename)
            for member in members:
                self._counted(name)
                _check(member, name)
            for member in members:
                if not member.is_dir() and _wanted(_base(member.filename)):
                    self._member(archive, member, f"{name}/{member.filename}", depth)

    def _member(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, depth: int) -> None:
        nested = name.lower().endswith(".zip")
        try:
            content = archive.open(member)
        except (*_DAMAGED, OSError) as error:
            _damaged(name, error)
        with content:
            path = self._copy(content, name, ARCHIVE_LIMIT if nested else FILE_LIMIT)
        if not nested:
            self._found.append(Unpacked(name, path))
            return
        with path.open("rb") as file:
            self._archive(file, name, depth + 1)
        path.unlink()

    def _copy(self, source: IO[bytes], name: str, limit: int) -> Path:
        """Copy one file, counting what really comes rather than what was announced."""
        place = Path(tempfile.mkdtemp(dir=self._folder))
        path = place / re.sub(r"[^\w.() -]", "_", _base(name), flags=re.ASCII)[-100:]
        size = 0
        with path.open("wb") as target:
            while chunk := _read(source, _CHUNK, name):
                size += len(chunk)
                self._left -= len(chunk)
                if size > limit:
                    _too_large(name, limit)
                if self._left < 0:
                    _too_large(name, TOTAL_LIMIT, "with the files before it ")
                target.write(chunk)
        return path

    def _counted(self, name: str) -> None:
        self._count += 1
        if self._count > COUNT_LIMIT:
            raise CodeSetError(
                f"there are more than {COUNT_LIMIT:,} files", where=name, hint="name the zip or folder of one release"
            )


def _wanted(name: str) -> bool:
    return name.lower().endswith((".xml", ".zip")) and not name.startswith(".")  # "._…" is what macOS adds


def _base(name: str) -> str:
    return re.split(r"[/\\]", name)[-1]


def _check(member: zipfile.ZipInfo, archive: str) -> None:
    """Refuse what no publisher puts into a zip.

    Source: PKWARE APPNOTE 4.4.4 (encryption), 4.4.17 (names are relative), 4.4.15 (attributes, with the Unix mode).
    """
    written = member.orig_filename
    where = f"{archive}/{member.filename}"
    if re.match(r"[/\\]|[A-Za-z]:", written) or ".." in re.split(r"[/\\]", written) or "\0" in written:
        raise CodeSetError("the zip names a place outside itself; nothing of it is used", where=archive)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise CodeSetError("the zip holds a link; nothing of it is used", where=where)
    if member.flag_bits & 0x1:
        raise CodeSetError("the zip is encrypted", where=where, hint="unpack it and give the folder")
    if member.file_size > RATIO_LIMIT * max(member.compress_size, _CHUNK // RATIO_LIMIT):
        raise CodeSetError(f"it grows more than {RATIO_LIMIT}-fold when it is unpacked; nothing is used", where=where)


def _read(file: IO[bytes], size: int, name: str) -> bytes:
    try:
        return file.read(size)
    except _DAMAGED as error:
        _damaged(name, error)
    except OSError as error:
        _unreadable(name, error)


def _damaged(name: str, error: Exception) -> NoReturn:
    raise CodeSetError("the zip is damaged, incomplete, or no zip at all", where=name, hint="fetch it again") from error


def _unreadable(name: str, error: OSError) -> NoReturn:
    raise CodeSetError(f"the file cannot be read: {error.strerror}", where=name) from error


def _too_large(name: str, limit: int, what: str = "") -> NoReturn:
    raise CodeSetError(f"{what}it has more than {limit:,} bytes; no release has as many", where=name)
