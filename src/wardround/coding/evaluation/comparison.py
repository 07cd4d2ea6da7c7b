"""Several systems on the same gold notes, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.coding.evaluation.bootstrap import (
    RESAMPLES,
    SEED,
    Difference,
    Interval,
    difference,
    interval,
    resampled,
)
from wardround.coding.evaluation.figures import Evaluation, evaluate
from wardround.coding.evaluation.scores import Figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.coding.evaluation.bootstrap import Resampled
    from wardround.coding.evaluation.gold import GoldNote

__all__ = ["Answers", "Compared", "Comparison", "Cost", "Differences", "Intervals", "compare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What one system gave for the gold notes.

    Attributes:
        name: of the system.
        notes: all gold notes in the order that is common to the systems; one that the system gave nothing for has a
            result without codes.
        missing: how many those are.
        seconds: wall-clock time it took for them all; None if it was not measured.
        confidences: whether those of the results are its own.
    """

    name: str
    notes: Sequence[GoldNote]
    missing: int = 0
    seconds: float | None = None
    confidences: bool = True


class Cost(Figures):
    """What a note costs on the average.

    Attributes:
        seconds: as measured around the system, or else as its results tell; None where neither is known.
        model_seconds: those of them that a model took; None where none took part.
        tokens: that a model read and wrote; None where none took part.
    """

    seconds: float | None
    model_seconds: float | None
    tokens: float | None


class Intervals(Figures):
    """95 % intervals; None where a figure has no denominator in any draw."""

    precision: Interval | None
    recall: Interval | None
    f1: Interval | None
    macro_f1: Interval | None


class Differences(Figures):
    """Differences to the first system."""

    precision: Difference | None
    recall: Difference | None
    f1: Difference | None
    macro_f1: Difference | None


class Compared(Figures):
    """One system's figures.

    Attributes:
        name: of the system.
        figures: over all gold notes; a note that it has no result for counts as one without codes.
        intervals: of its figures.
        differences: to the first system; None for the first itself.
        missing_notes: how many notes it has no result for.
        cost: of a note.
    """

    name: str
    figures: Evaluation
    intervals: Intervals
    differences: Differences | None
    missing_notes: int
    cost: Cost

    def to_json(self) -> dict[str, Any]:
        """As plain values, the figures beside the name."""
        told = self.model_dump(mode="json", exclude={"figures"})
        return {"name": told.pop("name"), **self.figures.model_dump(mode="json"), **told}


class Comparison(Figures):
    """Systems on the same notes; intervals and differences are from ``resamples`` draws with ``seed``."""

    systems: tuple[Compared, ...]
    resamples: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        drawn = {"resamples": self.resamples, "seed": self.seed}
        return {"schema": "wardround.evaluation/1", **drawn, "systems": [each.to_json() for each in self.systems]}


def compare(systems: Sequence[Answers]) -> Comparison:
    """The figures of ``systems``, the first of which the others are compared with.

    Raises:
        ValueError: they were not given the same notes.
        UnknownRelease: a result was made with a release that is not installed here.
    """
    same = [[(note.id, note.gold) for note in each.notes] for each in systems]
    if any(notes != same[0] for notes in same):
        raise ValueError("systems are compared on the same notes in the same order")
    figures = [evaluate(each.notes, confidences=each.confidences) for each in systems]
    drawn = resampled([each.notes for each in systems])
    compared = [
        Compared(
            name=each.name,
            figures=found,
            intervals=Intervals(
                precision=interval(found.micro.precision, draws.precision),
                recall=interval(found.micro.recall, draws.recall),
                f1=interval(found.micro.f1, draws.f1),
                macro_f1=interval(found.macro_f1, draws.macro_f1),
            ),
            differences=None if number == 0 else _differences(found, draws, figures[0], drawn[0]),
            missing_notes=each.missing,
            cost=_cost(each),
        )
        for number, (each, found, draws) in enumerate(zip(systems, figures, drawn, strict=True))
    ]
    return Comparison(systems=tuple(compared), resamples=RESAMPLES, seed=SEED)


def _differences(of: Evaluation, drawn: Resampled, first: Evaluation, first_drawn: Resampled) -> Differences:
    def told(name: str) -> Difference | None:
        value, other = (getattr(each if name == "macro_f1" else each.micro, name) for each in (of, first))
        return difference(value, other, getattr(drawn, name), getattr(first_drawn, name))

    return Differences(precision=told("precision"), recall=told("recall"), f1=told("f1"), macro_f1=told("macro_f1"))


def _cost(answers: Answers) -> Cost:
    results = [note.result for note in answers.notes]
    took = [sum(result.timings.values()) for result in results if result.timings]
    model = [result.timings["model"] for result in results if "model" in result.timings]
    tokens = [result.provenance.tokens for result in results if result.provenance.tokens is not None]
    measured = answers.seconds / len(results) if answers.seconds is not None and results else None
    told = _mean(took, 1000)
    return Cost(seconds=told if measured is None else measured, model_seconds=_mean(model, 1000), tokens=_mean(tokens))


def _mean(values: Sequence[float], unit: float = 1.0) -> float | None:
    return sum(values) / unit / len(values) if values else None
