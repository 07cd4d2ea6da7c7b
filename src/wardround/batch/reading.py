"""The work on studies: a model that sees reads them, and drafts a report of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from wardround import __version__
from wardround.batch.attending import Gone
from wardround.batch.counts import Tally
from wardround.batch.summary import Totals
from wardround.batch.task import Task
from wardround.errors import InputError, WardroundError, defect
from wardround.export import Failure

if TYPE_CHECKING:
    from wardround.batch.sources.studies import Entry
    from wardround.images.study import Kind
    from wardround.reporting import DraftReport, Reader

__all__ = ["PER_PART", "ReadingOptions", "ReadingSummary", "StudyWork"]

PER_PART = 4
"""Studies of a part: what is lost when a run is killed is minutes of a model's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOptions:
    """How studies are read; as ``wardround read`` takes it.

    Attributes:
        engine: as `wardround.engines.open_engine` takes it; each process opens its own.
        allow_remote: whether it may be a server that is not this machine.
        protocol: its name or file; None to choose by the study and its history.
        kind: of plain pictures, which do not tell it.
    """

    engine: str
    allow_remote: bool = False
    protocol: str | None = None
    kind: Kind | None = None

    def identity(self) -> dict[str, object]:
        """What has to be the same for a run to go on.

        Raises:
            InputError: the protocol cannot be used.
        """
        from wardround.reporting import load

        return {
            "wardround": __version__,
            "engine": self.engine,
            "protocol": self.protocol,
            "protocol_digest": None if self.protocol is None else load(self.protocol).digest,
            "kind": self.kind,
        }

    def open(self, closing: ExitStack) -> Reader:
        """A reader like this; what it holds open is freed with ``closing``.

        Raises:
            EngineError: the engine cannot be opened, or sees no images.
        """
        from wardround.batch.attending import Attended
        from wardround.engines import open_engine
        from wardround.engines.openai import OpenAIServer
        from wardround.reporting import Reader

        engine = closing.enter_context(open_engine(self.engine, allow_remote=self.allow_remote))
        return Reader(Attended(engine) if isinstance(engine, OpenAIServer) else engine)


@dataclass(slots=True, kw_only=True)
class StudyCounts(Tally):
    """Counts of the reports of some studies; ``notes`` counts the studies.

    Attributes:
        findings: how often each was seen.
        protocols: how often each was followed.
        removed: what the model wrote and nothing bore out.
        warned: reports with a warning.
    """

    findings: Counter[str] = field(default_factory=Counter)
    protocols: Counter[str] = field(default_factory=Counter)
    removed: int = 0
    warned: int = 0

    def result(self, report: DraftReport) -> None:
        """Count the report of one study."""
        self.notes += 1
        self.protocols[report.provenance.protocol] += 1
        self.findings.update({each.name for each in report.findings if each.presence == "present"})
        self.removed += sum(each.count for each in report.removed)
        self.warned += bool(report.warnings)


@dataclass(frozen=True, kw_only=True)
class ReadingSummary(Totals):
    """What came out of studies; see `Totals`."""

    tally: ClassVar[type[StudyCounts]] = StudyCounts

    counts: StudyCounts

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; nothing in it is of one patient."""
        counts = self.counts
        return {
            "schema": "wardround.batch-reading-summary/1",
            "studies": counts.notes,
            "failed": counts.failed,
            "reports": counts.notes - counts.failed,
            "reports_with_warnings": counts.warned,
            "statements_removed": counts.removed,
            "findings": _most(counts.findings),
            "protocols": _most(counts.protocols),
            "parts": self.parts,
            "last_run": self.last_run(),
            "run": self.run,
        }


def _most(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))


@dataclass(frozen=True, kw_only=True)
class StudyWork(Task[ReadingSummary]):
    """What is done with every part of `wardround.batch.sources.studies.Studies`; see `Task`.

    What comes of an entry is a tuple, since DICOM may tell that it holds several studies.
    """

    summary: ClassVar[type[ReadingSummary]] = ReadingSummary
    act: ClassVar[str] = "reading the study"
    alone: ClassVar[str] = "wardround read"

    options: ReadingOptions
    patience: float = 3600.0

    def prepare(self) -> None:
        """Open the engine."""
        _reader(self.options)

    def outcome(self, record: Entry, on_life: Callable[[], None]) -> tuple[DraftReport | Failure, ...] | Failure:
        """The reports of what stands in one place."""
        from wardround.records import studies

        try:
            found = studies.cases(record.id, record.paths, self.options.kind)
            return tuple(self._read(each, record, on_life) for each in found)
        except Gone as gone:
            raise gone.error from None
        except Exception as error:
            return _failure(record.id, defect(error))

    def _read(self, case: Any, record: Entry, on_life: Callable[[], None]) -> DraftReport | Failure:
        from wardround.records import studies

        if isinstance(case, Failure):
            return _failure(case.id, case.error)
        try:
            history = studies.beside(record.history, case.id)
            return _reader(self.options).read(
                case.study, history, None, self.options.protocol, id=case.id, on_step=lambda _: on_life()
            )
        except WardroundError as error:
            return _failure(case.id, error)

    def kept(self, outcomes: Iterable[Any]) -> tuple[bytes, list[Failure], StudyCounts]:
        """A line of JSON for each report, as ``wardround schema report`` describes it, without the time it took."""
        counts, lines, failures = StudyCounts(), list[bytes](), list[Failure]()
        for outcome in outcomes:
            for each in outcome if isinstance(outcome, tuple) else (outcome,):
                if isinstance(each, Failure):
                    counts.failure()
                    failures.append(each)
                else:
                    counts.result(each)
                    lines.append(_line(each))
        return b"".join(lines), failures, counts


def _failure(id: str, error: WardroundError) -> Failure:
    return Failure(id=id, error=InputError(error.what, where=error.where or id, hint=error.hint))


def _line(report: DraftReport) -> bytes:
    told = report.model_dump(mode="json", exclude={"provenance": {"seconds"}})
    try:
        return json.dumps(told, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can carry
        return json.dumps(told).encode() + b"\n"


def _reader(options: ReadingOptions) -> Reader:
    reader = _readers.get(options)
    if reader is None:
        reader = _readers.setdefault(options, options.open(_closing))
    return reader


_readers: dict[ReadingOptions, Reader] = {}
_closing = ExitStack()
