"""Applications that listen at a port of loopback, as they do when they are served."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import uvicorn

from wardround.server.connections import Connection
from wardround.server.limits import HEADER_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

__all__ = ["answer_to", "listening"]


@contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """The port where ``app`` is reached, by real connections, in a thread of this process."""
    settings = uvicorn.Config(
        app,
        port=0,
        http=Connection,
        ws="none",
        h11_max_incomplete_event_size=HEADER_LIMIT,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(settings)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
        thread.start()
        try:
            while not server.started and thread.is_alive():
                threading.Event().wait(0.01)
            assert server.started, "the server did not start"
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def answer_to(port: int, *pieces: bytes, wait: float = 60.0) -> bytes:
    """All that is answered to these bytes, until the server closes the connection."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=wait)) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answered = b""
        while received := connection.recv(65_536):
            answered += received
    return answered
