"""Drafts of notes and studies: the embedded coder at once, a model when there is one."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from wardround import documents
from wardround.coding import Coder
from wardround.engines.catalog import found, known
from wardround.engines.registry import absence, open_engine, resolve
from wardround.errors import EngineMissing, EngineRefused
from wardround.server.watched import Watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.coding import CodingResult
    from wardround.coding.coder import Scope
    from wardround.coding.result import Encounter
    from wardround.engines import Engine
    from wardround.images.study import Kind
    from wardround.reporting import DraftReport
    from wardround.server.config import Config

__all__ = ["Drafting", "OnStep"]

OnStep = Callable[[str, int, int], None]
"""Told the step, how much of it is done, and how much there is, 0 where that is not known. May raise, to stop."""

CODERS = os.cpu_count() or 1
"""Notes that are coded at once."""

_INSTALL = "wardround models install google/medgemma-1.5-4b-it"
_COUNTED = re.compile(r"(.+) \((\d+) of (\d+)\)")
_BUDGET = 1800.0  # seconds that a model may take for a note; the rest is coded without it


class Drafting:
    """Codes notes and reads studies. Built once, shared between threads.

    Notes are coded in the order in which they come, as many at once as `CODERS` says: a note does not wait for those
    that came later, so that the slowest answers are not much slower than the others. The model is opened when it is
    first needed.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._turns = ThreadPoolExecutor(CODERS, thread_name_prefix="coder")
        self._coders: dict[Scope, Coder] = {}
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    def prepare(self) -> None:
        """Load what the first note would wait for.

        Raises:
            CodeSetError: no release can be loaded.
        """
        self._coder("encounter").code("Prepared.")

    def code(
        self, note: str | bytes, encounter: Encounter, *, scope: Scope = "encounter", id: str | None = None
    ) -> CodingResult:
        """The codes of a note by the embedded coder; waits for its turn.

        Raises:
            NoteError: the note cannot be read.
            UnknownRelease: no installed release covers the encounter's date.
        """
        return self._turns.submit(lambda: self._coder(scope).code(note, encounter, id=id)).result()

    def code_document(
        self,
        note: bytes,
        encounter: Encounter,
        on_step: OnStep,
        *,
        scope: Scope = "encounter",
        id: str | None = None,
        engine: bool = False,
    ) -> CodingResult:
        """The codes of a note that takes long: of pages whose characters must be read, or with the model.

        Args:
            note: its file's content.
            encounter: what is known of the visit.
            on_step: told what is being done; what it raises ends this.
            scope: what is coded.
            id: handed through to the result.
            engine: whether the model helps.

        Raises:
            NoteError: the note cannot be read.
            UnknownRelease: no installed release covers the encounter's date.
            EngineError: the model cannot be opened.
        """
        coder = self._coder(scope)
        if engine:
            on_step("opening the model", 0, 0)
            watched = Watched(self._opened(), lambda asked: on_step("asking the model", asked, 0))
            coder = Coder(scope=scope, engine=watched, budget=_BUDGET)
        on_step("reading the note", 0, 0)
        return coder.code(note, encounter, id=id, on_page=lambda done, total: on_step("reading pages", done, total))

    def reads(self) -> None:
        """Make sure that there is a model that sees images, as far as can be told without opening it.

        Raises:
            EngineMissing: there is no model; the hint is the command that brings one.
            EngineRefused: there is one that sees no images.
        """
        engine = self._engine
        if engine is not None:
            sees = engine.capabilities.images
        else:
            kind, rest = resolve(self._config.engine)
            if reason := absence(kind, rest):
                raise EngineMissing(f"there is no model that sees images: {reason}", hint=_INSTALL)
            model = found(Path(rest).expanduser()) or known(rest)
            sees = model is None or model.images
        if not sees:
            raise EngineRefused("the model of this server sees no images", hint=_INSTALL)

    def read(
        self,
        images: Sequence[Path],
        on_step: OnStep,
        *,
        prior: Sequence[Path] = (),
        history: bytes = b"",
        kind: Kind | None = None,
        protocol: str | None = None,
        locate: bool = False,
        id: str = "",
    ) -> DraftReport:
        """The draft report of a study.

        Args:
            images: files of the study.
            on_step: told what is being done; what it raises ends this.
            prior: files of an earlier study.
            history: clinical information: a file's content, or nothing.
            kind: of plain pictures, which do not tell it.
            protocol: by name; by default chosen by the study and the history.
            locate: also ask where each finding is.
            id: names the report.

        Raises:
            InputError: the images, the history or the protocol cannot be used.
            EngineError: the model cannot be opened, sees no images, or broke down.
        """
        from wardround import images as readers
        from wardround.reporting import Reader

        on_step("opening the images", 0, 0)
        study = readers.read(list(images), kind=kind)
        earlier = readers.read(list(prior), kind=kind) if prior else None
        told = documents.read(history).text if history else ""
        on_step("opening the model", 0, 0)
        reader = Reader(Watched(self._opened(), lambda answers: None))
        return reader.read(
            study, told, earlier, protocol, id=id, locate=locate, on_step=lambda step: on_step(*_counted(step))
        )

    def close(self) -> None:
        """Let the model go."""
        self._turns.shutdown(cancel_futures=True)
        with self._opening:
            if self._engine is not None:
                self._engine.close()
                self._engine = None

    def _coder(self, scope: Scope) -> Coder:
        coder = self._coders.get(scope)
        return coder or self._coders.setdefault(scope, Coder(scope=scope))

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = open_engine(self._config.engine)
            return self._engine


def _counted(step: str) -> tuple[str, int, int]:
    """What a reader tells of its steps, taken apart: ``looking (3 of 12)``."""
    counted = _COUNTED.fullmatch(step)
    return (counted[1], int(counted[2]), int(counted[3])) if counted else (step, 0, 0)
