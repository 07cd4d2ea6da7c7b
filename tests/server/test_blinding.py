"""Who may not see what yet: every route is asked, those of the document and those of the pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from server.people import another, people, serving, sign_in, store_of
from wardround.coding import Coder
from wardround.server import blinding
from wardround.store import Actor, Upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

    from wardround.store import Case, Role

NOTE = "ASSESSMENT\n1. Essential hypertension.\n2. Type 2 diabetes mellitus with hyperglycemia.\n3. Cough.\n"
CANARY = "Canary suggestion 7d1f"
REASON = "Canary reason 9ac2"
SYSTEM = Actor(id="system")
_TOKEN = "0" * 32


@pytest.fixture
def running(tmp_path: Any) -> Iterator[tuple[TestClient, dict[Role, str]]]:
    ids = people(tmp_path / "store")
    with serving(tmp_path / "store", auth="local") as client:
        assert sign_in(client, "coder").status_code in (200, 201, 204)
        yield client, ids


def kept(client: TestClient, text: str = NOTE) -> Case:
    """A case whose draft has the canary in a suggestion, in one that it rejected, and in a warning."""
    draft = Coder().code(text)
    codes = (draft.codes[0].model_copy(update={"description": CANARY}), *draft.codes[1:])
    draft = draft.model_copy(update={"codes": codes, "rejected": codes[:1], "warnings": (CANARY,)})
    upload = Upload(content=text.encode(), media_type="text/plain")
    return store_of(client).add_case(SYSTEM, "note", [upload], draft=draft.to_json())


def everything(client: TestClient, case: Case, round: int = 1) -> Iterator[tuple[str, str]]:
    """The text of every GET route that there is, filled in with the case; and what it changes, tried."""
    document = case.documents[0].id
    known = {"case": case.id, "document": document, "number": "1", "round": str(round), "user": _TOKEN, "token": _TOKEN}
    queries = {
        "/v1/cases/{case}/export": [
            f"?format={f}&of={o}" for f in ("json", "csv", "fhir", "pdf") for o in ("draft", "signed")
        ]
        + ["?format=json"],
        "/cases/{case}/coding": ["", f"?round={round}", "?round=1"],
        "/": ["", "?task=second", "?task=adjudication"],
    }
    asked = 0
    for each in iter_route_contexts(client.app.routes):  # type: ignore[attr-defined]
        if not isinstance(each.original_route, APIRoute) or "GET" not in (each.methods or ()):
            continue
        names = each.original_route.param_convertors
        path = str(each.path_format).format(**{name: known.get(name, "1") for name in names})
        if "static" in path:
            continue
        for query in queries.get(str(each.path_format), [""]):
            asked += 1
            accept = {"Accept": "text/html" if not path.startswith("/v1") else "application/json"}
            yield path + query, client.get(path + query, headers=accept).text
    assert asked > 30
    for path, body in (
        (f"/v1/cases/{case.id}/reviews/{round}:sign", {"version": 1}),
        (f"/v1/cases/{case.id}/reviews/{round}/decisions", {"version": 1, "item": "I10", "verb": "accept"}),
        (f"/v1/cases/{case.id}/reviews/{round}/decisions", {"version": 1, "item": "R00.0", "verb": "accept"}),
        (f"/v1/cases/{case.id}/reviews", {"reading": "first"}),
        (f"/v1/cases/{case.id}/reviews", {"reading": "second"}),
        (f"/v1/cases/{case.id}/reviews:amend", {"reason": "to look"}),
        (f"/cases/{case.id}/differences/begin", {}),
    ):
        yield f"POST {path} {body}", client.post(path, json=body).text


def test_no_route_tells_a_suggestion_before_it_is_revealed(running: tuple[TestClient, dict[Role, str]]) -> None:
    client, _ = running
    store_of(client).set_blind_share(SYSTEM, 100)
    case = kept(client)
    for begun in (False, True):  # nobody reviews it yet; then she does
        for path, text in everything(client, case):
            assert CANARY not in text, path
        assert store_of(client).readings([case.id])[case.id][0].blind, begun
    reader = another(client)
    sign_in(reader, "reader")
    assert CANARY in reader.get(f"/v1/cases/{case.id}/results/1").text  # decides nothing
    reviewer = another(client)
    sign_in(reviewer, "reviewer")
    assert CANARY not in "".join(text for path, text in everything(reviewer, case) if not path.startswith("POST"))
    assert client.post(f"/v1/cases/{case.id}/reviews/1:reveal").status_code == 200
    assert CANARY in client.get(f"/v1/cases/{case.id}/results/1").text
    assert CANARY in client.get(f"/cases/{case.id}/coding", headers={"Accept": "text/html"}).text


def test_taking_a_decision_tells_nothing_of_the_suggestions(running: tuple[TestClient, dict[Role, str]]) -> None:
    client, _ = running
    case = kept(client)
    begun = client.post(f"/v1/cases/{case.id}/reviews", json={"blind": True}).json()
    at = f"/v1/cases/{case.id}/reviews/1"
    answers = [
        client.post(f"{at}/decisions", json={"version": begun["version"], "item": item, "verb": verb})
        for item in ("I10", "R00.0")  # suggested, and not
        for verb in ("accept", "reject")
    ]
    assert {each.status_code for each in answers} == {422}
    assert len({each.text.replace("R00.0", "I10") for each in answers}) == 1
    assert client.post(f"{at}:sign", json={"version": begun["version"]}).json()["where"] == case.id


def test_a_note_that_is_sent_is_answered_without_its_draft(running: tuple[TestClient, dict[Role, str]]) -> None:
    client, _ = running
    for percent, told in ((0, True), (100, False)):
        store_of(client).set_blind_share(SYSTEM, percent)
        answer = client.post("/v1/notes:code", json={"text": NOTE}, headers={"Idempotency-Key": f"key {percent}"})
        again = client.post("/v1/notes:code", json={"text": NOTE}, headers={"Idempotency-Key": f"key {percent}"})
        drafted = client.post(f"/v1/cases/{answer.json()['case']['id']}:draft", json={})
        assert [(each.json()["result"] is not None) for each in (answer, again, drafted)] == [told] * 3


def test_a_second_reader_sees_nothing_of_the_first(running: tuple[TestClient, dict[Role, str]]) -> None:
    client, ids = running
    store, case = store_of(client), kept(client)
    first = Actor(id=ids["admin"], role="admin")
    review = store.begin_review(first, case.id, 1)
    for item in [each["code"] for each in store.result(SYSTEM, case.id).content["codes"]]:  # type: ignore[attr-defined]
        review = store.decide(first, case.id, item, "reject", version=review.version, reason=REASON)
    signed = store.sign(first, case.id, version=review.version)
    reviewer = another(client)
    sign_in(reviewer, "reviewer")
    assert REASON in reviewer.get(f"/v1/cases/{case.id}/reviews/1").text
    asked = {"reading": "second", "reader": ids["coder"]}
    assert client.post(f"/v1/cases/{case.id}/reviews", json=asked | {"reader": ids["reviewer"]}).status_code == 403
    made = reviewer.post(f"/v1/cases/{case.id}/reviews", json=asked)
    assert (made.status_code, made.json()["opened_by"]) == (201, ids["coder"])
    for path, text in everything(client, case, round=2):
        assert REASON not in text, path
        assert signed.signed_by == ids["admin"]
    review = store.reviews(SYSTEM, case.id)[1]
    assert (review.decisions[0].item, len(review.decisions)) == ("I10", 1)  # the one that `everything` tried
    for item in [each["code"] for each in store.result(SYSTEM, case.id).content["codes"]]:  # type: ignore[attr-defined]
        answer = client.post(
            f"/v1/cases/{case.id}/reviews/2/decisions", json={"version": review.version, "item": item, "verb": "accept"}
        )
        review = store.reviews(SYSTEM, case.id)[1]
        assert answer.status_code == 201
    assert client.post(f"/v1/cases/{case.id}/reviews/2:sign", json={"version": review.version}).status_code == 200
    assert REASON in client.get(f"/v1/cases/{case.id}/reviews/1").text


def test_who_can_be_asked(running: tuple[TestClient, dict[Role, str]]) -> None:
    client, ids = running
    store, case = store_of(client), kept(client)
    store.begin_review(Actor(id=ids["coder"], role="coder"), case.id, 1)
    reviewer = another(client)
    sign_in(reviewer, "reviewer")
    for reader, status in ((ids["coder"], 409), (ids["reader"], 422), (_TOKEN, 422), (ids["admin"], 201)):
        answer = reviewer.post(f"/v1/cases/{case.id}/reviews", json={"reading": "second", "reader": reader})
        assert answer.status_code == status, answer.text
    answer = reviewer.post(
        f"/v1/cases/{case.id}/reviews/2/decisions", json={"version": 1, "item": "I10", "verb": "accept"}
    )
    assert answer.status_code == 409  # the second reading is the admin's
    withdraw = f"/v1/cases/{case.id}/reviews/2:withdraw"
    assert client.post(withdraw, json={}).status_code == 403
    for reader, status in ((ids["admin"], 409), (ids["coder"], 409), (ids["reader"], 422), (ids["reviewer"], 200)):
        assert reviewer.post(withdraw, json={"reader": reader}).status_code == status
    assert store.reviews(SYSTEM, case.id)[1].opened_by == ids["reviewer"]
    assert [each["round"] for each in reviewer.post(withdraw, json={}).json()["reviews"]] == [1]
    assert reviewer.post(withdraw, json={}).status_code == 404


def test_the_share_is_set_and_audited(running: tuple[TestClient, dict[Role, str]]) -> None:
    client, ids = running
    assert client.get("/v1/reviewing").status_code == 403
    admin = another(client)
    sign_in(admin, "admin")
    assert admin.put("/v1/reviewing", json={"blind_percent": 101}).status_code == 422
    assert admin.put("/v1/reviewing", json={"blind_percent": 30}).json() == {"blind_percent": 30}
    assert admin.get("/v1/reviewing").json() == {"blind_percent": 30}
    event = [each for each in store_of(client).events() if each.details.get("blind_percent") == 30]
    assert [(each.actor, each.action, each.kind) for each in event] == [(ids["admin"], "update", "store")]


def test_drafts_and_reviews_are_read_in_one_place() -> None:
    """Nobody who sends them reads them from the store itself."""
    reads = re.compile(r"store\.(result|results|reviews|review|begin_review|reveal)\(")
    folder = Path(blinding.__file__).parent
    found = {str(each.relative_to(folder)) for each in folder.rglob("*.py") if reads.search(each.read_text())}
    assert found == {"blinding.py", "drafts.py"}  # what drafts.py reads, api.notes.answered keeps back


def test_which_cases_are_drawn() -> None:
    cases = [f"{number * 7919:032x}" for number in range(2_000)]
    assert not any(blinding.drawn(each, 0) for each in cases)
    assert all(blinding.drawn(each, 100) for each in cases)
    tenth = {each for each in cases if blinding.drawn(each, 10)}
    assert 150 < len(tenth) < 250
    assert tenth < {each for each in cases if blinding.drawn(each, 20)}  # who is drawn stays


def test_looking_at_a_case_changes_nothing(running: tuple[TestClient, dict[Role, str]]) -> None:
    client, _ = running
    case = kept(client)
    assert client.get(f"/cases/{case.id}/coding", headers={"Accept": "text/html"}).status_code == 200
    reader = another(client)
    sign_in(reader, "reader")
    page = reader.get(f"/cases/{case.id}/coding", headers={"Accept": "text/html"}).text
    assert 'data-mode="reading"' in page
    assert 'data-does="accept"' not in page
    assert store_of(client).readings([case.id]) == {}
    assert store_of(client).case(SYSTEM, case.id) == case
