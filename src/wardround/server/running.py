"""Running the server as a process: its socket, its signals, its end."""

from __future__ import annotations

import gc
import multiprocessing.util
import os
import socket
import ssl
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn

from wardround.errors import ServerError, WardroundError
from wardround.server.app import create_app
from wardround.server.connections import Connection
from wardround.server.limits import HEADER_LIMIT, spooling
from wardround.server.logs import take_over
from wardround.settings import data_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

    from wardround.server.config import Config

__all__ = ["serve"]

_KEEP_ALIVE = 30  # seconds that a connection may be idle
_PATIENCE = 10  # seconds that requests under way have when the server is told to stop
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
    app = create_app(config)
    failures = _noticed(app)
    folder = config.folder or data_folder() / "store"
    multiprocessing.util.get_temp_dir()  # it must outlive what is spooled
    with _listening(config) as listening, spooling(folder):

        def ready() -> None:
            gc.freeze()  # what is there by now stays; looking through it again and again would make answers wait
            app.state.services.drafting.spread()
            if on_ready is not None:
                on_ready(_address(config, listening))

        server = _Server(_options(app, config), ready)
        take_over()
        with suppress(SystemExit):  # how uvicorn says that the application did not start
            server.run(sockets=[listening])
    if failures:
        raise failures[0]
    if app.state.services.jobs.busy:
        sys.stdout.flush()
        os._exit(0)


class _Server(uvicorn.Server):
    """Says when it answers, and ends without passing on the signal that it was told to end by."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self._captured_signals.clear()


def _options(app: FastAPI, config: Config) -> uvicorn.Config:
    options = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # which proxy is trusted is a matter of access
        h11_max_incomplete_event_size=HEADER_LIMIT,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_PATIENCE,
        ssl_certfile=config.certificate,
        ssl_keyfile=config.private_key,
    )
    try:
        options.load()
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or error.strerror or "unknown reason"
        what = f"the certificate or its key cannot be used: {reason}"
        raise ServerError(what, where=str(config.certificate), hint="both are files in PEM form") from None
    return options


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


def _noticed(app: FastAPI) -> list[WardroundError]:
    """What goes wrong when ``app`` starts or ends; its server would only log that."""
    failures: list[WardroundError] = []
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def noticing(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with inner(app):
                yield
        except WardroundError as error:
            failures.append(error)
            raise

    app.router.lifespan_context = noticing
    return failures
