"""Answering requests by uvicorn, set up so that it waits for nobody for ever and ends by a signal as it should."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import uvicorn

from wardround.errors import ServerError
from wardround.server.app import create_app
from wardround.server.connections import Connection
from wardround.server.limits import HEADER_LIMIT
from wardround.server.logs import take_over

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from fastapi import FastAPI

    from wardround.server.config import Config
    from wardround.server.services import Services

__all__ = ["answer"]

_KEEP_ALIVE = 30  # seconds that a connection may be idle
_PATIENCE = 10  # seconds that requests under way have when the server is told to stop


def answer(config: Config, services: Services, listening: socket.socket, on_ready: Callable[[], object]) -> None:
    """Answer what comes to a socket, until SIGTERM or SIGINT; what is under way then for ten seconds at most.

    Raises:
        ServerError: the certificate cannot be used.
    """
    server = _Server(_options(create_app(config, services), config), on_ready)
    take_over()
    server.run(sockets=[listening])


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
