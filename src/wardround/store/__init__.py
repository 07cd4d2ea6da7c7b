"""Where cases are kept: notes and studies, what was drafted of them, what people decided, and who saw what.

`open_store` gives a `Store`; every verb of it takes the acting user and leaves one event in the audit trail. What it
gives back are plain frozen records. The database is SQLite or PostgreSQL; documents lie beside it as files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.errors import StoreError
from wardround.store.records import (
    Actor,
    Case,
    CasePage,
    Decision,
    Document,
    Event,
    Job,
    Result,
    Review,
    Reviewed,
    Role,
    SignedNote,
    Token,
    Upload,
    User,
    Verified,
)

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.store.store import Store

__all__ = [
    "Actor",
    "Case",
    "CasePage",
    "Decision",
    "Document",
    "Event",
    "Job",
    "Result",
    "Review",
    "Reviewed",
    "Role",
    "SignedNote",
    "Token",
    "Upload",
    "User",
    "Verified",
    "open_store",
]


def open_store(url: str = "", folder: Path | None = None, key_file: Path | None = None, *, make: bool = True) -> Store:
    """The store at ``url``, made or brought up to date where needed. Close it, or use it as a context.

    Args:
        url: of the database, such as ``postgresql+psycopg://user@host/name``; SQLite in ``folder`` without one.
        folder: of the documents; ``store`` in the user's data folder without one.
        key_file: holds the key by which documents, results and decisions are encrypted; not encrypted without one. A
            new store makes it if it is not there. A store is encrypted from its beginning or never.
        make: a store where none is; an error without.

    Raises:
        StoreError: a package is not installed, there is no store, the database cannot be reached or was made by a newer
            wardround, the folder cannot be written, or the key is not the store's.
    """
    try:
        from wardround.store.store import Store
    except ModuleNotFoundError as error:
        hint = "pip install 'wardround[server]'"
        raise StoreError(f"the store needs the package {error.name}", hint=hint) from None
    return Store(url, folder, key_file, make=make)
