"""Fits how sure to be to what people made of the codes of reviewed charts.

Isotonic regression in its centred form (Oron and Flournoy 2017): codes of like score are pooled, each pool is drawn a
little to the whole, the pools are made to rise, and the probability runs straight from the middle of one step to the
middle of the next. So few charts give a gentle line, and codes of different score stay apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import floor, sqrt

from wardround.coding.calibration import Calibration, Operating
from wardround.errors import InputError

__all__ = ["calibrated"]

_POOL = 10  # codes of like score that are pooled, at least
_POOLS = 40  # at most
_PRIOR = 2  # codes, as right as all are together, that are added to each pool
_FEWEST = 4 * _POOL  # codes that tell anything


def calibrated(scores: Sequence[float], right: Sequence[bool]) -> Calibration:
    """The calibration that fits the codes of reviewed charts.

    Args:
        scores: of the codes that were suggested, chart by chart, from a model that had not seen the chart.
        right: whether people gave the code too.

    Raises:
        InputError: there are fewer than 40 codes, or scikit-learn is not installed.
        ValueError: the two are not of one length.
    """
    judged = list(zip(scores, right, strict=True))
    if len(judged) < _FEWEST:
        raise InputError(
            f"{len(judged)} suggested codes are too few to tell how often such codes are right",
            hint=f"it takes {_FEWEST}, and some hundreds to tell it well",
        )
    fitted = Calibration(points=_points(judged), curve=(), codes=len(judged))
    curve = _curve([(fitted.probability(score), right) for score, right in judged])
    return fitted.model_copy(update={"curve": tuple(curve)})


def _points(judged: Sequence[tuple[float, bool]]) -> tuple[tuple[float, float], ...]:
    """Score and probability at the middle of each step."""
    try:
        from sklearn.isotonic import isotonic_regression
    except ImportError:
        raise InputError("scikit-learn is not installed", hint="pip install 'wardround[learn]'") from None

    whole = sum(right for _, right in judged) / len(judged)
    pools = list(_pools(sorted(judged)))
    sizes = [len(pool) for pool in pools]
    middles = [sum(score for score, _ in pool) / len(pool) for pool in pools]
    rates = [(sum(right for _, right in pool) + _PRIOR * whole) / (len(pool) + _PRIOR) for pool in pools]
    rising = isotonic_regression(rates, sample_weight=sizes).tolist()
    points = []
    for probability, step in groupby(zip(rising, middles, sizes, strict=True), key=lambda pool: float(pool[0])):
        places = [(middle, size) for _, middle, size in step]
        middle = sum(middle * size for middle, size in places) / sum(size for _, size in places)
        points.append((round(middle, 6), round(min(max(probability, 0.0), 1.0), 4)))
    return tuple(points)


def _pools(judged: Sequence[tuple[float, bool]]) -> Iterator[list[tuple[float, bool]]]:
    """Codes of like score together; equal scores are never parted."""
    least = max(_POOL, len(judged) / _POOLS)
    pool: list[tuple[float, bool]] = []
    left = len(judged)
    for _, equal in groupby(judged, key=lambda each: each[0]):
        pool += equal
        if len(pool) >= least and left - len(pool) >= least:
            yield pool
            left -= len(pool)
            pool = []
    if pool:
        yield pool


def _curve(sure: Sequence[tuple[float, bool]]) -> Iterator[Operating]:
    """What thresholds in whole hundredths buy, of ``(probability, right)``; the highest first.

    A threshold that lets fewer than a hundredth of the codes in on top of the one before is left out.
    """
    kept = hits = 0
    before = 0
    for hundredth, equal in groupby(sorted(sure, reverse=True), key=lambda each: floor(100 * each[0])):
        outcomes = [right for _, right in equal]
        kept, hits = kept + len(outcomes), hits + sum(outcomes)
        if 100 * (kept - before) >= len(sure) or kept == len(sure):
            before = kept
            yield Operating(
                threshold=hundredth / 100,
                precision=round(hits / kept, 4),
                at_least=round(_at_least(hits / kept, kept), 4),
                coverage=round(kept / len(sure), 4),
            )


def _at_least(share: float, count: int) -> float:
    """The share less one standard error: the lower end of Wilson's interval (Wilson 1927)."""
    middle = share + 1 / (2 * count)
    return (middle - sqrt(share * (1 - share) / count + 1 / (4 * count * count))) / (1 + 1 / count)
