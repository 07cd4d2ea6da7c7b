"""Drafts of notes and studies: the embedded coder at once, a model when there is one."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.engines.catalog import found, known
from wardround.engines.registry import absence, open_engine, resolve
from wardround.errors import EngineMissing, EngineRefused
from wardround.server.coders import Coders, Manner, coded
from wardround.server.watched import Watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.coding import CodingResult
    from wardround.coding.result import Encounter, Scope
    from wardround.coding.site import SiteModel
    from wardround.engines import Engine
    from wardround.images.study import Kind
    from wardround.reporting import DraftReport
    from wardround.server.config import Config

__all__ = ["Drafting", "OnStep"]

OnStep = Callable[[str, int, int], None]
"""Told the step, how much of it is done, and how much there is, 0 where that is not known. May raise, to stop."""

_AT_ONCE = os.cpu_count() or 1

_INSTALL = "wardround models install google/medgemma-1.5-4b-it"
_COUNTED = re.compile(r"(.+) \((\d+) of (\d+)\)")
_BUDGET = 1800.0  # seconds that a model may take for a note; the rest is coded without it


class Drafting:
    """Codes notes and reads studies. Built once, shared between threads.

    Notes are coded in the order in which they come, as many at once as there are cores: none waits for those that came
    later, so that the slowest answers are not much slower than the others. The model is opened when it is first needed.

    Raises:
        InputError: the site model cannot be used.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._manner = Manner(site=_learned(config.site), target_precision=config.target_precision)
        self._turns = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="coder")
        self._coders: Coders | None = None
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    def spread(self) -> None:
        """Code notes in processes of their own from soon on, where there is more than one core."""
        if _AT_ONCE > 1:
            self._coders = Coders(self._manner)

    def code(
        self, note: str | bytes, encounter: Encounter, *, scope: Scope = "encounter", id: str | None = None
    ) -> CodingResult:
        """The codes of a note by the embedded coder, as `coded` gives them."""
        from wardround.coding import CodingResult

        return CodingResult.model_validate(json.loads(self.coded(note, encounter, scope=scope, id=id)))

    def coded(
        self, note: str | bytes, encounter: Encounter, *, scope: Scope = "encounter", id: str | None = None
    ) -> bytes:
        """The codes of a note by the embedded coder, as the JSON text of a result; waits for its turn.

        Raises:
            NoteError: the note cannot be read.
            UnknownRelease: no installed release covers the encounter's date.
            EngineFailed: the processes that code notes end again and again; perhaps by this note.
        """
        coders = self._coders
        if coders is None or not coders.ready:
            return self._turns.submit(coded, note, encounter, scope, id, self._manner).result()
        return coders.coded(note, encounter, scope, id)

    def code_document(
        self,
        note: str | bytes,
        encounter: Encounter,
        on_step: OnStep,
        *,
        scope: Scope = "encounter",
        id: str | None = None,
        engine: bool = False,
    ) -> CodingResult:
        """The codes of a note that takes long: of pages whose characters must be read, or with the model.

        Args:
            note: its text, or its file's content.
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
        watched = None
        if engine:
            on_step("opening the model", 0, 0)
            watched = Watched(self._opened(), lambda asked: on_step("asking the model", asked, 0))
        coder = self._manner.coder(scope, watched, _BUDGET)
        on_step("reading the note", 0, 0)
        return coder.code(note, encounter, id=id, on_page=lambda done, total: on_step("reading pages", done, total))

    def helps(self) -> None:
        """Make sure that there is a model, as far as can be told without opening it.

        Raises:
            EngineMissing: there is none; the hint is the command that brings one.
        """
        if self._engine is None and (reason := absence(*resolve(self._config.engine))):
            raise EngineMissing(f"there is no model: {reason}", hint=_INSTALL)

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
        history: str = "",
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
            history: clinical information.
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
        on_step("opening the model", 0, 0)
        reader = Reader(Watched(self._opened(), lambda answers: None))
        return reader.read(
            study, history, earlier, protocol, id=id, locate=locate, on_step=lambda step: on_step(*_counted(step))
        )

    def close(self) -> None:
        """Let the model go."""
        self._turns.shutdown(cancel_futures=True)
        if self._coders is not None:
            self._coders.close()
        with self._opening:
            if self._engine is not None:
                self._engine.close()
                self._engine = None

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = open_engine(self._config.engine)
            return self._engine


def _learned(path: Path | None) -> SiteModel | None:
    if path is None:
        return None
    from wardround.coding.site import SiteModel

    return SiteModel.load(path)


def _counted(step: str) -> tuple[str, int, int]:
    """What a reader tells of its steps, taken apart: ``looking (3 of 12)``."""
    counted = _COUNTED.fullmatch(step)
    return (counted[1], int(counted[2]), int(counted[3])) if counted else (step, 0, 0)
