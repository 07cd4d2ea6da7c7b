"""All figures of one system on a set of gold notes.

- **micro**: true and false positives and false negatives summed over all notes, then precision, recall and F1.
- **macro F1**: the mean of the F1 of each code that occurs in the gold; a rare code weighs as much as a common one.
- **three-character F1**: micro, after cutting every code to its category (``K35.80`` → ``K35``).
- **over-coding**: suggested codes for each gold code; above 1 there is more to turn down than to find.
- **accepted**: the precision of the codes that ask for no second look, and their *coverage*, the share of all
  suggested codes that they are.
- **curve**: precision against coverage when only the codes of at least some confidence are kept.
- **chapters**, **sections**, **near misses**, **reliability**: see the modules of these names.

Source: Soroush et al. 2024 (exact and category match); El-Yaniv and Wiener 2010 (risk and coverage).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround import icd10
from wardround.coding.evaluation.breakdowns import ChapterScore, SectionScore, by_chapter, by_section
from wardround.coding.evaluation.gold import category
from wardround.coding.evaluation.near_misses import NearMisses, near_misses
from wardround.coding.evaluation.reliability import Reliability, reliability
from wardround.coding.evaluation.scores import Figures, Score, macro_f1, micro, ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wardround.coding.evaluation.gold import GoldNote

__all__ = ["Accepted", "Evaluation", "Point", "evaluate"]


class Point(Figures):
    """What is left when only codes of at least this confidence are kept."""

    confidence: float
    coverage: float
    precision: float


class Accepted(Figures):
    """The codes that ask for no second look."""

    codes: int
    coverage: float | None
    precision: float | None


class Evaluation(Figures):
    """The figures of one run over a set of gold notes.

    Attributes:
        over_coding: suggested codes for each gold code.
        curve, reliability: empty and None for a system that gives no confidences.
    """

    notes: int
    gold_codes: int
    gold_codes_not_in_release: int
    suggested_codes: int
    over_coding: float | None
    micro: Score
    macro_f1: float | None
    three_character: Score
    accepted: Accepted
    invalid_codes: int
    inexact_quotes: int
    chapters: tuple[ChapterScore, ...]
    sections: tuple[SectionScore, ...]
    near_misses: NearMisses
    reliability: Reliability | None
    curve: tuple[Point, ...]


def evaluate(notes: Sequence[GoldNote], *, confidences: bool = True) -> Evaluation:
    """The figures of ``notes``.

    Args:
        notes: all notes of the set, one result each.
        confidences: whether those of the results are the system's own; otherwise nothing is made of them.

    Raises:
        UnknownRelease: a result was made with a release that is not installed here.
    """
    gold_codes = sum(len(note.gold) for note in notes)
    suggested_codes = sum(len(note.suggested) for note in notes)
    judged = [(s.confidence, s.code in note.gold) for note in notes for s in note.result.codes] if confidences else []
    return Evaluation(
        notes=len(notes),
        gold_codes=gold_codes,
        gold_codes_not_in_release=sum(_not_billable(note, note.gold) for note in notes),
        suggested_codes=suggested_codes,
        over_coding=ratio(suggested_codes, gold_codes),
        micro=micro((note.gold, note.suggested) for note in notes),
        macro_f1=macro_f1(notes),
        three_character=micro((_categories(note.gold), _categories(note.suggested)) for note in notes),
        accepted=_accepted(notes),
        invalid_codes=sum(_not_billable(note, note.suggested) for note in notes),
        inexact_quotes=sum(_inexact_quotes(note) for note in notes),
        chapters=by_chapter(notes),
        sections=by_section(notes),
        near_misses=near_misses(notes),
        reliability=reliability(judged),
        curve=tuple(_curve(judged)),
    )


def _accepted(notes: Sequence[GoldNote]) -> Accepted:
    judged = [code.code in note.gold for note in notes for code in note.result.accepted]
    every = sum(len(note.result.codes) for note in notes)
    return Accepted(codes=len(judged), coverage=ratio(len(judged), every), precision=ratio(sum(judged), len(judged)))


def _curve(judged: Iterable[tuple[float, bool]]) -> Iterator[Point]:
    """One point per confidence that occurs, in steps of a hundredth, the highest first."""
    codes = sorted(((round(confidence, 2), is_right) for confidence, is_right in judged), reverse=True)
    right = 0
    for kept, (confidence, is_right) in enumerate(codes, 1):
        right += is_right
        if kept == len(codes) or codes[kept][0] != confidence:
            yield Point(confidence=confidence, coverage=kept / len(codes), precision=right / kept)


def _not_billable(note: GoldNote, codes: Iterable[str]) -> int:
    release = icd10.load(note.result.release.id)
    return sum(not release.billable(code) for code in codes)


def _inexact_quotes(note: GoldNote) -> int:
    suggestions = (*note.result.codes, *note.result.rejected)
    return sum(note.text[e.start : e.end] != e.text for s in suggestions for e in s.evidence)


def _categories(codes: frozenset[str]) -> frozenset[str]:
    return frozenset(map(category, codes))
