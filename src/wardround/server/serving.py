"""The application's services, as a parameter of a route."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from wardround.server.services import Services

__all__ = ["Serving"]


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Serving = Annotated[Services, Depends(_services)]
"""As a parameter of a route, the application's services."""
