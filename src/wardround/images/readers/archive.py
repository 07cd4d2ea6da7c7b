"""Where files come from: a path, bytes, several paths, a folder, a zip archive, a DICOMDIR.

Nothing is ever unpacked to disk. An archive that says it holds far more than its own size, and a name in an archive or
a DICOMDIR that leads outside, are refused as a whole: no clinic's software makes them.
"""

from __future__ import annotations

import io
import os
import weakref
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from wardround.errors import ImageError
from wardround.images.readers.base import HEAD, File
from wardround.images.readers.quiet import quiet

__all__ = ["files_of"]

_FILES = 20_000  # that a folder or archive may hold
_MEMBER = 1 << 29  # bytes of one file in an archive
_ARCHIVE = 1 << 33  # bytes of all of them
_RATIO = 200  # by which an archive may shrink what it holds; pixels shrink by 2 or 3, black images by 1000
_SMALL = 100_000_000  # bytes up to which the ratio does not matter
_FEWER = "give one study"


def files_of(source: Path | bytes | Sequence[Path]) -> list[File]:
    """All files of ``source``, in the order of their names; those of folders and archives with them.

    Raises:
        ImageError: there are none, too many, or they cannot be opened safely.
        TypeError: ``source`` is of another type.
    """
    if isinstance(source, bytes):
        found = _in_memory(source)
    elif isinstance(source, Path):
        found = _at(source)
    elif isinstance(source, (list, tuple)) and all(isinstance(each, Path) for each in source):
        found = [file for path in source for file in _at(path)]
        if not found:
            raise ImageError("there is no file to read")
    else:
        raise TypeError(f"images are read from a Path, bytes or a list of Paths, not {type(source).__name__}")
    if len(found) > _FILES:
        raise ImageError(f"there are more than {_FILES:,} files", hint=_FEWER)
    return found


def _in_memory(data: bytes) -> list[File]:
    if not data:
        raise ImageError("it is empty", hint="give the content of an image file")
    if zipfile.is_zipfile(io.BytesIO(data)) and data[:2] == b"PK":
        return _zipped(io.BytesIO(data), len(data), "")
    return [File(name="", size=len(data), open=partial(io.BytesIO, data), head=data[:HEAD])]


def _at(path: Path) -> list[File]:
    try:
        if path.is_dir():
            return _in_folder(path)
        file = _on_disk(path, path.name)
    except FileNotFoundError:
        raise ImageError("there is no such file", where=str(path), hint="check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise ImageError(f"the file cannot be read: {reason}", where=path.name) from None
    if not file.size:
        raise ImageError("the file is empty", where=path.name, hint="send or export it again")
    if file.head.startswith(b"PK\x03\x04"):
        return _zipped(path.open("rb"), file.size, path.name)
    if _is_dicomdir(file):
        return _in_dicomdir(file, path)
    return [file]


def _on_disk(path: Path, name: str) -> File:
    if not path.is_file():
        if not path.exists():
            raise FileNotFoundError(path)
        raise ValueError("not a file")
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    return File(name=name, size=path.stat().st_size, open=partial(_opened, path), head=head, path=path)


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


# folders


def _in_folder(folder: Path) -> list[File]:
    found = []
    for path in _walked(folder):
        name = path.relative_to(folder).as_posix()
        try:
            file = _on_disk(path, name)
        except (OSError, ValueError):
            continue  # a device, a broken link: nothing that could be an image
        if file.size and not _is_dicomdir(file):
            found.append(file)
        if len(found) > _FILES:
            break
    if not found:
        raise ImageError("there is no file in the folder", where=folder.name, hint="give a folder with images")
    return found


def _walked(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):  # links to folders are not followed, so that this ends
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        yield from (Path(here, name) for name in sorted(names) if not name.startswith("."))


# archives


def _zipped(stream: BinaryIO, size: int, where: str) -> list[File]:
    try:
        archive = zipfile.ZipFile(stream)
        weakref.finalize(archive, stream.close)  # with the last file of it that someone may still open
        members = [each for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        stream.close()
        raise ImageError("the archive is damaged", where=where, hint="send or pack it again") from None
    _check_archive(members, size, where)
    found = []
    for member in sorted(members, key=lambda each: each.filename):
        name = PurePosixPath(member.filename)
        if member.file_size == 0 or "__MACOSX" in name.parts or name.name.startswith("."):
            continue
        opened = partial(_member, archive, member, where)
        file = File(name=str(name), size=member.file_size, open=opened, head=_head(archive, member, where))
        if not _is_dicomdir(file):
            found.append(file)
    if not found:
        raise ImageError("there is no file in the archive", where=where, hint="give an archive with images")
    return found


def _check_archive(members: Sequence[zipfile.ZipInfo], size: int, where: str) -> None:
    if len(members) > _FILES:
        raise ImageError(f"there are more than {_FILES:,} files in the archive", where=where, hint=_FEWER)
    total = sum(each.file_size for each in members)
    if total > _ARCHIVE or (total > _SMALL and total > _RATIO * size) or any(m.file_size > _MEMBER for m in members):
        raise ImageError(
            "the archive unpacks to too much", where=where, hint="if you trust it, unpack it and give the folder"
        )
    for each in members:
        name = PurePosixPath(each.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or (name.parts[:1] and name.parts[0].endswith(":")):
            raise ImageError(
                "a name in the archive leads outside of it", where=where, hint="such an archive is made to do harm"
            )
        if each.flag_bits & 1:
            raise ImageError("the archive is encrypted", where=where, hint="unpack it and give the folder")


def _head(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> bytes:
    try:
        with archive.open(member) as stream:
            return stream.read(HEAD)
    except Exception:  # zlib.error, BadZipFile, NotImplementedError for a method that is not known …
        raise ImageError("the archive is damaged", where=where, hint="send or pack it again") from None


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str) -> BinaryIO:
    try:
        return io.BytesIO(archive.read(member))
    except Exception:
        raise ImageError("the archive is damaged", where=where, hint="send or pack it again") from None


# DICOMDIR


def _is_dicomdir(file: File) -> bool:
    return b"1.2.840.10008.1.3.10" in file.head[132:]


def _in_dicomdir(file: File, path: Path) -> list[File]:
    import pydicom

    try:
        with quiet(), file.open() as stream:
            records = pydicom.dcmread(stream).DirectoryRecordSequence
            names = [each.ReferencedFileID for each in records if "ReferencedFileID" in each]
    except (Exception, RecursionError):
        raise ImageError("the DICOMDIR is damaged", where=file.name, hint="give its folder instead") from None
    folder = path.parent.resolve()
    found = []
    for name in names:
        parts = [name] if isinstance(name, str) else [str(part) for part in name]
        target = _referenced(folder, parts)
        if not target.resolve().is_relative_to(folder):
            raise ImageError(
                "the DICOMDIR names a file outside of its folder", where=file.name, hint="give its folder instead"
            )
        try:
            found.append(_on_disk(target, "/".join(parts)))
        except (OSError, ValueError):
            continue  # not copied with it, as is common; those that are there are read
    if not found:
        raise ImageError("no file that the DICOMDIR names is there", where=file.name, hint="give its folder instead")
    return found


def _referenced(folder: Path, parts: Sequence[str]) -> Path:
    """The file, whatever the case that the disc or its copy gave to its name."""
    at = folder
    for part in parts:
        step = at / part
        if not step.exists() and part not in ("", ".", "..") and at.is_dir():
            step = next((each for each in at.iterdir() if each.name.lower() == part.lower()), step)
        at = step
    return at
