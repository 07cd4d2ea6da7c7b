"""New cases. Those that come while others are being written wait, and are then written together in one transaction.

A database has one that writes at a time, and most of what a transaction costs is the same for one case and for many.
So whoever comes first writes, and whoever comes meanwhile waits; the first of these then writes all of them. Each
returns when its own case is committed, and an error of one is not one of the others.
"""

from __future__ import annotations

import copy
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from wardround.errors import StoreError
from wardround.store import audit, cases
from wardround.store.audit import Entry
from wardround.store.jobs import add as add_job
from wardround.store.records import Case
from wardround.store.schema import DocumentRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from wardround.store.audited import Audited
    from wardround.store.cases import New
    from wardround.store.files import Files, Staged
    from wardround.store.records import Actor

__all__ = ["Additions"]

_Outcome = Case | StoreError


def _locked() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Addition:
    """A case that somebody waits for.

    Attributes:
        entry: its event.
        begun: whether its transaction has.
        outcome: what came of it; None as long as nothing has.
        alone: what it was written with failed: it is to be written again, by itself, if it has no outcome.
        turn: released when whoever waits for it is to go on: with its outcome, or to write it.
    """

    new: New
    entry: Entry
    begun: bool = False
    outcome: _Outcome | None = None
    alone: bool = False
    turn: threading.Lock = field(default_factory=_locked)


class Additions:
    """Adds cases. Safe to share between threads."""

    def __init__(self, audited: Audited, files: Files) -> None:
        self._audited = audited
        self._database = audited.database
        self._files = files
        self._changing = threading.Lock()
        self._waiting: list[_Addition] = []
        self._led = False  # whether somebody writes, or is about to

    def add(self, actor: Actor, new: New) -> Case:
        """Keep a new case, whose documents are staged. Audited: create, also of the draft or job.

        Raises:
            InputError: a value cannot be kept.
            StoreConflict: the key was used before, with another content.
        """
        entry = Entry(actor=actor, action="create", kind="case", details={"kind": new.kind})
        addition = _Addition(new, entry)
        with self._kept(addition), self._audited.noted(entry):
            new.check()
            outcome = self._outcome(addition)
            if isinstance(outcome, Case):
                return outcome
            raise outcome

    def _outcome(self, addition: _Addition) -> _Outcome:
        with self._changing:
            self._waiting.append(addition)
            leads, self._led = not self._led, True
        if not leads:
            addition.turn.acquire()
        if addition.outcome is None and not addition.alone:
            self._write_all()
        if addition.outcome is None:
            with self._transaction() as session:
                addition.begun = True
                [outcome] = self._written(session, [addition])
            return outcome
        return addition.outcome

    def _write_all(self) -> None:
        """Write what waits, and let the next one lead, if there is one."""
        together: list[_Addition] = []
        outcomes: Sequence[_Outcome | None] = ()
        try:
            with self._transaction() as session:
                together = self._taken()
                for each in together:
                    each.begun = True
                outcomes = self._written(session, together)
        except Exception as error:
            together = together or self._taken()
            if isinstance(error, StoreError) and error.retryable:
                outcomes = [copy.copy(error) for _ in together]
            elif len(together) == 1:  # of several, one may be the reason: each is tried again by itself
                raise
        finally:
            self._hand_over(together or self._taken(), outcomes)

    def _hand_over(self, together: Sequence[_Addition], outcomes: Sequence[_Outcome | None]) -> None:
        with self._changing:
            following = self._waiting[0] if self._waiting else None
            self._led = following is not None
        if following is not None:
            following.turn.release()
        for each, outcome in zip(together, outcomes or [None] * len(together), strict=True):
            each.outcome, each.alone = outcome, True
            each.turn.release()

    def _taken(self) -> list[_Addition]:
        """Those that wait; of several with one key the first, as the others are to find its case."""
        with self._changing:
            taken: dict[object, _Addition] = {}
            for each in self._waiting:
                key = (each.new.by, each.new.idempotency_key) if each.new.idempotency_key else each.new.id
                taken.setdefault(key, each)
            chosen = list(taken.values())
            self._waiting = [each for each in self._waiting if each not in chosen]
            return chosen

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """A transaction that has begun, while no other one adds cases."""
        with self._database.writing() as session:
            self._database.serialise(session)
            session.connection()
            yield session

    def _written(self, session: Session, together: Sequence[_Addition]) -> list[_Outcome]:
        """What comes of each, once the transaction is committed."""
        outcomes: dict[str, _Outcome] = {}
        for each in together:
            if not all(self._files.has(staged.sha256) for _, staged in each.new.uploads):
                what = "the documents were purged meanwhile"
                outcomes[each.new.id] = StoreError(what, hint="try again", retryable=True)
        there = [each for each in together if each.new.id not in outcomes]
        entries: list[Entry] = []
        for each, outcome in zip(there, cases.add(session, [each.new for each in there]), strict=True):
            if isinstance(outcome, Case):
                outcome = self._completed(session, each, outcome)
                entries += (each.entry, *each.entry.followed_by)
            outcomes[each.new.id] = outcome
        session.flush()
        if entries:
            audit.append(session, *entries)
        return [outcomes[each.new.id] for each in together]

    def _completed(self, session: Session, addition: _Addition, case: Case) -> Case:
        """Complete the events of a case, and ask for its job."""
        entry, new = addition.entry, addition.new
        entry.followed_by.clear()  # of a transaction that did not succeed
        entry.resource = case.id
        entry.details["documents"] = len(case.documents)
        if case.replayed:
            entry.details["replayed"] = True
            return case
        if new.draft is not None:
            entry.then(kind="result", number=1)
        if new.job is not None:
            job = add_job(session, cases.find(session, case.id), *new.job, new.by)
            entry.then(kind="job", job=job.id, task=job.task)
            return replace(case, job=job.id, job_state=job.state)
        return case

    @contextmanager
    def _kept(self, addition: _Addition) -> Iterator[None]:
        """Documents that have their names; where the block fails, those go that no case has.

        Where it fails before its transaction began, the database may be locked or gone; it is not asked then.
        """
        staged = [each for _, each in addition.new.uploads]
        first: dict[str, Staged] = {}
        try:
            for each in staged:  # before the transaction, as others wait for that
                if self._files.keep(each) or each.sha256 in first:
                    first[each.sha256] = each
            yield
        except BaseException:
            if not addition.begun:
                with suppress(StoreError):
                    for each in first.values():
                        self._files.take_back(each)
                raise
            with suppress(StoreError), self._database.writing() as session:
                self._database.serialise(session)
                for each in staged:
                    if not session.scalar(select(DocumentRow.id).where(DocumentRow.sha256 == each.sha256).limit(1)):
                        self._files.remove(each.sha256)
            raise
