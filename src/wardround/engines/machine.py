"""What this machine has for a model: graphics cards and memory, found out without loading anything heavy."""

from __future__ import annotations

import contextlib
import os
import subprocess
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Gpu", "gpus", "memory"]

_PATIENCE = 10.0  # seconds; a driver that hangs must not hang us


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics card; memory in bytes."""

    name: str
    memory: int


@lru_cache(1)
def gpus() -> tuple[Gpu, ...]:
    """The NVIDIA cards, as their driver's own program lists them; of other makers none is known."""
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = []
    for line in told.splitlines():
        name, _, size = line.rpartition(",")
        with contextlib.suppress(ValueError):
            found.append(Gpu(name.strip(), int(size) << 20))
    return tuple(found)


def memory() -> int:
    """Bytes of main memory; 0 if the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
