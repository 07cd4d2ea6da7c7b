"""How good suggested codes are, against gold codes that people assigned.

Everything is counted per note on *sets* of codes: a code suggested twice counts once, and its place in the sequence
does not matter. Suggested are the codes of ``result.codes``, accepted and for review alike; rejected ones are not.
A ratio without a denominator (the precision of no suggestions) is ``None``, not zero.

`evaluate` gives the figures of one system, `compare` those of several on the same notes with intervals and differences,
`mistakes` every miss and every false alarm.
"""

from __future__ import annotations

from wardround.coding.evaluation.bootstrap import Difference, Interval, Resampled, difference, interval, resampled
from wardround.coding.evaluation.breakdowns import ChapterScore, SectionScore
from wardround.coding.evaluation.comparison import Answers, Compared, Comparison, Cost, Differences, Intervals, compare
from wardround.coding.evaluation.figures import Accepted, Evaluation, Point, evaluate
from wardround.coding.evaluation.gold import GoldNote, category, normal
from wardround.coding.evaluation.mistakes import Mistake, mistakes
from wardround.coding.evaluation.near_misses import Distances, NearMisses
from wardround.coding.evaluation.reliability import Bin, Reliability, reliability
from wardround.coding.evaluation.scores import Score

__all__ = [
    "Accepted",
    "Answers",
    "Bin",
    "ChapterScore",
    "Compared",
    "Comparison",
    "Cost",
    "Difference",
    "Differences",
    "Distances",
    "Evaluation",
    "GoldNote",
    "Interval",
    "Intervals",
    "Mistake",
    "NearMisses",
    "Point",
    "Reliability",
    "Resampled",
    "Score",
    "SectionScore",
    "category",
    "compare",
    "difference",
    "evaluate",
    "interval",
    "mistakes",
    "normal",
    "reliability",
    "resampled",
]
