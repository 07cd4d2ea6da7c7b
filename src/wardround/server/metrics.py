"""Numbers about the server for Prometheus; none of them about a patient, and no label that comes from outside."""

from __future__ import annotations

import shutil
from collections import Counter as Tally
from typing import TYPE_CHECKING, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from wardround import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wardround.store.records import JobState, Task

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WAITING: tuple[JobState, ...] = ("queued", "running")


class Metrics:
    """Counts what one application does."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "wardround_requests",
            "Requests answered, by route, method and class of status.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "wardround_request_seconds",
            "Time to answer, by route.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._drafts = Counter(
            "wardround_drafts", "Drafts made, by task and outcome.", ("task", "outcome"), registry=self._registry
        )
        self._cards = Counter(
            "wardround_cards",
            "CDS Hooks cards answered, by hook and outcome.",
            ("hook", "outcome"),
            registry=self._registry,
        )
        self._jobs = Gauge("wardround_jobs", "Jobs not finished, by state.", ("state",), registry=self._registry)
        self._free = Gauge("wardround_store_free_bytes", "Free space on the store's disk.", registry=self._registry)
        Info("wardround_build", "What runs.", registry=self._registry).info({"version": __version__})

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered.

        Args:
            route: its path as the OpenAPI document has it, never the path that was asked for.
            status: of HTTP; 0 where the client left before.
        """
        self._requests.labels(route, method, f"{status // 100}xx" if status else "left").inc()
        self._seconds.labels(route).observe(seconds)

    def drafted(self, task: Task, outcome: str) -> None:
        """A draft was made, or was not: ``done``, ``failed``, ``cancelled``."""
        self._drafts.labels(task, outcome).inc()

    def answered_card(self, hook: str, outcome: Literal["accepted", "overridden"]) -> None:
        """Somebody accepted or overrode a card.

        Args:
            hook: of one of our services.
        """
        self._cards.labels(hook, outcome).inc()

    def text(self, folder: Path, unfinished: Iterable[JobState]) -> bytes:
        """All numbers in Prometheus's text format.

        Args:
            folder: of the store.
            unfinished: the state of each job that is not finished.
        """
        states = Tally(unfinished)
        for state in _WAITING:
            self._jobs.labels(state).set(states[state])
        self._free.set(shutil.disk_usage(folder).free)
        return generate_latest(self._registry)
