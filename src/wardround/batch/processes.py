"""Processes of a batch: forked from one that has loaded the code set, where the system can do that.

They end with the process that began them, however that ends.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable
from multiprocessing.context import BaseContext
from typing import Any

__all__ = ["begin", "context"]

_FORKS = "forkserver" in multiprocessing.get_all_start_methods()


def context() -> BaseContext:
    """How processes are begun."""
    made = multiprocessing.get_context("forkserver" if _FORKS else "spawn")
    if _FORKS:
        made.set_forkserver_preload(["wardround.batch.preloaded"])
    return made


def begin(main: Callable[..., None], *arguments: Any) -> None:
    """What a process does: ``main``, quietly, and not longer than the process that began it."""
    for each in (signal.SIGINT, signal.SIGTERM):  # they are meant for that one, which then ends this one
        signal.signal(each, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)  # what packages log may quote a note
    threading.Thread(target=_end_with_parent, daemon=True).start()
    main(*arguments)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
