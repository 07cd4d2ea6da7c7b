"""Jobs: asked for with their case, finished with their result, each exactly once."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from store.conftest import MARIA, NOTE, note
from wardround.errors import InputError, StoreConflict, StoreError, UnknownRecord
from wardround.store import Actor

if TYPE_CHECKING:
    from wardround.store.files import Staged
    from wardround.store.store import Store

RUNNER = Actor(id="system")


def asked(store: Store, key: str = "") -> tuple[str, str]:
    """A case with a job."""
    case = store.add_case(MARIA, "study", note(), job=("read", {"protocol": "chest"}), idempotency_key=key)
    return case.id, case.job


def test_a_job_from_the_upload_to_its_result(store: Store) -> None:
    case, id = asked(store, "k")
    assert asked(store, "k") == (case, id)  # no second one
    (job,) = store.jobs.unfinished()
    assert (job.id, job.case, job.task, job.options, job.state) == (id, case, "read", {"protocol": "chest"}, "queued")
    assert store.jobs.progress(id, "looking", 1, 3) == "queued"
    begun = store.jobs.begin(id)
    assert (begun.state, begun.started) == ("running", store.jobs.begin(id).started)
    before = store.verify_audit().events
    assert store.jobs.progress(id, "looking", 2, 3) == "running"
    seen = store.jobs.job(MARIA, id)
    assert (seen.step, seen.done, seen.total) == ("looking", 2, 3)
    assert store.verify_audit().events == before
    assert [each.id for each in store.cases(MARIA, job="running").cases] == [case]

    result = store.jobs.finish(RUNNER, id, {"findings": []})
    assert store.jobs.finish(RUNNER, id, {"findings": ["another"]}) == result
    assert store.result(MARIA, case) == result
    done = store.jobs.job(MARIA, id)
    assert (done.state, done.result, done.step, done.finished is not None) == ("done", 1, "", True)
    assert store.jobs.progress(id, "late", 0, 0) == store.jobs.begin(id).state == "done"
    assert store.jobs.fail(RUNNER, id, "late") == done
    with pytest.raises(StoreConflict, match="finished"):
        store.jobs.cancel(MARIA, id)
    shown = store.case(MARIA, case)
    assert (shown.status, shown.results, shown.job, shown.job_state) == ("drafted", 1, id, "done")
    assert store.jobs.unfinished() == ()
    created = [event.kind for event in store.events(action="create", resource=case) if "replayed" not in event.details]
    assert created == ["case", "job", "result"]


def test_a_cancelled_job_keeps_no_result(store: Store) -> None:
    case, id = asked(store)
    store.jobs.begin(id)
    assert store.jobs.cancel(MARIA, id).state == store.jobs.cancel(MARIA, id).state == "cancelled"
    assert store.jobs.progress(id, "looking", 1, 3) == "cancelled"
    with pytest.raises(StoreConflict, match="cancelled"):
        store.jobs.finish(RUNNER, id, {})
    assert store.case(MARIA, case).results == 0

    again = store.jobs.add(MARIA, case, "read")
    failed = store.jobs.fail(RUNNER, again.id, "the model is not there")
    assert (failed.state, failed.error) == ("failed", "the model is not there")
    with pytest.raises(StoreConflict, match="failed"):
        store.jobs.finish(RUNNER, again.id, {})
    shown = store.case(MARIA, case)
    assert (shown.job, shown.job_state, shown.status) == (again.id, "failed", "new")
    assert [job.id for job in store.jobs.jobs(MARIA, case)] == [again.id, id]
    assert [job.id for job in store.jobs.jobs(MARIA, state="cancelled")] == [id]
    assert store.jobs.jobs(MARIA, "\x00") == ()


def test_a_deleted_case_has_no_work(store: Store) -> None:
    case, id = asked(store)
    store.jobs.begin(id)
    store.delete(MARIA, case)
    assert store.jobs.progress(id, "looking", 1, 3) == "cancelled"
    with pytest.raises(StoreConflict):
        store.jobs.finish(RUNNER, id, {})
    with pytest.raises(StoreConflict):
        store.jobs.add(MARIA, case, "read")
    assert store.restore_deleted(MARIA, case).job_state == "cancelled"


def test_a_purged_case_takes_its_jobs_with_it(sqlite: Store) -> None:
    sqlite.set_retention(MARIA, 1)
    _, id = asked(sqlite)
    sqlite.purge(MARIA, datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2))
    for verb in (
        lambda: sqlite.jobs.job(MARIA, id),
        lambda: sqlite.jobs.begin(id),
        lambda: sqlite.jobs.progress(id, "x", 0, 0),
        lambda: sqlite.jobs.finish(RUNNER, id, {}),
        lambda: sqlite.jobs.job(MARIA, "Ann Miller"),
    ):
        with pytest.raises(UnknownRecord):
            verb()
    assert "Miller" not in repr(list(sqlite.events()))


def test_two_runners_of_one_job_keep_one_result(store: Store) -> None:
    case, id = asked(store)

    def run(number: int) -> object:
        store.jobs.begin(id)
        return store.jobs.finish(RUNNER, id, {"by": number}).content

    with ThreadPoolExecutor(6) as runners:
        told = list(runners.map(run, range(6)))
    assert all(each == told[0] for each in told)
    assert store.case(MARIA, case).results == 1
    store.verify_audit()


def test_a_draft_comes_with_its_case(store: Store) -> None:
    case = store.add_case(MARIA, "note", note(), draft={"codes": ["K35.80"]}, idempotency_key="k")
    assert (case.status, case.results) == ("drafted", 1)
    again = store.add_case(MARIA, "note", note(), draft={"codes": ["K35.81"]}, idempotency_key="k")
    assert (again.id, again.replayed, again.results) == (case.id, True, 1)
    assert store.result(MARIA, case.id).content == {"codes": ["K35.80"]}
    assert store.case(MARIA, case.id) == case
    told = [(event.kind, event.details.get("number")) for event in store.events(action="create", resource=case.id)]
    assert told == [("case", None), ("result", 1), ("case", None)]
    assert store.count() == dict.fromkeys(store.count(), 0) | {"drafted": 1}


def test_a_document_that_is_purged_while_its_case_is_added(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file is in place before the transaction begins; a purge in between finds no case that has it."""
    keep = sqlite._files.keep

    def keep_and_purge(staged: Staged) -> None:
        keep(staged)
        sqlite.purge(MARIA)

    monkeypatch.setattr(sqlite._files, "keep", keep_and_purge)
    with pytest.raises(StoreError, match="purged meanwhile") as caught:
        sqlite.add_case(MARIA, "note", note())
    assert caught.value.retryable
    monkeypatch.undo()
    assert sqlite.cases(MARIA).cases == ()
    case = sqlite.add_case(MARIA, "note", note())
    with pytest.raises(InputError):
        sqlite.add_case(MARIA, "note", note(), external_id="\x00")  # the document stays: another case has it
    assert sqlite.document(MARIA, case.id, case.documents[0].id) == NOTE


@pytest.mark.parametrize("job", [("paint", {}), ("read", {"x": "y" * 5000})], ids=["task", "options"])
def test_what_is_no_job_adds_no_case(sqlite: Store, job: tuple[str, dict[str, str]]) -> None:
    with pytest.raises(InputError):
        sqlite.add_case(MARIA, "study", note(), job=job)  # type: ignore[arg-type]
    assert sqlite.cases(MARIA).cases == ()
    assert [path for path in (sqlite.folder / "documents").rglob("*") if path.is_file()] == []
