"""Long work, run one after the other, that survives the end of the process. See `JobRunner`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.server.config import Config
    from wardround.server.drafting import Drafting
    from wardround.store.store import Store

__all__ = ["JobRunner"]


class JobRunner:
    """To be written. Runs the jobs that ``store.jobs`` holds."""

    def __init__(self, config: Config, store: Store, drafting: Drafting) -> None: ...

    def start(self) -> None:
        """Take up what was not finished, and wait for more."""

    def submit(self, job: str) -> None:
        """Run a job of the store soon."""

    def cancel(self, job: str) -> None:
        """Stop a job; what it does at the moment may take until its next step."""

    def close(self) -> None:
        """Stop; what is not finished is taken up by the next start."""
