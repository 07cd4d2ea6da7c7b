"""The work on notes: they are coded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from wardround.batch.attending import Gone
from wardround.batch.counts import Counts
from wardround.batch.options import Options
from wardround.batch.summary import Summary
from wardround.batch.task import Task
from wardround.batch.writers import writer
from wardround.export import Failure
from wardround.records import coded

if TYPE_CHECKING:
    from wardround.coding import Coder, CodingResult
    from wardround.records import Record

__all__ = ["Work", "coder_of"]


@dataclass(frozen=True, kw_only=True)
class Work(Task[Summary]):
    """What is done with every part of a source of notes; see `Task`."""

    summary: ClassVar[type[Summary]] = Summary
    act: ClassVar[str] = "coding the note"
    alone: ClassVar[str] = "wardround code"

    options: Options = field(default_factory=Options)

    def prepare(self) -> None:
        """Open the coder."""
        coder_of(self.options)

    def outcome(self, record: Record, on_life: Callable[[], None]) -> CodingResult | Failure:
        """The result of one note."""
        coder, rejected = coder_of(self.options), self.output.format == "jsonl"  # a row has no place for them
        try:
            return coded(coder, record, ocr=self.options.ocr, on_page=lambda *_: on_life(), rejected=rejected)
        except Gone as gone:
            raise gone.error from None

    def kept(self, outcomes: Iterable[CodingResult | Failure]) -> tuple[bytes, list[Failure], Counts]:
        """A row or a line for each result."""
        counts, results, failures = Counts(), writer(self.output.format), list[Failure]()
        for outcome in outcomes:
            if isinstance(outcome, Failure):
                counts.failure()
                failures.append(outcome)
            else:
                counts.result(outcome)
                results.add(outcome)
        return results.content(), failures, counts


def coder_of(options: Options) -> Coder:
    """The coder of this process that is like this; opened once.

    Raises:
        WardroundError: it cannot be opened.
    """
    coder = _coders.get(options)
    if coder is None:
        coder = _coders.setdefault(options, options.open(_closing))
    return coder


_coders: dict[Options, Coder] = {}
_closing = ExitStack()
