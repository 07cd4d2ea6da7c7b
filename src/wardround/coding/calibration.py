"""How sure to be of a code: the probability that it is right, and from where on it asks for no second look.

The coder gives each code a score that ranks it. A calibration says how often codes of such a score were those that
people gave (Zadrozny and Elkan 2002), and which threshold bought which precision at which coverage (El-Yaniv and Wiener
2010). It is fitted by `wardround.learning.calibrating`; using one takes no more than this module.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from wardround.coding.result import Scope

__all__ = ["ACCEPTED_FROM", "UNCALIBRATED", "Acceptance", "Calibration", "Operating", "Shipped", "shipped"]

ACCEPTED_FROM = 0.7
"""Without a target a code is accepted that is right with this probability, if no rule is against it."""

_Share = Annotated[float, Field(ge=0, le=1)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Operating(_Model):
    """What a threshold buys.

    Attributes:
        threshold: codes of at least this probability are accepted; None: no code is.
        precision: share of the accepted codes that is expected to be right, on charts that the fit did not see.
        at_least: the same less one standard error, for how few charts there were: what can be promised.
        coverage: accepted codes as a share of all suggested ones.
    """

    threshold: _Share | None
    precision: _Share
    at_least: _Share
    coverage: _Share


class Calibration(_Model):
    """What became of the codes of reviewed charts, by their score. No text and no code is in it.

    Attributes:
        points: ``(score, probability)``, both rising or level; between two points the probability lies on the line.
        curve: thresholds with what each bought on charts that were left out of its fit; coverage falls.
        codes: number of codes that it was fitted on.
        measured_on: the charts.
    """

    points: tuple[tuple[float, _Share], ...] = Field(min_length=1)
    curve: tuple[Operating, ...]
    codes: int = Field(ge=1)
    measured_on: str = "the site's own reviewed charts"

    @model_validator(mode="after")
    def _rises(self) -> Self:
        for (low, less), (high, more) in pairwise(self.points):
            if not (low < high and less <= more):
                raise ValueError("the points of a calibration rise")
        return self

    def probability(self, score: float) -> float:
        """The probability that a code of this score is right; beyond the last points that of the last."""
        after = bisect_right(self.points, score, key=lambda point: point[0])
        if after == 0:
            return self.points[0][1]
        if after == len(self.points):
            return self.points[-1][1]
        (low, less), (high, more) = self.points[after - 1 : after + 1]
        return less + (more - less) * (score - low) / (high - low)

    @property
    def highest(self) -> float:
        """The highest precision that any threshold can promise; 0 if none can."""
        return max((each.at_least for each in self.curve), default=0.0)

    def at(self, threshold: float) -> Operating:
        """What a threshold buys; one that no code reached buys nothing, and promises what `highest` does."""
        for each in reversed(self.curve):
            if each.threshold is not None and each.threshold >= threshold:
                return each.model_copy(update={"threshold": threshold})
        return Operating(threshold=threshold, precision=self.highest, at_least=self.highest, coverage=0.0)

    def operating(self, target_precision: float) -> Operating:
        """The threshold that keeps most codes and can still promise a precision.

        Where none can, nothing is accepted, and its precision and what it can promise are `highest`.

        Raises:
            ValueError: the target is not above 0 and at most 1.
        """
        if not 0 < target_precision <= 1:
            raise ValueError(f"a target precision is above 0 and at most 1, not {target_precision}")
        enough = [each for each in self.curve if each.at_least >= target_precision]
        if not enough:
            return Operating(threshold=None, precision=self.highest, at_least=self.highest, coverage=0.0)
        return max(enough, key=lambda each: each.coverage)


UNCALIBRATED = Calibration(points=((0.0, 0.0), (1.0, 1.0)), curve=(), codes=1)
"""Leaves scores as they are, to fit a calibration to them."""


class Shipped(_Model):
    """What wardround comes with for a scope.

    Attributes:
        calibration: of what is suggested.
        turned_down: of a code that was turned down, its probability as a share of its score.
        weights: of what speaks for a code or against it, where the score is made of such; in log odds.
    """

    calibration: Calibration
    turned_down: _Share
    weights: dict[str, float] = {}


@cache
def shipped(scope: Scope) -> Shipped:
    """The defaults of a scope, for sites without reviewed charts of their own."""
    text = (files("wardround.coding") / "data" / "calibration.json").read_text(encoding="utf-8")
    return TypeAdapter(dict[Scope, Shipped]).validate_json(text)[scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """How sure a coder is of its codes, and which of them it accepts."""

    calibration: Calibration
    operating: Operating
    turned_down: float

    def confidence(self, score: float, *, turned_down: bool = False) -> float:
        """The probability that a code is right, in steps of a thousandth."""
        probability = score * self.turned_down if turned_down else self.calibration.probability(score)
        return round(min(max(probability, 0.0), 1.0), 3)

    def accepts(self, score: float) -> bool:
        """Whether a code of this score asks for no second look, as far as the score goes."""
        return self.operating.threshold is not None and self.confidence(score) >= self.operating.threshold
