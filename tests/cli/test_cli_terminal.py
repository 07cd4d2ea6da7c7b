"""What a person at a terminal sees, on a real pseudo-terminal."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from icd10.official import write_zip
from wardround.coding import Coder

pty = pytest.importorskip("pty", reason="pseudo-terminals are a thing of Unix")

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NOTE = "ASSESSMENT\nAcute appendicitis.\n"


def on_terminal(
    arguments: list[str],
    *,
    stdout: int | None = None,
    stdin: Sequence[str | float] = (),
    program: Sequence[str] = ("-m", "wardround"),
) -> tuple[int, str]:
    """Status of ``python PROGRAM ARGUMENTS`` and what the terminal shows.

    Standard error is on the terminal, and standard output unless ``stdout`` is given; ``stdin`` is what is typed in,
    and the seconds of waiting in between.
    """
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, *program, *arguments],
        stdin=subprocess.PIPE,
        stdout=theirs if stdout is None else stdout,
        stderr=theirs,
        env=environment,
    )
    os.close(theirs)
    assert process.stdin is not None
    with process.stdin:
        for part in stdin:
            if isinstance(part, str):
                process.stdin.write(part.encode())
                process.stdin.flush()
            else:
                select.select([ours], [], [], 60)  # it has begun, and said so
                time.sleep(part)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(ours)
    return process.wait(60), shown.decode()


def test_colours_and_no_repeated_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(NOTE)
    (tmp_path / "empty.txt").touch()
    status, shown = on_terminal(["code", str(tmp_path / "a.txt"), str(tmp_path / "empty.txt")])
    assert status == 1
    assert "\x1b[1mK35.80" in shown
    assert shown.count("is empty") == 1


def test_a_progress_bar_on_work_that_takes_over_a_second(tmp_path: Path) -> None:
    line = json.dumps({"text": NOTE}) + "\n"
    with open(tmp_path / "out.jsonl", "wb") as out:
        status, shown = on_terminal(["code", "--jsonl", "-"], stdout=out.fileno(), stdin=[line, 1.5, line, line])
    assert status == 0
    assert len((tmp_path / "out.jsonl").read_bytes().splitlines()) == 3
    assert "coding" in shown
    assert "records" in shown


def test_no_progress_bar_where_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    Coder()  # so that nothing has to be compiled, which takes its time too
    with open(tmp_path / "out.jsonl", "wb") as out:
        status, shown = on_terminal(["code", "--jsonl", "-"], stdout=out.fileno())
    assert status == 0
    assert shown.splitlines() == [shown.strip()], "one line"
    assert shown.startswith("note: no Alphabetic Index is installed")


def test_a_word_while_the_code_set_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDROUND_CACHE", str(tmp_path))
    status, shown = on_terminal(["codeset", "show", "K35.80", "--json"])
    assert status == 0
    assert shown.startswith("preparing the code set")


def test_an_installation_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDROUND_DATA", str(tmp_path / "data"))
    status, shown = on_terminal(["codeset", "install", str(write_zip(tmp_path / "2027.zip"))])
    assert status == 0
    assert "installed as 2026-10-01" in shown


STEPS = """
import time
from wardround.cli.progress import Steps
with Steps() as steps:
    steps.tell("reading")
    time.sleep(1)
"""


def test_a_step_that_lasts_is_told() -> None:
    status, shown = on_terminal([], program=["-c", STEPS])
    assert status == 0
    assert "reading …" in shown
