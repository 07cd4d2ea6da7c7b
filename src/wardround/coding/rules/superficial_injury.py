"""A superficial injury is not coded beside a more severe one of the same site (Guidelines I.C.19.b.1 and b.2).

Which injuries are of the same site stands in ``data/superficial_injuries.tsv``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.titles import content_words

__all__ = ["SuperficialInjury"]

_SUPERFICIAL = ("S00", "S10", "S20", "S30", "S40", "S50", "S60", "S70", "S80", "S90")
# Words of a title that tell two places of one kind apart.
_WHICH = (
    frozenset({"right", "left"}),
    frozenset("thumb index middle ring little".split()),
    frozenset({"great", "lesser"}),
)
_NERVES_AND_VESSELS = ("4", "5")  # third character: S14 and S15 are those of the neck
_PRIMARY = ("1", "2", "3")  # wounds, fractures, dislocations


class SuperficialInjury(Rule):
    """Abrasions, contusions and other superficial injuries are not coded when a more severe injury of the same site
    is: the contusion of a knee whose patella is broken, the abrasion around a wound. Where a wound or fracture has
    slightly damaged a nerve or a vessel, it comes before the code of that damage; where the nerve or vessel is the
    main injury, that comes first.

    In a note wardround turns the superficial injury down. In a list it asks for review of the pair, and remarks on a
    nerve or vessel before a wound, fracture or dislocation of its region. Site means the same part and side, as far as
    the codes tell it; an abrasion of the elbow stays beside a fracture of the wrist.
    """

    name = "superficial-injury"
    section = "I.C.19.b.1"
    title = "a superficial injury is not coded beside a more severe one of its site"
    severity = "reject"
    prefixes = ("S",)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for superficial in list(draft.alive(*_SUPERFICIAL)):
            for severe in draft.alive(*_more_severe(superficial.code)):
                titles = draft.codes.title(superficial.code), draft.codes.title(severe.code)
                if severe.code[-1] != "S" and _may_be_one_place(*titles):
                    superficial.reject(self.name, self.section, f"superficial, and {severe.code} is of the same site")
                    break

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for code in listed.starting(*_SUPERFICIAL):
            for severe in listed.starting(*_more_severe(code)):
                if severe[-1] != "S" and _may_be_one_place(listed.title(code), listed.title(severe)):
                    message = f"{code} is superficial, and {severe} is of the same site"
                    yield self.finding("review", sorted((code, severe), key=listed.valid.index), message)
                    break
        yield from self._primary_first(listed)

    def _primary_first(self, listed: CodeList) -> Iterator[Finding]:
        injuries = listed.starting("S")
        for place, code in enumerate(injuries):
            if code[2] not in _NERVES_AND_VESSELS or code[-1] == "S":
                continue
            primary = next((o for o in injuries[place + 1 :] if o[:2] == code[:2] and o[2] in _PRIMARY), None)
            if primary is not None:
                message = f"{code} comes before {primary} only if it is the main injury"
                yield self.finding("info", [code, primary], message, section="I.C.19.b.2")


@cache
def _rows() -> Mapping[str, tuple[str, ...]]:
    return {
        start: tuple(row["codes"].split("|"))
        for row in data.rows("superficial_injuries")
        for start in row["code"].split("|")
    }


@lru_cache(maxsize=4096)
def _more_severe(code: str) -> Sequence[str]:
    """What the codes of more severe injuries of the same site start with; what no code does, if there are none."""
    found = next((_rows()[code[:size]] for size in range(len(code), 3, -1) if code[:size] in _rows()), None)
    return found or ("none",)


@lru_cache(maxsize=4096)
def _may_be_one_place(one: str, other: str) -> bool:
    """Whether two titles do not name different sides, fingers or toes."""
    here, there = frozenset(content_words(one)), frozenset(content_words(other))
    return all(not (here & kind and there & kind and here.isdisjoint(there & kind)) for kind in _WHICH)
