"""Examples for a model, from reviewed charts: names of problems that the coder does not understand, with their codes.

An example holds words, never a passage of a note: of the name of a problem at most twelve, in small letters,
without numbers and without words that are written with a capital and that the classification does not know, as names of
people and places are. It must have been so in at least `FEWEST` charts, none a copy of another.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from wardround import icd10
from wardround.coding import Coder
from wardround.coding.assisted.examples import Example, Examples, Header
from wardround.coding.site.habits import FEWEST
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import Note
from wardround.spans import Span
from wardround.words import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wardround.coding.result import CodingResult, Scope
    from wardround.learning.charts import Chart

__all__ = ["learned_examples"]

_MOSTLY = 0.6  # of the charts with such a name have the code
_LONGEST = 12  # words


def learned_examples(
    charts: Sequence[Chart],
    *,
    scope: Scope = "encounter",
    release: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Examples:
    """What people of a site coded where the coder alone found nothing.

    Args:
        charts: reviewed; none a copy of another.
        scope: that they were coded in.
        release: whose codes they are; by default the newest that has taken effect.
        on_progress: told how many charts are done, and how many there are.
    """
    coder = Coder(release, scope=scope)
    codes = icd10.load(release=coder.newest.id)
    known = Vocabulary.load(codes).known_words()
    named: Counter[tuple[str, ...]] = Counter()
    coded: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for done, chart in enumerate(charts, 1):
        note = Note(chart.text)
        result = coder.code(note, chart.encounter)
        missed = chart.codes - {each.code for each in result.codes}
        for words in set(_not_understood(note, result, chart, known)):
            named[words] += 1
            coded[words].update(missed)
        if on_progress is not None:
            on_progress(done, len(charts))
    examples = [
        Example(words=words, code=code, charts=count)
        for words, missed_of in coded.items()
        for code, count in missed_of.items()
        if count >= max(FEWEST, _MOSTLY * named[words]) and codes.get(code) is not None
    ]
    examples.sort(key=lambda each: (-each.charts, each.words, each.code))
    return Examples(Header(release=coder.newest.id, charts=len(charts)), examples)


def _not_understood(note: Note, result: CodingResult, chart: Chart, known: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """The names of problems that no right code of the coder rests on, as words that may be kept."""
    right = [
        Span(quote.start, quote.end) for each in result.codes if each.code in chart.codes for quote in each.evidence
    ]
    for problem in note.problems:
        if not any(problem.heading.overlaps(span) for span in right):
            words = tuple(_kept(problem.heading.quote(note.text), known))
            if 0 < len(words) <= _LONGEST:
                yield words


def _kept(name: str, known: frozenset[str]) -> Iterator[str]:
    words = cut(name)
    for folded, start in zip(words.folded, words.starts, strict=True):
        if folded.isalpha() and (folded in known or name[start].islower()):
            yield folded
