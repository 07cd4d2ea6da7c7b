"""What Prometheus is told: by route, never by what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from wardround import __version__
from wardround.server.metrics import Metrics

if TYPE_CHECKING:
    from pathlib import Path

    from wardround.store.records import JobState


def told(metrics: Metrics, folder: Path, unfinished: list[JobState]) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(metrics.text(folder, unfinished).decode())
    return {
        (each.name, *(each.labels[name] for name in _order(each.labels))): each.value
        for family in families
        for each in family.samples
    }


def _order(labels: dict[str, str]) -> list[str]:
    order = ("route", "method", "status", "task", "outcome", "state", "le", "version")
    return sorted(labels, key=order.index)


@pytest.mark.parametrize(
    ("status", "class_"), [(200, "2xx"), (204, "2xx"), (307, "3xx"), (404, "4xx"), (503, "5xx"), (0, "left")]
)
def test_requests_are_counted_by_class_of_status(tmp_path: Path, status: int, class_: str) -> None:
    metrics = Metrics()
    metrics.answered("GET", "/v1/cases/{case}", status, 0.02)
    counted = told(metrics, tmp_path, [])
    assert counted["wardround_requests_total", "/v1/cases/{case}", "GET", class_] == 1
    assert counted["wardround_request_seconds_bucket", "/v1/cases/{case}", "0.025"] == 1
    assert counted["wardround_request_seconds_bucket", "/v1/cases/{case}", "0.01"] == 0


def test_drafts_jobs_and_the_disk_are_told(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.drafted("code", "done")
    metrics.drafted("read", "failed")
    metrics.drafted("read", "failed")
    counted = told(metrics, tmp_path, ["queued", "queued", "running"])
    assert counted["wardround_drafts_total", "code", "done"] == 1
    assert counted["wardround_drafts_total", "read", "failed"] == 2
    assert counted["wardround_jobs", "queued"] == 2
    assert counted["wardround_jobs", "running"] == 1
    assert counted["wardround_store_free_bytes",] > 0
    assert counted["wardround_build_info", __version__] == 1
    assert told(metrics, tmp_path, [])["wardround_jobs", "queued"] == 0


def test_two_applications_count_for_themselves(tmp_path: Path) -> None:
    one, other = Metrics(), Metrics()
    one.drafted("code", "done")
    assert ("wardround_drafts_total", "code", "done") not in told(other, tmp_path, [])
