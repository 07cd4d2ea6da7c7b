"""Installs what the publishers of ICD-10-CM publish, and removes it again.

CDC and CMS publish a release as a zip, "Code Tables, Tabular and Index", with five XML files in it: the Tabular List,
the Alphabetic Index, the Index of External Causes, the Table of Neoplasms and the Table of Drugs. All of it is read,
checked and compiled in a temporary place first. Then one rename puts it in place, so a file that cannot be used changes
nothing, and a release that is replaced is replaced at once.

What has the Tabular List is a whole release. What has none is added to the release that is there, the other parts of
which stay.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from wardround.errors import CodeSetError, InputError, UnknownRelease
from wardround.icd10.installed import Source, forget, installed_folders, silent, sources
from wardround.icd10.manifest import FILE, Manifest, read
from wardround.icd10.parts import PARTS, Origin, Part, digest, recognise
from wardround.icd10.release import fiscal_year_end, named_day
from wardround.icd10.unpack import unpack
from wardround.settings import cache_folder, data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wardround.icd10.index import IndexSummary
    from wardround.icd10.unpack import Unpacked

__all__ = ["Installation", "install", "release_day", "remove"]

_LEFT_OVER = 24 * 3600  # seconds after which the temporary folder of an import that was killed may go
_UNWRITABLE = "free some space, or set WARDROUND_DATA to a folder that can be written"


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """What `install` has done.

    Attributes:
        source: the release as it is now.
        given: the parts that were in what was given; the others were there before.
        replaced: whether the release was installed before.
        codes: how many billable codes it has.
        index: what was compiled of the Index and tables; None if there is none of them.
        ignored: XML files that are no part of a release.
    """

    source: Source
    given: tuple[Part, ...]
    replaced: bool
    codes: int
    index: IndexSummary | None
    ignored: tuple[str, ...]


def install(
    given: Path,
    *,
    release: str | None = None,
    mixed_years: bool = False,
    url: str = "",
    tell: Callable[[str], None] = silent,
) -> Installation:
    """Install the release, or the parts of one, that a zip, a folder or an XML file holds.

    Args:
        given: as it was published.
        release: the release that it is or belongs to, by its first day (``"2026-10-01"``). Needed only where the names
            of the files do not say, or where parts belong to another release than their names say.
        mixed_years: install parts of one fiscal year with the Tabular List of another.
        url: where it was downloaded, for the record.
        tell: is called with a few words as each step begins.

    Raises:
        InputError: ``release`` is no date.
        CodeSetError: what was given is damaged, not to be trusted, no release, or does not fit together, or it cannot
            be stored. What was installed before is as it was.
    """
    day = release_day(release) if release else None
    home = data_folder() / "releases"
    try:
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        with tempfile.TemporaryDirectory(prefix=".incoming-", dir=home, ignore_cleanup_errors=True) as stage:
            return _install(given, home, Path(stage), day, mixed_years, url, tell)
    except OSError as error:
        problem = f"the release cannot be stored: {error.strerror or error}"
        raise CodeSetError(problem, where=str(home), hint=_UNWRITABLE) from error


def release_day(release: str) -> datetime.date:
    """The first day in force of a release called ``release``.

    Raises:
        InputError: this is no such name.
    """
    try:
        return datetime.date.fromisoformat(release)
    except ValueError:
        hint = "its first day in force, such as 2026-10-01"
        raise InputError("this is not the name of a release", where=release, hint=hint) from None


def _install(
    given: Path,
    home: Path,
    stage: Path,
    day: datetime.date | None,
    mixed_years: bool,
    url: str,
    tell: Callable[[str], None],
) -> Installation:
    tell("unpacking")
    files = unpack(given, stage)
    origin = Origin(name=given.resolve().name, digest="" if given.is_dir() else digest(given), url=url)
    parts, ignored = _recognised(files, origin, given.name)
    valid_from = _valid_from(parts, day, given.name)
    whole = _completed(parts, valid_from, given.name)
    _agree(parts, next(part for part in whole if part.name == "tabular"), valid_from, mixed_years)

    content = Path(tempfile.mkdtemp(prefix="files-", dir=stage))
    content.chmod(0o755)  # it holds nothing private
    manifest = Manifest(
        valid_from=valid_from,
        folder=content,
        parts=tuple(_collected(whole, content)),
        installed_at=datetime.datetime.now(datetime.UTC),
    )
    source = Source(manifest.tabular.path, manifest=manifest)
    with _compiled_only_if_installed(source):
        codes, summary = source.compile(tell)
        count = sum(1 for _ in codes.billable_codes())
        tell("putting it in place")
        replaced, manifest = _put_in_place(manifest, home / valid_from.isoformat())
    forget()
    return Installation(
        source=Source(manifest.tabular.path, manifest=manifest),
        given=tuple(parts),
        replaced=replaced,
        codes=count,
        index=summary,
        ignored=tuple(ignored),
    )


def _recognised(files: Sequence[Unpacked], origin: Origin, given: str) -> tuple[list[Part], list[str]]:
    """The parts among the files, in their usual order, and the names of those that are none."""
    found: dict[str, tuple[Part, str]] = {}
    ignored = []
    for file in files:
        part = recognise(file.path, origin)
        if part is None:
            ignored.append(file.name)
            continue
        other, name = found.setdefault(part.name, (part, file.name))
        if other.digest != part.digest:
            raise CodeSetError(
                f"there are two different files of the same part, {part.name}: {name} and {file.name}",
                where=given,
                hint="install one release at a time",
            )
    if not found:
        raise CodeSetError(
            "this holds no part of a release of ICD-10-CM",
            where=given,
            hint='give the zip "Code Tables, Tabular and Index" of cms.gov, or the XML files in it',
        )
    return [found[name][0] for name in PARTS if name in found], ignored


def _valid_from(parts: Sequence[Part], day: datetime.date | None, given: str) -> datetime.date:
    """The release that the parts are, or belong to."""
    tabular = next((part for part in parts if part.name == "tabular"), None)
    if tabular is None:
        days = [part.day for part in parts if part.day is not None]
        return day or max(days, default=None) or _unnamed(parts[0])
    exact = named_day(tabular.path.name)
    if exact and day and exact != day:
        raise CodeSetError(f"by its name this is the Tabular List of {exact}, not of {day}", where=tabular.path.name)
    # A name that has a fiscal year alone is used for the update of April too; then the archive's name may say more.
    update = named_day(given)
    if update and fiscal_year_end(update).year != tabular.fiscal_year:
        update = None
    return exact or day or update or tabular.day or _unnamed(tabular)


def _unnamed(part: Part) -> NoReturn:
    raise CodeSetError(
        "the name of this file does not say from when it is in force",
        where=part.path.name,
        hint="name the release by its first day, such as --release 2026-10-01",
    )


def _completed(parts: Sequence[Part], valid_from: datetime.date, given: str) -> list[Part]:
    """The parts of the whole release: those given, and for those without the Tabular List what is there already."""
    if any(part.name == "tabular" for part in parts):
        return list(parts)
    known = {source.valid_from: source for source in sources()}
    if valid_from not in known:
        newest = max(known)
        raise CodeSetError(
            f"this belongs to release {valid_from}, the Tabular List of which is not installed",
            where=given,
            hint=f"install that first, or name the release to add it to, such as --release {newest}",
        )
    source = known[valid_from]
    present = source.manifest.parts if source.manifest else (_bundled(source),)
    names = {part.name for part in parts}
    return [*parts, *(part for part in present if part.name not in names)]


def _bundled(source: Source) -> Part:
    release = source.release
    return Part(
        name="tabular",
        path=source.path,
        fiscal_year=release.fiscal_year,
        digest=release.digest,
        origin=Origin(name=release.source),
    )


def _agree(parts: Sequence[Part], tabular: Part, valid_from: datetime.date, mixed_years: bool) -> None:
    """Refuse parts of another fiscal year than the Tabular List, by their content or their names."""
    year = fiscal_year_end(valid_from).year
    if tabular.years != (year,):
        told = " and ".join(map(str, tabular.years))
        raise CodeSetError(
            f"the Tabular List is of fiscal year {told} by its name and content, the release of {year}",
            where=tabular.path.name,
        )
    for part in parts:
        if part.years != (year,) and not mixed_years:
            told = f"{part.years[-1]} by its name and {part.years[0]} by its content"
            told = told if len(part.years) > 1 else str(part.years[0])
            raise CodeSetError(
                f"{part.path.name} is of fiscal year {told}, {tabular.path.name} of {year}",
                hint="--mixed-years installs them together all the same",
            )


def _collected(parts: Sequence[Part], folder: Path) -> Iterator[Part]:
    """The same parts with their files copied into ``folder``, under the names they came with."""
    for part in parts:
        path = folder / part.path.name
        if path.exists():
            path = folder / f"{part.name}-{part.path.name}"
        shutil.copyfile(part.path, path)
        yield replace(part, path=path)


@contextlib.contextmanager
def _compiled_only_if_installed(source: Source) -> Iterator[None]:
    """Take back what was compiled for a release that is not installed in the end."""
    try:
        yield
    except BaseException:
        for name in source.compiled_names:
            with contextlib.suppress(OSError):
                (cache_folder() / name).unlink(missing_ok=True)
        raise


def _put_in_place(manifest: Manifest, home: Path) -> tuple[bool, Manifest]:
    """Move the files of ``manifest`` into ``home`` and make them the release; whether there was one, and what is."""
    home.mkdir(exist_ok=True)
    before: Path | None = None
    if (home / FILE).exists():
        with contextlib.suppress(CodeSetError):  # damaged; then its files stay behind
            before = read(home).folder
    folder = home / manifest.folder.name
    placed = replace(
        manifest, folder=folder, parts=tuple(replace(part, path=folder / part.path.name) for part in manifest.parts)
    )
    replaced = (home / FILE).exists()
    manifest.folder.rename(folder)
    try:
        placed.write(home)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            home.rmdir()  # only if it is empty
        raise
    if before is not None and before != folder:
        shutil.rmtree(before, ignore_errors=True)
    return replaced, placed


def _sweep(home: Path) -> None:
    """Remove what imports that were killed have left behind."""
    for folder in home.glob(".incoming-*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _LEFT_OVER:
                shutil.rmtree(folder, ignore_errors=True)


def remove(release: str) -> None:
    """Remove an installed release. A bundled one of the same day is in force again.

    Args:
        release: its name, the first day it is in force (``"2026-10-01"``).

    Raises:
        UnknownRelease: it is not installed.
        CodeSetError: it cannot be removed.
    """
    installed = {folder.name: folder for folder in installed_folders(data_folder())}
    if release not in installed:
        names = ", ".join(installed) or "none"
        raise UnknownRelease(
            f"no release {release!r} is installed that could be removed", hint=f"installed, not bundled: {names}"
        )
    home = installed[release]
    compiled: tuple[str, ...] = ()
    with contextlib.suppress(CodeSetError):
        manifest = read(home)
        compiled = Source(manifest.tabular.path, manifest=manifest).compiled_names
    try:
        os.unlink(home / FILE)
        shutil.rmtree(home)
    except OSError as error:
        raise CodeSetError(f"the release cannot be removed: {error.strerror}", where=str(home)) from error
    finally:
        forget()
    for name in compiled:
        with contextlib.suppress(OSError):
            (cache_folder() / name).unlink(missing_ok=True)
