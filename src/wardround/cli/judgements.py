"""What ``wardround judge`` reads and writes: results, notes by id, labels; judgements as lines, CSV and a table."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TextIO

from wardround.errors import InputError
from wardround.export import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import RenderableType

    from wardround.coding import CodingResult
    from wardround.coding.judging import Agreement, Judged, Label
    from wardround.coding.judging.judgement import Context, JudgeInfo

__all__ = ["COLUMNS", "Form", "Judgeable", "Notes", "Objects", "Summary", "figures", "form_of", "labels", "resumed"]

COLUMNS = (
    "id", "code", "description", "verdict", "reason", "words", "probability", "consistent", "error",
)  # fmt: skip
_COLOURS = {
    "supported": "green",
    "more-specific": "yellow",
    "not-supported": "red",
    "contradicted": "red",
    "inconsistent": "yellow",
    "error": "red",
}


class Objects:
    """The JSON objects of a file of lines, or of standard input for ``-``, each with its place; see `Judgeable`."""

    def __init__(self, name: str) -> None:
        """Take the file called ``name``.

        Raises:
            InputError: it cannot be read.
        """
        self.done = 0
        self.total: int | None = None
        self._name = name
        if name != "-":
            with self._open() as file:
                self.total = os.fstat(file.fileno()).st_size

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any] | InputError]]:
        with nullcontext(sys.stdin.buffer) if self._name == "-" else self._open() as lines:
            for number, line in enumerate(lines, 1):
                self.done += len(line)
                where = f"line {number}"
                if line.strip():
                    try:
                        fields = json.loads(line.decode("utf-8-sig"))
                    except (ValueError, RecursionError):
                        fields = None
                    yield where, fields if isinstance(fields, dict) else InputError("no JSON object", where=where)

    def _open(self) -> BinaryIO:
        try:
            return open(self._name, "rb")
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise InputError(f"cannot read the file: {reason}", where=self._name) from error


class Judgeable(Objects):
    """Results that ``wardround code --json`` wrote, and judgements that ``wardround judge`` wrote.

    Attributes:
        total: bytes of the file; None for standard input.
        done: bytes read so far.
    """

    def each(self) -> Iterator[tuple[str, CodingResult | Judged | Failure]]:
        """Each line with its place; what is neither, or was not coded, is a failure."""
        from pydantic import ValidationError

        from wardround.coding import CodingResult
        from wardround.coding.judging import Judged

        for where, fields in self:
            if isinstance(fields, InputError):
                yield where, Failure(id=where, error=fields)
                continue
            id = str(fields.get("id") or where)
            if "error" in fields:
                yield where, Failure(id=id, error=InputError("the note was not coded", where=where))
                continue
            kind = Judged if fields.get("schema") == "wardround.judgement/1" else CodingResult
            try:
                yield where, kind.model_validate(fields)
            except ValidationError:  # its message quotes the line
                hint = "lines that wardround code --json or wardround judge wrote"
                yield where, Failure(id=id, error=InputError("neither codes nor judgements", where=where, hint=hint))


class Notes:
    """The texts that were coded, by the ids of their results: a file of lines, or the folder of the notes."""

    def __init__(self, name: str) -> None:
        """Read the lines of ``name``, or look into the folder ``name`` later.

        Raises:
            InputError: it cannot be read.
        """
        from wardround.coding import Encounter
        from wardround.records import Lines, Record

        self._folder = Path(name) if Path(name).is_dir() else None
        self._texts: dict[str, str] = {}
        if self._folder is None:
            for record in Lines(name, Encounter()):
                if isinstance(record, Record):
                    self._texts[record.id] = str(record.source)

    def text(self, id: str | None) -> str:
        """The text of the note ``id``.

        Raises:
            InputError: there is none.
        """
        from wardround import documents

        if self._folder is not None and id:
            file = self._folder / Path(id).name  # an id is a path as it was given, and must not lead elsewhere
            if file.is_file():
                return documents.read(file).text
        if id is None or id not in self._texts:
            raise InputError("--notes has no note of this id", where=id or "a result without an id")
        return self._texts[id]


def labels(name: str) -> Iterator[Label | InputError]:
    """People's labels, one ``{"id", "code", "label"}`` per line.

    Raises:
        InputError: the file cannot be read.
    """
    from wardround.coding.evaluation import normal
    from wardround.coding.judging import VERDICTS, Label

    for where, fields in Objects(name):
        if isinstance(fields, InputError):
            yield fields
            continue
        id, code, label = (fields.get(field) for field in ("id", "code", "label"))
        if isinstance(id, str | int) and isinstance(code, str) and label in VERDICTS:
            yield Label(id=str(id), code=normal(code), label=label)
        else:
            yield InputError("no label", where=where, hint=f'{{"id", "code", "label"}}; a label is {_or(VERDICTS)}')


def _or(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


class Form(NamedTuple):
    """How judgements are written: what stands first, and the text of one note's."""

    header: str
    text: Callable[[Judged], str]


def form_of(name: str, out: TextIO | None) -> Form:
    """The form called ``json``, ``csv`` or ``table``; ``out`` decides the colours and the width of a table."""
    from wardround.export.csv import row

    if name == "csv":
        return Form(row(COLUMNS), _rows)
    return Form("", _line) if name == "json" else Form("", lambda judged: _table(judged, out))


def _line(judged: Judged) -> str:
    return json.dumps(judged.model_dump(mode="json", by_alias=True), ensure_ascii=False) + "\n"


