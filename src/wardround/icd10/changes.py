"""What has changed between two releases, in the codes that are valid for reporting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.icd10.codeset import CodeSet
    from wardround.icd10.release import Release

__all__ = ["KINDS", "Change", "ChangeKind", "ReleaseDiff", "diff"]

ChangeKind = Literal["new", "billable", "revised", "subdivided", "deleted"]
KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One code that is not what it was.

    Attributes:
        code: as printed, with its 7th character if it has one.
        kind: ``"new"``, it did not exist; ``"billable"``, it was a header and is valid for reporting now;
            ``"revised"``, its description changed; ``"subdivided"``, it became a header and codes below it, or one of
            its 7th characters, have to be used; ``"deleted"``, it does not exist any more.
        before: its description in the older release; empty if it did not exist.
        after: its description in the newer release; empty if it does not exist.
        successors: where to look in the newer release. For a subdivided code the codes right below it; for a deleted
            one the entry closest above the place where it stood. Empty for all others.
    """

    code: str
    kind: ChangeKind
    before: str = ""
    after: str = ""
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReleaseDiff:
    """The changes from the release ``older`` to the release ``newer``, in the order of the codes."""

    older: Release
    newer: Release
    changes: tuple[Change, ...]

    @property
    def counts(self) -> Mapping[ChangeKind, int]:
        """How many changes there are of each kind; every kind has a count."""
        return {kind: sum(change.kind == kind for change in self.changes) for kind in KINDS}


def diff(older: CodeSet, newer: CodeSet) -> ReleaseDiff:
    """What has changed from ``older`` to ``newer`` in the codes that are valid for reporting, 7th characters included.

    What CMS counts as new are the new and the billable ones together, as deleted the subdivided and the deleted ones.
    """
    before, after = dict(older.billable_titles()), dict(newer.billable_titles())
    changes = []
    for code in sorted(before.keys() | after.keys()):
        if code not in before:
            header = older.get(code)
            was = header.title if header else ""
            changes.append(Change(code=code, kind="billable" if header else "new", before=was, after=after[code]))
        elif code not in after:
            changes.append(_gone(code, before[code], newer))
        elif before[code] != after[code]:
            changes.append(Change(code=code, kind="revised", before=before[code], after=after[code]))
    return ReleaseDiff(older=older.release, newer=newer.release, changes=tuple(changes))


def _gone(code: str, title: str, newer: CodeSet) -> Change:
    now = newer.get(code)
    if now is not None:
        below = now.children or tuple(newer.with_seventh(code, character) for character in now.seventh_characters)
        return Change(code=code, kind="subdivided", before=title, after=now.title, successors=below)
    above = next((code[:length] for length in range(len(code) - 1, 2, -1) if code[:length] in newer), "")
    return Change(code=code, kind="deleted", before=title, successors=(above,) if above else ())
