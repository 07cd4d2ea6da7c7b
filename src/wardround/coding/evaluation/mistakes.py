"""Every miss and every false alarm, one by one, to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wardround.coding.evaluation.gold import category

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wardround.coding.evaluation.gold import GoldNote
    from wardround.coding.result import Suggestion

__all__ = ["Mistake", "mistakes"]


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


def _same_category(code: str, others: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(other for other in others if category(other) == category(code)))
