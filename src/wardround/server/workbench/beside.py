"""What a reviewer gave before the suggestions were shown, beside what was suggested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.server.reviewing import items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.store import Review

__all__ = ["Beside", "beside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Codes or findings by id, each with its name: hers alone, in both, suggested alone."""

    own: tuple[tuple[str, str], ...]
    both: tuple[tuple[str, str], ...]
    suggested: tuple[tuple[str, str], ...]


def beside(content: Mapping[str, Any], review: Review | None) -> Beside | None:
    """Both sides of a review that began blind and shows its suggestions now; None for any other."""
    if review is None or not review.blind or review.revealed is None:
        return None
    before = {each.item: each for each in review.decisions if each.at <= review.revealed}
    own = {item: str((each.value or {}).get("name", "")) for item, each in before.items() if each.verb == "add"}
    suggested = {item.id: item.name for item in items(content)}
    return Beside(
        own=tuple((item, name) for item, name in own.items() if item not in suggested),
        both=tuple((item, name) for item, name in suggested.items() if item in own),
        suggested=tuple((item, name) for item, name in suggested.items() if item not in own),
    )
