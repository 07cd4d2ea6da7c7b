"""Reviews over REST: versions, signing only what is decided, amendments, blind and second readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.api.conftest import NOTE
from wardround.store import Actor

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from httpx import Response

    from wardround.server.services import Services

JOHN = Actor(id="john", role="reviewer")


@pytest.fixture
def case(client: TestClient) -> str:
    told = client.post("/v1/notes:code", json={"text": NOTE}).json()
    assert [code["code"] for code in told["result"]["content"]["codes"]] == ["I10", "E11.65", "R05.9"]
    id: str = told["case"]["id"]
    return id


def begin(client: TestClient, case: str, **given: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/cases/{case}/reviews", json=given)
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, Any] = answer.json()
    return told


def decide(client: TestClient, review: dict[str, Any], item: str, verb: str, **more: Any) -> Response:
    url = f"/v1/cases/{review['case']}/reviews/{review['round']}/decisions"
    return client.post(url, json={"version": review["version"], "item": item, "verb": verb} | more)


def test_from_begin_to_signature_and_amendment(client: TestClient, case: str) -> None:
    answer = client.post(f"/v1/cases/{case}/reviews", json={})
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/cases/{case}/reviews/1"
    assert client.post(f"/v1/cases/{case}/reviews", json={}).status_code == 200
    review = answer.json()
    assert [each["id"] for each in review["undecided"]] == ["I10", "E11.65", "R05.9"]
    start = NOTE.index("Cough")
    for item, verb, more in (
        ("I10", "accept", {}),
        ("E11.65", "change", {"value": {"code": "e119"}, "reason": "no hyperglycemia"}),
        ("R05.9", "reject", {}),
        ("J18.9", "add", {"value": {"code": "J18.9", "start": start, "end": start + 5}}),
        ("sequence", "change", {"value": {"codes": ["E11.9"]}}),
    ):
        answer = decide(client, review, item, verb, **more)
        assert answer.status_code == 201, answer.text
        review = answer.json()
    assert review["undecided"] == []
    assert review["decisions"][1]["value"] == {"code": "E11.9"}
    signed = client.post(f"/v1/cases/{case}/reviews/1:sign", json={"version": review["version"]})
    assert signed.status_code == 200
    assert signed.json()["signed"]
    assert client.get(f"/v1/cases/{case}").json()["status"] == "signed"
    assert decide(client, signed.json(), "I10", "reject").status_code == 409
    exported = client.get(f"/v1/cases/{case}/export").json()
    assert [code["code"] for code in exported["codes"]] == ["E11.9", "I10", "J18.9"]
    assert exported["codes"][2]["evidence"][0]["text"] == "Cough"

    assert client.post(f"/v1/cases/{case}/reviews:amend", json={"reason": "  "}).status_code == 422
    amended = client.post(f"/v1/cases/{case}/reviews:amend", json={"reason": "a letter came"})
    assert (amended.status_code, amended.json()["round"]) == (201, 2)
    assert len(amended.json()["decisions"]) == 5
    rounds = client.get(f"/v1/cases/{case}/reviews").json()["reviews"]
    assert [each["round"] for each in rounds] == [1, 2]


def test_a_stale_version_is_refused_and_says_so(client: TestClient, case: str) -> None:
    review = begin(client, case)
    assert decide(client, review, "I10", "accept").status_code == 201
    answer = decide(client, review, "E11.65", "accept")
    assert answer.status_code == 409
    assert "in the meantime" in answer.json()["title"]


def test_signing_names_what_is_undecided(client: TestClient, case: str) -> None:
    review = decide(client, begin(client, case), "I10", "accept").json()
    answer = client.post(f"/v1/cases/{case}/reviews/1:sign", json={"version": review["version"]})
    assert (answer.status_code, answer.json()["where"]) == (409, "E11.65")


def test_what_is_signed_is_what_was_checked(
    client: TestClient, services: Services, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = begin(client, case)
    for item in ("I10", "E11.65", "R05.9"):
        review = decide(client, review, item, "accept").json()
    reads = services.store.result

    def meanwhile(*asked: Any) -> Any:
        """Somebody takes a decision back between the look at the review and its signature."""
        monkeypatch.setattr(services.store, "result", reads)
        services.store.decide(JOHN, case, "I10", "withdraw", version=review["version"], round=1)
        return reads(*asked)

    monkeypatch.setattr(services.store, "result", meanwhile)
    answer = client.post(f"/v1/cases/{case}/reviews/1:sign", json={"version": review["version"] + 1})
    assert (answer.status_code, "in the meantime" in answer.text) == (409, True)
    assert client.get(f"/v1/cases/{case}/reviews/1").json()["signed"] is None


@pytest.mark.parametrize(
    ("item", "verb", "more", "status"),
    [
        ("I10", "change", {"value": {"code": "I99.99"}}, 404),
        ("I10", "change", {"value": {"code": "E11"}}, 422),
        ("R00.0", "add", {"value": {"code": "R00.0", "start": 0, "end": 10**7}}, 422),
        ("R00.0", "accept", {}, 422),
        ("I10", "withdraw", {}, 422),
        ("I10", "sing", {}, 422),
        ("I 10", "accept", {}, 422),
        ("I10", "accept", {"reason": "x" * 2001}, 422),
    ],
)
def test_what_cannot_be_decided(
    client: TestClient, case: str, item: str, verb: str, more: dict[str, Any], status: int
) -> None:
    assert decide(client, begin(client, case), item, verb, **more).status_code == status
    assert client.get(f"/v1/cases/{case}/reviews/1").json()["decisions"] == []


def test_a_blind_review_sees_nothing_until_it_asks(client: TestClient, case: str) -> None:
    review = begin(client, case, blind=True)
    assert review["undecided"] is None
    for path in ("results", "results/1", "export"):
        assert client.get(f"/v1/cases/{case}/{path}").status_code == 409
    start = NOTE.index("hypertension")
    value = {"code": "I10", "start": start, "end": start + len("hypertension")}
    assert decide(client, review, "I10", "add", value=value).status_code == 201
    shown = client.post(f"/v1/cases/{case}/reviews/1:reveal").json()
    assert [each["id"] for each in shown["undecided"]] == ["E11.65", "R05.9"]
    assert client.get(f"/v1/cases/{case}/results/1").status_code == 200


def test_a_second_reader_does_not_see_the_first_ones_decisions(
    client: TestClient, services: Services, case: str
) -> None:
    services.store.begin_review(JOHN, case, 1)
    services.store.decide(JOHN, case, "I10", "reject", version=1)
    begin(client, case, reading="second")
    first, second = client.get(f"/v1/cases/{case}/reviews").json()["reviews"]
    assert (first["opened_by"], first["decisions"], second["reading"]) == ("john", [], "second")
    assert client.get(f"/v1/cases/{case}/reviews/1").json()["decisions"] == []
