"""How sure to be of a code: the probability that it is right, and from where on it asks for no second look.

The coder gives each code a score that ranks it. A calibration says how often codes of such a score were those that
people gave (Zadrozny and Elkan 2002), and which threshold bought which precision at which coverage (El-Yaniv and Wiener
2010). It is fitted by `wardround.learning.calibrating`; using one takes no more than this module.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Calibration", "Operating"]

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
    """

    points: tuple[tuple[float, _Share], ...] = Field(min_length=1)
    curve: tuple[Operating, ...]
    codes: int = Field(ge=1)

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
