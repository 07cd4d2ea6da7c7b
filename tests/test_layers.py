"""Nothing imports upward: the rooms, low to high, and what each module of them imports."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[1] / "src" / "wardround"
ROOMS = [
    {"boxes", "errors", "spans", "words", "settings"},
    {"icd10"},
    {"documents"},
    {"images"},
    {"engines"},
    {"coding"},
    {"reporting"},
    {"export"},
    {"records"},
    {"store"},
    {"client"},
    {"learning"},
    {"batch"},
    {"server"},
    {"cli"},
]
HEIGHT = {room: height for height, rooms in enumerate(ROOMS) for room in rooms}
ENTRANCES = {
    "__init__",
    "__main__",
}  # the package's own surface; `wardround` itself gives a version, and no more, to rooms
MODULES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and room of every import of ours, wherever in the module it stands, under TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; name the room"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "wardround" and len(parts) > 1 and parts[1] != "__version__":
                yield node.lineno, parts[1]


def may(room: str, other: str) -> bool:
    known = room in HEIGHT and other in HEIGHT
    return known and (other == room or HEIGHT[other] < HEIGHT[room] or HEIGHT[room] == 0 == HEIGHT[other])


def test_a_module_imports_its_own_room_and_those_below() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)}:{line} imports {other}"
        for path in MODULES
        if (room := room_of(path)) not in ENTRANCES
        for line, other in imported(path)
        if not may(room, other)
    ]
    assert wrong == []


def test_every_room_has_its_place_and_something_in_it() -> None:
    assert {room_of(path) for path in MODULES} - ENTRANCES == set(HEIGHT)
