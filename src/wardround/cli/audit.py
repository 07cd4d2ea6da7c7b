"""``wardround audit verify`` and ``list``"""

from __future__ import annotations

import datetime
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from wardround.cli.kept import Database, Folder, KeyFile, at_the_terminal

if TYPE_CHECKING:
    from wardround.store import Event

__all__ = ["audit"]

audit = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The audit trail: who read and changed what, and whether it is whole.",
)

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@audit.command()
def verify(
    head: Annotated[
        str, typer.Option("--head", help="What an earlier run printed; the trail must still hold that event.")
    ] = "",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
) -> None:
    """Go through the whole audit trail and say whether it is as it was written.

    \b
    Examples:
      wardround audit verify
      wardround audit verify --json > head.json

    Any event that was changed, removed, inserted or moved is found, and events that are missing at the end. A trail
    that was rewritten to its end by somebody who owns the database is found by its head: write down what this prints,
    and give it the next time. The exit status is 1 if the trail is not whole.
    """
    from wardround.cli.progress import Steps
    from wardround.cli.terminal import print_json
    from wardround.store import open_store

    with open_store(database, folder, key_file, make=False) as store, Steps() as steps:
        found = store.verify_audit(head, lambda done, total: steps.tell(f"event {done} of {total}"))
    if json_:
        print_json(asdict(found))
    else:
        typer.echo(f"{found.events} events, none changed or missing\nhead {found.head}")


@audit.command("list")
def list_(
    actor: Annotated[str, typer.Option("--actor", help="Only what this user did, by id.")] = "",
    action: Annotated[str, typer.Option("--action", help="Only this: create, read, update, delete, query …")] = "",
    resource: Annotated[str, typer.Option("--resource", help="Only what was done to this case or user, by id.")] = "",
    since: Annotated[
        datetime.datetime | None, typer.Option("--since", formats=_FORMATS, help="From then on, UTC.")
    ] = None,
    until: Annotated[
        datetime.datetime | None, typer.Option("--until", formats=_FORMATS, help="Before then, UTC.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON lines.")] = False,
    database: Database = "",
    folder: Folder = None,
    key_file: KeyFile = None,
) -> None:
    """List events of the audit trail, the oldest first.

    \b
    Examples:
      wardround audit list --since 2026-11-01
      wardround audit list --action sign --json

    That the list was made is an event, too.
    """
    from wardround.errors import InputError
    from wardround.store import open_store
    from wardround.store.records import ACTIONS

    chosen = next((each for each in ACTIONS if each == action), None)
    if action and chosen is None:
        raise InputError("there is no such action", where="--action", hint=f"one of {', '.join(ACTIONS)}")
    since, until = (time.replace(tzinfo=datetime.UTC) if time else None for time in (since, until))
    with open_store(database, folder, key_file, make=False) as store:
        store.log(at_the_terminal(), "query", "audit")
        for event in store.events(actor=actor, action=chosen or "", resource=resource, since=since, until=until):
            sys.stdout.write(json.dumps(_plain(event)) + "\n" if json_ else _line(event))


def _plain(event: Event) -> dict[str, object]:
    return {**asdict(event), "at": event.at.isoformat(timespec="microseconds")}


def _line(event: Event) -> str:
    from wardround.export.visible import visible

    at = event.at.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
    parts = [f"{event.sequence:>8}", at, f"{visible(event.actor):<16}", f"{event.action:<6}", f"{event.kind:<8}"]
    parts += [f"{visible(event.resource):<32}", event.outcome, *([visible(event.reason)] if event.reason else [])]
    parts += [f"{name}={visible(json.dumps(value, ensure_ascii=False))}" for name, value in event.details.items()]
    return "  ".join(parts) + "\n"
