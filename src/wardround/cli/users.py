"""``wardround users``: accounts and tokens, from the machine where the store is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wardround.cli.kept import Database, Folder, KeyFile, at_the_terminal

if TYPE_CHECKING:
    from wardround.store import Role, User
    from wardround.store.store import Store

__all__ = ["users"]

users = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Who may use the server: users, their roles and passwords, and tokens for programs.",
)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="By which they sign in.")]
_Role = Annotated[str, typer.Option("--role", help="reader, coder, reviewer or admin.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Stdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")
]


@users.command()
def add(
    name: _Name,
    role: _Role,
    password_stdin: _Stdin = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="They cannot sign in; their programs can, with tokens.")
    ] = False,
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
) -> None:
    """Add a user. The password is asked for twice, and not shown.

    \b
    Examples:
      wardround users add maria --role admin
      wardround users add record --role coder --no-password
      wardround users add jan --role coder --password-stdin < password.txt

    A reader sees cases; a coder adds, drafts, reviews and signs them too; a reviewer also assigns them, settles where
    two readers differ, and sees how people decided; an admin may do everything.
    """
    from wardround.errors import InputError
    from wardround.server.access.names import check_name
    from wardround.store import open_store

    if no_password and password_stdin:
        raise InputError("with a password, or without one", where="--no-password and --password-stdin")
    check_name(name)
    chosen = _role(role)
    with open_store(database, folder, key_file) as store:
        kept = "" if no_password else _hashed(name, password_stdin)
        user = store.accounts.add_user(at_the_terminal(), name, chosen, kept)
    typer.echo(f"{user.name} is {user.role} ({user.id})")


@users.command("list")
def list_(json_: _Json = False, database: Database = "", folder: Folder = None, key_file: KeyFile = None) -> None:
    """List all users.

    \b
    Examples:
      wardround users list
      wardround users list --json
    """
    from wardround.cli.terminal import print_json
    from wardround.store import open_store

    with open_store(database, folder, key_file, make=False) as store:
        rows = [_told(user) for user in store.accounts.users()]
    if json_:
        print_json(rows)
    else:
        _print(rows)


@users.command()
def change(
    name: _Name,
    role: Annotated[str, typer.Option("--role", help="Their new role: reader, coder, reviewer or admin.")] = "",
    disabled: Annotated[
        bool | None, typer.Option("--disable/--enable", help="Whether they may sign in, and their tokens count.")
    ] = None,
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
) -> None:
    """Give a user another role, disable them, or enable them again.

    \b
    Examples:
      wardround users change maria --role reviewer
      wardround users change jan --disable

    It holds from the next request on. Users are never removed, as the audit trail names them.
    """
    from wardround.errors import InputError
    from wardround.store import open_store

    if not role and disabled is None:
        raise InputError("nothing is to be changed", where="--role, --disable or --enable")
    chosen = _role(role) if role else None
    with open_store(database, folder, key_file, make=False) as store:
        user = _found(store, name)
        user = store.accounts.change_user(at_the_terminal(), user.id, role=chosen, disabled=disabled)
    typer.echo(f"{user.name} is {user.role}{', disabled' if user.disabled else ''}")


@users.command()
def password(
    name: _Name,
    password_stdin: _Stdin = False,
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
) -> None:
    """Give a user another password. They are signed out everywhere.

    \b
    Examples:
      wardround users password maria
      wardround users password maria --password-stdin < password.txt
    """
    from wardround.store import open_store

    with open_store(database, folder, key_file, make=False) as store:
        user = _found(store, name)
        kept = _hashed(name, password_stdin)
        store.accounts.change_user(at_the_terminal(), user.id, password_hash=kept)
    typer.echo(f"{user.name} has another password")


@users.command()
def token(
    name: _Name,
    scope: Annotated[list[str], typer.Option("--scope", help="What the token may be used for; again for more.")],
    label: Annotated[str, typer.Option("--label", help="What the token is for, to know it by.")] = "made at a terminal",
    days: Annotated[
        int | None,
        typer.Option(
            "--days", metavar="N", min=1, max=3650, help="How long it is valid; without it, until it is revoked."
        ),
    ] = None,
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
) -> None:
    """Make a token by which a program acts for a user, and print it; it is shown this once.

    \b
    Examples:
      wardround users token record --scope notes:code
      wardround users token record --scope cases:read --scope cases:write --days 90 --label "night batch"

    A program sends it with each request: Authorization: Bearer wr_… What it may do is what is both in its scopes and in
    the role of its user. It is revoked by DELETE /v1/tokens/ID, or by disabling the user.
    """
    import datetime

    from wardround.errors import InputError
    from wardround.server.access.policy import SCOPES
    from wardround.server.access.tokens import digest_of, new_token
    from wardround.store import open_store

    if unknown := sorted(set(scope) - set(SCOPES)):
        raise InputError(f"there is no scope {unknown[0]}", where="--scope", hint=f"one of {', '.join(SCOPES)}")
    expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days) if days else None
    with open_store(database, folder, key_file, make=False) as store:
        user = _found(store, name)
        shown = new_token()
        store.accounts.add_token(at_the_terminal(), user.id, label, scope, digest_of(shown), expires)
    typer.echo(shown)


def _role(role: str) -> Role:
    from wardround.errors import InputError
    from wardround.store.records import ROLES

    chosen = next((each for each in ROLES if each == role), None)
    if chosen is None:
        raise InputError("there is no such role", where="--role", hint=f"one of {', '.join(ROLES)}")
    return chosen


def _found(store: Store, name: str) -> User:
    from wardround.errors import UnknownRecord

    user = store.accounts.user_named(name)
    if user is None:
        raise UnknownRecord("there is no such user", where="NAME", hint="wardround users list")
    return user


def _hashed(name: str, from_stdin: bool) -> str:
    """What is kept of the password that is given."""
    from wardround.errors import InputError
    from wardround.server.access.passwords import LONGEST, Passwords, check_password

    if from_stdin:
        given = sys.stdin.readline(LONGEST + 2).rstrip("\r\n")
    elif sys.stdin.isatty():
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        raise InputError("there is no terminal to ask for the password", hint="give --password-stdin")
    check_password(name, given)
    return Passwords().hash(given)


def _told(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "disabled": user.disabled,
        "password": bool(user.password_hash),
        "created": user.created.isoformat(timespec="seconds"),
    }


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from wardround.cli.terminal import say

    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("name", "role", "", "since", "id"):
        grid.add_column(heading, no_wrap=heading == "id")
    for row in rows:
        state = "disabled" if row["disabled"] else "" if row["password"] else "no password"
        grid.add_row(row["name"], row["role"], state, row["created"][:10], row["id"])
    say([grid])
