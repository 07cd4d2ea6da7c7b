"""``wardround`` itself: version, help, schema, start-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

import wardround as package
from wardround.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cli.conftest import Run


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*path, name))


COMMANDS = list(commands(typer.main.get_command(app)))
LEAVES = [path for path in COMMANDS if not any(other[: len(path)] == path != other for other in COMMANDS)]


def test_version(wardround: Run) -> None:
    ran = wardround("--version")
    assert (ran.status, ran.out) == (0, f"wardround {package.__version__}\n")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help(wardround: Run, path: tuple[str, ...]) -> None:
    ran = wardround(*path, "--help")
    assert ran == wardround(*path, "-h")
    assert ran.status == 0
    assert ran.out.startswith(" ".join(("Usage: wardround", *path)))
    if path in LEAVES:
        assert f"\n    {' '.join(('wardround', *path))}" in ran.out, "help without an example"


@pytest.mark.parametrize("path", [(), ("codeset",)], ids=" ".join)
def test_a_group_without_a_command_shows_its_help(wardround: Run, path: tuple[str, ...]) -> None:
    ran = wardround(*path)
    assert ran.status == 2
    assert "Commands:" in ran.out + ran.err


def test_a_wrong_command(wardround: Run) -> None:
    ran = wardround("cod")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "'cod'" in ran.err


def test_schema_describes_a_result(wardround: Run) -> None:
    schema = json.loads(wardround("schema").out)
    assert schema["properties"]["schema"]["const"] == "wardround.coding/1"
    assert {"id", "release", "scope", "codes", "timings"} <= schema["properties"].keys()
    evidence = schema["$defs"]["Evidence"]["properties"]
    assert {"start", "end", "text", "section", "assertion"} <= evidence.keys()


def test_python_m_wardround() -> None:
    shown = subprocess.run([sys.executable, "-m", "wardround", "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout == f"wardround {package.__version__}\n"


def test_help_starts_at_once() -> None:
    program = (
        "import sys; from wardround.cli.app import run; run(['--help']); "
        "sys.exit(bool({'rich', 'pydantic', 'sqlite3'} & sys.modules.keys()))"
    )
    before = os.times().children_user
    subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert os.times().children_user - before < 2  # 0.2 s on an idle machine; this only catches what is badly wrong


FULL = Path("/dev/full")  # takes nothing, as a disk without room


@pytest.mark.skipif(not FULL.exists(), reason="no such device on this system")
@pytest.mark.parametrize("option", [[], ["-o", str(FULL)]], ids=["standard output", "a file"])
def test_a_full_disk_is_told_as_one(examples: Path, option: list[str]) -> None:
    command = [
        sys.executable,
        "-m",
        "wardround",
        "code",
        "--json",
        str(examples / "notes" / "appendicitis.txt"),
        *option,
    ]
    with FULL.open("wb") as out:
        ran = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert ran.stderr.endswith(": No space left on device\n")
