"""Signed notes, for what learns from them: each case once, with the codes that hold and the note as it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.store import cases
from wardround.store.audit import Entry
from wardround.store.figures import signed_reviews
from wardround.store.records import SignedNote, in_force, reported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wardround.store.audited import Audited
    from wardround.store.files import Files
    from wardround.store.packing import Packer
    from wardround.store.records import Actor, Case, Reviewed

__all__ = ["holding", "signed_notes"]

_BATCH = 200  # cases that are read in one transaction


def holding(audited: Audited, packer: Packer) -> list[Reviewed]:
    """The review that holds of each case that is a note and is signed, the oldest signature first."""
    rounds: dict[str, list[Reviewed]] = {}
    for each in signed_reviews(audited.database, packer, None, None):
        if each.kind == "note":
            rounds.setdefault(each.case, []).append(each)
    held = (in_force(sorted(those, key=lambda each: each.round)) for those in rounds.values())
    return sorted((each for each in held if each is not None), key=lambda each: (each.signed, each.case))


def signed_notes(
    audited: Audited, packer: Packer, files: Files, actor: Actor, held: Sequence[Reviewed], reason: str
) -> Iterator[SignedNote]:
    """The notes of ``held``; each is read in a transaction with its event."""
    for start in range(0, len(held), _BATCH):
        for review, case, draft in _read(audited, packer, actor, held[start : start + _BATCH], reason):
            document = next((each for each in case.documents if each.role == "note"), None)
            if document is not None:
                yield SignedNote(
                    case=case.id,
                    codes=frozenset(reported(review)),
                    encounter=case.encounter,
                    draft=draft,
                    document=b"".join(files.chunks(document.sha256)),
                    media_type=document.media_type,
                )


def _read(
    audited: Audited, packer: Packer, actor: Actor, held: Sequence[Reviewed], reason: str
) -> list[tuple[Reviewed, Case, dict[str, object]]]:
    events = [Entry(actor=actor, action="read", kind="case", resource=each.case, reason=reason) for each in held]
    first, *events[0].followed_by = events
    with audited.acting(first) as session:
        return [
            (
                each,
                cases.found(session, cases.find(session, each.case)),
                dict(cases.result(session, packer, each.case, each.result).content),
            )
            for each in held
        ]
