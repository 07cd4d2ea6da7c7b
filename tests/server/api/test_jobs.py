"""Jobs over REST: found, shown and cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardround.store import Actor, Upload

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from wardround.server.services import Services

TESTER = Actor(id="os:tester", role="admin")


def test_jobs(client: TestClient, services: Services) -> None:
    note = Upload(content=b"Gout.", media_type="text/plain")
    case = services.store.add_case(TESTER, "note", [note], job=("code", {"scope": "encounter"}))
    (told,) = client.get("/v1/jobs", params={"case": case.id}).json()["jobs"]
    assert (told["id"], told["state"], told["options"]) == (case.job, "queued", {"scope": "encounter"})
    assert client.get(f"/v1/jobs/{case.job}").json() == told
    assert client.post(f"/v1/jobs/{case.job}:cancel").json()["state"] == "cancelled"
    assert client.get("/v1/jobs", params={"case": case.id, "state": "queued"}).json() == {"jobs": []}
    assert client.get("/v1/jobs", params={"case": "0" * 32}).json() == {"jobs": []}


def test_a_job_that_is_not_there(client: TestClient) -> None:
    assert client.get(f"/v1/jobs/{'0' * 32}").status_code == 404
    assert client.get("/v1/jobs", params={"state": "late"}).status_code == 422


def test_what_is_done_is_not_cancelled(client: TestClient, services: Services) -> None:
    note = Upload(content=b"Gout.", media_type="text/plain")
    case = services.store.add_case(TESTER, "note", [note], job=("code", {}))
    services.store.jobs.begin(case.job)
    services.store.jobs.fail(TESTER, case.job, "the model is gone")
    assert client.post(f"/v1/jobs/{case.job}:cancel").status_code == 409
    assert client.get(f"/v1/jobs/{case.job}").json()["error"] == "the model is gone"


def test_without_a_model_a_study_is_refused_with_what_to_do(client: TestClient) -> None:
    answer = client.post("/v1/studies:read", files={"files": ("a", b"x")})
    assert answer.status_code == 503
    assert answer.json()["hint"].startswith("wardround models install")
    assert client.get("/v1/cases", params={"kind": "study"}).json()["cases"] == []
