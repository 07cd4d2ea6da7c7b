"""One note to code or one list of codes to check, and what became of it.

What is wrong with a record is returned in its place as a :class:`~wardround.export.Failure`, never raised: every record
stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from wardround.errors import InputError, WardroundError, defect
from wardround.export import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from wardround.coding import Checker, Coder, CodingResult, Encounter, Finding
    from wardround.icd10 import Release

__all__ = ["Checked", "Listed", "Record", "checked", "coded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One note to code.

    Attributes:
        id: the record's ``id``, the file's path as given, or ``"line 7"``.
        where: what to call its place in an error: the file, or the line.
        source: the note itself (``str``), or where it is (``Path``) or its undecoded bytes.
        encounter: what is known of the visit.
        codes: the gold codes, where the record has them.
    """

    id: str
    where: str
    source: str | bytes | Path
    encounter: Encounter
    codes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One list of codes to check.

    Attributes:
        id: the record's ``id``, or ``"line 7"``.
        where: what to call its place in an error.
        codes: as they were given.
        encounter: what is known of the visit.
        release: the id of the release that the record names; None if it names none.
    """

    id: str
    where: str
    codes: tuple[str, ...]
    encounter: Encounter
    release: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One list with the release it was checked in and what is wrong with it."""

    listed: Listed
    release: Release
    findings: tuple[Finding, ...]


_R = TypeVar("_R", Record, Listed)
_T = TypeVar("_T")


def coded(
    coder: Coder,
    record: Record | Failure,
    *,
    ocr: str = "auto",
    on_page: Callable[[int, int], None] | None = None,
    rejected: bool = True,
) -> CodingResult | Failure:
    """The result of one record, or what went wrong with it; nothing that is wrong with a record is raised.

    The options are those of `wardround.coding.Coder.code`.
    """

    def code(note: Record) -> CodingResult:
        return coder.code(note.source, note.encounter, id=note.id, ocr=ocr, on_page=on_page, rejected=rejected)

    return _done(record, code)


def checked(checker: Callable[[Listed], Checker], record: Listed | Failure) -> Checked | Failure:
    """What the checker chosen for a list finds wrong with it, or what went wrong instead; see `coded`."""

    def check(listed: Listed) -> Checked:
        chosen = checker(listed)
        findings = chosen.check(listed.codes, listed.encounter)
        return Checked(listed=listed, release=chosen.release(listed.encounter), findings=findings)

    return _done(record, check)


def _done(record: _R | Failure, work: Callable[[_R], _T]) -> _T | Failure:
    if isinstance(record, Failure):
        return record
    try:
        return work(record)
    except WardroundError as error:
        known = error
    except Exception as error:
        known = defect(error)
        known.what += f" at {known.where}"
    return Failure(id=record.id, error=InputError(known.what, where=record.where, hint=known.hint))
