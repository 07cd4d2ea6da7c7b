"""Looks on a page for a result that somebody says is there: its name, its value, and what stands beside them.

What is kept is the words of the page, never those that were said. The value has to stand in the row of its name, by
itself; a sentence that mentions both is no result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.documents.laboratory.cells import is_range, split, value_at
from wardround.documents.laboratory.reading import is_administrative, is_name
from wardround.documents.laboratory.results import PrintedCell, PrintedResult, cell

if TYPE_CHECKING:
    from wardround.documents.laboratory.rows import Row, Token

__all__ = ["Located", "locate"]

_BESIDE = ("unit", "reference", "flag")
_STRAY = 2  # other words beside name and value in one run of words; with more it is a sentence
_WORDS = 4  # words of a value that is not known as one


@dataclass(frozen=True, slots=True)
class Located:
    """A result that was found, or why it was not.

    Attributes:
        result: None if it is not on the page.
        reason: why not.
        missing: its other cells that are not on the page.
    """

    result: PrintedResult | None = None
    reason: str = ""
    missing: tuple[str, ...] = ()


def locate(rows: Sequence[Row], said: Mapping[str, str | None]) -> Located:
    """The result as it stands on the page.

    Args:
        rows: of one page, from top to bottom.
        said: the text of its cells by role (section, test, value, unit, reference, flag); None for those that it does
            not have.
    """
    test, value = said.get("test") or "", said.get("value") or ""
    if not test.strip() or not value.strip():
        return Located(reason="a result without a name or a value")
    named = False
    best: Located | None = None
    reason = "a value that does not stand beside its test"
    for at in range(len(rows)):
        for name in _names(rows, at, test):
            named = True
            if is_administrative(name) or not is_name(name):
                reason = "a line that is no test"
                continue
            for figure in _beside(rows[at], name, value):
                if not _is_apart(rows[at], (*name, *figure), said):
                    reason = "words of a sentence, not of a table"
                    continue
                found = _whole(rows, at, name, figure, said)
                if best is None or len(found.missing) < len(best.missing):
                    best = found
    if best is not None:
        return best
    return Located(reason=reason if named else "a test that is not on the page")


def _names(rows: Sequence[Row], at: int, test: str) -> Iterator[tuple[Token, ...]]:
    """Where in this row a name stands, or in its first words and those of the row above or below."""
    yield from _runs(rows[at].tokens, test)
    first = rows[at].segments[0]
    if at:
        yield from _runs((*rows[at - 1].segments[0], *first), test, through=first)
    if at + 1 < len(rows):
        yield from _runs((*first, *rows[at + 1].segments[0]), test, through=first)


def _runs(tokens: Sequence[Token], text: str, *, through: Sequence[Token] | None = None) -> Iterator[tuple[Token, ...]]:
    """Neighbouring words that are exactly ``text`` but for white space.

    Args:
        tokens: in order.
        text: what is looked for.
        through: some of its words, and not all, have to be among these.
    """
    wanted = "".join(text.split())
    parts = [part for token in tokens for part in split(token)]
    for start in range(len(parts)):
        whole = ""
        for end in range(start, len(parts)):
            whole += parts[end].text
            if wanted in (whole, whole.rstrip("._·…:")):
                last = parts[end]
                run = (*parts[start:end], last.part(0, len(last.text) - len(whole) + len(wanted)))
                inside = [through is None or through[0].start <= token.start < through[-1].end for token in run]
                if run[-1].text and (through is None or (any(inside) and not all(inside))):
                    yield run
                break
            if not wanted.startswith(whole):
                break


def _beside(row: Row, name: Sequence[Token], value: str) -> Iterator[tuple[Token, ...]]:
    """Where behind the name the value stands: not in a range, and not a part of more figures."""
    here = {part.start for token in row.tokens for part in split(token)}
    ends = max((token.place.right for token in name if token.start in here), default=row.tokens[0].place.left)
    parts = [part for token in row.tokens for part in split(token)]
    for run in _runs(row.tokens, value):
        known = value_at(run, 0) == len(run)
        if run[0].place.left >= ends and (known or len(run) <= _WORDS) and len(run) >= _range_length(parts, run[0]):
            yield run


def _range_length(parts: Sequence[Token], first: Token) -> int:
    """Words of the range that holds a word, without its unit; 0 if none does."""
    lengths = [
        count
        for at in range(len(parts))
        if (count := _shortest(parts, at)) and any(token.start == first.start for token in parts[at : at + count])
    ]
    return max(lengths, default=0)


def _shortest(parts: Sequence[Token], at: int) -> int:
    for count in range(1, min(4, len(parts) - at) + 1):
        if is_range(" ".join(token.text for token in parts[at : at + count])):
            return count
    return 0


def _is_apart(row: Row, cells: Sequence[Token], said: Mapping[str, str | None]) -> bool:
    """Whether name and value do not stand among other words."""
    spare = {"".join(text.split()) for role in _BESIDE if (text := said.get(role))}
    stray = 0
    for segment in row.segments:
        if any(token.start < other.end and other.start < token.end for token in segment for other in cells):
            stray += sum(
                not any(token.start < other.end and other.start < token.end for other in cells)
                and any(character.isalpha() for character in token.text)
                and not any(token.text in text for text in spare)
                for token in segment
            )
    return stray <= _STRAY


def _whole(
    rows: Sequence[Row], at: int, name: Sequence[Token], figure: Sequence[Token], said: Mapping[str, str | None]
) -> Located:
    """The result with those of its other cells that stand in its row; a range may go on below, a heading is above."""
    known = value_at(figure, 0) == len(figure)
    made = PrintedResult(middle=rows[at].middle, test=cell(name), value=cell(figure, doubtful=not known))
    taken = [*name, *figure]
    missing = []
    here = {part.start for token in rows[at].tokens for part in split(token)}
    for role in _BESIDE:
        text = said.get(role)
        if not text or not text.strip():
            continue
        tokens: Sequence[Token] = rows[at].tokens
        if role == "reference" and at + 1 < len(rows):
            tokens = (*tokens, *rows[at + 1].tokens)
        run = next(
            (
                run
                for run in _runs(tokens, text)
                if run[0].start in here and not any(a.start < b.end and b.start < a.end for a in run for b in taken)
            ),
            None,
        )
        if run is None:
            missing.append(role)
        else:
            setattr(made, role, cell(run))
            taken += run
    heading = said.get("section")
    if heading and heading.strip():
        made.section = _heading(rows[:at], heading)
        if made.section is None:
            missing.append("section")
    return Located(made, missing=tuple(missing))


def _heading(above: Sequence[Row], text: str) -> PrintedCell | None:
    """The nearest line above that is nothing but this heading."""
    wanted = "".join(text.split())
    for row in reversed(above):
        if "".join(token.text for token in row.tokens).strip(":") == wanted.strip(":"):
            return cell(row.tokens)
    return None
