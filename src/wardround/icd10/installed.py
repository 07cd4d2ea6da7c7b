"""Which releases are installed, and which of them is in force on a date.

Today one source is known: the Tabular List that the package ``simple-icd-10-cm`` carries. It is read as a file; the
package itself is never imported (it builds the whole tree in memory). A source is compiled when it is first used, in
about three seconds, into `wardround.settings.cache_folder`; afterwards it opens in milliseconds. Where that folder
cannot be written, the file goes to a temporary folder that disappears with the process.
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
from typing import TYPE_CHECKING

from wardround import __version__
from wardround.errors import CodeSetError, UnknownRelease
from wardround.icd10.codeset import CodeSet
from wardround.icd10.release import Release, effective_date, fiscal_year_end
from wardround.icd10.table import full_text
from wardround.settings import cache_folder

if TYPE_CHECKING:
    from wardround.icd10.tabular import Tabular

__all__ = ["Source", "load", "releases"]

_PACKAGE = "simple-icd-10-cm"
_lock = threading.Lock()
_loaded: dict[str, CodeSet] = {}


@dataclass(frozen=True)
class Source:
    """The file of a Tabular List, published under its official name.

    Attributes:
        path: the XML file.
        package: the Python distribution that carries it; empty for a file of its own.
    """

    path: Path
    package: str = ""

    @cached_property
    def valid_from(self) -> datetime.date:
        """First day in force, read from the file's name."""
        return effective_date(self.path.name)

    @cached_property
    def compiled_name(self) -> str:
        """Name of the compiled file: another one after every change of the source or of the compiler."""
        try:
            stat = self.path.stat()
        except OSError as error:
            raise CodeSetError(f"the file cannot be read: {error.strerror}", where=self.path.name) from error
        key = f"{_compiler()} {full_text()} {self.path.name} {stat.st_size} {stat.st_mtime_ns}"
        return f"icd10cm-{self.valid_from}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.sqlite"

    @cached_property
    def release(self) -> Release:
        """The release it holds."""
        origin = self.path.name
        if self.package:
            from importlib.metadata import version  # slow to import, and an installed release does not need it

            origin = f"{self.package} {version(self.package)}"
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()
        return Release(valid_from=self.valid_from, source=origin, digest=digest)

    def open(self) -> CodeSet:
        """The compiled release, compiled now if it is not there or is damaged.

        Raises:
            CodeSetError: the source is missing or damaged.
        """
        folder = cache_folder()
        path = folder / self.compiled_name
        with contextlib.suppress(CodeSetError):
            return CodeSet(path)
        # Only a first start needs these.
        from wardround.icd10.store import write
        from wardround.icd10.tabular import parse

        tabular = parse(self.path)
        if tabular.fiscal_year != self.release.fiscal_year:
            raise CodeSetError(
                f"the file's name says fiscal year {self.release.fiscal_year}, its content {tabular.fiscal_year}",
                where=self.path.name,
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write(tabular, self.release, path)
            return CodeSet(path)
        except OSError:
            return self._open_temporary(tabular)

    def _open_temporary(self, tabular: Tabular) -> CodeSet:
        # A read-only or full disk must not stop the coder.
        from wardround.icd10.store import write

        try:
            path = Path(_temporary_folder(), self.compiled_name)
            write(tabular, self.release, path)
        except OSError as error:
            hint = "set WARDROUND_CACHE to a folder that can be written"
            raise CodeSetError("the code set cannot be compiled: no folder can be written", hint=hint) from error
        return CodeSet(path)


@lru_cache(1)
def _compiler() -> str:
    """A digest of the modules that decide what a compiled file holds."""
    here = Path(__file__).parent
    modules = [here / name for name in ("tabular.py", "notes.py", "store.py", "table.py")] + [here.parent / "words.py"]
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


@lru_cache(1)
def sources() -> tuple[Source, ...]:
    """The installed sources, oldest release first."""
    found: list[Source] = []
    spec = importlib.util.find_spec(_PACKAGE.replace("-", "_"))  # locates the package without importing it
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found.extend(Source(path, _PACKAGE) for path in Path(folder, "data").glob("*tabular*.xml"))
    if not found:
        raise CodeSetError("no release of ICD-10-CM is installed", hint=f"pip install {_PACKAGE}")
    return tuple(sorted(found, key=lambda source: source.valid_from))


def releases() -> tuple[Release, ...]:
    """The installed releases, oldest first.

    Raises:
        CodeSetError: none is installed, or the name of a source does not say from when it is in force.
    """
    return tuple(source.release for source in sources())


def load(release: str | None = None, date: datetime.date | None = None) -> CodeSet:
    """The code set of one release; the same object for every call in a process.

    Args:
        release: its name, the first day it is in force (``"2026-04-01"``). It wins over ``date``.
        date: the release in force on this day, of the encounter or discharge. The newest installed if neither is given.

    Raises:
        UnknownRelease: no installed release has this name or covers this date.
        CodeSetError: no release is installed, or its source is damaged.

    Source: ICD-10-CM Guidelines, cover page: codes are those in force on the date of the encounter or discharge.
    """
    source = _choose(sources(), release, date)
    with _lock:
        name = source.compiled_name
        if name not in _loaded:
            _loaded[name] = source.open()
        return _loaded[name]


def _choose(installed: tuple[Source, ...], release: str | None, date: datetime.date | None) -> Source:
    names = [source.valid_from.isoformat() for source in installed]
    if release is not None:
        if release not in names:
            raise UnknownRelease(f"no release {release!r} is installed", hint=f"installed: {', '.join(names)}")
        return installed[names.index(release)]
    if date is None:
        return installed[-1]
    day = date.date() if isinstance(date, datetime.datetime) else date
    covering = [source for source in installed if source.valid_from <= day <= fiscal_year_end(source.valid_from)]
    if covering:
        return covering[-1]
    after = [source for source in installed if source.valid_from > day]
    near = after[0].valid_from if after else installed[-1].valid_from
    raise UnknownRelease(
        f"no installed release covers {day}",
        hint=f"the nearest is {near}, in force until {fiscal_year_end(near)}; --release {near} codes with it anyway",
    )
