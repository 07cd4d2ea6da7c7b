"""Bringing a database up to date, with Alembic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["upgrade"]


def upgrade(connection: Connection) -> None:
    """Do all migrations that a database lacks, within the connection's transaction."""
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    # no steps are left where another process was faster
    steps = EnvironmentContext(config, scripts, fn=lambda now, _: scripts._upgrade_revs("head", now))
    with steps:
        steps.configure(connection=connection)
        steps.run_migrations()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "wardround.store:migrations")
    config.set_main_option("path_separator", "os")
    return config
