"""Conditions that the Index ties by "with" or "in" are presumed to be linked (Guidelines I.A.15)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from wardround.coding.draft import Draft
from wardround.coding.rules.pairs import PairRule, names_of
from wardround.coding.vocabulary import Vocabulary

if TYPE_CHECKING:
    from wardround.icd10.index import AlphabeticIndex, IndexEntry

__all__ = ["PresumedLink"]

_TIES = ("with", "in")  # "due to" alone has to be stated
_OWN_RULES = ("E08", "E09", "E10", "E11", "E13", "I1", "I20", "I25", "O")
_NO_CONDITION = ("R", "S", "T", "V", "W", "X", "Y", "Z")
_MOST = 40  # entries that lead to one code; the default code of a large category has thousands


class PresumedLink(PairRule):
    """Where the Alphabetic Index has "with" or "in" under a condition, or a title has it, the classification presumes
    that the two belong together, even if the provider does not say so: COPD with pneumonia is J44.0, an ulcer of the
    stomach with bleeding is one code, and so is a herniated disc with its radiculopathy. It is not presumed where the
    note says that the two are unrelated, nor where another guideline wants the link to be documented.

    In a note the combination replaces the condition's code; the partner stays or goes as the Tabular List has it, and
    comes first where it must. Where two conditions of the note may be the cause, both are linked and a person decides.
    A symptom that another diagnosis explains is not linked. In a list each such pair is for review, for a list does not
    show what the record denies.

    Diabetes and hypertension have rules of their own, and so has angina. The table of pairs has those that notes often
    name apart; "due to" in the Index presumes nothing. Where an Alphabetic Index is installed, any other two conditions
    of a note that it ties word for word are for review, with the code that it gives.
    """

    name = "presumed-link"
    section = "I.A.15"
    title = 'two conditions tied by "with" in the Index are coded as linked, unless the record denies it'
    severity = "reject"
    table = "presumed_links"
    unless = ", unless unrelated"

    def apply(self, draft: Draft) -> None:
        super().apply(draft)
        if draft.codes.index is not None:
            self._look_up(draft, draft.codes.index)

    def _look_up(self, draft: Draft, index: AlphabeticIndex) -> None:
        """Ask a person where the Index ties two conditions that the table does not have."""
        stated = [proposal for proposal in draft.alive() if not proposal.code.startswith("Z")]
        for condition in stated:
            if condition.code.startswith((*_NO_CONDITION, *_OWN_RULES)):
                continue
            for tie in _ties(index, draft.stream.vocabulary, condition.code):
                other = next((p for p in stated if p is not condition and names_of(p) == tie.words), None)
                if other is not None and draft.first(tie.code) is None and not self.denied(draft, condition, other):
                    condition.doubt(self.name, self.section, f"the Index has it with {other.code}: {tie.code}")


class _Tie(NamedTuple):
    """What the Index ties to a condition, in the Tabular's words, and the code or header it gives for both."""

    words: frozenset[str]
    code: str


@lru_cache(maxsize=4096)
def _ties(index: AlphabeticIndex, vocabulary: Vocabulary, code: str) -> tuple[_Tie, ...]:
    """All that the Index ties to the entries that lead to ``code``."""
    found: dict[_Tie, None] = {}
    for pointer in index.leading_to(code)[:_MOST]:
        if pointer.header or pointer.entry.table != "index":
            continue
        for entry in _tied(index, pointer.entry):
            title = entry.title.removeprefix(entry.connective or "")
            words = frozenset(vocabulary.canonical_words(title))
            if entry.code and not code.startswith(entry.code) and words:
                found[_Tie(words, entry.code)] = None
    return tuple(found)


def _tied(index: AlphabeticIndex, above: IndexEntry) -> Iterator[IndexEntry]:
    """The entries right below "with" and "in", or that begin with it."""
    for entry in index.children(above.id):
        if entry.connective in _TIES:
            yield from index.children(entry.id) if entry.title == entry.connective else (entry,)
