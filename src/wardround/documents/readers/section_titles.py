"""Headings for the sections of structured documents, which say by a LOINC code what they hold."""

from __future__ import annotations

from functools import cache

from wardround.documents.headings import SectionKind, look_up
from wardround.documents.tables import read_table, word_set
from wardround.words import cut

__all__ = ["section_lines"]

_UNKNOWN = "Further section"  # opens a section of its own, so that it is not taken for a part of the one before it
_K = SectionKind
_HISTORIES = {
    _K.PAST_MEDICAL_HISTORY: "past medical history",
    _K.PAST_SURGICAL_HISTORY: "past surgical history",
    _K.FAMILY_HISTORY: "family history",
    _K.SOCIAL_HISTORY: "social history",
    _K.MEDICATIONS: "medications",
    _K.ALLERGIES: "allergies",
}
_HISTORY_WORDS = word_set("history hx pmh psh fh shx medication allergy")


def section_lines(title: str, code: str, body: list[str]) -> list[str]:
    """A section as lines: a heading that `wardround.documents.sections` knows, the text, and an empty line.

    Args:
        title: as the document has it; it stays the heading if clinicians use it as one. Otherwise the usual name of the
            section takes its place; where that is not known either, the title is the first line of the section.
        code: its LOINC code; empty if it has none.
        body: its lines.
    """
    title = " ".join(title.split()).rstrip(" :")
    known = look_up(cut(title).folded) if title else None
    usual = _usual().get(code.strip())
    if known is not None and known.kind is not SectionKind.OTHER:
        head = [title]
    elif usual is not None:
        head = [usual]
    elif known is not None:
        head = [title]
    else:
        head = [_UNKNOWN, title] if title else [_UNKNOWN]
    return [f"{_unmistakable(head[0]).upper()}:", *head[1:], *body, ""]


def _unmistakable(title: str) -> str:
    """A title that is a heading even behind a list of problems, where "Tobacco use" is one of them."""
    words = cut(title).folded
    heading = look_up(words)
    plain = None if heading is None else _HISTORIES.get(heading.kind)
    return title if plain is None or _HISTORY_WORDS & set(words) else f"{title} and {plain}"


@cache
def _usual() -> dict[str, str]:
    return {row[0]: row[1] for row in read_table("loinc_sections.tsv")}
