"""The application: its parts, in the order in which a request meets them."""

from __future__ import annotations

from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI

from wardround import __version__
from wardround.server import access, limits, logs, openapi, problems
from wardround.server.access.identify import authorised
from wardround.server.api import routers
from wardround.server.services import opened
from wardround.server.workbench import workbench

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wardround.server.config import Config
    from wardround.server.services import Services

__all__ = ["create_app"]


def create_app(config: Config, services: Services | None = None) -> FastAPI:
    """The application of a configuration. Every route is denied but to those whom its permission allows it.

    Args:
        config: how to run.
        services: what it works with, which whoever opened it closes; by default opened when the application starts.
    """

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        with opened(config) if services is None else nullcontext(services) as app.state.services:
            yield

    app = FastAPI(
        title="wardround",
        version=__version__,
        summary="Drafts of ICD-10-CM codes and image reports, kept for people to review and sign.",
        lifespan=running,
        dependencies=[Depends(authorised), Depends(openapi.check_media_type)],
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        form_limits=limits.FORM_LIMITS,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # an error's message would go with it
    )
    problems.install(app)
    openapi.install(app, config.auth)
    for router in routers:
        app.include_router(router)
    workbench.install(app)
    # the last one added is the first that a request meets
    limits.install(app)
    access.install(app, config)
    logs.install(app)
    return app
