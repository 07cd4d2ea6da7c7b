"""Drafts of notes and studies: the embedded coder at once, a model when there is one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from wardround.coding import Coder

if TYPE_CHECKING:
    from wardround.coding import CodingResult
    from wardround.coding.result import Scope
    from wardround.coding.result import Encounter
    from wardround.server.config import Config

__all__ = ["Drafting"]


class Drafting:
    """Codes notes and reads studies. Built once, shared between threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._coders: dict[str, Coder] = {}
        self._lock = threading.Lock()

    def code(
        self, note: str | bytes, encounter: Encounter, *, scope: Scope = "encounter", id: str | None = None
    ) -> CodingResult:
        """The codes of a note by the embedded coder.

        Raises:
            NoteError: the note cannot be read.
            UnknownRelease: no installed release covers the encounter's date.
        """
        with self._lock:
            coder = self._coders.get(scope)
            if coder is None:
                coder = self._coders[scope] = Coder(scope=scope)
        return coder.code(note, encounter, id=id)

    def close(self) -> None:
        """Let the model go."""
