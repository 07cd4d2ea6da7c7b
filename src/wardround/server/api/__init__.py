"""The REST interface: one module for each kind of resource. Its OpenAPI document is what clients rely on."""

from __future__ import annotations

from wardround.server import cds_hooks
from wardround.server.api import cases, codes, exports, health, jobs, notes, reviews, studies

__all__ = ["routers"]

routers = (
    health.router,
    notes.router,
    studies.router,
    cases.router,
    reviews.router,
    exports.router,
    jobs.router,
    codes.router,
    cds_hooks.router,
)
