"""What every peer does: a note in, a result in our shape out."""

from __future__ import annotations

import importlib.metadata
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from wardround import documents
from wardround.coding.evaluation.blank import Blank, named
from wardround.coding.result import Encounter, Evidence
from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wardround.coding.result import CodingResult, Scope
    from wardround.documents import Note
    from wardround.spans import Span

__all__ = ["Peer"]


class Peer(ABC):
    """Another tool.

    Attributes:
        name: of its package.
        version: of its package.
        remarks: what is to be said of it beside its figures.
    """

    name: ClassVar[str]
    remarks: tuple[str, ...] = ()

    def __init__(self, release: str | None, scope: Scope) -> None:
        """See `wardround.coding.peers.open_peer`."""
        try:
            self.version = importlib.metadata.version(self.name)
        except importlib.metadata.PackageNotFoundError:
            raise InputError(f"{self.name} is not installed", hint="pip install 'wardround[peers]'") from None
        self._scope = scope
        self._blank = Blank(release, scope)

    def code(self, note: str, encounter: Encounter | None = None, *, id: str | None = None) -> CodingResult:
        """The codes of a note, each with the words it came from. Whatever the tool raises comes through."""
        read = documents.read(note)
        first: dict[str, Span] = {}
        for code, span in self._found(read):
            first.setdefault(code, span)
        suggestions = [named(code, evidence=(_evidence(read, span),)) for code, span in first.items()]
        return self._blank.result(encounter or Encounter(), suggestions, id=id)

    @abstractmethod
    def _found(self, note: Note) -> Iterable[tuple[str, Span]]:
        """Codes and the words they came from; of a code that comes several times the first counts."""


def _evidence(note: Note, span: Span) -> Evidence:
    section = note.section_of(span.start).kind.value
    return Evidence(start=span.start, end=span.end, text=span.quote(note.text), section=section, assertion="present")
