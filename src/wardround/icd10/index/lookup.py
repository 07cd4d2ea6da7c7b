"""From words to a code by way of the Index, as a coder goes: main term, subterms, cross-references, tables.

Every word that is a main term is tried as one, for "femoral neck fracture" does not say which of its words is. Of all
ways the one wins that uses most of the words, then the one whose titles say least beyond them. What no title says is
left over: side and encounter are not in the Index but in the Tabular List (I.B.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from wardround.icd10.index.entry import COLUMNS, IndexEntry, Route, Step
from wardround.icd10.index.entry import Reference as CrossReference
from wardround.icd10.index.title import LIGHT, Title
from wardround.icd10.index.walk import Family, Node, Query, Trail, trails
from wardround.words import cut

__all__ = ["Finder"]

_HOPS = 5  # cross-references followed one after the other
_TRIED = 40  # ways from one main term that are followed further
_NAMES = {"neoplasm": "Table of Neoplasms", "drug": "Table of Drugs and Chemicals", "external": "External Cause Index"}

_BEHAVIORS = {  # word → column of the Table of Neoplasms; the first of these that is said decides
    "secondary": "malignant_secondary",
    "metastatic": "malignant_secondary",
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
_WITH_COLUMN = frozenset({"attempt", "attempted", "behavior", "effect", "self"})  # "self-harm", "adverse effect"


class Source(Protocol):
    """What of an Index a search needs."""

    @property
    def tables(self) -> tuple[str, ...]: ...

    def entry(self, number: int) -> IndexEntry: ...

    def family(self, number: int) -> Family: ...

    def leads(self, word: str) -> tuple[Node, ...]: ...

    def entry_table(self, number: int) -> str: ...

    def root(self, table: str) -> int: ...


class _Hop(NamedTuple):
    """One stretch of a way: where it came from, ``via`` a cross-reference of a ``kind``, and the trail it went on."""

    kind: str
    via: str
    trail: Trail


@dataclass(frozen=True, slots=True)
class _Way:
    """A way that has come so far."""

    hops: tuple[_Hop, ...]
    query: Query
    column: str = ""
    poisoning: bool = False  # whether a cross-reference sent it to the drugs for a poisoning
    owed: int = 0  # bits of words that came with a cross-reference

    @property
    def trail(self) -> Trail:
        return self.hops[-1].trail

    @property
    def at(self) -> int:
        return self.trail.path[-1]

    @property
    def unsaid(self) -> int:
        return sum(hop.trail.unsaid for hop in self.hops)


class _Arrival(NamedTuple):
    """Where a way ends; the best has the lowest ``rank``."""

    rank: tuple[float, int, int]
    way: _Way
    entry: IndexEntry
    code: str | None
    incomplete: bool
    manifestation: str | None
    column: str
    used: int


class Finder:
    """Finds ways through one Index."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def routes(self, words: str, table: str | None, limit: int) -> tuple[Route, ...]:
        """The best ways from ``words``, through ``table`` alone or through all."""
        query = Query.of(words)
        first = Query.of(words.split(",")[0]).bits if "," in words else {}
        arrivals: list[_Arrival] = []
        for lead in self._leads(query, table):
            bonus = 0.5 if any(word in first for word in lead.title.words()) else 0.0
            for trail in self._best(trails(self._source.family, lead, query), query):
                way = _Way((_Hop("", "", trail),), query)
                arrivals.extend(self._arrivals(way, bonus, frozenset({(trail.path[-1], "")}), only=table))
        arrivals.sort(key=lambda arrival: arrival.rank)
        chosen: dict[tuple[int, str], _Arrival] = {}
        for arrival in arrivals:
            chosen.setdefault((arrival.entry.id, arrival.column), arrival)
            if len(chosen) >= limit:
                break
        return tuple(self._route(arrival) for arrival in chosen.values())

    def _leads(self, query: Query, table: str | None) -> list[Node]:
        found = {node.number: node for word in query.bits for node in self._source.leads(word)}
        if table is None:
            return list(found.values())
        return [node for number, node in found.items() if self._source.entry_table(number) == table]

    @staticmethod
    def _best(found: list[Trail], query: Query) -> list[Trail]:
        if len(found) > _TRIED:
            found.sort(key=lambda trail: (-query.content(trail.used), trail.unsaid))
        return found[:_TRIED]

    # -- where a way leads ------------------------------------------------------------------------------------

    def _arrivals(
        self, way: _Way, bonus: float, visited: frozenset[tuple[int, str]], only: str | None
    ) -> Iterator[_Arrival]:
        entry = self._source.entry(way.at)
        if entry.table in COLUMNS:
            yield self._cell(way, entry, bonus)
        elif entry.code or not (entry.see or entry.see_also):
            yield self._arrived(way, entry, bonus, entry.code, entry.incomplete)
        if len(way.hops) > _HOPS:
            return
        for kind, reference in (("see", entry.see), ("see also", entry.see_also)):
            if reference is None or reference.condition:
                continue
            if reference.codes and not reference.entries:
                first, last, _ = reference.codes[0]
                one = len(reference.codes) == 1 and first == last
                yield self._arrived(way, entry, bonus, first if one else None, incomplete=True)
            for next_ in self._followed(way, kind, reference):
                key = (next_.at, next_.column)
                if key not in visited and (only is None or self._source.entry_table(next_.at) == only):
                    yield from self._arrivals(next_, bonus, visited | {key}, only)

    def _followed(self, way: _Way, kind: str, reference: CrossReference) -> Iterator[_Way]:
        """The ways on from a cross-reference."""
        query = way.query.with_words(reference.words)
        owed = way.owed
        for word in (word for text in reference.words for word in cut(text).folded):
            if word not in LIGHT:
                owed |= query.bits.get(word, 0)
        used = way.trail.used
        column = reference.column or way.column
        poisoning = way.poisoning or reference.table == "drug"
        starts: list[tuple[Node, bool]] = []
        if reference.entries:
            starts = [(self._node(number), False) for number in reference.entries]
        elif reference.table == "drug":
            starts = [(node, True) for node in self._leads(query, "drug")]
        elif reference.table in self._source.tables:
            starts = [(self._node(self._source.root(reference.table)), False)]
        for node, lead in starts:
            for trail in self._best(trails(self._source.family, node, query, used, lead=lead), query):
                yield _Way((*way.hops, _Hop(kind, reference.text, trail)), query, column, poisoning, owed)

    def _node(self, number: int) -> Node:
        return Node(number, Title.of(self._source.entry(number).printed))

    def _cell(self, way: _Way, entry: IndexEntry, bonus: float) -> _Arrival:
        """The cell of a row, by the column that is said or was sent to."""
        words = way.query.bits
        meant = _BEHAVIORS if entry.table == "neoplasm" else _INTENTS
        said = [word for word in meant if word in words]
        column = way.column or (meant[said[0]] if said else "")
        if not column:
            column = "unspecified" if entry.table == "neoplasm" else "poisoning_accidental" if way.poisoning else ""
        used = 0
        for word in said:
            if meant[word] in (column, "poisoning_accidental"):
                used |= words[word]
        for word in _WITH_COLUMN & words.keys() if used else ():
            used |= words[word]
        code = entry.cells.get(column)
        return self._arrived(way, entry, bonus, code, column in entry.incomplete_cells, column, used)

    def _arrived(
        self,
        way: _Way,
        entry: IndexEntry,
        bonus: float,
        code: str | None,
        incomplete: bool,
        column: str = "",
        used: int = 0,
    ) -> _Arrival:
        query, trail = way.query, way.trail
        used |= trail.used
        weak = 0
        for hop in way.hops:
            weak |= hop.trail.weak
        weak &= ~used
        score = (
            (used & query.said & ~query.light).bit_count()
            + 0.6 * (weak & query.said & ~query.light).bit_count()
            + 0.1 * (used & query.said & query.light).bit_count()
            - 0.25 * way.unsaid
            - 0.15 * (len(way.hops) - 1)
            - 0.7 * (way.owed & ~used).bit_count()
            - 0.5 * (entry.table == "external")
            - 1.0 * (code is None)
            + bonus
        )
        rank = (-round(score, 3), len(trail.path), entry.id)
        manifestation = entry.manifestation if not column else None
        return _Arrival(rank, way, entry, code, incomplete, manifestation, column, used | weak)

    # -- telling it -------------------------------------------------------------------------------------------

    def _route(self, arrival: _Arrival) -> Route:
        query, used = arrival.way.query, arrival.used
        said = [word for word in query.words if query.bits[word] & query.said]
        return Route(
            steps=tuple(self._steps(arrival)),
            entry=arrival.entry,
            code=arrival.code,
            incomplete=arrival.incomplete,
            manifestation=arrival.manifestation,
            column=arrival.column,
            used=tuple(word for word in said if query.bits[word] & used),
            unused=tuple(word for word in said if not query.bits[word] & (used | query.light)),
        )

    def _steps(self, arrival: _Arrival) -> Iterator[Step]:
        table = "index"
        previous: tuple[str, ...] = ()
        for hop in arrival.way.hops:
            entry = self._source.entry(hop.trail.path[0])
            if hop.kind:
                yield Step(hop.kind, hop.via, previous)
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
            if any(word in query.bits and word not in LIGHT for word in cut(modifier).folded):
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
            second = f" [{arrival.manifestation}]" if arrival.manifestation else ""
            yield Step(kind, f"{arrival.code}{dash}{second}", entry.path)
