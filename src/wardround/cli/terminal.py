"""What a person sees: a console for tables, and one line on standard error for each failure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console, RenderableType
    from rich.table import Table

__all__ = ["console", "drawn", "print_json", "say", "say_error", "say_note", "tally"]


def console(file: TextIO | None = None) -> Console:
    """A Rich console that takes text as it is: no markup, no emoji, no guessing what to colour."""
    from rich.console import Console

    return Console(file=file, markup=False, emoji=False, highlight=False)


def drawn(console: Console, parts: Iterable[RenderableType]) -> str:
    """``parts`` one below the other as ``console`` would print them, without the white space that ends lines."""
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return "".join(f"{line.rstrip(' ')}\n" for line in captured.get().split("\n")[:-1])


def say(parts: Iterable[RenderableType]) -> None:
    """``parts`` one below the other on standard output."""
    sys.stdout.write(drawn(console(), parts))


def tally() -> Table:
    """A table without a head or lines: what is counted, and to the right how much of it."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    return table


def print_json(value: object) -> None:
    """``value`` on standard output, indented, for people and programs alike."""
    import json

    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=not _writes_unicode()) + "\n")


def _writes_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def say_error(message: str) -> None:
    """``error: …`` on one line of standard error."""
    from wardround.export.visible import visible

    print(f"error: {visible(message)}", file=sys.stderr)


def say_note(message: str, *, asked: bool = False) -> None:
    """``note: …`` on one line of standard error; only for a person, so not where a program reads, unless asked for."""
    if asked or sys.stderr.isatty():
        print(f"note: {message}", file=sys.stderr)
