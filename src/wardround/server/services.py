"""What the routes work with: opened before the application, as far as that takes no web framework."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.server.config import Config
    from wardround.server.drafting import Drafting
    from wardround.server.jobs import JobRunner
    from wardround.server.metrics import Metrics
    from wardround.server.workbench.imaging.studies import Studies
    from wardround.store.store import Store

__all__ = ["Services", "opened"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What there is one of for each application.

    Attributes:
        store: of cases. It does not ask who may; the routes have asked before.
        drafting: codes notes and reads studies.
        jobs: runs what takes long.
        metrics: numbers about the server, never about a patient.
        studies: those whose images somebody looks at.
    """

    config: Config
    store: Store
    drafting: Drafting
    jobs: JobRunner
    metrics: Metrics
    studies: Studies


@contextmanager
def opened(config: Config) -> Iterator[Services]:
    """The services of a configuration, while they are needed.

    Raises:
        StoreError: the store cannot be used.
        ServerError: another server works with it.
    """
    from wardround.server.drafting import Drafting
    from wardround.server.jobs import JobRunner
    from wardround.server.metrics import Metrics
    from wardround.server.workbench.imaging.studies import Studies
    from wardround.store import open_store

    with ExitStack() as closing:
        store = closing.enter_context(open_store(config.database, config.folder, config.key_file))
        drafting = Drafting(config)
        closing.callback(drafting.close)
        metrics = Metrics()
        jobs = JobRunner(config, store, drafting, metrics)
        closing.callback(jobs.close)
        jobs.start()
        studies = Studies(store, in_memory=config.key_file is not None)
        closing.callback(studies.close)
        yield Services(config=config, store=store, drafting=drafting, jobs=jobs, metrics=metrics, studies=studies)
