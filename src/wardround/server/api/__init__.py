"""The REST interface: one module for each kind of resource. Its OpenAPI document is what clients rely on."""

from __future__ import annotations

from wardround.server import cds_hooks
from wardround.server.api import health

__all__ = ["routers"]

routers = (health.router, cds_hooks.router)
