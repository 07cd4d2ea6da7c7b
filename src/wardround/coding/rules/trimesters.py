"""The codes of one condition of pregnancy: by trimester, in childbirth, in the puerperium (Guidelines I.C.15.a.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from wardround.icd10 import CodeSet

__all__ = ["TRIMESTERS", "in_phase", "phase_of"]

TRIMESTERS = ("unspecified", "first", "second", "third")
"""The names of the trimesters, at their numbers."""

_PHASE = re.compile(
    r",?\s*(?:(?P<trimester>unspecified|first|second|third) trimester"
    r"|(?:complicating|in|during) (?:the )?(?P<time>pregnancy|childbirth|puerperium)\b)"
)


@lru_cache(maxsize=4096)
def phase_of(title: str) -> str | None:
    """What the title of a code says of the time: one of `TRIMESTERS`, ``pregnancy``, ``childbirth``, ``puerperium``.

    None where it says nothing, or two things ("second trimester with delivery third trimester").
    """
    found = list(_PHASE.finditer(title.lower()))
    trimesters = [match["trimester"] for match in found if match["trimester"]]
    if trimesters:
        return trimesters[0] if len(trimesters) == 1 else None
    times = [match["time"] for match in found]
    return times[0] if len(times) == 1 else None


def in_phase(codes: CodeSet, code: str, *phases: str) -> str:
    """The code for the condition of ``code`` in the first of ``phases`` that it has; ``code`` itself if in none."""
    brief = codes.brief(code)
    if brief is None:
        return code
    siblings = _conditions(codes, code[:3]).get(_condition(codes.title(brief.entry)), {})
    entry = next((siblings[phase] for phase in phases if phase in siblings), None)
    if entry is None:
        return code
    return codes.with_seventh(entry, brief.seventh) if brief.seventh else entry


@lru_cache(maxsize=512)
def _conditions(codes: CodeSet, category: str) -> Mapping[str, Mapping[str, str]]:
    """Condition → phase → entry, for all leaves of a category."""
    found: dict[str, dict[str, str]] = {}
    for entry in codes.leaves(category):
        title = codes.title(entry)
        phase = phase_of(title)
        if phase is not None:
            found.setdefault(_condition(title), {}).setdefault(phase, entry)
    return found


def _condition(title: str) -> str:
    """A title without what it says of the time."""
    return _PHASE.sub("", title.lower()).strip(" ,")
