"""Results of several systems on the same gold notes, scored side by side for ``wardround evaluate``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import RenderableType

    from wardround.coding import CodingResult
    from wardround.coding.evaluation import Evaluation
    from wardround.records import Record

__all__ = ["Compared", "grid", "read", "score"]

_CONFIDENCE = 0.5  # of codes that come without one


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One system's figures.

    Attributes:
        name: of the system.
        figures: over all gold notes; a note that it has no result for counts as one without codes.
        missing: those notes.
        tokens: of a model, a note; None where none took part.
        model_seconds: of a model, a note; None where none took part.
    """

    name: str
    figures: Evaluation
    missing: int
    tokens: float | None
    model_seconds: float | None

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        figures = self.figures.model_dump(mode="json", exclude={"seconds", "notes_per_second"})
        told = {"missing_notes": self.missing, "tokens": self.tokens, "model_seconds": self.model_seconds}
        return {"name": self.name, **figures, **told}


def score(name: str, gold: Sequence[Record], results: Mapping[str, CodingResult], empty: CodingResult) -> Compared:
    """The figures of one system.

    Args:
        name: of the system.
        gold: notes with codes.
        results: by the ids of the notes.
        empty: a result without codes, for notes that have none.
    """
    from wardround.coding.evaluation import GoldNote, evaluate, normal

    notes = [
        GoldNote(
            id=record.id,
            text=str(record.source),
            gold=frozenset(map(normal, record.codes or ())),
            result=results.get(record.id, empty),
        )
        for record in gold
    ]
    found = [note.result for note in notes if note.id in results]
    tokens = [result.provenance.tokens for result in found if result.provenance.tokens is not None]
    took = [result.timings["model"] / 1000 for result in found if "model" in result.timings]
    return Compared(
        name=name,
        figures=evaluate(notes),
        missing=len(notes) - len(found),
        tokens=sum(tokens) / len(tokens) if tokens else None,
        model_seconds=sum(took) / len(took) if took else None,
    )


def read(name: str, empty: CodingResult) -> tuple[dict[str, CodingResult], list[str]]:
    """The results in the file ``name`` by their ids, and what is wrong with the other lines.

    A line is what ``wardround code --json`` wrote, or of any other system ``{"id", "codes": ["I10", …]}``; such codes
    have no quotes to check, and count as for review. A note that could not be coded is no result.

    Raises:
        InputError: the file cannot be read.
    """
    from wardround.cli.judgements import Objects
    from wardround.errors import InputError

    results: dict[str, CodingResult] = {}
    wrong = []
    for where, fields in Objects(name):
        made = None if isinstance(fields, InputError) or "error" in fields else _result(fields, empty)
        if made is not None:
            results[made.id or where] = made
        elif isinstance(fields, InputError) or "error" not in fields:
            wrong.append(f"{Path(name).name}, {where}: neither a result nor an id with codes")
    return results, wrong


def _result(fields: Mapping[str, Any], empty: CodingResult) -> CodingResult | None:
    from pydantic import ValidationError

    from wardround.coding import CodingResult, Suggestion
    from wardround.coding.evaluation import normal

    codes = fields.get("codes")
    if "schema" not in fields and isinstance(codes, list) and all(isinstance(code, str) for code in codes):
        own = tuple(
            Suggestion.model_construct(  # ours have a quote each
                code=code,
                description="",
                status="review",
                role="secondary",
                confidence=_CONFIDENCE,
                evidence=(),
                route=(),
                findings=(),
            )
            for code in dict.fromkeys(map(normal, codes))
        )
        return empty.model_copy(update={"id": str(fields.get("id") or "") or None, "codes": own})
    try:
        return CodingResult.model_validate(fields)
    except ValidationError:  # its message quotes the line
        return None


_ROWS: tuple[tuple[str, Callable[[Compared], float | int | None], str], ...] = (
    ("precision", lambda one: one.figures.micro.precision, ".3f"),
    ("recall", lambda one: one.figures.micro.recall, ".3f"),
    ("F1, micro", lambda one: one.figures.micro.f1, ".3f"),
    ("F1, macro over gold", lambda one: one.figures.macro_f1, ".3f"),
    ("F1, three characters", lambda one: one.figures.three_character.f1, ".3f"),
    ("precision of accepted codes", lambda one: one.figures.accepted.precision, ".3f"),
    ("accepted codes", lambda one: one.figures.accepted.codes, ",d"),
    ("suggested codes", lambda one: one.figures.suggested_codes, ",d"),
    ("invalid", lambda one: one.figures.invalid_codes, ",d"),
    ("quotes that are not exact", lambda one: one.figures.inexact_quotes, ",d"),
    ("notes without a result", lambda one: one.missing, ",d"),
    ("tokens of the model a note", lambda one: one.tokens, ",.0f"),
    ("seconds of the model a note", lambda one: one.model_seconds, ",.1f"),
)


def grid(compared: Sequence[Compared]) -> RenderableType:
    """A column for each system."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(f"{compared[0].figures.notes:,} notes, {compared[0].figures.gold_codes:,} gold codes")
    for one in compared:
        table.add_column(one.name, justify="right", overflow="fold")
    for title, value, form in _ROWS:
        values = [value(one) for one in compared]
        if any(each is not None for each in values):
            table.add_row(title, *("–" if each is None else format(each, form) for each in values))
    return table
