"""Who somebody is, and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from wardround.server.config import Config

__all__ = ["install"]


def install(app: FastAPI, config: Config) -> None:
    """Let ``app`` refuse hosts it is not called by and writing from other sites, and send what browsers must heed.

    Call it when all routes are there.
    """
    from wardround.server.access import oidc
    from wardround.server.access.denials import Denials
    from wardround.server.access.guard import Guard
    from wardround.server.access.passwords import Passwords
    from wardround.server.access.proxy import Proxy

    app.state.denials = Denials()
    app.state.passwords = Passwords()
    if config.auth == "oidc":
        app.state.provider = oidc.Provider(config)
        app.include_router(oidc.router)
    app.add_middleware(Guard, guarded=app, config=config)
    if config.trusted_proxy:
        app.add_middleware(Proxy, config=config)
