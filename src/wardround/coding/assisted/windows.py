"""A note in pieces that a model can read at once, those that matter most to coding first.

A window is a run of neighbouring sentences of sections of one kind, at most three thousand characters of it, so that a
small model has room for it and a large note can be left off where it matters least. Windows never overlap, and every
word of the note is in exactly one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wardround.coding.basis import bases_in
from wardround.coding.draft import Basis
from wardround.documents import Note
from wardround.spans import Span

__all__ = ["LONGEST", "Window", "windows"]

LONGEST = 3000  # characters; some 800 tokens
_ORDER = (Basis.PROBLEM, Basis.COMPLAINT, Basis.NARRATIVE, Basis.PAST)


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a note.

    Attributes:
        span: its characters.
        bases: what a mention in it may be worth; empty where it can only support.
    """

    span: Span
    bases: frozenset[Basis]


def windows(note: Note) -> list[Window]:
    """The windows of ``note``: the assessment first, then complaint, story and past, and what only supports last."""
    found: list[Window] = []
    for window in _pieces(note):
        last = found[-1] if found else None
        if last and last.bases == window.bases and window.span.end - last.span.start <= LONGEST:
            found[-1] = Window(Span(last.span.start, window.span.end), last.bases)
        else:
            found.append(window)
    return sorted(found, key=_worth)


def _worth(window: Window) -> int:
    return next((place for place, basis in enumerate(_ORDER) if basis in window.bases), len(_ORDER))


def _pieces(note: Note) -> Iterator[Window]:
    """The sentences in order; one that is too long is cut, between words where it has any."""
    for sentence in note.sentences:
        bases = bases_in(note.section_of(sentence.start).kind)
        start = sentence.start
        while sentence.end - start > LONGEST:
            words = note.text[start : start + LONGEST]
            end = start + (max(words.rfind(" "), words.rfind("\n")) + 1 or LONGEST)
            yield Window(Span(start, end), bases)
            start = end
        yield Window(Span(start, sentence.end), bases)
