"""Transactions that end with their event in the audit trail."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from wardround.errors import InputError, StoreError, UnknownRecord
from wardround.store import audit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from wardround.store.audit import Entry
    from wardround.store.database import Database

__all__ = ["Audited", "told"]

_NAME = re.compile(r"[\w.:@+-]{0,100}")  # what the audit trail takes over of what somebody asked for


class Audited:
    """A database whose verbs each leave one event.

    Attributes:
        database: behind it, for what is no event.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextmanager
    def acting(self, entry: Entry, *, exclusive: bool = False) -> Iterator[Session]:
        """A transaction with its event at the end; where it fails, only the event, as a failure.

        Args:
            entry: the event; the block may still name the resource and add details, and events that follow it.
            exclusive: no other transaction that asks for this runs at the same time.
        """
        with self.noted(entry), self.database.writing() as session:
            if exclusive:
                self.database.serialise(session)
            yield session
            session.flush()
            audit.append(session, entry, *entry.followed_by)

    @contextmanager
    def noted(self, entry: Entry) -> Iterator[None]:
        """Where the block fails, its event is written as a failure."""
        try:
            yield
        except (StoreError, InputError) as error:
            entry.outcome = "failure"
            entry.resource = "" if isinstance(error, UnknownRecord) and not error.where else told(entry.resource)
            entry.details["error"] = type(error).__name__
            with suppress(StoreError), self.database.writing() as session:
                audit.append(session, entry)
            raise


def told(asked: str) -> str:
    """``asked``, if it can be an id or a code; else nothing of it."""
    return asked if _NAME.fullmatch(asked) else ""
