"""The server: cases over HTTP, for the pages where people decide and for other systems.

`create_app` makes the ASGI application of a `Config`, `serve` runs it. Who may do what is decided in
`wardround.server.access`; each route says what it takes by `permits`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.server.config import Config

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["Config", "create_app", "serve"]


def create_app(config: Config) -> FastAPI:
    """The application; its store is opened when it starts and closed when it ends.

    Raises:
        ServerError: a package is not installed, or the configuration is refused.
    """
    from wardround.server.app import create_app

    return create_app(config)


def serve(config: Config) -> None:
    """Run the server until it is told to stop.

    Raises:
        ServerError: a package is not installed, the configuration is refused, or the port is taken.
        StoreError: the store cannot be used.
    """
    from wardround.server.running import serve

    serve(config)
