"""One row of a table as a result: its words shared out among the cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wardround.documents.laboratory.cells import flag_at, is_number, range_at, split, unit_at, value_at
from wardround.documents.laboratory.results import PrintedResult, cell
from wardround.documents.laboratory.vocabulary import known

if TYPE_CHECKING:
    from wardround.documents.laboratory.rows import Row, Token

__all__ = ["by_columns", "by_itself", "is_administrative", "is_name"]

_LEADERS = "._·…:"
_LONGEST_NAME = 10  # words


def is_name(tokens: Sequence[Token]) -> bool:
    """Whether these words can be the name of a test."""
    text = " ".join(token.text for token in tokens)
    return (
        0 < len(tokens) <= _LONGEST_NAME
        and any(character.isalpha() for character in text)
        and not is_administrative(tokens)
    )


def is_administrative(tokens: Sequence[Token]) -> bool:
    """Whether these words are about the patient, the sample or a person."""
    for count in range(1, min(4, len(tokens)) + 1):
        words = [token.text for token in tokens[:count]]
        ends = count == len(tokens) or words[-1].endswith((":", ".")) or tokens[count].text.startswith(":")
        if known("administrative", " ".join(words)) is not None and ends:
            return True
    return False


def by_columns(row: Row, cells: dict[str, list[Token]]) -> PrintedResult:
    """The row of a table with a head: what stands under each column, with what stands glued in it taken apart.

    Args:
        row: where it comes from.
        cells: its words by the role of their column.
    """
    made = PrintedResult(middle=row.middle)
    made.test = cell(_without_leaders(cells.get("test", [])))
    result = [part for token in cells.get("result", []) for part in split(token)]
    unit, flag = list(cells.get("unit", [])), list(cells.get("flag", []))
    reference = list(cells.get("reference", []))
    while result and result[0].text in (":", "=", "-:"):
        result = result[1:]
    if not value_at(result, 0) and (count := flag_at(result, 0)) and value_at(result, count):
        flag, result = [*result[:count], *flag], result[count:]
    count = value_at(result, 0)
    doubtful = not count
    rest = result[count:] if count else []
    value = result[:count] if count else result
    while rest:
        if (size := flag_at(rest, 0)) and not flag:
            flag = rest[:size]
        elif (size := unit_at(rest, 0)) and not unit:
            unit = rest[:size]
        elif (size := range_at(rest, 0)) and not reference:
            reference = rest[:size]
        else:
            value, doubtful = result, True  # what it is cannot be told: it stays together
            unit, flag = list(cells.get("unit", [])), list(cells.get("flag", []))
            reference = list(cells.get("reference", []))
            break
        rest = rest[size:]
    if not flag and unit and (size := flag_at(unit, len(unit) - 1)) and len(unit) > size:
        unit, flag = unit[:-size], unit[-size:]
    if not flag and len(unit) > 1 and flag_at(unit, 0) == 1:
        unit, flag = unit[1:], unit[:1]
    made.value = cell(value, doubtful=doubtful)
    made.unit, made.flag = cell(unit), cell(flag, doubtful=bool(flag) and not flag_at(flag, 0))
    made.reference = cell(reference)
    made.method, made.previous = cell(cells.get("method", [])), cell(cells.get("previous", []))
    return made


def by_itself(row: Row) -> list[PrintedResult]:
    """The results in a row that no head explains: a name, then a figure, and its unit or its range.

    Several can stand side by side. A result that is a word has to have a range.
    """
    starts = {segment[0].start for segment in row.segments}
    tokens = [part for token in row.tokens for part in split(token)]
    found: list[PrintedResult] = []
    at = 0
    while at < len(tokens):
        name, value_from = _name(tokens, at, starts)
        if not name:
            at += 1
            continue
        made, after = _result(row, tokens, value_from)
        if made is None:
            at = value_from
            continue
        made.test = cell(name)
        found.append(made)
        at = after
    return found


def _name(tokens: Sequence[Token], at: int, starts: set[int]) -> tuple[list[Token], int]:
    """The words of a name that begins at ``at``, and where the result behind it begins."""
    if tokens[at].start not in starts:
        return [], at
    end = at
    while end < len(tokens):
        token = tokens[end]
        ended = end > at and (token.start in starts or tokens[end - 1].text[-1] in _LEADERS)
        if ended:
            break
        end += 1
    while end < len(tokens) and not token_has_text(tokens[end]):
        end += 1  # dots that lead from a name to its result
    name = _without_leaders(tokens[at:end])
    return (list(name), end) if end < len(tokens) and is_name(name) and not is_number(name[0].text) else ([], end)


def token_has_text(token: Token) -> bool:
    """Whether it is more than dots, colons and lines."""
    return bool(token.text.strip(_LEADERS))


def _without_leaders(tokens: Sequence[Token]) -> list[Token]:
    """A name without the dots or the colon that lead to its result."""
    kept = list(tokens)
    while kept and not token_has_text(kept[-1]):
        kept.pop()
    if kept:
        bare = len(kept[-1].text.rstrip(_LEADERS + " "))
        dots = len(kept[-1].text) - bare
        if kept[-1].text.endswith(":") or dots > 1:
            kept[-1] = kept[-1].part(0, bare)
    return kept


def _result(row: Row, tokens: Sequence[Token], at: int) -> tuple[PrintedResult | None, int]:
    made = PrintedResult(middle=row.middle)
    flag: Sequence[Token] = ()
    if not value_at(tokens, at) and (size := flag_at(tokens, at)) and value_at(tokens, at + size):
        flag, at = tokens[at : at + size], at + size
    size = value_at(tokens, at)
    if not size:
        return None, at
    value = tokens[at : at + size]
    at += size
    unit: Sequence[Token] = ()
    reference: Sequence[Token] = ()
    while at < len(tokens):
        if not reference and (size := range_at(tokens, at)):
            reference = tokens[at : at + size]
        elif not unit and (size := unit_at(tokens, at)):
            unit = tokens[at : at + size]
        elif not flag and (size := flag_at(tokens, at)):
            flag = tokens[at : at + size]
        elif not reference and (size := value_at(tokens, at)) and not is_number(tokens[at].text):
            reference = tokens[at : at + size]
        else:
            break
        at += size
    if not reference and (not unit or not is_number("".join(token.text for token in value))):
        return None, at
    made.value, made.unit, made.flag, made.reference = cell(value), cell(unit), cell(flag), cell(reference)
    return made, at
