"""All commands under one name, and what happens when one of them fails."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from wardround import __version__
from wardround.cli.ask import ask
from wardround.cli.audit import audit
from wardround.cli.backup import backup, restore
from wardround.cli.batch import BatchCommand, batch
from wardround.cli.classify import classify
from wardround.cli.code import code
from wardround.cli.codeset import codeset
from wardround.cli.deidentify import deidentify
from wardround.cli.doctor import doctor
from wardround.cli.evaluate import evaluate
from wardround.cli.explain import explain
from wardround.cli.export import export
from wardround.cli.inspect import inspect
from wardround.cli.judge import judge
from wardround.cli.learn import learn
from wardround.cli.mcp import mcp
from wardround.cli.models import models
from wardround.cli.read import read
from wardround.cli.rules import rules
from wardround.cli.schema import schema
from wardround.cli.serve import serve
from wardround.cli.terminal import say_error
from wardround.cli.users import users
from wardround.errors import WardroundError, defect

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["app", "run"]

app = typer.Typer(
    name="wardround",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help needs no import of Rich
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(ask)
app.add_typer(audit, name="audit")
app.command()(backup)
app.command(cls=BatchCommand)(batch)
app.command()(classify)
app.command()(code)
app.add_typer(codeset, name="codeset")
app.command()(deidentify)
app.command()(doctor)
app.command()(evaluate)
app.command()(explain)
app.command()(export)
app.command()(inspect)
app.command()(judge)
app.command()(learn)
app.add_typer(rules, name="rules")
app.command()(mcp)
app.add_typer(models, name="models")
app.command()(read)
app.command()(restore)
app.command()(schema)
app.command()(serve)
app.add_typer(users, name="users")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"wardround {__version__}")
        raise typer.Exit


@app.callback()
def wardround(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Draft ICD-10-CM codes from clinical notes, and reports of medical images, each with what it rests on.

    \b
    Examples:
      wardround code note.txt
      wardround code --jsonl notes.jsonl -o codes.jsonl
      wardround codeset show K35.80
      wardround read chest.dcm --engine medgemma --history note.txt

    Everything runs on this machine; nothing is sent anywhere unless you name a server. A person reviews what it drafts.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. Failures are one line on standard error, without a traceback."""
    try:
        status = app(arguments, prog_name="wardround", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        _give_up_stdout()
        return 0
    except SystemExit as end:  # what Typer makes of the same
        return 0 if isinstance(end.__context__, BrokenPipeError) else 1
    except WardroundError as error:
        say_error(str(error))
        return 1
    except typer.TyperException as error:  # the command line itself is wrong
        message = error.format_message()
        if "\n" in message:  # a group without a command: its help
            typer.echo(message, err=True)
        else:
            say_error(f"{message[:1].lower()}{message[1:].rstrip('.')} ({_help(error)})")
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        if full:
            _give_up_stdout()
        say_error(f"cannot write: {error.strerror}" if full else str(defect(error)))
        return 1
    except Exception as error:
        say_error(str(defect(error)))
        return 1
    return status if isinstance(status, int) else 0


def _give_up_stdout() -> None:
    """What is still to be written goes nowhere, or closing it would fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _help(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f"see {context.command_path if context else 'wardround'} --help"
