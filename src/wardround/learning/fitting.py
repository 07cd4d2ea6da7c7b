"""Fits a site model to reviewed charts.

Each chart's signs are weighed against counts of the *other* charts, fold by fold, so that nothing it was counted in
speaks for it. A logistic regression with a ridge penalty then says how far each fact is to be believed: weights that
all kinds of candidates share, and, where charts are many enough to tell, what each kind adds to them. How strong the
penalty is, the folds decide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from wardround import documents, icd10
from wardround.coding.coder import Coder
from wardround.coding.draft import Draft
from wardround.coding.result import Scope
from wardround.coding.site import SiteModel
from wardround.coding.site.model import Figures
from wardround.coding.site.reading import reading_of
from wardround.coding.site.weighing import KINDS, Candidate, Kind, Weighing, Wording
from wardround.coding.vocabulary import Vocabulary
from wardround.errors import InputError
from wardround.learning.calibrating import calibrated
from wardround.learning.charts import Chart
from wardround.learning.copies import Copies
from wardround.learning.counting import Counting, Shown, small_words

__all__ = ["fitted"]

_FEWEST_CHARTS = 20
_FOLDS = 5
_BY_KIND_FROM = 200  # charts from which on each kind of candidate has weights of its own
_PENALTIES = (0.003, 0.01, 0.03, 0.1)  # inverse strengths; the first is the strictest
_TRUSTED = "coder's confidence"  # what few charts say changes little of it
_TRUST = 5.0  # how much less it is held back than what the charts alone can tell
_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A candidate of a chart, in which fold the chart is, and whether people gave it the code."""

    chart: int
    fold: int
    candidate: Candidate
    right: bool


def fitted(
    charts: Iterable[Chart], *, scope: Scope, release: str | None, on_progress: Callable[[str, float], None] | None
) -> SiteModel:
    """The model of these charts, whatever their order; see `wardround.learning.learn`."""
    tell = on_progress or (lambda step, done: None)
    ordered = _in_order(charts)
    if len(ordered) < _FEWEST_CHARTS:
        raise InputError(
            f"{len(ordered)} reviewed charts are too few to learn from",
            hint=f"it takes {_FEWEST_CHARTS}, and some hundreds to learn much",
        )
    coder = Coder(release, scope=scope)
    shown = []
    for number, chart in enumerate(ordered):
        shown.append(_shown(coder, chart, scope))
        tell("reading", (number + 1) / len(ordered))
    codes = icd10.load(coder.newest.id)
    vocabulary = Vocabulary.load(codes)
    wording = Wording(codes, vocabulary)
    counting = Counting(shown, vocabulary)
    everyone = range(len(shown))
    judged: list[_Judged] = []
    for fold in range(_FOLDS):
        others = Weighing(counting.habits([number for number in everyone if number % _FOLDS != fold]), wording)
        for number in everyone[fold::_FOLDS]:
            found = others.candidates(shown[number].reading)
            judged += [_Judged(number, fold, each, each.code in shown[number].codes) for each in found]
        tell("counting", (fold + 1) / _FOLDS)
    weighing = _Regression(judged, by_kind=len(shown) >= _BY_KIND_FROM)
    gold = sum(len(chart.codes) for chart in shown)
    penalty, scores = weighing.best(lambda done: tell("weighing", done))
    right = weighing.right
    threshold = _threshold(scores, right, gold)
    kept = scores >= threshold
    return SiteModel(
        scope=scope,
        release=coder.newest.id,
        charts=len(shown),
        figures=_figures(weighing, scores, shown, gold),
        threshold=round(threshold, 4),
        calibration=calibrated(scores[kept].tolist(), right[kept].tolist()),
        weights=weighing.weights(penalty),
        habits=counting.habits(everyone),
    )


def _in_order(charts: Iterable[Chart]) -> list[Chart]:
    """Charts in an order that their content decides, without copies: what is kept is counted in charts."""
    keyed = {}
    for chart in charts:
        content = "\n".join((chart.text, *sorted(chart.codes), chart.encounter.model_dump_json()))
        keyed[hashlib.sha256(content.encode(errors="surrogatepass")).digest()] = chart
    copies = Copies()
    return [chart for _, chart in sorted(keyed.items()) if copies.add(chart.text)]


def _shown(coder: Coder, chart: Chart, scope: Scope) -> Shown:
    note = documents.read(chart.text)
    readings = []

    def listen(draft: Draft) -> None:
        readings.append(reading_of(draft, scope))

    coder.draft(note, chart.encounter, listen)
    words = note.words
    return Shown(readings[0], small_words(note.text, zip(words.folded, words.starts, strict=True)), chart.codes)


