"""How far wrong codes are from right ones in the hierarchy of the classification."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wardround.coding.evaluation.gold import category
from wardround.coding.evaluation.hierarchy import place_of
from wardround.coding.evaluation.scores import Figures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from wardround.coding.evaluation.gold import GoldNote

__all__ = ["Distances", "NearMisses", "near_misses"]

_SUBCATEGORY = 5  # characters with the dot: M17.1


class Distances(Figures):
    """Codes by what they have in common with the nearest one on the other side, each counted once."""

    subcategory: int
    """The first four characters, so that they differ in a detail such as the side: M17.11 and M17.12."""
    category: int
    """The first three: M17.0 and M17.11."""
    block: int
    """The block: M17.11 and M16.11."""
    chapter: int
    """The chapter: M17.11 and M54.50."""
    elsewhere: int
    """Nothing, or there is no code on the other side."""


class NearMisses(Figures):
    """Wrong codes by their distance to what would have been right.

    Attributes:
        false_alarms: by the nearest gold code of the note that was missed.
        misses: by the nearest false alarm of the note.
        considered: misses that the coder had considered and turned down; None for one that does not tell what it did.
    """

    false_alarms: Distances
    misses: Distances
    considered: int | None


def near_misses(notes: Sequence[GoldNote]) -> NearMisses:
    """The distances between misses and false alarms of the same note.

    Raises:
        UnknownRelease: a result was made with a release that is not installed here.
    """
    false_alarms, misses = Counter[str](), Counter[str]()
    considered = 0
    for note in notes:
        missed, wrong = note.gold - note.suggested, note.suggested - note.gold
        false_alarms.update(_distances(wrong, missed, note.result.release.id))
        misses.update(_distances(missed, wrong, note.result.release.id))
        considered += len(missed & {suggestion.code for suggestion in note.result.rejected})
    told = any(note.result.rejected for note in notes)
    return NearMisses(
        false_alarms=_counted(false_alarms), misses=_counted(misses), considered=considered if told else None
    )


def _distances(codes: Iterable[str], others: Collection[str], release: str) -> Iterable[str]:
    """For each of ``codes`` the name of what it has in common with the nearest of ``others``."""
    subcategories = {code[:_SUBCATEGORY] for code in others if len(code) >= _SUBCATEGORY}
    categories = {category(code) for code in others}
    places = [place_of(each, release) for each in categories]
    blocks = {place.block for place in places} - {None}
    chapters = {place.chapter for place in places} - {None}
    for code in codes:
        place = place_of(category(code), release)
        if code[:_SUBCATEGORY] in subcategories:
            yield "subcategory"
        elif category(code) in categories:
            yield "category"
        elif place.block in blocks:
            yield "block"
        elif place.chapter in chapters:
            yield "chapter"
        else:
            yield "elsewhere"


def _counted(counts: Counter[str]) -> Distances:
    return Distances(**{name: counts[name] for name in Distances.model_fields})
