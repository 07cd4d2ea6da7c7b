"""``wardround deidentify``: images without their patients, in a new folder."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wardround.cli.output import destination
from wardround.cli.progress import Steps
from wardround.cli.terminal import console, drawn, print_json, say, say_error, say_note
from wardround.errors import ImageError, InputError, WardroundError
from wardround.export.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from wardround.images.deidentify import Decision, Deidentified, Found, TextBox
    from wardround.images.readers.base import File

__all__ = ["deidentify"]

_HELD_BACK = 3
_SOURCES = {"text": "by reading", "outside": "outside the ultrasound"}


def deidentify(
    paths: Annotated[list[Path], typer.Argument(metavar="PATHS", help="Image files, folders and zip archives.")],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="OUT", help="The folder to make; it appears when all of it is written."),
    ],
    redact_all: Annotated[
        bool,
        typer.Option("--redact-all", help="Make black what is text by all appearance, without asking."),
    ] = False,
    boxes: Annotated[
        Path | None,
        typer.Option(
            "--boxes",
            metavar="OUT.png",
            help="Draw what was found into this PNG, further files into numbered ones; they show the patient's data.",
        ),
    ] = None,
    show_text: Annotated[
        bool, typer.Option("--show-text", help="Show what was read, too; it may be the patient's data.")
    ] = False,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            metavar="FILE",
            help="A secret by which UIDs, names and dates change as in the last run with it; made if it is not there.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE.json", help="Write what was changed as JSON, without patient data."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print that JSON instead of a table.")] = False,
) -> None:
    """Take the patient out of images: the headers, and what is written in the pictures.

    \b
    Examples:
      wardround deidentify chest.dcm -o clean
      wardround deidentify study.zip -o clean --boxes found.png
      wardround deidentify export/ -o clean --redact-all --report report.json
      wardround deidentify second-visit/ -o clean2 --key-file project.key

    DICOM headers follow the basic profile of PS3.15, then a checklist is gone through; a file that does not pass is not
    written. Text in the pictures is shown as boxes, and made black when you say so. Where nobody can be asked, files
    with text are held back unless --redact-all is given.

    \b
    Exit status: 0 all written, 1 a file failed, 3 a file was held back.
    """
    from wardround.images.deidentify import deidentify as write
    from wardround.images.deidentify import read_key

    key = read_key(key_file) if key_file else None
    failures: list[WardroundError] = []

    def failed(error: WardroundError) -> None:
        failures.append(error)
        say_error(str(error))

    files, left_out = _files(paths, failed)
    asked = sys.stdin.isatty() and sys.stderr.isatty() and not redact_all
    with _Desk(boxes=boxes, show_text=show_text, redact_all=redact_all, asked=asked) as desk:
        done = write(
            files,
            output,
            key=key,
            decide=desk.decide,
            progress=desk.tell,
            failed=failed,
            left_out=left_out,
        )
    if report is not None:
        with destination(report) as stream:
            stream.write(json.dumps(done.to_dict(), indent=2) + "\n")
    if as_json:
        print_json(done.to_dict())
    elif done.files:
        _say(done)
    if failures:
        raise typer.Exit(1)
    if held_back := done.count("held back"):
        say_error(
            f"{held_back} of {len(done.files)} files held back: something may be written in their pictures "
            "(say on a terminal what to make black, or give --redact-all; --boxes found.png shows what was found)"
        )
        raise typer.Exit(_HELD_BACK)


def _files(paths: Sequence[Path], failed: Callable[[WardroundError], None]) -> tuple[list[File], int]:
    """The images at these paths, and how many other files lie with them."""
    from wardround.images.deidentify import is_image
    from wardround.images.readers.archive import files_of

    images: list[File] = []
    left_out = 0
    for path in paths:
        try:
            found = files_of(path)
        except WardroundError as error:
            failed(error)
            continue
        there = [file for file in found if is_image(file)]
        images += there
        left_out += len(found) - len(there)
        if not there:
            failed(ImageError("there is no image in it", where=path.name, hint="DICOM, PNG, JPEG, TIFF or WebP"))
    return images, left_out


class _Desk:
    """Where a person is shown what was found, and asked, if somebody is there."""

    def __init__(self, *, boxes: Path | None, show_text: bool, redact_all: bool, asked: bool) -> None:
        self._boxes = boxes
        self._show_text = show_text
        self._redact_all = redact_all
        self._asked = asked
        self._drawn = 0
        self._steps = Steps()

    def __enter__(self) -> _Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._steps.__exit__(kind, error, trace)

    def tell(self, stage: str, done: int, total: int) -> None:
        """The work is so far."""
        self._steps.tell(f"{stage}: file {min(done + 1, total)} of {total}")

    def decide(self, found: Found) -> Decision | None:
        """What to make black: asked of the person; all that is sure with ``--redact-all``; None if nobody says."""
        from wardround.images.deidentify import redact_sure

        self._steps.__exit__(None, None, None)
        self._steps = Steps()
        if self._boxes is not None:
            self._draw(found, self._boxes)
        if self._asked or self._show_text:
            self._show(found)
        if self._redact_all:
            return redact_sure(found)
        return self._ask(found.boxes) if self._asked else None

    def _show(self, found: Found) -> None:
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for column in ("no", "left", "top", "right", "bottom", "confidence", "found"):
            table.add_column(column, justify="left" if column == "found" else "right")
        if self._show_text:
            table.add_column("read")
        for number, each in enumerate(found.boxes, 1):
            place = [str(round(side)) for side in each.box]
            read = [visible(each.text)] if self._show_text else []
            table.add_row(str(number), *place, f"{each.confidence:.2f}", _SOURCES[each.source], *read)
        further = f" and {len(found.files) - 1} more of its series" if len(found.files) > 1 else ""
        print(f"{visible(found.files[0])}{further}: {_count(len(found.boxes), 'box', 'boxes')}", file=sys.stderr)
        if found.says_burned_in:
            print("its header says that the patient can be told by what is written in it", file=sys.stderr)
        sys.stderr.write(drawn(console(sys.stderr), [table]) if found.boxes else "")

    def _ask(self, boxes: Sequence[TextBox]) -> Decision | None:
        from wardround.images.deidentify import Decision

        choices = "[a]ll, [n]one, numbers like 1,3-5; [s]kip the file"
        while True:
            answer = str(typer.prompt(f"Make black: {choices}", default="s", show_default=False, err=True))
            chosen = _chosen(answer, len(boxes))
            if chosen is not None:
                return Decision(black=tuple(boxes[number] for number in chosen), confirmed=True)
            if answer.strip().lower() in ("s", "skip"):
                return None

    def _draw(self, found: Found, path: Path) -> None:
        from wardround.images.deidentify import draw

        self._drawn += 1
        if self._drawn > 1:
            path = path.with_stem(f"{path.stem}-{self._drawn}")
        try:
            path.write_bytes(draw(found.picture(), found.boxes))
        except OSError as error:
            raise InputError(f"cannot write the file: {error.strerror or 'unknown reason'}", where=str(path)) from None
        print(f"boxes of {visible(found.files[0])}: {path}", file=sys.stderr)


def _chosen(answer: str, count: int) -> list[int] | None:
    """The numbers of boxes, from 0, that an answer names; None if it names none.

    >>> _chosen("1, 3-4", 5), _chosen("all", 2), _chosen("none", 2), _chosen("7", 2), _chosen("what?", 2)
    ([0, 2, 3], [0, 1], [], None, None)
    """
    answer = answer.strip().lower()
    if answer in ("a", "all"):
        return list(range(count))
    if answer in ("n", "none"):
        return []
    chosen: set[int] = set()
    for part in answer.split(","):
        found = re.fullmatch(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?", part)
        if not found:
            return None
        first, last = int(found[1]), int(found[2] or found[1])
        if not 1 <= first <= last <= count:
            return None
        chosen |= set(range(first - 1, last))
    return sorted(chosen)


def _say(done: Deidentified) -> None:
    """One row a file."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    columns = ("file", "outcome", "new file", "removed", "emptied", "replaced", "UIDs", "dates", "made black", "left")
    for column in columns:
        table.add_column(column, justify="left" if column in ("outcome", "new file") else "right")
    for each in done.files:
        changes = each.changes
        counts = [len(changes.removed), len(changes.emptied), len(changes.replaced), changes.uids, changes.dates]
        counts += [len(each.black), len(each.found) - len(each.black)]
        written = each.outcome == "written"
        row = [str(each.number), each.outcome, each.output, *(str(count) if written else "" for count in counts)]
        table.add_row(*row)
    say([table])
    if done.left_out:
        say_note(f"{_count(done.left_out, 'file', 'files')} left out that are no images")
    if not done.same_key_again and done.count("written"):
        say_note("the key is thrown away; with --key-file another run gives the same patient the same name and days")


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
