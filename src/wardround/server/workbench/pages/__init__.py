"""The pages, one module each. They render what the store holds; what changes it goes through the REST routes."""

from __future__ import annotations

from wardround.server.workbench.pages import (
    account,
    admin,
    cases,
    coding,
    decisions,
    differences,
    figures,
    imaging,
    pixels,
    sign_in,
    worklist,
)

__all__ = ["routers"]

routers = (
    worklist.router,
    sign_in.router,
    account.router,
    admin.router,
    cases.router,
    coding.router,
    decisions.router,
    differences.router,
    figures.router,
    imaging.router,
    pixels.router,
)
