"""A compiled Index, opened: its entries one by one or all in order, and the ways that lead through it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from wardround.errors import CodeSetError
from wardround.icd10.code import printed as printed_code
from wardround.icd10.compiled import Compiled, intact
from wardround.icd10.index.entry import COLUMNS, TABLES, IndexEntry, Link, Pointer, Reference, Route
from wardround.icd10.index.lookup import Finder
from wardround.icd10.index.title import Title, variants, without_modifiers
from wardround.icd10.index.walk import Family, Node
from wardround.icd10.notes import CodePattern
from wardround.words import cut

__all__ = ["AlphabeticIndex"]

_CHUNK = 4096  # entries fetched at a time while streaming
_COLUMNS = "number, printed, parent, past, code, manifestation, see, also, cells, extra"
_PRESUMED = ("with", "in", "due to", "associated with")
_NO_CELLS: Mapping[str, str] = MappingProxyType({})


class _Row(NamedTuple):
    """One row of the table ``entry``; `wardround.icd10.index.store` says what the columns mean."""

    number: int
    printed: str
    parent: int | None
    past: int
    code: str
    manifestation: str
    see: int | None
    also: int | None
    cells: str
    extra: str


class AlphabeticIndex:
    """The Alphabetic Index with its tables. Safe to share between threads; survives a fork and can be pickled.

    What is remembered is bounded, so no stream of odd requests makes a process grow.

    Attributes:
        tables: the tables present, in the order of `TABLES`.
        fiscal_years: table → the fiscal year its file names.
        digest: SHA-256 of the files it was compiled from, in hexadecimal.
    """

    def __init__(self, path: Path) -> None:
        """Open the Index compiled at ``path``.

        Raises:
            CodeSetError: ``path`` is not an intact compiled Index.
        """
        if not intact(path):
            raise CodeSetError("the compiled Index is damaged", where=path.name, hint="install it again")
        self.path = path
        self._all = Compiled(path, "the compiled Index", "install it again").all
        meta = dict(self._all("SELECT name, value FROM meta"))
        if "layout" not in meta:
            raise CodeSetError("this is no compiled Index, or one of another version", where=path.name)
        self.digest: str = meta["digest"]
        parts = {name: (year, first, past) for name, year, first, past in self._all("SELECT * FROM part")}
        self._range: dict[str, tuple[int, int]] = {table: parts[table][1:] for table in TABLES if table in parts}
        self.tables: tuple[str, ...] = tuple(self._range)
        self.fiscal_years: Mapping[str, int] = MappingProxyType({t: parts[t][0] for t in self.tables if parts[t][0]})
        self.entry = lru_cache(16384)(self._read_entry)
        self.reference = lru_cache(8192)(self._read_reference)
        self.family = lru_cache(4096)(self._read_family)
        self.acronyms = lru_cache(4096)(self._read_acronyms)
        self.forms = lru_cache(4096)(self._read_forms)
        self.leads = lru_cache(4096)(self._read_leads)
        self._finder = Finder(self)

    def __repr__(self) -> str:
        return f"<AlphabeticIndex {', '.join(self.tables)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return AlphabeticIndex, (self.path,)

    # -- entries ----------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return max((past for _, past in self._range.values()), default=0)

    def table_of(self, number: int) -> str:
        """The table that the entry of this number stands in."""
        return next(table for table, (first, past) in self._range.items() if first <= number < past)

    def entries(self, table: str | None = None) -> Iterator[IndexEntry]:
        """Every entry of one table, or of all, in printed order.

        Raises:
            CodeSetError: there is no such table here.
        """
        if table is not None and table not in self._range:
            raise CodeSetError(f"no table {table!r} is installed", hint=f"installed: {', '.join(self.tables)}")
        for name in self.tables if table is None else (table,):
            yield from self._stream(name)

    def children(self, number: int) -> tuple[IndexEntry, ...]:
        """The entries right below, in order."""
        return tuple(self.entry(child) for child in self.entry(number).children)

    def main_terms(self, term: str) -> tuple[IndexEntry, ...]:
        """The main terms of which ``term`` is a form: "diabetic" gives "Diabetes, diabetic"."""
        wanted = cut(term).folded
        numbers = sorted({node.number for word in wanted for node in self.leads(word)})
        found = [self.entry(number) for number in numbers]
        return tuple(entry for entry in found if any(cut(form).folded == wanted for form in variants(entry.title)))

    def leading_to(self, code: str) -> tuple[Pointer, ...]:
        """The entries that lead to ``code``, in printed order: those that give it, then those that give a header of it.

        Case, dot and white space of ``code`` are free; what has not the form of a code has no entries.
        """
        form = printed_code(code)
        if form is None:
            return ()
        shorter = [form[:length] for length in range(len(form), 2, -1) if form[length - 1] != "."]
        found: list[Pointer] = []
        for given in shorter:
            for number, place in self._all("SELECT entry, place FROM pointer WHERE code = ? ORDER BY 1, 2", given):
                entry = self.entry(number)
                column = COLUMNS[entry.table][place] if place >= 0 else ""
                found.append(Pointer(entry, given, column, header=given != form))
        return tuple(found)

    def presumed_links(self, term: str) -> tuple[Link, ...]:
        """The conditions that the Index ties to ``term`` by "with", "in" or "due to": both may be coded as linked.

        Unless the record says that they are unrelated, or another guideline wants the link to be documented.

        Source: ICD-10-CM Guidelines I.A.15.
        """
        return tuple(link for entry in self.main_terms(term) for link in self._links(entry, (), (), ""))

    def _links(self, above: IndexEntry, kind: tuple[str, ...], condition: tuple[str, ...], tie: str) -> Iterator[Link]:
        for entry in self.children(above.id):
            starts = entry.connective if entry.connective in _PRESUMED else None
            if tie:
                below = (*condition, entry.title)
                yield from self._link(entry, kind, below, tie)
            elif starts is None:
                yield from self._links(entry, (*kind, entry.title), (), "")
            elif Title.of(entry.printed).ties:
                yield from self._links(entry, kind, (), starts)
            else:
                yield from self._link(entry, kind, (entry.title[len(starts) :].strip(),), starts)

    def _link(self, entry: IndexEntry, kind: tuple[str, ...], condition: tuple[str, ...], tie: str) -> Iterator[Link]:
        if entry.code or entry.see or entry.see_also:
            yield Link(tie, kind, condition, entry.code, entry.manifestation, entry)
        yield from self._links(entry, kind, condition, tie)

    # -- looking up -------------------------------------------------------------------------------------------

    def lookup(self, words: str, table: str | None = None) -> Route | None:
        """The best way from ``words`` to a code; None when no main term is among them.

        ``words`` may be in the order of the Index ("fracture, femur, neck, left") or of speech ("fracture of neck of
        left femur"). Without a ``table`` all are searched, the external causes only where no other says as much.

        Source: ICD-10-CM Guidelines I.A.7, I.A.14 to I.A.18, I.B.1.
        """
        return next(iter(self.lookup_all(words, table, 1)), None)

    def lookup_all(self, words: str, table: str | None = None, limit: int = 5) -> tuple[Route, ...]:
        """The reasonable ways from ``words`` to codes, best first, no two to the same entry and column.

        Raises:
            CodeSetError: ``table`` is not present.
        """
        if table is not None and table not in self._range:
            raise CodeSetError(f"no table {table!r} is installed", hint=f"installed: {', '.join(self.tables)}")
        return self._finder.routes(words, table, limit)

    # -- reading ----------------------------------------------------------------------------------------------

    def _read_entry(self, number: int) -> IndexEntry:
        """The entry of this number.

        Raises:
            CodeSetError: there is none.
        """
        rows = self._all(f"SELECT {_COLUMNS} FROM entry WHERE number = ?", number)
        if not rows:
            raise CodeSetError(f"the Index has no entry {number}", where=self.path.name)
        row = _Row._make(rows[0])
        above = self.entry(row.parent).path if row.parent is not None else ()
        children = self._all("SELECT number FROM entry WHERE parent = ? ORDER BY number", number)
        return self._built(row, self.table_of(number), above, tuple(child for (child,) in children))

    def _stream(self, table: str) -> Iterator[IndexEntry]:
        first, past = self._range[table]
        children: dict[int, list[int]] = {}
        for number, parent in self._all(
            "SELECT number, parent FROM entry WHERE number >= ? AND number < ? AND parent IS NOT NULL ORDER BY number",
            first,
            past,
        ):
            children.setdefault(parent, []).append(number)
        above: list[IndexEntry] = []
        query = f"SELECT {_COLUMNS} FROM entry WHERE number >= ? AND number < ? ORDER BY number"
        for start in range(first, past, _CHUNK):
            for row in map(_Row._make, self._all(query, start, min(start + _CHUNK, past))):
                while above and above[-1].past <= row.number:
                    above.pop()
                path = above[-1].path if above else ()
                entry = self._built(row, table, path, tuple(children.get(row.number, ())))
                yield entry
                above.append(entry)

    def _built(self, row: _Row, table: str, above: tuple[str, ...], children: tuple[int, ...]) -> IndexEntry:
        cells, incomplete = _cells(table, row.cells)
        extra = json.loads(row.extra) if row.extra else {}
        return IndexEntry(
            id=row.number,
            table=table,
            printed=row.printed,
            path=(*above, without_modifiers(row.printed)[0]),
            code=row.code.removesuffix("-") or None,
            incomplete=row.code.endswith("-"),
            manifestation=row.manifestation or None,
            see=None if row.see is None else self.reference(row.see),
            see_also=None if row.also is None else self.reference(row.also),
            see_category=extra.get("category", ""),
            subcategory=extra.get("subcategory", ""),
            warning=extra.get("warning", ""),
            withdrawn=extra.get("withdrawn", ""),
            cells=cells,
            incomplete_cells=incomplete,
            level=len(above),
            parent=row.parent,
            children=children,
            past=row.past,
        )

    def _read_reference(self, number: int) -> Reference:
        ((content,),) = self._all("SELECT content FROM reference WHERE number = ?", number)
        text, entries, table, column, open_, words, codes, condition = json.loads(content)
        patterns = tuple(CodePattern(*pattern) for pattern in codes)
        return Reference(text, tuple(entries), table, column, open_, tuple(words), patterns, condition)

    def _read_family(self, number: int) -> Family:
        rows = self._all("SELECT number, printed FROM entry WHERE parent = ? ORDER BY number", number)
        nodes = {child: Node(child, Title.of(printed)) for child, printed in rows}
        headings = (
            "SELECT below.parent, below.number, below.printed FROM entry JOIN entry AS below "
            "ON below.parent = entry.number WHERE entry.parent = ? AND entry.code = '' AND entry.cells = '' "
            "AND entry.see IS NULL AND entry.also IS NULL ORDER BY below.number"
        )
        under = [
            (nodes[above], Node(child, Title.of(printed))) for above, child, printed in self._all(headings, number)
        ]
        return Family.of(nodes.values(), [(above, node) for above, node in under if not above.title.ties])

    def _read_acronyms(self, word: str) -> tuple[Node, ...]:
        """The terms that have the folded ``word`` as an acronym in parentheses."""
        rows = self._all(
            "SELECT number, printed FROM acronym JOIN entry ON number = entry WHERE word = ? ORDER BY number", word
        )
        return tuple(Node(number, Title.of(printed)) for number, printed in rows)

    def _read_forms(self, word: str) -> tuple[str, ...]:
        """The other forms of the folded ``word`` that titles give."""
        rows = self._all("SELECT others FROM form WHERE word = ?", word)
        return tuple(rows[0][0].split()) if rows else ()

    def _read_leads(self, word: str) -> tuple[Node, ...]:
        """The main terms that need the folded ``word``."""
        rows = self._all(
            "SELECT number, printed FROM lead JOIN entry ON number = entry WHERE word = ? ORDER BY number", word
        )
        return tuple(Node(number, Title.of(printed, lead=True)) for number, printed in rows)


def _cells(table: str, text: str) -> tuple[Mapping[str, str], frozenset[str]]:
    """Column → code, and the columns whose code is incomplete."""
    if not text:
        return _NO_CELLS, frozenset()
    codes = {column: code for column, code in zip(COLUMNS[table], text.split("\t"), strict=True) if code}
    incomplete = frozenset(column for column, code in codes.items() if code.endswith("-"))
    return MappingProxyType({column: code.removesuffix("-") for column, code in codes.items()}), incomplete
