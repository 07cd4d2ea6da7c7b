"""From words to a code by way of the Index, as a coder goes: main term, subterms, cross-references, tables.

Every word that is a main term is tried as one, for "femoral neck fracture" does not say which of its words is. Of all
ways the one wins that uses most of the words, then the one whose titles say least beyond them. What no title says is
left over: side and encounter are not in the Index but in the Tabular List (I.B.1).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from wardround.icd10.index.entry import COLUMNS, IndexEntry, Reference, Route, Step
from wardround.icd10.index.title import LIGHT, Title
from wardround.icd10.index.walk import Family, Node, Query, Trail, folded, trails
from wardround.icd10.notes import patterns
from wardround.words import cut

__all__ = ["Finder"]

_HOPS = 5  # cross-references followed one after the other
_TRIED = 40  # ways from one main term that are followed further

# What a way is worth: a point for each word that a title says, and
_FIRST = 0.3  # more if the main term stands before the first comma or preposition
_WEAK = 0.6  # for a word that only a non-essential modifier says
_LITTLE = 0.1  # for "from", "with" and the like
_UNSAID = 0.25  # less for each word of a title that was not said
_SEE = 0.05  # less for each "see"
_SEE_ALSO = 0.15  # less for each "see also"
_COSTS = {"": 0.0, "see": _SEE, "see also": _SEE_ALSO}
_OWED = 0.7  # less for each word that a cross-reference wants and no title has
_CODELESS = 1.5  # less if it ends without a code
_DASH = 0.5  # less if the table has a dash there: that there is no such code is an answer too
_NO_CONDITION = 0.5  # less at a term that sends to the "condition"
_DEEPER = 0.04  # for each term passed, so that of two ways that say the same the more specific wins
_AGAIN = 0.15  # for each word that the last stretch says, be it for the second time
_EXTERNAL = 0.5  # less in the External Cause Index, which is for how it came about

_NAMES = {"neoplasm": "Table of Neoplasms", "drug": "Table of Drugs and Chemicals", "external": "External Cause Index"}

_BEHAVIORS = {  # word → column of the Table of Neoplasms; the first of these that is said decides
    "secondary": "malignant_secondary",
    "metastasis": "malignant_secondary",
    "situ": "in_situ",
    "benign": "benign",
    "uncertain": "uncertain",
    "malignant": "malignant_primary",
    "primary": "malignant_primary",
    "unspecified": "unspecified",
}
_INTENTS = {  # word → column of the Table of Drugs and Chemicals
    "adverse": "adverse_effect",
    "underdosing": "underdosing",
    "underdose": "underdosing",
    "underdosed": "underdosing",
    "undetermined": "poisoning_undetermined",
    "assault": "poisoning_assault",
    "assaulted": "poisoning_assault",
    "homicide": "poisoning_assault",
    "homicidal": "poisoning_assault",
    "suicide": "poisoning_self_harm",
    "suicidal": "poisoning_self_harm",
    "harm": "poisoning_self_harm",
    "inflicted": "poisoning_self_harm",
    "intentional": "poisoning_self_harm",
    "accidental": "poisoning_accidental",
    "accidentally": "poisoning_accidental",
    "accident": "poisoning_accidental",
    "unintentional": "poisoning_accidental",
    # Poisoning of which the intent is not stated is accidental (I.C.19.e.5.b).
    "poisoning": "poisoning_accidental",
    "poisoned": "poisoning_accidental",
    "overdose": "poisoning_accidental",
    "overdosage": "poisoning_accidental",
}
_HEAD = re.compile(r".+?(?=,|\b(?:after|by|due|following|from|in|of|to|with)\b)", re.IGNORECASE)
_UNSPECIFIED = frozenset({"unspecified", "site", "type", "stage"})
_SPECIFIED = frozenset({"specified", "site"})
_GENERAL = frozenset({"malignant_primary", "poisoning_accidental"})  # said of the columns beside them too
_WITH_COLUMN = frozenset({"attempt", "attempted", "behavior", "effect", "self"})  # "self-harm", "adverse effect"


class Source(Protocol):
    """What of an Index a search needs."""

    def entry(self, number: int) -> IndexEntry: ...

    def family(self, number: int) -> Family: ...

    def acronyms(self, word: str) -> tuple[Node, ...]: ...

    def forms(self, word: str) -> tuple[str, ...]: ...

    def leads(self, word: str) -> tuple[Node, ...]: ...

    def table_of(self, number: int) -> str: ...


class _Hop(NamedTuple):
    """One stretch of a way: the cross-reference that led to it, and how it went on from there."""

    kind: str  # "see", "see also", or empty for the first
    text: str  # of the cross-reference
    trail: Trail


@dataclass(frozen=True, slots=True)
class _Way:
    """A way that has come so far.

    ``owed``: bits of words that came with a cross-reference and have to be met; ``poisoning``: whether one sent it to
    the Table of Drugs and Chemicals, which without a word on the intent means a poisoning.
    """

    hops: tuple[_Hop, ...]
    query: Query
    bonus: float = 0.0
    column: str = ""
    poisoning: bool = False
    owed: int = 0

    @property
    def trail(self) -> Trail:
        return self.hops[-1].trail

    @property
    def used(self) -> int:
        used = 0
        for hop in self.hops:
            used |= hop.trail.used
        return used

    @property
    def at(self) -> int:
        return self.hops[-1].trail.path[-1]


class _Arrival(NamedTuple):
    """Where a way ends; the best has the lowest ``rank``."""

    rank: tuple[float, int, int]
    way: _Way
    entry: IndexEntry
    code: str | None
    incomplete: bool
    column: str
    used: int


class Finder:
    """Finds ways through one Index."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def routes(self, words: str, table: str | None, limit: int) -> tuple[Route, ...]:
        """The best ways from ``words``, through ``table`` alone or through all."""
        query = Query.of(words, self._source.forms)
        head = _HEAD.match(words)
        first = Query.of(head[0], self._source.forms).bits if head else {}
        waiting: deque[_Way] = deque()
        for lead in self._leads(query, table):
            bonus = 0.0 if lead.title.words.isdisjoint(first) else _FIRST
            found = self._best(trails(self._source.family, lead, query), query)
            waiting.extend(_Way((_Hop("", "", trail),), query, bonus) for trail in found)
        for word in query.words:
            for node in self._source.acronyms(word):
                if table is None or self._source.table_of(node.number) == table:
                    waiting.extend(self._from_acronym(node, query, query.bits[word]))
        arrivals: list[_Arrival] = []
        seen: set[tuple[int, int, str, int]] = set()  # a second way to the same is no shorter: loops end here
        while waiting:
            way = waiting.popleft()
            key = (way.at, way.used, way.column, way.owed)
            if key not in seen:
                seen.add(key)
                entry = self._source.entry(way.at)
                arrivals.extend(self._arrivals(way, entry))
                waiting.extend(self._followed(way, entry, table))
        arrivals.sort(key=_rank)
        chosen: dict[tuple[int, str], _Arrival] = {}
        for arrival in arrivals:
            chosen.setdefault((arrival.entry.id, arrival.column), arrival)
            if len(chosen) >= limit:
                break
        return tuple(self._route(arrival) for arrival in chosen.values())

    def _from_acronym(self, node: Node, query: Query, bit: int) -> Iterator[_Way]:
        for trail in self._best(trails(self._source.family, node, query, lead=False), query):
            yield _Way((_Hop("", "", trail._replace(used=trail.used | bit)),), query)

    def _leads(self, query: Query, table: str | None) -> list[Node]:
        found = {node.number: node for word in query.bits for node in self._source.leads(word)}
        if table is None:
            return list(found.values())
        return [node for number, node in found.items() if self._source.table_of(number) == table]

    @staticmethod
    def _best(found: list[Trail], query: Query) -> list[Trail]:
        if len(found) > _TRIED:
            found.sort(key=lambda trail: (-query.content(trail.used), trail.unsaid))
        return found[:_TRIED]

    # -- where a way leads ------------------------------------------------------------------------------------

    def _followed(self, way: _Way, entry: IndexEntry, table: str | None) -> Iterator[_Way]:
        """The ways on from an entry by its cross-references (I.A.16)."""
        if len(way.hops) > _HOPS:
            return
        if not (entry.code or entry.see or entry.see_also or entry.cells):
            yield from self._default(way)
        for kind, reference in (("see", entry.see), ("see also", entry.see_also)):
            if reference is None:
                continue
            query = way.query.with_words(reference.words)
            owed = way.owed
            for word in folded(reference.words):
                owed |= query.bits.get(word, 0) & ~query.light
            for node, lead in self._targets(reference, query):
                if table is not None and self._source.table_of(node.number) != table:
                    continue
                for trail in self._best(trails(self._source.family, node, query, lead=lead), query):
                    hops = (*way.hops, _Hop(kind, reference.text, trail))
                    column = reference.column or way.column
                    yield _Way(hops, query, way.bonus, column, way.poisoning or reference.table == "drug", owed)

    def _default(self, way: _Way) -> Iterator[_Way]:
        """On from a heading without a code to what stands below it for an unspecified site or type, or for any site."""
        for node in self._source.family(way.at).by_word.get("unspecified", ()):
            if node.title.words <= _UNSPECIFIED:
                yield self._longer(way, node)
        for node in self._source.family(way.at).by_word.get("specified", ()):
            below = self._source.entry(node.number)
            if node.title.words <= _SPECIFIED and below.see and below.see.open:
                yield self._longer(way, node)

    @staticmethod
    def _longer(way: _Way, node: Node) -> _Way:
        trail = way.trail._replace(path=(*way.trail.path, node.number), unsaid=way.trail.unsaid + 1)
        return replace(way, hops=(*way.hops[:-1], way.hops[-1]._replace(trail=trail)))

    def _targets(self, reference: Reference, query: Query) -> Iterator[tuple[Node, bool]]:
        """The terms to go on from, and whether they have to be said."""
        for number in reference.entries:
            yield self._node(number), False
        if reference.table == "drug" and not reference.entries:
            for node in self._leads(query, "drug"):
                yield node, True

    def _node(self, number: int) -> Node:
        return Node(number, Title.of(self._source.entry(number).printed))

    def _arrivals(self, way: _Way, entry: IndexEntry) -> Iterator[_Arrival]:
        """The codes that an entry gives: none, one, or one of its cross-reference besides."""
        if entry.table in COLUMNS:
            yield self._cell(way, entry)
        elif entry.code or entry.see is None or not (entry.see.entries or entry.see.table or entry.see.codes):
            yield self._arrived(way, entry, entry.code, entry.incomplete)
        named = [pattern for reference in (entry.see, entry.see_also) if reference for pattern in reference.codes]
        named += patterns(f"{entry.see_category} {entry.subcategory}")
        for first, last, only in named:
            if first == last and not only:
                yield self._arrived(way, entry, first, True)

    def _cell(self, way: _Way, entry: IndexEntry) -> _Arrival:
        """The cell of a row, in the column that is said or that a cross-reference named."""
        words = way.query.bits
        meant = _BEHAVIORS if entry.table == "neoplasm" else _INTENTS
        said = [word for word in meant if word in words]
        column = way.column or (meant[said[0]] if said else "")
        if not column:
            column = "unspecified" if entry.table == "neoplasm" else "poisoning_accidental" if way.poisoning else ""
        used = 0
        for word in said:
            if meant[word] == column or meant[word] in _GENERAL:
                used |= words[word]
        for word in _WITH_COLUMN & words.keys() if used else ():
            used |= words[word]
        return self._arrived(way, entry, entry.cells.get(column), column in entry.incomplete_cells, column, used)

    def _arrived(
        self, way: _Way, entry: IndexEntry, code: str | None, incomplete: bool, column: str = "", used: int = 0
    ) -> _Arrival:
        query, trail = way.query, way.trail
        used |= way.used
        weak = 0
        unsaid = hops = 0.0
        for hop in way.hops:
            weak |= hop.trail.weak
            unsaid += hop.trail.unsaid
            hops += _COSTS[hop.kind]
        weak &= ~used
        score = (
            way.bonus
            + (used & query.said & ~query.light).bit_count()
            + _WEAK * (weak & query.said & ~query.light).bit_count()
            + _LITTLE * (used & query.said & query.light).bit_count()
            - _UNSAID * unsaid
            - hops
            - _OWED * (way.owed & ~used).bit_count()
            - (code is None) * (_DASH if column else _CODELESS)
            - _NO_CONDITION * bool(entry.see_also and entry.see_also.condition)
            - _EXTERNAL * (entry.table == "external")
        )
        score += _DEEPER * (len(trail.path) - 1) + _AGAIN * query.content(trail.used & query.said)
        rank = (-round(score, 3), len(entry.title), entry.id)
        return _Arrival(rank, way, entry, code, incomplete, column, used | weak)

    # -- telling it -------------------------------------------------------------------------------------------

    def _route(self, arrival: _Arrival) -> Route:
        query, used = arrival.way.query, arrival.used
        said = [word for word in query.words if query.bits[word] & query.said]
        manifestation = arrival.entry.manifestation if arrival.code == arrival.entry.code else None
        return Route(
            steps=tuple(self._steps(arrival)),
            entry=arrival.entry,
            code=arrival.code,
            incomplete=arrival.incomplete,
            manifestation=manifestation,
            column=arrival.column,
            used=tuple(word for word in said if query.bits[word] & used),
            unused=(*(word for word in said if not query.bits[word] & (used | query.light)), *query.rest),
        )

    def _steps(self, arrival: _Arrival) -> Iterator[Step]:
        table = "index"
        previous: tuple[str, ...] = ()
        for hop in arrival.way.hops:
            entry = self._source.entry(hop.trail.path[0])
            if hop.kind:
                yield Step(hop.kind, hop.text, previous)
            if entry.table != table and entry.table in _NAMES:
                yield Step("table", _NAMES[entry.table])
            table = entry.table
            above: list[IndexEntry] = [entry]
            while above[-1].parent is not None:
                above.append(self._source.entry(above[-1].parent))
            passed = [*reversed(above), *(self._source.entry(number) for number in hop.trail.path[1:])]
            for each in passed:
                yield Step("lead term" if each.parent is None else "subterm", each.title, each.path)
                yield from self._modifiers(each, arrival.way.query)
            previous = passed[-1].path
        yield from self._end(arrival)

    @staticmethod
    def _modifiers(entry: IndexEntry, query: Query) -> Iterator[Step]:
        for modifier in entry.nonessential:
            if any(word in query.words and word not in LIGHT for word in cut(modifier).folded):
                yield Step("non-essential", f"({modifier})", entry.path)

    @staticmethod
    def _end(arrival: _Arrival) -> Iterator[Step]:
        entry = arrival.entry
        if arrival.column:
            yield Step("column", arrival.column.replace("_", " "), entry.path)
        if entry.warning:
            yield Step("note", entry.warning, entry.path)
        if entry.withdrawn and arrival.code is None:
            yield Step("not in the release", entry.withdrawn, entry.path)
        if arrival.code is not None:
            kind = "default" if not arrival.column and entry.children else "code"
            dash = "-" if arrival.incomplete else ""
            second = f" [{entry.manifestation}]" if entry.manifestation and arrival.code == entry.code else ""
            yield Step(kind, f"{arrival.code}{dash}{second}", entry.path)


def _rank(arrival: _Arrival) -> tuple[float, int, int]:
    return arrival.rank
