"""``wardround backup`` and ``wardround restore``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wardround.cli.kept import Database, Folder, KeyFile, at_the_terminal

__all__ = ["backup", "restore"]


def backup(
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
) -> None:
    """Write all cases, documents, reviews and the audit trail into one file.

    \b
    Examples:
      wardround backup monday.tar
      wardround backup monday.tar --database postgresql://wardround@db/wardround

    The server may go on working meanwhile. The file appears when it has been read back and found right, and can be
    restored into SQLite and PostgreSQL alike. What is encrypted stays so: keep the key file too, but elsewhere.
    """
    from wardround.cli.progress import Steps
    from wardround.errors import InputError
    from wardround.store import open_store

    if output.exists():
        raise InputError("the file is there already", where=str(output), hint="name another one")
    with open_store(database, folder, key_file, make=False) as store, Steps() as steps:
        store.backup(at_the_terminal(), output, lambda step, done, total: steps.tell(f"{step}: {done} of {total}"))


def restore(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A file that wardround backup wrote.")],
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
) -> None:
    """Take over a backup into a store that is empty, or not there yet.

    \b
    Examples:
      wardround restore monday.tar
      wardround restore monday.tar --folder trial

    All of the file is checked first; it is taken over completely or not at all, and the audit trail goes on from where
    it was.
    """
    from wardround.cli.progress import Steps
    from wardround.store import open_store

    with open_store(database, folder, key_file) as store, Steps() as steps:
        store.restore(at_the_terminal(), source, lambda step, done, total: steps.tell(f"{step}: {done} of {total}"))
