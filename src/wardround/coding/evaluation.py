"""How good suggested codes are, against gold codes that people assigned.

Everything is counted per note on *sets* of codes: a code suggested twice counts once, and its place in the sequence
does not matter. Suggested are the codes of ``result.codes``, accepted and for review alike; rejected ones are not.

- **micro**: true and false positives and false negatives summed over all notes, then precision, recall and F1.
- **macro F1**: the mean of the F1 of each code that occurs in the gold; a rare code weighs as much as a common one.
- **three-character F1**: micro, after cutting every code to its category (``K35.80`` → ``K35``).
- **accepted**: the precision of the codes that ask for no second look, and their *coverage*, the share of all
  suggested codes that they are.
- **curve**: precision against coverage when only the codes of at least some confidence are kept.

A ratio without a denominator (the precision of no suggestions) is ``None``, not zero.
Source: Soroush et al. 2024 (exact and category match); El-Yaniv and Wiener 2010 (risk and coverage).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from wardround import icd10

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wardround.coding.result import CodingResult, Suggestion

__all__ = ["Evaluation", "GoldNote", "Mistake", "Point", "Score", "category", "evaluate", "mistakes", "normal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldNote:
    """A note with the codes people gave it and the result to be judged.

    Attributes:
        id: the note's name in tables of mistakes.
        text: the note, to check quotes against.
        gold: the codes people gave it, as :func:`normal` writes them.
        result: what the coder gave.
    """

    id: str
    text: str
    gold: frozenset[str]
    result: CodingResult

    @property
    def suggested(self) -> frozenset[str]:
        """The codes the coder proposes, accepted or for review."""
        return frozenset(suggestion.code for suggestion in self.result.codes)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class Score(_Model):
    """Counts of right and wrong codes and the usual ratios of them, 0 to 1."""

    true_positives: int
    false_positives: int
    false_negatives: int
    precision: float | None
    recall: float | None
    f1: float | None


class Point(_Model):
    """What is left when only codes of at least this confidence are kept."""

    confidence: float
    coverage: float
    precision: float


class Accepted(_Model):
    """The codes that ask for no second look."""

    codes: int
    coverage: float | None
    precision: float | None


class Evaluation(_Model):
    """The figures of one run over a set of gold notes."""

    notes: int
    gold_codes: int
    gold_codes_not_in_release: int
    suggested_codes: int
    micro: Score
    macro_f1: float | None
    three_character: Score
    accepted: Accepted
    invalid_codes: int
    inexact_quotes: int
    seconds: float
    notes_per_second: float | None
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A gold code that was not suggested (``miss``) or a suggested one that is not gold (``false alarm``).

    Attributes:
        related: codes of the same category on the other side, to tell a wrong detail from a wrong idea.
        reason: why a missed code was turned down, or how a false alarm came about; empty for a code never considered.
    """

    id: str
    kind: Literal["miss", "false alarm"]
    code: str
    status: str = ""
    confidence: float | None = None
    quote: str = ""
    section: str = ""
    related: tuple[str, ...] = ()
    reason: str = ""


def normal(code: str) -> str:
    """A gold code as the classification writes it: upper case, with its dot. Its characters stay as they are.

    >>> [normal(code) for code in ("k3580", " K35.80 ", "I10", "W19.XXX")]
    ['K35.80', 'K35.80', 'I10', 'W19.XXX']
    """
    bare = code.strip().upper()
    return bare if "." in bare or len(bare) <= 3 else f"{bare[:3]}.{bare[3:]}"


def category(code: str) -> str:
    """The three-character category of a code."""
    return code[:3]


def evaluate(notes: Sequence[GoldNote], *, seconds: float = 0.0) -> Evaluation:
    """The figures of ``notes``.

    Args:
        notes: all notes of the set, one result each.
        seconds: wall-clock time the coder took for them all; 0 if it was not measured.

    Raises:
        UnknownRelease: a result was made with a release that is not installed here.
    """
    return Evaluation(
        notes=len(notes),
        gold_codes=sum(len(note.gold) for note in notes),
        gold_codes_not_in_release=sum(_not_billable(note, note.gold) for note in notes),
        suggested_codes=sum(len(note.suggested) for note in notes),
        micro=_micro((note.gold, note.suggested) for note in notes),
        macro_f1=_macro_f1(notes),
        three_character=_micro((_categories(note.gold), _categories(note.suggested)) for note in notes),
        accepted=_accepted(notes),
        invalid_codes=sum(_not_billable(note, note.suggested) for note in notes),
        inexact_quotes=sum(_inexact_quotes(note) for note in notes),
        seconds=seconds,
        notes_per_second=_ratio(len(notes), seconds),
        curve=tuple(_curve(notes)),
    )


