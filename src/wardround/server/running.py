"""Running the server as a process: the order in which it starts, and its end.

Clients can connect from the first moment on, and wait. The processes that code notes load what they need beside all
else. The store is opened, and its jobs are taken up, before the web framework is loaded, which takes longest: a job
waits for a second until it is looked for, and the start goes on meanwhile.
"""

from __future__ import annotations

import gc
import multiprocessing.util
import os
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn  # noqa: F401  where it is not installed, nothing is begun

from wardround.errors import ServerError
from wardround.server import coders
from wardround.server.services import opened
from wardround.server.spooling import spooling
from wardround.settings import data_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from wardround.server.config import Config

__all__ = ["serve"]

_BACKLOG = 512  # connections that wait to be taken


def serve(config: Config, on_ready: Callable[[str], None] | None = None) -> None:
    """Run the server until it is told to stop, by SIGTERM or SIGINT; for a process of its own.

    Requests under way are then answered, for ten seconds at most. A job is taken up by the next start. Where a model is
    in the middle of an answer, which nothing can interrupt, this ends the process.

    Args:
        config: how to run.
        on_ready: called with the server's address when it answers.

    Raises:
        ServerError: the port is taken, the certificate cannot be used, or another server works with the store.
        StoreError: the store cannot be used.
    """
    gc.disable()  # what is loaded stays
    multiprocessing.util.get_temp_dir()  # it must outlive what is spooled
    with _listening(config) as listening, spooling(config.folder or data_folder() / "store"):
        coders.preload()
        with opened(config) as services:
            from wardround.server.answering import answer

            def ready() -> None:
                gc.freeze()  # looking through what is there by now again and again would make answers wait
                gc.enable()
                services.drafting.spread()
                if on_ready is not None:
                    on_ready(_address(config, listening))

            answer(config, services, listening, ready)
    if services.jobs.busy:
        sys.stdout.flush()
        os._exit(0)


def _listening(config: Config) -> socket.socket:
    """The socket, bound."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two servers have one port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((config.host, config.port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        reason = error.strerror or "unknown reason"
        hint = "another program may have it: choose another one with --port, or 0 for any"
        raise ServerError(
            f"the server cannot listen: {reason}", where=f"{config.host}:{config.port}", hint=hint
        ) from None
    return bound


def _address(config: Config, listening: socket.socket) -> str:
    port = listening.getsockname()[1]
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"{'https' if config.certificate else 'http'}://{host}:{port}"
