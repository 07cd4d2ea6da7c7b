"""The headings of clinical notes as ``headings.tsv`` lists them, and which kind of section each opens."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from wardround.documents.tables import read_table, word_set
from wardround.words import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MOST_WORDS", "Heading", "Headings", "SectionKind", "headings", "look_up"]

MOST_WORDS = 12
"""Words that a heading has at most."""


class SectionKind(StrEnum):
    """What a section of a note holds."""

    CHIEF_COMPLAINT = "chief_complaint"
    HISTORY_PRESENT_ILLNESS = "history_present_illness"
    PAST_MEDICAL_HISTORY = "past_medical_history"
    PAST_SURGICAL_HISTORY = "past_surgical_history"
    MEDICATIONS = "medications"
    ALLERGIES = "allergies"
    FAMILY_HISTORY = "family_history"
    SOCIAL_HISTORY = "social_history"
    REVIEW_OF_SYSTEMS = "review_of_systems"
    VITALS = "vitals"
    PHYSICAL_EXAM = "physical_exam"
    RESULTS = "results"
    ASSESSMENT = "assessment"
    PLAN = "plan"
    ASSESSMENT_AND_PLAN = "assessment_and_plan"
    INSTRUCTIONS = "instructions"
    PROCEDURE = "procedure"
    HOSPITAL_COURSE = "hospital_course"
    DIAGNOSIS = "diagnosis"
    OTHER = "other"


class Heading(NamedTuple):
    """A row of the table."""

    kind: SectionKind
    form: str  # "free", "marked" or "colon", as headings.tsv explains


class Headings(NamedTuple):
    """The table, by folded phrase."""

    general: dict[str, Heading]
    in_history: dict[str, SectionKind]
    after_vitals: dict[str, SectionKind]
    first_words: frozenset[str]
    last_words: frozenset[str]
    longest: int  # words of the longest phrase


# Words around a heading that say when or whose: "Physical exam today", "Pertinent labs", "Discharge medications list".
_FILLERS = word_set(
    "and or the of on for with a his her their my our today current recent pertinent relevant updated update brief "
    "additional initial interval reviewed review summary section note detailed detail continued cont only full other "
    "general as per chart provider physician md patient pt new by from at in this visit admission discharge clinic ed "
    "er reconciled obtained performed available list date limited focused time jan feb mar apr may jun jul aug sep oct "
    "nov dec am pm"
)
_K = SectionKind
_ASSESSING = frozenset({_K.ASSESSMENT, _K.DIAGNOSIS, _K.ASSESSMENT_AND_PLAN})
_PLANNING = frozenset({_K.PLAN, _K.ASSESSMENT_AND_PLAN})


@cache
def headings() -> Headings:
    """The table, read on first use."""
    general: dict[str, Heading] = {}
    special: dict[str, dict[str, SectionKind]] = {"history": {}, "exam": {}}
    for phrase, kind, form in read_table("headings.tsv"):
        key = " ".join(cut(phrase).folded)
        if form in special:
            special[form][key] = SectionKind(kind)
        else:
            general.setdefault(key, Heading(SectionKind(kind), form))
    keys = [key.split(" ") for key in (*general, *special["history"], *special["exam"])]
    return Headings(
        general,
        special["history"],
        special["exam"],
        frozenset(key[0] for key in keys) | _FILLERS,
        frozenset(key[-1] for key in keys),
        max(map(len, keys)),
    )


def look_up(words: Sequence[str]) -> Heading | None:
    """The heading that these folded words are; None if they are none.

    Beside the phrases of the table, several of them and fillers in a row count: "PMH/PSH", "Labs and imaging today".

    >>> look_up(["past", "medical", "history"])
    Heading(kind=<SectionKind.PAST_MEDICAL_HISTORY: 'past_medical_history'>, form='free')
    """
    table = headings()
    if not words or len(words) > MOST_WORDS or (words[0] not in table.first_words and not words[0][0].isdigit()):
        return None
    found = table.general.get(" ".join(words))
    if found:
        return found
    parts: list[Heading] = []
    at, count = 0, len(words)
    while at < count:
        for size in range(min(table.longest, count - at), 0, -1):
            found = table.general.get(" ".join(words[at : at + size]))
            if found and (size > 1 or len(words[at]) > 2):
                parts.append(found)
                at += size
                break
        else:
            if words[at] not in _FILLERS and not words[at][0].isdigit():
                return None
            at += 1
    if not parts:
        return None
    kinds = {part.kind for part in parts}
    form = "free" if len(parts) == count and all(part.form == "free" for part in parts) else "marked"
    if kinds & _ASSESSING and kinds & _PLANNING:
        return Heading(_K.ASSESSMENT_AND_PLAN, form)
    return Heading(parts[0].kind, form)
