"""The server: cases over HTTP, for the pages where people decide and for other systems.

`create_app` makes the ASGI application of a `Config`, `serve` runs it. Who may do what is decided in
`wardround.server.access`; each route says what it takes by `permits`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wardround.errors import ServerError
from wardround.server.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

__all__ = ["Config", "create_app", "serve"]


def create_app(config: Config) -> FastAPI:
    """The application; its store is opened when it starts and closed when it ends.

    Raises:
        ServerError: a package is not installed, or the configuration is refused.
    """
    with _told():
        from wardround.server.app import create_app

    return create_app(config)


def serve(config: Config, on_ready: Callable[[str], None] | None = None) -> None:
    """Run the server until it is told to stop; for a process of its own.

    Args:
        config: how to run.
        on_ready: called with the server's address when it answers.

    Raises:
        ServerError: a package is not installed, the configuration is refused, the port is taken, or another server
            works with the store.
        StoreError: the store cannot be used.
    """
    with _told():
        from wardround.server.running import serve

        serve(config, on_ready)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] == "wardround":
            raise
        hint = "pip install 'wardround[server]'"
        raise ServerError(f"the server needs the package {error.name}", hint=hint) from None
