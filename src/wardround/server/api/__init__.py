"""The REST interface: one module for each kind of resource. Its OpenAPI document is what clients rely on."""

from __future__ import annotations

from wardround.server.api import audit, health, retention, session, tokens, users

__all__ = ["routers"]

routers = (
    health.router,
    session.router,
    users.router,
    tokens.router,
    audit.router,
    retention.router,
)
