"""How good draft reports are, against findings that people gave: scored on the structure, not on the words.

Overlap of words is not used: a report that turns "no pneumothorax" around scores 0.96 with it.

A gold finding names an observation and whether it is there; what the gold does not name is unknown and never counted.

- **findings**: per observation, present against not present, as precision, recall and F1, micro over all.
- **flipped**: gold findings that the report states the other way round, present for absent and absent for present.
- **laterality**: of the findings present in both whose side the gold has, how many have that side.
- **comparison**: of the changes that the gold has, how many have the same direction.
- **critical recall**: of the critical gold findings that are there, how many the report has as present.
- **not assessable**: the share of gold findings that the report says cannot be judged.
- **not mentioned**: gold findings that the report says nothing of; they count as not present.

A ratio without a denominator is ``None``. The attributes are among those by which radiologists count errors of reports.
Source: Yu et al. 2023, Evaluating progress in automatic chest X-ray radiology report generation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from wardround.reporting.report import Direction, DraftReport, Presence, Side

__all__ = ["GoldFinding", "GoldReport", "Ratio", "ReportEvaluation", "Scores", "evaluate_reports"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GoldFinding(_Model):
    """What people say of one observation. ``observation`` is the protocol's id of it, or its name in words."""

    observation: str = Field(min_length=1)
    presence: Presence = "present"
    side: Side | None = None
    change: Direction | None = None
    critical: bool = False


class GoldReport(_Model):
    """The gold findings of one study; ``id`` is that of its report."""

    id: str = Field(min_length=1)
    findings: tuple[GoldFinding, ...]


class Ratio(_Model):
    """So many of so many."""

    count: int
    of: int
    ratio: float | None


class Scores(_Model):
    """Present against not present."""

    true_positives: int
    false_positives: int
    false_negatives: int
    precision: float | None
    recall: float | None
    f1: float | None


class ReportEvaluation(_Model):
    """The figures of one set of reports."""

    reports: int
    gold_findings: int
    findings: Scores
    by_observation: Mapping[str, Scores]
    flipped: Ratio
    laterality: Ratio
    comparison: Ratio
    critical_recall: Ratio
    not_assessable: Ratio
    not_mentioned: Ratio
    sentences_removed: int
    contradictions: int


@dataclass(slots=True)
class _Counts:
    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0

    def scores(self) -> Scores:
        said = self.true_positives + self.false_positives
        there = self.true_positives + self.false_negatives
        return Scores(
            true_positives=self.true_positives,
            false_positives=self.false_positives,
            false_negatives=self.false_negatives,
            precision=self.true_positives / said if said else None,
            recall=self.true_positives / there if there else None,
            f1=2 * self.true_positives / (said + there) if said + there else None,
        )


def evaluate_reports(pairs: Iterable[tuple[GoldReport, DraftReport]]) -> ReportEvaluation:
    """The figures of reports, each with the gold of the same study."""
    every = _Counts()
    each: dict[str, _Counts] = {}
    ratios = {name: Counter[bool]() for name in _RATIOS}
    reports = removed = contradictions = 0
    for gold, report in pairs:
        reports += 1
        removed += sum(each.count for each in report.removed)
        contradictions += len(report.contradictions)
        by_name = _by_name(report)
        changes = {change.finding: change.direction for change in report.changes}
        named_changes = {_key(change.name): change.direction for change in report.changes}
        for wanted in gold.findings:
            found = by_name.get(_key(wanted.observation), ())
            presence = _presence([finding.presence for finding in found])
            counts = each.setdefault(wanted.observation, _Counts())
            for count in (every, counts):
                _count(count, wanted.presence, presence)
            ratios["not_mentioned"][presence is None] += 1
            ratios["not_assessable"][presence == "not assessable"] += 1
            ratios["flipped"][{wanted.presence, presence} == {"present", "absent"}] += 1
            if wanted.presence == "present":
                if wanted.critical:
                    ratios["critical_recall"][presence == "present"] += 1
                if wanted.side and presence == "present":
                    sides = {finding.side for finding in found if finding.presence == "present"}
                    ratios["laterality"][_side(sides) == wanted.side] += 1
            if wanted.change:
                told = {changes[finding.id] for finding in found if finding.id in changes}
                gone = named_changes.get(_key(wanted.observation))  # seen in the prior study alone
                ratios["comparison"][told == {wanted.change} or (not told and gone == wanted.change)] += 1
    return ReportEvaluation(
        reports=reports,
        gold_findings=ratios["not_mentioned"].total(),
        findings=every.scores(),
        by_observation={name: each[name].scores() for name in sorted(each)},
        sentences_removed=removed,
        contradictions=contradictions,
        **{name: _ratio(counter) for name, counter in ratios.items()},
    )


_RATIOS = ("flipped", "laterality", "comparison", "critical_recall", "not_assessable", "not_mentioned")


def _by_name(report: DraftReport) -> Mapping[str, Sequence[_Finding]]:
    """The findings of each observation, under its id and under its name."""
    found: dict[str, list[_Finding]] = {}
    for finding in report.findings:
        for key in {_key(finding.observation), _key(finding.name)}:
            found.setdefault(key, []).append(_Finding(finding.id, finding.presence, finding.side))
    return found


@dataclass(frozen=True, slots=True)
class _Finding:
    id: str
    presence: Presence
    side: Side


def _key(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").casefold().split())


def _presence(found: Sequence[Presence]) -> Presence | None:
    """What a report says of an observation that it has more than once, as on two sides."""
    for presence in ("present", "absent", "not assessable"):
        if presence in found:
            return presence
    return None


def _side(sides: set[Side]) -> Side | None:
    if {"left", "right"} <= sides or "bilateral" in sides:
        return "bilateral"
    return next(iter(sides)) if len(sides) == 1 else None


def _count(counts: _Counts, wanted: Presence, presence: Presence | None) -> None:
    if wanted == "present":
        if presence == "present":
            counts.true_positives += 1
        else:
            counts.false_negatives += 1
    elif presence == "present":
        counts.false_positives += 1


def _ratio(counter: Counter[bool]) -> Ratio:
    total = counter.total()
    return Ratio(count=counter[True], of=total, ratio=counter[True] / total if total else None)
