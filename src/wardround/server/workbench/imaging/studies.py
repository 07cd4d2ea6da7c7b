"""The studies that somebody looks at: read once, kept for a while, within bounds."""

from __future__ import annotations

import io
import shutil
import tempfile
import threading
import time
import zipfile
from collections import OrderedDict
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from wardround.errors import ImageError, StoreError, UnknownRecord
from wardround.images import Kind, Series, Study, read
from wardround.server.workbench.imaging.pixels import Encoded, encoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from wardround.store import Actor
    from wardround.store.records import Case, DocumentRole
    from wardround.store.store import Store

__all__ = ["Opened", "Studies", "Which", "slide_level"]

Which = Literal["current", "prior"]

_CASES = 8  # that are kept open
_BYTES = 512 << 20  # of decoded frames that are kept
_KEPT = 900.0  # seconds after the page was last opened
_LOOK = 60.0  # seconds between two looks for what is kept no longer
_FORSAKEN = 86_400  # seconds after which what a killed process left is removed
_FOLDER = ".viewing-"
_ROLES: Mapping[Which, DocumentRole] = {"current": "image", "prior": "prior"}
_SLIDE = 4096  # pixels of the longer side that a whole slide is shown with


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The studies of a case.

    Attributes:
        studies: the current one, and the prior one if there is one.
        problems: why one of them cannot be read.
        readers: ids of those whose reading is in the audit trail.
    """

    case: str
    studies: Mapping[Which, Study]
    problems: Mapping[Which, ImageError]
    until: list[float]
    readers: set[str] = field(default_factory=set)

    def series(self, which: Which, number: int) -> Series:
        """A series by its number, from 1.

        Raises:
            UnknownRecord: there is none.
            ImageError: the study cannot be read.
        """
        if which in self.problems:
            raise self.problems[which]
        study = self.studies.get(which)
        if study is None or not 1 <= number <= len(study.series):
            raise UnknownRecord("the study has no such series", where=str(number))
        return study.series[number - 1]


class Studies:
    """Opens the studies of cases. Safe to share between threads.

    The documents lie in a folder of the owner's beside the store's while a case is open; a store with a key has them in
    memory only. Frames are decoded when they are asked for, and kept in memory.

    Args:
        store: of the cases.
        in_memory: whether nothing may be written to disk.
    """

    def __init__(self, store: Store, *, in_memory: bool) -> None:
        self._store = store
        self._in_memory = in_memory
        self._lock = threading.Lock()
        self._opening: dict[str, threading.Lock] = {}
        self._open: OrderedDict[str, tuple[Opened, ExitStack]] = OrderedDict()
        self._frames: OrderedDict[tuple[str, Which, int, int], Encoded] = OrderedDict()
        self._bytes = 0
        self._sweeper: threading.Timer | None = None
        _remove_forsaken(store.folder)

    def open(self, actor: Actor, case: Case, kind: str = "") -> Opened:
        """The studies of a case, for one who begins to look at them. Audited: read, once for each who does.

        Args:
            actor: who looks.
            case: as the store gave it.
            kind: what plain pictures and volumes were read as; empty if that is not known.

        Raises:
            StoreConflict: the case is deleted.
            StoreDamaged: a document is not what was put there.
        """
        with self._lock:
            waiting = self._opening.setdefault(case.id, threading.Lock())
        with waiting:
            found = self._found(case.id)
            if found is None:
                found = self._read(actor, case, kind)
        if actor.id not in found.readers:
            self._store.log(actor, "read", "study", case.id)
            found.readers.add(actor.id)
        found.until[0] = time.monotonic() + _KEPT
        return found

    def frame(self, actor: Actor, case: str, which: Which, series: int, number: int) -> Encoded:
        """A frame by the numbers of its series and its own, from 1.

        Whoever did not open the case before is taken to open it now.

        Raises:
            UnknownRecord: there is no such case, series or frame.
            ImageError: it cannot be decoded.
        """
        if not self._store.has(case):  # deleted since it was opened
            with self._lock:
                self._forget(case)
        opened = self._found(case)
        if opened is None or actor.id not in opened.readers:
            opened = self.open(actor, self._store.case(actor, case))
        chosen = opened.series(which, series)
        if not 1 <= number <= len(chosen.frames):
            raise UnknownRecord("the series has no such frame", where=str(number))
        key = (case, which, series, number)
        with self._lock:
            if (kept := self._frames.get(key)) is not None:
                self._frames.move_to_end(key)
                return kept
        try:
            made = encoded(_pixels(chosen, number))
        except ImageError as error:
            raise _unplaced(error) from None
        with self._lock:
            if key not in self._frames:
                self._frames[key] = made
                self._bytes += len(made.data)
            while self._bytes > _BYTES and len(self._frames) > 1:
                _, dropped = self._frames.popitem(last=False)
                self._bytes -= len(dropped.data)
        return made

    def close(self) -> None:
        """Forget everything, and remove what was written."""
        with self._lock:
            if self._sweeper is not None:
                self._sweeper.cancel()
            for case in list(self._open):
                self._forget(case)

    def _found(self, case: str) -> Opened | None:
        with self._lock:
            self._forget_old()
            if case not in self._open:
                return None
            self._open.move_to_end(case)
            return self._open[case][0]

    def _forget_old(self) -> None:
        for each in [id for id, (opened, _) in self._open.items() if opened.until[0] < time.monotonic()]:
            self._forget(each)

    def _sweep(self) -> None:
        """Forget what nobody looked at for a while, and what was deleted, also if nobody ever asks again."""
        with self._lock:
            open = list(self._open)
        gone: list[str] = []
        with suppress(StoreError):  # it is asked again
            gone = [case for case in open if not self._store.has(case)]
        with self._lock:
            self._forget_old()
            for case in gone:
                self._forget(case)
            self._sweeper = None
            if self._open:
                self._sweep_later()

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            self._sweeper = threading.Timer(_LOOK, self._sweep)
            self._sweeper.daemon = True
            self._sweeper.start()

    def _forget(self, case: str) -> None:
        if case not in self._open:
            return
        _, closing = self._open.pop(case)
        self._opening.pop(case, None)
        for key in [key for key in self._frames if key[0] == case]:
            self._bytes -= len(self._frames.pop(key).data)
        closing.close()

    def _read(self, actor: Actor, case: Case, kind: str) -> Opened:
        told = cast("Kind", kind) if kind in get_args(Kind) else None
        studies: dict[Which, Study] = {}
        problems: dict[Which, ImageError] = {}
        with ExitStack() as closing:
            for which, role in _ROLES.items():
                if not any(each.role == role for each in case.documents):
                    continue
                contents = self._store.documents(actor, case.id, role)
                try:
                    studies[which] = read(self._source(contents, closing), kind=told)
                except ImageError as error:
                    problems[which] = _unplaced(error)
            until = time.monotonic() + _KEPT
            # whoever opens a case that is not open reads its documents, which the store has audited
            opened = Opened(case=case.id, studies=studies, problems=problems, until=[until], readers={actor.id})
            with self._lock:
                self._open[case.id] = (opened, closing.pop_all())
                while len(self._open) > _CASES:
                    self._forget(next(iter(self._open)))
                self._sweep_later()
        return opened

    def _source(self, contents: Iterable[Iterator[bytes]], closing: ExitStack) -> bytes | list[Path]:
        """The documents as `wardround.images.read` takes them."""
        if self._in_memory:
            whole = [b"".join(each) for each in contents]
            return whole[0] if len(whole) == 1 else _archive(whole)
        folder = Path(tempfile.mkdtemp(prefix=_FOLDER, dir=self._store.folder))  # for its owner only
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        paths = []
        for number, content in enumerate(contents, 1):
            path = folder / str(number)
            with path.open("xb") as file:
                for chunk in content:
                    file.write(chunk)
            paths.append(path)
        return paths


def _unplaced(error: ImageError) -> ImageError:
    """An error without its place: the name of a file in an archive, which often names the patient."""
    return ImageError(error.what, hint=error.hint)


def _archive(contents: Iterable[bytes]) -> bytes:
    """Several documents as one, in memory, since `wardround.images.read` takes several only from disk."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for number, content in enumerate(contents, 1):
            archive.writestr(str(number), content)
    return packed.getvalue()


def _pixels(series: Series, number: int) -> NDArray[np.generic]:
    """Of a whole slide, the finest level that is not too large to be sent as a whole; of all else the frame."""
    if series.slide is None:
        return series.frames[number - 1].pixels()
    level = slide_level(series)
    if level is None:
        return series.frames[0].pixels()
    size = series.slide.levels[level]
    return series.slide.region(level, 0, 0, size.width, size.height)


def slide_level(series: Series) -> int | None:
    """Index of the level that a whole slide is shown with; None for its overview."""
    assert series.slide is not None
    fitting = (index for index, each in enumerate(series.slide.levels) if max(each.width, each.height) <= _SLIDE)
    return next(fitting, None)


def _remove_forsaken(folder: Path) -> None:
    for path in folder.glob(f"{_FOLDER}*"):
        if time.time() - path.stat().st_mtime > _FORSAKEN:
            shutil.rmtree(path, ignore_errors=True)
