"""From what a user writes after ``--engine`` to an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from wardround.engines.engine import Engine
from wardround.errors import EngineMissing

__all__ = ["open_engine"]


def open_engine(spec: str, *, allow_remote: bool = False) -> Engine:
    """The engine that ``spec`` names; the caller closes it.

    Args:
        spec: ``replay:FILE`` plays a recording back.
        allow_remote: whether the note may leave this machine.

    Raises:
        EngineMissing: there is no such kind of engine, or what it needs is not there.
        EngineRefused: it must not be used like this.
    """
    kind, _, rest = spec.partition(":")
    opener = _OPENERS.get(kind)
    if opener is None or not rest:
        known = ", ".join(f"{name}:…" for name in _OPENERS)
        raise EngineMissing("there is no such engine", where=kind, hint=f"known are {known}")
    return opener(rest, allow_remote)


def _replay(rest: str, _allow_remote: bool) -> Engine:
    from wardround.engines.replay import Replay

    return Replay(Path(rest))


_OPENERS: Mapping[str, Callable[[str, bool], Engine]] = {"replay": _replay}
