"""Right and wrong codes counted, and the usual ratios of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wardround.coding.evaluation.gold import GoldNote

__all__ = ["Figures", "Score", "macro_f1", "micro", "ratio", "score"]


class Figures(BaseModel):
    """The base of what holds figures: it cannot change."""

    model_config = ConfigDict(frozen=True)


class Score(Figures):
    """Counts of right and wrong codes and the usual ratios of them, 0 to 1."""

    true_positives: int
    false_positives: int
    false_negatives: int
    precision: float | None
    recall: float | None
    f1: float | None


def score(right: int, suggested: int, gold: int) -> Score:
    """The score of ``right`` codes among those ``suggested`` and those of the ``gold``."""
    return Score(
        true_positives=right,
        false_positives=suggested - right,
        false_negatives=gold - right,
        precision=ratio(right, suggested),
        recall=ratio(right, gold),
        f1=ratio(2 * right, suggested + gold),
    )


def micro(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> Score:
    """The score of all ``(gold, suggested)`` together."""
    right = suggested_in_all = gold_in_all = 0
    for gold, suggested in pairs:
        right += len(gold & suggested)
        suggested_in_all += len(suggested)
        gold_in_all += len(gold)
    return score(right, suggested_in_all, gold_in_all)


def macro_f1(notes: Sequence[GoldNote]) -> float | None:
    """The mean F1 of the codes that occur in the gold."""
    gold = Counter(code for note in notes for code in note.gold)
    suggested = Counter(code for note in notes for code in note.suggested)
    right = Counter(code for note in notes for code in note.gold & note.suggested)
    return ratio(sum(2 * right[code] / (gold[code] + suggested[code]) for code in gold), len(gold))


def ratio(part: float, whole: float) -> float | None:
    """``part`` of ``whole``; None of nothing."""
    return part / whole if whole else None
