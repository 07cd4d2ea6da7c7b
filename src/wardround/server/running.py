"""Running the server as a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.server.config import Config

__all__ = ["serve"]


def serve(config: Config) -> None:
    """Run the server until it is told to stop; see `wardround.server.serve`."""
    import uvicorn

    from wardround.server.app import create_app

    uvicorn.run(create_app(config), host=config.host, port=config.port, log_config=None, access_log=False)
