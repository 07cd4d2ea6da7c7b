"""What is in the folder of a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

__all__ = ["content", "errors", "results"]

_TIMED = ("summary.json", ".lock")


def content(folder: Path) -> dict[str, bytes]:
    """Every file that must not depend on when and how a run was done, by its path."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in _TIMED]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def results(folder: Path) -> list[dict[str, Any]]:
    """The rows, in order."""
    rows: list[dict[str, Any]] = []
    for path in sorted((folder / "codes").iterdir()):
        if path.suffix == ".parquet":
            rows += pq.read_table(path).to_pylist()
        else:
            rows += map(json.loads, path.read_text().splitlines())
    return rows


def errors(folder: Path) -> dict[str, str]:
    """Id of each note that failed → what was wrong."""
    lines = [line for path in sorted((folder / "errors").glob("*")) for line in path.read_text().splitlines()]
    told = [json.loads(line) for line in lines]
    return {each["id"]: each["error"] for each in told}
