"""All codes of one release, looked up by code, by place in the hierarchy, or by words."""

from __future__ import annotations

import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from wardround.errors import CodeSetError, UnknownCode
from wardround.icd10.brief import Brief, Briefs
from wardround.icd10.code import Block, Chapter, Code, Entry, Level, printed
from wardround.icd10.compiled import intact
from wardround.icd10.nearest import nearest, reason
from wardround.icd10.notes import NOTE_KINDS
from wardround.icd10.release import Release
from wardround.icd10.table import Row, Table
from wardround.words import cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wardround.icd10.index import AlphabeticIndex

__all__ = ["CodeSet"]

_LONGEST = 24  # characters; anything longer is no code and not worth remembering
_SEARCHED = 1000  # characters of a search that count


class CodeSet:
    """One release of ICD-10-CM. Safe to share between threads; survives a fork and can be pickled.

    Wherever a code is asked for, case, the dot and white space around it are free. Methods that need a code raise
    `UnknownCode` for anything else, with the nearest real codes; `get` and `billable` answer None and False.

    Attributes:
        release: which release this is.
        path: the compiled Tabular List.
    """

    def __init__(self, path: Path, index_path: Path | None = None) -> None:
        """Open the compiled release at ``path``; `wardround.icd10.load` finds or compiles it.

        Args:
            path: the compiled Tabular List.
            index_path: the compiled Alphabetic Index, if the release has one.

        Raises:
            CodeSetError: ``path`` is not an intact compiled release.
        """
        if not intact(path):
            raise CodeSetError("the compiled code set is damaged", where=path.name, hint="delete it; it is rebuilt")
        self.path = path
        self._index_path = index_path
        self._table = Table(path)
        meta = self._table.meta()
        self.release = Release(
            valid_from=datetime.date.fromisoformat(meta["valid_from"]), source=meta["source"], digest=meta["digest"]
        )
        self._blocks = {block.name: block for block in self._table.blocks()}
        self._chapters = {chapter.name: chapter for chapter in self._table.chapters()}
        self._find = lru_cache(65536)(self._resolve)
        self._code = lru_cache(8192)(self._build)
        self._leaves = lru_cache(8192)(self._leaves_below)
        self._children = lru_cache(8192)(self._right_below)
        self._briefs = Briefs(self._table, self._blocks)

    def __repr__(self) -> str:
        return f"<CodeSet {self.release.id}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return CodeSet, (self.path, self._index_path)

    def __contains__(self, code: str) -> bool:
        """Whether the release has ``code``, billable or not."""
        return self._look(code) is not None

    @cached_property
    def index(self) -> AlphabeticIndex | None:
        """The Alphabetic Index with its tables, as far as they are installed; None if none of them is.

        Raises:
            CodeSetError: it is damaged.
        """
        if self._index_path is None:
            return None
        from wardround.icd10.index import AlphabeticIndex

        return AlphabeticIndex(self._index_path)

    def code(self, code: str) -> Code:
        """Everything known of ``code``.

        Raises:
            UnknownCode: the release has no such code; its ``nearest`` holds up to five billable ones.
        """
        return self._code(*self._need(code))

    def get(self, code: str) -> Code | None:
        """Everything known of ``code``, or None if the release has no such code."""
        found = self._look(code)
        return None if found is None else self._code(*found)

    def brief(self, code: str) -> Brief | None:
        """What rules need of ``code``, or None if the release has no such code; for many codes far quicker than `get`.

        The codes of a category are read together, and what was read stays in memory.
        """
        return self._briefs.get(code)

    def billable(self, code: str) -> bool:
        """Whether ``code`` is valid for reporting as it stands, its 7th character included."""
        found = self._look(code)
        return found is not None and _is_billable(*found)

    def title(self, code: str) -> str:
        """The full description of ``code``, the meaning of its 7th character included."""
        return self._title(*self._need(code))

    def parent(self, code: str) -> str | None:
        """The entry right above ``code``; None above a category."""
        row, character = self._need(code)
        if character:
            return row.code
        return next((above.code for above in self._table.above(row)), None)

    def children(self, code: str) -> tuple[str, ...]:
        """The entries printed right below ``code``, in order."""
        row, character = self._need(code)
        return () if character else self._children(row)

    def siblings(self, code: str) -> dict[str, str]:
        """The entries printed under the same heading as the entry ``code``, itself included, with their titles."""
        row, _ = self._need(code)
        above = self._table.above(row)
        beside = self._table.below(above[0]) if above else [row]
        return {each.code: each.title for each in beside if each.parent == row.parent}

    def leaves(self, code: str) -> tuple[str, ...]:
        """The entries without children at or below ``code``, in order; 7th characters are not expanded."""
        row, character = self._need(code)
        return (self._table.extended(row, character),) if character else self._leaves(row)

    def with_seventh(self, code: str, character: str) -> str:
        """``code`` with its 7th character in place, padded with X: ``with_seventh("W01.0", "A")`` is ``W01.0XXA``.

        Raises:
            UnknownCode: the code does not exist, is subdivided, or does not take this character.

        Source: ICD-10-CM Guidelines I.A.4, I.A.5.
        """
        row, given = self._need(code)
        character = character.upper()
        if given or not row.is_leaf or character not in self._table.sevenths(row):
            self._refuse(code + character if given or not row.is_leaf else self._table.extended(row, character))
        return self._table.extended(row, character)

    def entries(self) -> Iterator[Entry]:
        """Every printed entry in order, as ``(code, title, parent, is_leaf)``."""
        above: list[Row] = []
        for row in self._table.rows():
            while above and above[-1].past <= row.number:
                above.pop()
            yield Entry(row.code, row.title, above[-1].code if above else None, row.is_leaf)
            above.append(row)

    def inclusion_terms(self) -> Iterator[tuple[str, str]]:
        """Every ``(code, inclusion term)`` in printed order."""
        for row in self._table.rows():
            for term in row.terms.splitlines():
                yield row.code, term

    def billable_codes(self) -> Iterator[str]:
        """Every code that is valid for reporting, in printed order, 7th characters expanded."""
        return (code for code, _ in self.billable_titles())

    def billable_titles(self) -> Iterator[tuple[str, str]]:
        """Every code that is valid for reporting with its full description, in printed order."""
        for row in self._table.rows():
            if row.is_leaf:
                if row.sevenths is None:
                    yield row.code, row.title
                for character in self._table.sevenths(row):
                    yield self._table.extended(row, character), self._title(row, character)

    def chapters(self) -> tuple[Chapter, ...]:
        """The chapters in order."""
        return tuple(self._chapters.values())

    def blocks(self) -> tuple[Block, ...]:
        """The blocks in order, an enclosing block before those inside it."""
        return tuple(self._blocks.values())

    def search(self, text: str, limit: int = 10) -> list[Code]:
        """Entries whose title and inclusion terms hold the words of ``text``, best first.

        Entries with all the words come before those with some of them; among the former leaves come before headings;
        then BM25 decides, a word of the title counting double. Words are compared as `wardround.words.fold` leaves
        them. A ``text`` that is itself a code gives that code.
        """
        found = self._look(text)
        if found is not None:
            return [self._code(*found)][: max(limit, 0)]
        words = list(dict.fromkeys(cut(text[:_SEARCHED]).folded))
        if not words or limit < 1:
            return []
        numbers = self._table.match(words, every=True, limit=limit)
        if len(numbers) < limit and len(words) > 1:
            numbers = list(dict.fromkeys(numbers + self._table.match(words, every=False, limit=limit)))
        return [self._code(self._table.row(number), "") for number in numbers[:limit]]

    def _look(self, code: str) -> tuple[Row, str] | None:
        return self._find(code) if len(code) <= _LONGEST else None

    def _need(self, code: str) -> tuple[Row, str]:
        found = self._look(code)
        if found is None:
            self._refuse(code)
        return found

    def _resolve(self, code: str) -> tuple[Row, str] | None:
        """The entry that ``code`` names and the 7th character it adds ("" if none)."""
        form = printed(code)
        return self._table.resolve(form) if form else None

    def _title(self, row: Row, character: str) -> str:
        return f"{row.title}, {self._table.sevenths(row)[character]}" if character else row.title

    def _leaves_below(self, row: Row) -> tuple[str, ...]:
        return tuple(below.code for below in self._table.below(row) if below.is_leaf)

    def _right_below(self, row: Row) -> tuple[str, ...]:
        return tuple(below.code for below in self._table.below(row) if below.parent == row.number)

    def _build(self, row: Row, character: str) -> Code:
        above = self._table.above(row)
        block = self._blocks[row.block]
        sources = [entry.code for entry in (row, *above)]
        around: Block | None = block
        while around is not None:
            sources.append(f"block {around.name}")
            around = self._blocks[around.parent] if around.parent else None
        sources.append(f"chapter {block.chapter}")
        standing = [self._table.notes(source) for source in sources]
        billable = _is_billable(row, character)
        level: Level = "code" if billable else "category" if len(row.code) == 3 else "subcategory"
        return Code(
            code=self._table.extended(row, character) if character else row.code,
            title=self._title(row, character),
            billable=billable,
            level=level,
            parent=row.code if character else above[0].code if above else None,
            ancestors=tuple(sources[: len(above) + 1] if character else sources[1 : len(above) + 1]),
            children=() if character else self._children(row),
            chapter=self._chapters[block.chapter],
            block=block,
            inclusion_terms=tuple(row.terms.splitlines()),
            seventh_characters={} if character else self._table.sevenths(row),
            **{kind: tuple(note for notes in standing for note in notes.get(kind, ())) for kind in NOTE_KINDS.values()},
        )

    def _refuse(self, code: str) -> NoReturn:
        # Only what has the form of a code is repeated: anything else may be text of a note, passed by mistake.
        form = printed(code) if len(code) <= _LONGEST else None
        near = nearest(self._table, code)
        hint = f"nearest: {', '.join(near)}" if near else "a code looks like E11.9 or S72.001A"
        if form is None:
            raise UnknownCode("this has not the form of an ICD-10-CM code", code=code, nearest=near, hint=hint)
        what = f"no code {form} in release {self.release.id}: {reason(self._table, form)}"
        raise UnknownCode(what, code=code, nearest=near, hint=hint)


def _is_billable(row: Row, character: str) -> bool:
    return row.is_leaf and (row.sevenths is None or bool(character))
