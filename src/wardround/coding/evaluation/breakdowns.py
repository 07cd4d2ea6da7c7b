"""The same score by chapter of the classification, and precision by section of the note."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wardround.coding.evaluation.gold import category
from wardround.coding.evaluation.hierarchy import place_of
from wardround.coding.evaluation.scores import Figures, Score, ratio, score

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wardround.coding.evaluation.gold import GoldNote
    from wardround.icd10.code import Chapter

__all__ = ["ChapterScore", "SectionScore", "by_chapter", "by_section"]


class ChapterScore(Figures):
    """One chapter of ICD-10-CM that occurs in the gold or among the suggestions.

    Attributes:
        chapter: its number; empty for codes that stand in the range of none.
        codes: its range, ``"A00-B99"``; empty likewise.
        title: as the release has it.
        score: of its codes over all notes; the counts of all chapters sum to those of the micro score.
    """

    chapter: str
    codes: str
    title: str
    score: Score


class SectionScore(Figures):
    """Suggested codes that are quoted from one kind of section.

    Gold codes come without a place in the note, so there is precision and no recall. A code with quotes in sections of
    several kinds counts in each.
    """

    section: str
    suggested: int
    right: int
    precision: float | None


def by_chapter(notes: Sequence[GoldNote]) -> tuple[ChapterScore, ...]:
    """The chapters that occur, in the order of the classification; what is in none comes last.

    Raises:
        UnknownRelease: a result was made with a release that is not installed here.
    """
    chapters: dict[str, Chapter] = {}
    right, suggested, gold = Counter[str](), Counter[str](), Counter[str]()

    def names(codes: Iterable[str], release: str) -> Iterable[str]:
        for code in codes:
            chapter = place_of(category(code), release).chapter
            if chapter is None:
                yield ""
            else:
                chapters.setdefault(chapter.name, chapter)
                yield chapter.name

    for note in notes:
        release = note.result.release.id
        right.update(names(note.gold & note.suggested, release))
        suggested.update(names(note.suggested, release))
        gold.update(names(note.gold, release))

    def scored(name: str) -> Score:
        return score(right[name], suggested[name], gold[name])

    known = sorted(chapters.values(), key=lambda chapter: chapter.first)
    told = [
        ChapterScore(chapter=each.name, codes=f"{each.first}-{each.last}", title=each.title, score=scored(each.name))
        for each in known
    ]
    if suggested[""] or gold[""]:
        told.append(ChapterScore(chapter="", codes="", title="in no chapter of the release", score=scored("")))
    return tuple(told)


def by_section(notes: Sequence[GoldNote]) -> tuple[SectionScore, ...]:
    """The kinds of sections that suggested codes are quoted from, the most frequent first."""
    suggested, right = Counter[str](), Counter[str]()
    for note in notes:
        places = {(evidence.section, each.code) for each in note.result.codes for evidence in each.evidence}
        suggested.update(section for section, _ in places)
        right.update(section for section, code in places if code in note.gold)
    return tuple(
        SectionScore(section=section, suggested=count, right=right[section], precision=ratio(right[section], count))
        for section, count in sorted(suggested.items(), key=lambda item: (-item[1], item[0]))
    )
