"""Who somebody is, and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from wardround.server.config import Config

__all__ = ["install"]


def install(app: FastAPI, config: Config) -> None:
    """Let ``app`` refuse hosts it is not called by and writing from other sites, and send what browsers must heed."""
