"""The cues of assertion as ``cues.tsv`` lists them, compiled once per process."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from itertools import product
from typing import NamedTuple

from wardround.documents.tables import read_table
from wardround.words import Phrases

__all__ = ["AssertionStatus", "CueRow", "cue_phrases"]


class AssertionStatus(StrEnum):
    """What a note says of a mention."""

    PRESENT = "present"
    NEGATED = "negated"
    POSSIBLE = "possible"
    HYPOTHETICAL = "hypothetical"
    HISTORICAL = "historical"
    FAMILY = "family"


class CueRow(NamedTuple):
    """One row of the table; see its head for what the columns mean."""

    role: str  # a status, "none", "end", "end_negated" or "end_historical"
    status: AssertionStatus | None
    side: str  # "before", "after", "both", "either", "label" or "-"
    reach: int  # words, 0 for the rest of the clause
    item: bool  # reaches only to the next comma
    slash: bool  # written with a slash: "r/o"
    checked: bool  # whether the characters around it must be looked at


# Relatives, and others who are not the patient.
_KIN = (
    "mother father mom dad sister brother sibling parent grandmother grandfather grandparent aunt uncle cousin nephew "
    "niece son daughter twin grandson granddaughter relative wife husband spouse partner roommate girlfriend boyfriend"
)
_BE = ("", "is", "are", "was", "were", "has been", "have been", "been", "being")
_PLACES = {"{kin}": tuple(_KIN.split(" ")), "{be}": _BE}


@cache
def cue_phrases() -> tuple[Phrases, tuple[CueRow, ...]]:
    """All cues as phrases, each numbered with its row; a phrase without a place to fill counts before one with."""
    statuses = {str(status): status for status in AssertionStatus}
    rows: list[CueRow] = []
    numbers: dict[str, int] = {}
    for phrase, role, side, reach, _reason in sorted(read_table("cues.tsv"), key=lambda row: "{" in row[0]):
        words = int(reach) if reach.isdigit() else 0
        slash = "/" in phrase
        checked = slash or side == "label" or phrase == "no"
        rows.append(CueRow(role, statuses.get(role), side, words, reach == "item", slash, checked))
        places = [place for place in _PLACES if place in phrase]
        for fillings in product(*(_PLACES[place] for place in places)):
            spelling = phrase
            for place, filling in zip(places, fillings, strict=True):
                spelling = spelling.replace(place, filling)
            numbers.setdefault(spelling.strip(), len(rows) - 1)
    return Phrases(numbers), tuple(rows)
