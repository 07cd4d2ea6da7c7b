"""Other tools on the same notes: see `wardround.coding.peers`, and docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cache

from benchmarks._data import System
from wardround.coding import CodingResult
from wardround.coding.peers import PEERS, open_peer
from wardround.coding.peers.peer import Peer
from wardround.coding.result import Scope
from wardround.errors import InputError
from wardround.records import Record

__all__ = ["peers"]


def peers(say: Callable[[str], None], names: Collection[str] = PEERS) -> Iterator[System]:
    """Those of ``names`` that are installed, opened when they are asked for; ``say`` is told of those that are not."""
    for name in PEERS:
        if name not in names:
            continue
        try:
            yield _system(open_peer(name))
        except InputError:
            say(f"{name} is not installed and is left out (make bench-peers)")


def _system(first: Peer) -> System:
    scoped = cache(lambda scope: first if scope == "encounter" else open_peer(first.name, scope=scope))

    def code(record: Record, scope: Scope) -> CodingResult:
        return scoped(scope).code(str(record.source), record.encounter, id=record.id)

    return System(first.name, first.version, code, first.remarks)
