"""Which store of cases is meant, and who acts on it at a terminal."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from wardround.store import Actor

__all__ = ["Database", "Folder", "KeyFile", "at_the_terminal"]

Database = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="WARDROUND_DATABASE",
        show_envvar=True,
        help="Address of a PostgreSQL database; without one SQLite in the folder.",
    ),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder", metavar="FOLDER", help="Where documents and SQLite lie; without it, in the user's data folder."
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        envvar="WARDROUND_KEY_FILE",
        show_envvar=True,
        help="The key by which the store is encrypted, if it is.",
    ),
]


def at_the_terminal() -> Actor:
    """Who runs the command, as the system knows them; for the audit trail."""
    from wardround.store import Actor

    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        name = "unknown"
    return Actor(id=f"os:{name}")
