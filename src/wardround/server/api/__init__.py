"""The REST interface: one module for each kind of resource. Its OpenAPI document is what clients rely on."""

from __future__ import annotations

from wardround.server import cds_hooks
from wardround.server.api import (
    audit,
    cases,
    codes,
    exports,
    figures,
    health,
    jobs,
    notes,
    retention,
    reviews,
    session,
    studies,
    tokens,
    users,
)

__all__ = ["routers"]

routers = (
    health.router,
    session.router,
    users.router,
    tokens.router,
    audit.router,
    retention.router,
    notes.router,
    studies.router,
    cases.router,
    reviews.router,
    exports.router,
    figures.router,
    jobs.router,
    codes.router,
    cds_hooks.router,
)
