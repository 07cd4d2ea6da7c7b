"""Drugs and poisons: where the Table of Drugs and Chemicals puts them, and the intent that their codes hold.

A code of T36–T65 is a substance, an intent and a 7th character: T46.4X, 5, A is the adverse effect of an ACE inhibitor.
The common medicines stand in ``data/drugs.tsv``; where the Alphabetic Index is installed its Table has the rest.

Source: ICD-10-CM Guidelines I.C.19.e.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from wardround.coding.draft import Draft
from wardround.coding.rules import data
from wardround.icd10 import CodeSet
from wardround.spans import Span
from wardround.words import cut

__all__ = ["Intent", "Substance", "coded", "intent_of", "named_after", "named_before", "substance_of", "with_intent"]

# Stems of international nonproprietary names. The Table has everyday words too ("milk", "pollen"): a word is looked up
# there only if it has the form of a drug's name.
_DRUG = re.compile(
    r".+(?:afil|azepam|azine|azole|barbital|caine|cillin|cycline|dipine|dronate|fibrate|floxacin|gliflozin|gliptin|"
    r"grel|lukast|mab|micin|mycin|nib|olol|oxetine|parin|pramine|prazole|pril|profen|rubicin|sartan|setron|sone|"
    r"statin|terol|thiazide|tidine|triptan|triptyline|vir|xaban|zolam|zolid|zosin)"
)
# Between "due to" and the drug: "due to her recent use of high dose ibuprofen".
_PASSED = frozenset(
    "a about all an approximately as bottle capsule chronic concurrent current daily dose effect entire excess "
    "extra few from full half handful her high his home increase increased increasing initiation intravenous iv "
    "long low many medication mg much multiple my new of on ongoing oral pill po prescribed prescription prior "
    "recent recently regular several some starting systemic tab tablet taking term the their therapy this to too "
    "topical treatment use using whole with".split()
)
_JOINING = frozenset({"and", "or", "plus"})
_FILLERS = 6  # words


class Intent(StrEnum):
    """How a substance came to do harm: the 5th or 6th character of T36 to T65."""

    ACCIDENT = "1"
    SELF_HARM = "2"
    ASSAULT = "3"
    UNDETERMINED = "4"
    ADVERSE_EFFECT = "5"
    UNDERDOSING = "6"


class Substance(NamedTuple):
    """A substance named in a note: ``header`` of its codes without the intent (``T46.4X``), and its words."""

    header: str
    span: Span


def intent_of(code: str) -> Intent | None:
    """The intent that a code holds; None for a code outside T36 to T65."""
    found = _intent_at(code)
    return Intent(code[found]) if found else None


def with_intent(code: str, intent: Intent) -> str:
    """The same substance with another intent; may be no code of the release."""
    found = _intent_at(code)
    return code[:found] + intent + code[found + 1 :]


def substance_of(code: str) -> str:
    """The header of a code's substance, without the intent."""
    return code[: _intent_at(code)]


def _intent_at(code: str) -> int:
    if not ("T36" <= code[:3] <= "T65" and len(code) == 8):
        return 0
    place = 5 if code[6] == "X" else 6  # T36.95XA, T46.4X5A
    return place if code[place] in "123456" else 0


def coded(codes: CodeSet, header: str, intent: Intent) -> str | None:
    """The code for a substance and an intent at the initial encounter; None if the release has none."""
    entry = codes.get(header + intent)
    return codes.with_seventh(entry.code, "A") if entry and entry.seventh_characters else None


def named_after(draft: Draft, offset: int) -> list[Substance]:
    """The substances named right after ``offset``, in the same sentence: "… her lisinopril and spironolactone"."""
    words = draft.stream.note.words
    place = bisect_left(words.starts, offset)
    past = bisect_left(words.starts, draft.stream.note.sentence_of(max(0, offset - 1)).end)
    found: list[Substance] = []
    passed = 0
    while place < past and passed <= _FILLERS:
        named = _at(draft.codes, words.folded[place:past])
        if named is not None:
            header, size = named
            found.append(Substance(header, Span(words.starts[place], words.ends[place + size - 1])))
            place, passed = place + size, 0
            if words.folded[place : place + 1] and words.folded[place] not in _JOINING:
                break
        elif words.folded[place] in _PASSED | _JOINING or words.folded[place][0].isdigit():
            place, passed = place + 1, passed + 1
        else:
            break
    return found


def named_before(draft: Draft, offset: int) -> Substance | None:
    """The substance whose name ends right before ``offset``: "lisinopril-induced …"."""
    words = draft.stream.note.words
    past = bisect_left(words.starts, offset)
    for size in (4, 3, 2, 1):
        if size <= past:
            named = _at(draft.codes, words.folded[past - size : past])
            if named is not None and named[1] == size:
                return Substance(named[0], Span(words.starts[past - size], words.ends[past - 1]))
    return None


def _at(codes: CodeSet, words: Sequence[str]) -> tuple[str, int] | None:
    """The header and the length in words of the substance that ``words`` begin with."""
    for name, header in _by_first_word().get(words[0], ()):
        if tuple(words[: len(name)]) == name:
            return header, len(name)
    if codes.index is None or _DRUG.fullmatch(words[0]) is None:
        return None
    for entry in codes.index.main_terms(words[0]):
        code = entry.cells.get("poisoning_accidental") if entry.table == "drug" else None
        if code:
            return code[:-1], 1
    return None


@cache
def _by_first_word() -> Mapping[str, Sequence[tuple[tuple[str, ...], str]]]:
    """The names of ``drugs.tsv`` by their first word, the longest first."""
    found: defaultdict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for name, header in _names():
        found[name[0]].append((name, header))
    return {first: sorted(names, key=lambda item: -len(item[0])) for first, names in found.items()}


def _names() -> Iterator[tuple[tuple[str, ...], str]]:
    for row in data.rows("drugs"):
        for name in row["names"].split("|"):
            yield tuple(cut(name).folded), row["code"]
