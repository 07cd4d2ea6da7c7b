"""The work on one part: its notes coded, and what came of them kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wardround.batch.counts import Counts
from wardround.batch.options import Options
from wardround.batch.writers import writer
from wardround.errors import InputError, WardroundError, defect
from wardround.export import Failure
from wardround.records import coded

if TYPE_CHECKING:
    from wardround.batch.output import Output
    from wardround.batch.part import Part
    from wardround.coding import Coder, CodingResult
    from wardround.records import Record

__all__ = ["Done", "Work", "coder_of", "records_of", "unread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A part that is done.

    Attributes:
        number: the part's.
        counts: of its results.
        seconds: that it took.
    """

    number: int
    counts: Counts
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done with every part, in whatever process: it can be pickled, and loads what it takes once a process.

    Attributes:
        output: where what comes of it goes.
        options: how notes are coded.
        patience: seconds without a sign of life after which the process of a note is taken for hanging.
    """

    output: Output
    options: Options = field(default_factory=Options)
    patience: float = 600.0

    def __call__(self, part: Part, tell: Callable[[int], None] | None = None) -> Done:
        """Code a part, and keep what came of it.

        Args:
            part: any of the source's.
            tell: called with 1 after each note, and with 0 for a sign of life on the way.

        Raises:
            InputError: the results cannot be written, as when the disk is full.
            WardroundError: the coder cannot be opened. What is wrong with a note is never raised.
        """
        return self.commit(part, self.outcomes(part, tell), tell)

    def commit(
        self, part: Part, outcomes: Iterable[CodingResult | Failure], tell: Callable[[int], None] | None = None
    ) -> Done:
        """Keep what came of the notes of a part; see `__call__`."""
        began = time.perf_counter()
        counts, results, errors = Counts(), writer(self.output.format), list[bytes]()
        for outcome in outcomes:
            if isinstance(outcome, Failure):
                counts.failure()
                errors.append(_line(outcome))
            else:
                counts.result(outcome)
                results.add(outcome)
            if tell is not None:
                tell(1)
        self.output.commit(part.number, results.content(), b"".join(errors), counts)
        return Done(number=part.number, counts=counts, seconds=time.perf_counter() - began)

    def outcomes(self, part: Part, tell: Callable[[int], None] | None = None) -> Iterator[CodingResult | Failure]:
        """What comes of each note of a part, in order."""
        coder = coder_of(self.options)

        def on_page(*_: int) -> None:
            if tell is not None:
                tell(0)

        for record in records_of(part):
            yield coded(coder, record, ocr=self.options.ocr, on_page=on_page)


def coder_of(options: Options) -> Coder:
    """The coder of this process that is like this; opened once.

    Raises:
        WardroundError: it cannot be opened.
    """
    coder = _coders.get(options)
    if coder is None:
        coder = _coders.setdefault(options, options.open(_closing))
    return coder


def records_of(part: Part) -> Iterator[Record | Failure]:
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


_coders: dict[Options, Coder] = {}
_closing = ExitStack()