def mistakes(notes: Iterable[GoldNote]) -> Iterator[Mistake]:
    """Every miss and every false alarm, note by note, to learn from. Quotes are text of the notes."""
    for note in notes:
        rejected = {suggestion.code: suggestion for suggestion in note.result.rejected}
        for code in sorted(note.gold - note.suggested):
            related = _same_category(code, note.suggested)
            turned_down = rejected.get(code)
            if turned_down is None:
                yield Mistake(id=note.id, kind="miss", code=code, related=related)
            else:
                yield _mistake(note, "miss", turned_down, related, [f.message for f in turned_down.findings])
        false_alarms = (suggestion for suggestion in note.result.codes if suggestion.code not in note.gold)
        for suggestion in false_alarms:
            yield _mistake(
                note, "false alarm", suggestion, _same_category(suggestion.code, note.gold), suggestion.route
            )


def _mistake(
    note: GoldNote,
    kind: Literal["miss", "false alarm"],
    suggestion: Suggestion,
    related: tuple[str, ...],
    reasons: Sequence[str],
) -> Mistake:
    evidence = suggestion.evidence[0] if suggestion.evidence else None
    return Mistake(
        id=note.id,
        kind=kind,
        code=suggestion.code,
        status=suggestion.status,
        confidence=suggestion.confidence,
        quote=evidence.text if evidence else "",
        section=evidence.section if evidence else "",
        related=related,
        reason="; ".join(reasons),
    )


def _micro(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> Score:
    right = suggested_in_all = gold_in_all = 0
    for gold, suggested in pairs:
        right += len(gold & suggested)
        suggested_in_all += len(suggested)
        gold_in_all += len(gold)
    return Score(
        true_positives=right,
        false_positives=suggested_in_all - right,
        false_negatives=gold_in_all - right,
        precision=_ratio(right, suggested_in_all),
        recall=_ratio(right, gold_in_all),
        f1=_ratio(2 * right, suggested_in_all + gold_in_all),
    )


def _macro_f1(notes: Sequence[GoldNote]) -> float | None:
    gold = Counter(code for note in notes for code in note.gold)
    suggested = Counter(code for note in notes for code in note.suggested)
    right = Counter(code for note in notes for code in note.gold & note.suggested)
    return _ratio(sum(2 * right[code] / (gold[code] + suggested[code]) for code in gold), len(gold))


def _accepted(notes: Sequence[GoldNote]) -> Accepted:
    judged = [code.code in note.gold for note in notes for code in note.result.accepted]
    every = sum(len(note.result.codes) for note in notes)
    return Accepted(codes=len(judged), coverage=_ratio(len(judged), every), precision=_ratio(sum(judged), len(judged)))


def _curve(notes: Sequence[GoldNote]) -> Iterator[Point]:
    """One point per confidence that occurs, in steps of a hundredth, the highest first."""
    judged = sorted(
        ((round(s.confidence, 2), s.code in note.gold) for note in notes for s in note.result.codes), reverse=True
    )
    right = 0
    for kept, (confidence, is_right) in enumerate(judged, 1):
        right += is_right
        if kept == len(judged) or judged[kept][0] != confidence:
            yield Point(confidence=confidence, coverage=kept / len(judged), precision=right / kept)


def _not_billable(note: GoldNote, codes: Iterable[str]) -> int:
    release = icd10.load(note.result.release.id)
    return sum(not release.billable(code) for code in codes)


def _inexact_quotes(note: GoldNote) -> int:
    suggestions = (*note.result.codes, *note.result.rejected)
    return sum(note.text[e.start : e.end] != e.text for s in suggestions for e in s.evidence)


def _categories(codes: frozenset[str]) -> frozenset[str]:
    return frozenset(map(category, codes))


def _same_category(code: str, others: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(other for other in others if category(other) == category(code)))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
