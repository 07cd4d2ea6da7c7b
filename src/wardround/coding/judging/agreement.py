"""How far to believe a judge: its verdicts against labels that people gave to the same codes.

- **accuracy**: the share of codes with the same verdict and label.
- **kappa**: Cohen's, what is left of it beyond chance; its interval is the percentile bootstrap over *notes*, since the
  codes of one note are not independent.
- **per label**: precision and recall of each label.
- **consistency**: the share of codes on which the judge said the same each time.

An inconsistent verdict agrees with no label; a code on which the judge failed, or that nobody labelled, is not counted.
A ratio without a denominator is ``None``, not zero.
Source: Cohen 1960; Landis and Koch 1977 (0.61 and above: substantial); Efron and Tibshirani 1993.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict

from wardround.coding.judging.judgement import VERDICTS, Verdict
from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wardround.coding.judging.judgement import Judged

__all__ = ["BELIEVABLE", "Agreement", "Label", "LabelScore", "agreement"]

BELIEVABLE = 0.6
"""The kappa from which a judge's verdicts may stand for people's."""

_RESAMPLES = 1000
_T = TypeVar("_T")
Pairs = Counter[tuple[str, str]]  # (label, verdict) → how often


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a person says of one code of one note."""

    id: str
    code: str
    label: Verdict


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class LabelScore(_Model):
    """How well one label is met."""

    labelled: int
    given: int
    precision: float | None
    recall: float | None


class Agreement(_Model):
    """A judge against people.

    Attributes:
        codes: labelled and judged.
        unlabelled: judged, and without a label.
        unjudged: labelled, and without a judgement or with an error in its place.
        kappa_low, kappa_high: the 95 % interval.
        confusion: label → verdict → number of codes.
        believable: whether kappa reaches `BELIEVABLE`.
    """

    codes: int
    notes: int
    unlabelled: int
    unjudged: int
    accuracy: float | None
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    consistency: float | None
    per_label: dict[str, LabelScore]
    confusion: dict[str, dict[str, int]]
    believable: bool


def agreement(judged: Iterable[Judged], labels: Iterable[Label], *, seed: int = 0) -> Agreement:
    """The figures of ``judged`` against ``labels``, matched by the note's id and the code.

    Args:
        seed: of the bootstrap.

    Raises:
        InputError: a code of a note is labelled, or judged, in two ways.
    """
    people = _once((((label.id, label.code), label.label) for label in labels), "labelled")
    every = _once((((each.id or "", j.code), j) for each in judged for j in each.judgements), "judged")
    answered = {place: judgement for place, judgement in every.items() if judgement.consistent is not None}
    both = {place: (label, answered[place].verdict) for place, label in people.items() if place in answered}
    by_note: dict[str, Pairs] = {}
    for (id, _), pair in both.items():
        by_note.setdefault(id, Counter())[pair] += 1
    pairs: Pairs = Counter(both.values())
    kappa = _kappa(pairs)
    low, high = _interval(list(by_note.values()), seed)
    return Agreement(
        codes=len(both),
        notes=len(by_note),
        unlabelled=len(every.keys() - people.keys()),
        unjudged=len(people.keys() - answered.keys()),
        accuracy=_ratio(_same(pairs), len(both)),
        kappa=kappa,
        kappa_low=low,
        kappa_high=high,
        consistency=_ratio(sum(bool(j.consistent) for j in answered.values()), len(answered)),
        per_label={label: _score(pairs, label) for label in VERDICTS},
        confusion={
            label: {verdict: pairs[label, verdict] for verdict in (*VERDICTS, "inconsistent")} for label in VERDICTS
        },
        believable=kappa is not None and kappa >= BELIEVABLE,
    )


def _once(items: Iterable[tuple[tuple[str, str], _T]], done: str) -> dict[tuple[str, str], _T]:
    found: dict[tuple[str, str], _T] = {}
    for (id, code), value in items:
        if found.setdefault((id, code), value) != value:
            raise InputError(f"{code} is {done} in two ways", where=id)
    return found


def _score(pairs: Pairs, label: str) -> LabelScore:
    labelled = sum(count for (told, _), count in pairs.items() if told == label)
    given = sum(count for (_, verdict), count in pairs.items() if verdict == label)
    right = pairs[label, label]
    return LabelScore(labelled=labelled, given=given, precision=_ratio(right, given), recall=_ratio(right, labelled))


def _kappa(pairs: Mapping[tuple[str, str], int]) -> float | None:
    """Cohen's kappa; None without codes, or where chance alone would agree on all of them."""
    total = sum(pairs.values())
    told: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for (label, verdict), count in pairs.items():
        told[label] += count
        given[verdict] += count
    chance = sum(told[label] * given[label] for label in told)
    return _ratio(_same(pairs) * total - chance, total * total - chance)


def _same(pairs: Mapping[tuple[str, str], int]) -> int:
    return sum(count for (label, verdict), count in pairs.items() if label == verdict)


def _interval(notes: Sequence[Pairs], seed: int) -> tuple[float | None, float | None]:
    """The 2.5th and the 97.5th percentile of kappa over resamples of the notes; None for fewer than two notes."""
    if len(notes) < 2:
        return None, None
    draw = random.Random(seed)
    kappas = []
    for _ in range(_RESAMPLES):
        drawn: Pairs = Counter()
        for note in draw.choices(notes, k=len(notes)):
            for pair, count in note.items():
                drawn[pair] += count
        kappas.append(_kappa(drawn))
    known = sorted(kappa for kappa in kappas if kappa is not None)
    if not known:
        return None, None
    return known[round(0.025 * (len(known) - 1))], known[round(0.975 * (len(known) - 1))]


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
