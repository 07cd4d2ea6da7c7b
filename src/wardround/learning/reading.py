"""Reviewed charts, from lines of JSON and from a store of cases; each note once.

What cannot teach anything is left out and counted by its reason: see `REASONS`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wardround.coding.evaluation import normal
from wardround.coding.result import CodingResult
from wardround.documents import Note, read
from wardround.errors import InputError, NoteError, WardroundError
from wardround.export import Failure
from wardround.learning.charts import Chart
from wardround.learning.copies import Copies
from wardround.records import Listed, Record, ReviewedLines, read_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from wardround.coding import Encounter
    from wardround.store import Actor
    from wardround.store.store import Store

__all__ = ["REASONS", "Gathered"]

REASONS = {
    "uncoded": "without codes",
    "unreadable": "cannot be read",
    "foreign": "not in English",
    "copied": "a copy of another note",
    "textless": "codes of a note that is not there",
}
"""Why a chart is left out → in words."""

_PURPOSE = "learn"  # as the audit trail has it


class Gathered:
    """Charts that were read, from wherever they are.

    A note that is a copy of an earlier one, see `wardround.learning.copies`, is left out, whatever its codes: what a
    model may hold is counted in charts, and copies of one patient's note must not count as several.

    Attributes:
        charts: in the order in which they were read.
        left_out: reason → how many were left out for it.
        failures: what was wrong with lines and notes that cannot be read.
    """

    def __init__(self) -> None:
        self.charts: list[Chart] = []
        self.left_out: Counter[str] = Counter()
        self.failures: list[Failure] = []
        self._copies = Copies()

    def from_files(
        self, names: Sequence[str], defaults: Encounter, on_progress: Callable[[int, int | None], None] | None = None
    ) -> None:
        """Read lines of JSON: ``{"id", "text", "codes"}``, or in two lines of the same id the note and its codes.

        Codes are strings, or objects as a result has them. Those of a result must have been decided: a line that still
        has codes for review is a failure.

        Args:
            names: of the files; ``-`` is standard input.
            defaults: stand in for what a line does not say of its encounter.
            on_progress: told the bytes that were read of a file, and how many it has if that is known.

        Raises:
            InputError: a file cannot be opened.
        """
        notes: dict[str, Record] = {}
        codes: dict[str, Listed] = {}
        for name in names:
            lines = ReviewedLines(name, defaults, label=f"{name} " if len(names) > 1 else "")
            for line in lines:
                if isinstance(line, Failure):
                    self._fail(line)
                elif isinstance(line, Listed):
                    codes[line.id] = line
                elif line.codes is not None:
                    self._add(line, line.codes)
                elif line.id in notes:
                    hint = "codes in a line of their own are matched by it"
                    error = InputError("another note has the same id", where=line.where, hint=hint)
                    self._fail(Failure(id=line.id, error=error))
                else:
                    notes[line.id] = line
                if on_progress is not None:
                    on_progress(lines.done, lines.total)
        for id, note in notes.items():
            own = codes.pop(id, None)
            self._add(note, () if own is None else own.codes)
        self.left_out["textless"] += len(codes)

    def from_store(self, store: Store, actor: Actor, on_progress: Callable[[int, int], None] | None = None) -> None:
        """Read the notes that people signed, each case once, with the codes that hold. Audited: read of each, to learn.

        Args:
            store: of the cases.
            actor: who learns from them.
            on_progress: told how many were read, and how many there are.
        """
        for note in store.signed_notes(actor, _PURPOSE, on_progress):
            try:
                text, _ = read_again(note.document, note.media_type, CodingResult.model_validate(note.draft))
            except WardroundError as error:
                self._fail(Failure(id=note.case, error=NoteError(error.what, where=note.case, hint=error.hint)))
            else:
                self._keep(note.case, text, note.codes, note.encounter)

    def told(self) -> Iterator[tuple[str, int]]:
        """Why charts were left out, in words, and how many."""
        return ((words, self.left_out[reason]) for reason, words in REASONS.items() if self.left_out[reason])

    def _fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        self.left_out["unreadable"] += 1

    def _add(self, record: Record, codes: Iterable[str]) -> None:
        try:
            note = Note(record.source) if isinstance(record.source, str) else read(record.source)
        except NoteError as error:
            self._fail(Failure(id=record.id, error=NoteError(error.what, where=record.where, hint=error.hint)))
            return
        self._keep(record.id, note, codes, record.encounter)

    def _keep(self, id: str, note: Note, codes: Iterable[str], encounter: Encounter) -> None:
        given = frozenset(map(normal, codes))
        if not given:
            self.left_out["uncoded"] += 1
        elif not note.language_is_english:
            self.left_out["foreign"] += 1
        elif not self._copies.add(note.text):
            self.left_out["copied"] += 1
        else:
            self.charts.append(Chart(id=id, text=note.text, codes=given, encounter=encounter))
