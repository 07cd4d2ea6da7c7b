"""Running the server as a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.settings import data_folder

if TYPE_CHECKING:
    from wardround.server.config import Config

__all__ = ["serve"]


def serve(config: Config) -> None:
    """Run the server until it is told to stop; see `wardround.server.serve`."""
    import uvicorn

    from wardround.server import limits, logs
    from wardround.server.app import create_app
    from wardround.server.connections import Connection

    logs.take_over()
    with limits.spooling(config.folder or data_folder() / "store"):
        uvicorn.run(
            create_app(config),
            host=config.host,
            port=config.port,
            http=Connection,
            ws="none",
            h11_max_incomplete_event_size=limits.HEADER_LIMIT,
            log_config=None,
            access_log=False,
            server_header=False,
        )