class _Regression:
    """The candidates as numbers: one row each, and for each fact a shared column and one of each kind."""

    def __init__(self, judged: Sequence[_Judged], *, by_kind: bool) -> None:
        self.judged = judged
        named = [each.candidate.facts() for each in judged]
        self.names = sorted({name for facts in named for name in facts})
        self.kinds = np.array([KINDS.index(each.candidate.kind) for each in judged])
        self.folds = np.array([each.fold for each in judged])
        self.right = np.array([each.right for each in judged])
        facts = np.array([[own.get(name, 0.0) for name in self.names] for own in named])
        own = [(self.kinds == kind)[:, None] for kind in range(len(KINDS))]
        apart = [facts * mask for mask in own] if by_kind else []
        self._rows = np.hstack([facts, *own, *apart]).astype(np.float64)
        self._spread = self._rows.std(axis=0)
        self._spread[self._spread == 0] = 1.0
        self._spread[self.names.index(_TRUSTED)] /= _TRUST
        self._rows /= self._spread

    def _fit(self, rows: NDArray[np.bool_], penalty: float) -> LogisticRegression:
        return LogisticRegression(C=penalty, max_iter=2000).fit(self._rows[rows], self.right[rows])

    def _scores(self, penalty: float) -> _Array:
        """The score of each candidate by weights that its chart had no part in."""
        found = np.zeros(len(self.judged))
        for fold in range(_FOLDS):
            held = self.folds == fold
            found[held] = self._fit(~held, penalty).predict_proba(self._rows[held])[:, 1]
        return found

    def best(self, tell: Callable[[float], None]) -> tuple[float, _Array]:
        """The penalty that predicts best, and the scores with it; the stricter one where two are as good."""
        best: tuple[float, float, _Array] | None = None
        for number, penalty in enumerate(_PENALTIES):
            scores = self._scores(penalty)
            likely = np.clip(np.where(self.right, scores, 1 - scores), 1e-9, 1)
            loss = round(float(-np.log(likely).mean()), 5)
            if best is None or loss < best[0]:
                best = loss, penalty, scores
            tell((number + 1) / len(_PENALTIES))
        assert best is not None
        return best[1], best[2]

    def weights(self, penalty: float) -> dict[Kind, dict[str, float]]:
        """The weights of all candidates, as they multiply the facts."""
        fit = self._fit(np.ones(len(self.judged), dtype=bool), penalty)
        each = fit.coef_[0] / self._spread
        size = len(self.names)
        shared, constants, own = np.split(each, [size, size + len(KINDS)])
        weights: dict[Kind, dict[str, float]] = {}
        for number, kind in enumerate(KINDS):
            together = shared + own[size * number : size * (number + 1)] if len(own) else shared
            used: NDArray[np.bool_] = np.any(self._rows[self.kinds == number, :size], axis=0)
            constant = float(fit.intercept_[0] + constants[number])
            weights[kind] = {"": round(constant, 4)} | {
                name: round(float(weight), 4)
                for name, weight, is_used in zip(self.names, together, used, strict=True)
                if is_used
            }
        return weights


def _threshold(scores: _Array, right: NDArray[np.bool_], gold: int) -> float:
    """Half of the best F1 that any threshold gives: with probabilities that hold, that threshold gives it.

    Steadier than the best threshold itself. Source: Lipton, Elkan and Naryanaswamy 2014.
    """
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    return float((2 * hits / (np.arange(1, len(hits) + 1) + gold)).max() / 2)


def _figures(weighing: _Regression, scores: _Array, shown: Sequence[Shown], gold: int) -> Figures:
    """What the scores give, each fold with the threshold of the others."""
    kept = np.zeros(len(scores), dtype=bool)
    sizes = [sum(len(chart.codes) for chart in shown[fold::_FOLDS]) for fold in range(_FOLDS)]
    for fold in range(_FOLDS):
        held = weighing.folds == fold
        kept[held] = scores[held] >= _threshold(scores[~held], weighing.right[~held], gold - sizes[fold])
    offered = sum(sum(offer.alive for offer in chart.reading.offers) for chart in shown)
    borne_out = sum(sum(o.alive and o.code in chart.codes for o in chart.reading.offers) for chart in shown)
    precision, recall, f1 = _ratios(int((kept & weighing.right).sum()), int(kept.sum()), gold)
    return Figures(precision=precision, recall=recall, f1=f1, without=_ratios(borne_out, offered, gold))


def _ratios(right: int, suggested: int, gold: int) -> tuple[float, float, float]:
    """Precision, recall and F1; 0 where there is nothing to share."""
    shares = (right / max(suggested, 1), right / max(gold, 1), 2 * right / max(suggested + gold, 1))
    return (round(shares[0], 4), round(shares[1], 4), round(shares[2], 4))
