"""What a reader of one family of formats does."""

from __future__ import annotations

from abc import ABC, abstractmethod

__all__ = ["Reader"]


class Reader(ABC):
    """Reads one family of formats. To add a family, write a subclass and list it in ``readers.READERS``."""

    @abstractmethod
    def accepts(self, data: bytes) -> bool:
        """Whether ``data``, a whole file, is of this family; looks at content, never at a name."""

    @abstractmethod
    def text(self, data: bytes, where: str) -> str:
        """The text of the file.

        Args:
            data: the whole file.
            where: the file's name, for messages.

        Raises:
            NoteError: the file is damaged, or has no text.
        """