def _rows(judged: Judged) -> str:
    from wardround.export.csv import row

    told = (judgement.model_dump(mode="json") for judgement in judged.judgements)
    return "".join(row((judged.id, *(each[column] for column in COLUMNS[1:]))) for each in told)


@contextmanager
def resumed(
    path: Path, info: JudgeInfo, context: Context
) -> Iterator[tuple[TextIO, dict[tuple[str | None, str], Judged]]]:
    """The file at ``path`` to write lines to as they come, and the lines it had, which need not be judged again.

    A line that was cut short, or has an error in it, is dropped and judged again.

    Raises:
        InputError: the file cannot be written, or holds what this judge has not written.
    """
    from wardround.cli.output import destination
    from wardround.coding.judging import Judged

    kept: dict[tuple[str | None, str], Judged] = {}
    if path.exists():
        if not path.is_file():
            raise InputError("this is no file", where=str(path))
        for _, each in _whole(path):
            if not isinstance(each, Judged) or each.judge != info or each.context != context:
                what = "the file holds something else than judgements of this judge"
                raise InputError(what, where=str(path), hint="name another file with -o, or remove this one")
            if not each.failed:
                kept[each.id, each.result] = each
    with destination(path) as out:
        out.writelines(map(_line, kept.values()))
    with open(path, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
        yield out, kept


def _whole(path: Path) -> list[tuple[str, CodingResult | Judged | Failure]]:
    """The lines of ``path`` but a last one that does not end."""
    found = list(Judgeable(str(path)).each())
    return found if path.read_bytes()[-1:] in (b"", b"\n") else found[:-1]


class Summary:
    """What came of all codes together."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.prompt = self.cached = self.completion = 0
        self.seconds = 0.0

    def add(self, judged: Judged) -> None:
        """Count these judgements too."""
        self.verdicts.update(judgement.verdict for judgement in judged.judgements)
        self.prompt += judged.tokens.prompt
        self.cached += judged.tokens.cached
        self.completion += judged.tokens.completion
        self.seconds += judged.seconds

    def __str__(self) -> str:
        codes = self.verdicts.total()
        answered = codes - self.verdicts["error"]
        counts = ", ".join(f"{count:,} {verdict}" for verdict, count in self.verdicts.most_common())
        parts = [f"{codes:,} codes" + (f": {counts}" if counts else "")]
        if answered:
            parts.append(f"consistent {(answered - self.verdicts['inconsistent']) / answered:.1%}")
        parts.append(f"{self.prompt:,} tokens asked ({self.cached:,} cached), {self.completion:,} answered")
        parts.append(f"{self.seconds:,.1f} s")
        return "; ".join(parts)


def _table(judged: Judged, out: TextIO | None) -> str:
    """The judgements of one note for people."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from wardround.cli.terminal import console, drawn
    from wardround.export.visible import visible

    alone = " · quotes alone" if judged.context == "quote" else ""
    head: list[RenderableType] = [
        Text(visible(judged.id or "note"), "bold"),
        Text(f"judged by {visible(judged.judge.engine)}{alone}", "dim"),
    ]
    grid = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    grid.add_column("Code", no_wrap=True, style="bold")
    grid.add_column("Description", ratio=1)
    grid.add_column("Verdict", no_wrap=True)
    grid.add_column("P", justify="right", no_wrap=True)
    grid.add_column("Reason", ratio=1)
    for each in judged.judgements:
        reason = Text((each.reason or "").replace("-", " "))
        if each.words:
            reason.append(f"\n“{visible(each.words)}”", "dim")
        if each.error:
            reason.append(visible(each.error), "dim")
        if each.verdict == "inconsistent":
            reason.append(" / ".join(dict.fromkeys(each.answers)), "dim")
        probability = "" if each.probability is None else f"{each.probability:.2f}"
        verdict = Text(each.verdict, _COLOURS[each.verdict])
        grid.add_row(each.code, Text(each.description), verdict, probability, reason)
    body: RenderableType = grid if judged.judgements else Text("\nNo codes.\n")
    return drawn(console(out), [*head, body])


def figures(agreement: Agreement) -> list[RenderableType]:
    """How far the judge agrees with people, for people."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from wardround.cli.terminal import tally
    from wardround.coding.judging.agreement import BELIEVABLE
    from wardround.export.evaluation import told_ratio

    counts = tally()
    counts.add_row("codes labelled and judged", f"{agreement.codes:,}")
    counts.add_row("  in notes", f"{agreement.notes:,}")
    counts.add_row("judged without a label", f"{agreement.unlabelled:,}")
    counts.add_row("labelled without a judgement", f"{agreement.unjudged:,}")
    counts.add_row("accuracy", told_ratio(agreement.accuracy))
    interval = f" ({told_ratio(agreement.kappa_low)} to {told_ratio(agreement.kappa_high)})"
    counts.add_row("Cohen's kappa (95 %)", told_ratio(agreement.kappa) + interval)
    counts.add_row("consistency", told_ratio(agreement.consistency))
    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("Label")
    verdicts = list(next(iter(agreement.confusion.values())))
    for heading in ("Precision", "Recall", *(f"→ {verdict}" for verdict in verdicts)):
        grid.add_column(heading, justify="right")
    for label, score in agreement.per_label.items():
        found = (f"{agreement.confusion[label][verdict]:,}" for verdict in verdicts)
        grid.add_row(label, told_ratio(score.precision), told_ratio(score.recall), *found)
    parts: list[RenderableType] = [counts, grid]
    if not agreement.believable:
        doubt = f"Not yet believable: kappa is below {BELIEVABLE}, so its verdicts cannot stand for people's."
        parts.append(Text(doubt, "yellow"))
    return parts
