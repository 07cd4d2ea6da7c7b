"""What is done with the records of a source, whatever they are: notes are coded, studies are read."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from wardround.errors import InputError, WardroundError, defect
from wardround.export import Failure

if TYPE_CHECKING:
    from wardround.batch.counts import Tally
    from wardround.batch.output import Output
    from wardround.batch.part import Part
    from wardround.batch.summary import Totals

__all__ = ["Choices", "Done", "Task", "records_of", "unread"]

S = TypeVar("S", bound="Totals")


class Choices(Protocol):
    """What decides the outcome of a record besides the record."""

    @property
    def engine(self) -> str | None:
        """As `wardround.engines.open_engine` takes it; None for no model."""

    def identity(self) -> dict[str, object]:
        """What has to be the same for a run to go on, as plain JSON values.

        Raises:
            WardroundError: something that it names is not there.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A part that is done.

    Attributes:
        number: the part's.
        counts: of its results.
        seconds: that it took.
    """

    number: int
    counts: Any
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Task(ABC, Generic[S]):
    """What is done with every part, in whatever process: it can be pickled, and loads what it takes once a process.

    Attributes:
        summary: what sums up its runs.
        act: what it does to a record, in words.
        alone: the command that does it to one.
        output: where what comes of it goes.
        options: how it is done.
        patience: seconds without a sign of life after which the process of a record is taken for hanging.
    """

    summary: ClassVar[type[Any]]
    act: ClassVar[str]
    alone: ClassVar[str]

    output: Output
    options: Choices
    patience: float = 600.0

    @abstractmethod
    def prepare(self) -> None:
        """Open in this process what it takes.

        Raises:
            WardroundError: it cannot be opened.
        """

    @abstractmethod
    def outcome(self, record: Any, on_life: Callable[[], None]) -> Any:
        """What comes of one record, or the `Failure` that stands for it; nothing that is wrong with it is raised.

        Args:
            record: of the source.
            on_life: called on the way, for a sign of life.

        Raises:
            EngineFailed: the model is gone.
        """

    @abstractmethod
    def kept(self, outcomes: Iterable[Any]) -> tuple[bytes, list[Failure], Tally]:
        """The content of the file for these outcomes, the failures among them, and their counts."""

    def __call__(self, part: Part, tell: Callable[[int], None] | None = None) -> Done:
        """Do a part, and keep what came of it.

        Args:
            part: any of the source's.
            tell: called with 1 after each record, and with 0 for a sign of life on the way.

        Raises:
            InputError: the results cannot be written, as when the disk is full.
            WardroundError: what it takes cannot be opened, or its model is gone. What is wrong with a record is never
                raised.
        """
        self.prepare()

        def on_life() -> None:
            if tell is not None:
                tell(0)

        outcomes = (
            record if isinstance(record, Failure) else self.outcome(record, on_life) for record in records_of(part)
        )
        return self.commit(part, outcomes, tell)

    def commit(self, part: Part, outcomes: Iterable[Any], tell: Callable[[int], None] | None = None) -> Done:
        """Keep what came of the records of a part; see `__call__`."""

        def told() -> Iterator[Any]:
            for outcome in outcomes:
                yield outcome
                if tell is not None:
                    tell(1)

        began = time.perf_counter()
        results, failures, counts = self.kept(told())
        self.output.commit(part.number, results, b"".join(map(_line, failures)), counts)
        return Done(number=part.number, counts=counts, seconds=time.perf_counter() - began)


def records_of(part: Part) -> Iterator[Any]:
    """The records of a part; where it cannot be read further, the rest of them are failures."""
    records = part.records()
    index = 0
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except Exception as error:  # whatever a damaged source makes of its reader
            yield from unread(part, index, error if isinstance(error, WardroundError) else defect(error))
            return
        yield record
        index += 1


def unread(part: Part, index: int, error: WardroundError) -> Iterator[Failure]:
    """The failures of the records from ``index`` on of a part that cannot be read further."""
    for number in range(index, max(part.count, index + 1)):
        place = part.place(number)
        yield Failure(id=place, error=InputError(error.what, where=place, hint=error.hint))


def _line(failure: Failure) -> bytes:
    error = failure.error
    told = {"id": failure.id, "where": error.where, "error": error.what, "hint": error.hint}
    return json.dumps(told).encode() + b"\n"
