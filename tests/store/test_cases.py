"""Cases: what is added is there, is found, and goes when it should."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING

import pytest

from store.conftest import MARIA, NOTE, drafted, note
from wardround.coding import Encounter
from wardround.errors import InputError, StoreConflict, StoreDamaged, StoreError, UnknownRecord
from wardround.store import Actor, Upload, database

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from store.conftest import Place
    from wardround.store import Case, Event
    from wardround.store.audit import Entry
    from wardround.store.store import Store

DAY = datetime.timedelta(days=1)


def last(store: Store) -> Event:
    return list(store.events())[-1]


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def test_what_is_added_is_there_when_opened_again(place: Place, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(b"\x00" * 300)
    encounter = Encounter(setting="inpatient", date=datetime.date(2026, 5, 1), age=41.5, sex="female")
    documents = [
        Upload(content=tmp_path / "image", media_type="application/dicom", role="image"),
        Upload(content=io.BytesIO(NOTE), media_type="text/plain", role="history"),
    ]
    with place.open() as store:
        added = store.add_case(MARIA, "study", documents, encounter, external_id="ACC-7")
    with place.open() as store:
        case = store.case(MARIA, added.id)
        assert case == added
        assert (case.encounter, case.external_id, case.status) == (encounter, "ACC-7", "new")
        assert [(each.role, each.size) for each in case.documents] == [("image", 300), ("history", len(NOTE))]
        assert [store.document(MARIA, case.id, each.id) for each in case.documents] == [b"\x00" * 300, NOTE]
        assert [b"".join(each) for each in store.documents(MARIA, case.id, "history")] == [NOTE]
        assert store.documents(MARIA, case.id, "prior") == ()
        assert [(each.details["role"], each.details["documents"]) for each in list(store.events())[-2:]] == [
            ("history", 1),
            ("prior", 0),
        ]


def test_results_are_numbered_and_kept(store: Store) -> None:
    case = store.add_case(MARIA, "note", note())
    contents = [{"codes": [], "text": "Ärzte \ud800 \x00"}, {"codes": ["K35.80"], "n": 0.1}]
    for number, content in enumerate(contents, 1):
        assert store.add_result(MARIA, case.id, content).number == number
    assert [store.result(MARIA, case.id, number).content for number in (1, 2)] == contents
    assert store.result(MARIA, case.id).number == 2
    assert store.case(MARIA, case.id).status == "drafted"
    with pytest.raises(UnknownRecord):
        store.result(MARIA, case.id, 3)


def test_the_same_key_gives_the_same_case(store: Store) -> None:
    first = store.add_case(MARIA, "note", note(), idempotency_key="k")
    again = store.add_case(MARIA, "note", note(), idempotency_key="k")
    assert (again.id, again.replayed, first.replayed) == (first.id, True, False)
    other = store.add_case(Actor(id="omar"), "note", note(), idempotency_key="k")
    assert other.id != first.id
    assert len(store.cases(MARIA).cases) == 2


@pytest.mark.parametrize(
    "change",
    [{"documents": note(b"other")}, {"external_id": "x"}, {"encounter": Encounter(age=3)}, {"kind": "study"}],
    ids=lambda change: next(iter(change)),
)
def test_the_same_key_with_another_content_is_a_conflict(sqlite: Store, change: dict[str, object]) -> None:
    store = sqlite
    body: dict[str, object] = {"kind": "note", "documents": note(), "idempotency_key": "k"}
    store.add_case(MARIA, **body)  # type: ignore[arg-type]
    with pytest.raises(StoreConflict, match="idempotency key"):
        store.add_case(MARIA, **body | change)  # type: ignore[arg-type]
    assert len(store.cases(MARIA).cases) == 1
    assert (last(store).action, last(store).outcome) == ("query", "success")


@pytest.mark.parametrize(
    "body",
    [
        {"documents": []},
        {"kind": "x"},
        {"external_id": "a\x00b"},
        {"external_id": "a" * 201},
        {"documents": [Upload(content=b"", media_type="text")]},
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_refused(sqlite: Store, body: dict[str, object]) -> None:
    store = sqlite
    with pytest.raises(InputError):
        store.add_case(MARIA, **{"kind": "note", "documents": note()} | body)  # type: ignore[arg-type]
    assert (last(store).action, last(store).outcome, last(store).details["error"]) == (
        "create",
        "failure",
        "InputError",
    )


def test_pages_hold_every_case_once_the_newest_first(store: Store) -> None:
    added = [store.add_case(MARIA, "note", note()).id for _ in range(7)]
    seen, after = [], ""
    for number in range(3):
        page = store.cases(MARIA, limit=3, after=after)
        seen += [case.id for case in page.cases]
        after = page.after
        if number == 0:
            store.add_case(MARIA, "note", note())  # a newer one does not move the pages
    assert (seen, after) == (added[::-1], "")
    for wrong in ("x", "2026-01-01T00:00:00/" + "0" * 32, "2026-01-01T00:00:00+00:00/../x"):
        with pytest.raises(InputError):
            store.cases(MARIA, after=wrong)


def test_cases_are_found_by_filters(store: Store) -> None:
    omar = store.accounts.add_user(MARIA, "omar", "reviewer")
    a = store.add_case(MARIA, "note", note(), external_id="V-100")
    b = store.add_case(MARIA, "study", note(), external_id="V-2%")
    c = drafted(store)
    store.assign(MARIA, b.id, omar.id)

    def ids(**filters: object) -> list[str]:
        return [case.id for case in store.cases(MARIA, **filters).cases]  # type: ignore[arg-type]

    assert ids() == [c, b.id, a.id]
    assert ids(status="drafted") == [c]
    assert ids(kind="study") == [b.id]
    assert ids(assignee=omar.id) == [b.id]
    assert ids(assignee="") == [c, a.id]
    assert ids(search="V-") == [b.id, a.id]
    assert ids(search="V-2%") == [b.id]
    assert ids(search="v-") == ids(search="%") == []
    assert ids(search=a.id[:12]) == [a.id]
    assert ids(search="\x00") == ids(search="\ud800") == ids(assignee="\x00") == []
    assert store.case(MARIA, b.id).assignee == omar.id
    store.assign(MARIA, b.id, "")
    assert ids(assignee=omar.id) == []
    with pytest.raises(UnknownRecord):
        store.assign(MARIA, b.id, "nobody")


def test_a_deleted_case_is_out_of_the_way_until_restored(store: Store) -> None:
    case = drafted(store)
    document = store.case(MARIA, case).documents[0].id
    assert store.delete(MARIA, case, "entered twice").status == "deleted"
    assert last(store).reason == "entered twice"
    assert store.cases(MARIA).cases == ()
    assert [each.id for each in store.cases(MARIA, status="deleted").cases] == [case]
    for verb in (
        lambda: store.result(MARIA, case),
        lambda: store.document(MARIA, case, document),
        lambda: store.add_result(MARIA, case, {}),
        lambda: store.delete(MARIA, case),
        lambda: store.begin_review(MARIA, case, 1),
    ):
        with pytest.raises(StoreConflict, match="deleted"):
            verb()
    assert store.restore_deleted(MARIA, case).status == "drafted"
    assert store.result(MARIA, case).number == 1


def test_a_purge_takes_what_is_past_and_the_audit_remembers(store: Store, place: Place) -> None:
    store.set_retention(MARIA, 10)
    short = store.add_case(MARIA, "note", note(b"shared"))
    store.set_retention(MARIA, None)
    kept = store.add_case(MARIA, "note", note(b"shared"))
    gone = store.add_case(MARIA, "note", note(b"alone"))
    store.add_result(MARIA, gone.id, {"a": 1})
    store.begin_review(MARIA, gone.id, 1)
    store.delete(MARIA, gone.id)
    assert store.purge(MARIA) == 0
    assert store.purge(MARIA, now() + 11 * DAY) == 1
    with pytest.raises(UnknownRecord):
        store.case(MARIA, short.id)
    assert store.document(MARIA, kept.id, kept.documents[0].id) == b"shared"
    assert store.purge(MARIA, now() + 31 * DAY) == 1
    files = [path.name for path in (place.folder / "documents").glob("*/*")]
    assert files == [kept.documents[0].sha256]
    purged = {event.resource: event.details for event in store.events(action="delete") if "purged" in event.details}
    assert purged == {
        short.id: {"purged": "retention", "sha256": [short.documents[0].sha256]},
        gone.id: {"purged": "deleted", "sha256": [gone.documents[0].sha256]},
    }
    store.verify_audit()


@pytest.mark.parametrize("case", ["", "x", "0" * 32, "Miller, Ann 1971-03-02"])
def test_a_case_that_is_not_there(sqlite: Store, case: str) -> None:
    store = sqlite
    with pytest.raises(UnknownRecord) as caught:
        store.case(MARIA, case)
    assert "Miller" not in str(caught.value)
    event = last(store)
    assert (event.outcome, "Miller" in str(event)) == ("failure", False)


def test_a_document_that_was_changed_on_the_disk(sqlite: Store) -> None:
    store = sqlite
    case = store.add_case(MARIA, "note", note())
    path = next((store.folder / "documents").glob("*/*"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreDamaged):
        store.document(MARIA, case.id, case.documents[0].id)
    store.add_case(MARIA, "note", note())  # the same content, given again, mends it
    assert store.document(MARIA, case.id, case.documents[0].id) == NOTE


def test_a_document_whose_case_cannot_be_kept_goes_again(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store = sqlite
    monkeypatch.setattr(database, "_PATIENCE", 0.05)
    case = store.add_case(MARIA, "note", note())
    with store._database._turn, pytest.raises(StoreError):  # nothing is written meanwhile
        store.add_case(MARIA, "note", [*note(b"Gout."), *note(b"Gout."), *note()])
    assert [path.name for path in (store.folder / "documents").glob("*/*")] == [case.documents[0].sha256]
    assert store.document(MARIA, case.id, case.documents[0].id) == NOTE


def test_a_document_that_others_add_at_the_same_time_stays(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """One adds it and fails before its transaction begins, while another adds the same."""
    added: list[Case] = []
    noted = store._audited.noted

    def late(entry: Entry) -> AbstractContextManager[None]:
        monkeypatch.setattr(store._audited, "noted", noted)
        added.append(store.add_case(MARIA, "note", note(b"Gout.")))
        raise StoreError("the database is busy")

    monkeypatch.setattr(store._audited, "noted", late)
    with pytest.raises(StoreError):
        store.add_case(MARIA, "note", note(b"Gout."))
    (case,) = added
    assert store.document(MARIA, case.id, case.documents[0].id) == b"Gout."


def test_a_document_of_another_case(sqlite: Store) -> None:
    store = sqlite
    one, other = (store.add_case(MARIA, "note", note()) for _ in range(2))
    with pytest.raises(UnknownRecord):
        store.document(MARIA, one.id, other.documents[0].id)


def test_users(store: Store) -> None:
    user = store.accounts.add_user(MARIA, "omar", "reader", "$argon2id$secret")
    with pytest.raises(StoreConflict):
        store.accounts.add_user(MARIA, "omar", "coder")
    changed = store.accounts.change_user(MARIA, user.id, role="reviewer", password_hash="$argon2id$new", disabled=True)
    assert store.accounts.user_named("omar") == store.accounts.user(user.id) == changed
    assert (changed.role, changed.disabled, changed.password_hash) == ("reviewer", True, "$argon2id$new")
    assert store.accounts.user_named("nobody") is None
    assert store.accounts.users() == (changed,)
    assert "argon2id" not in repr(changed) + repr(list(store.events()))
    for wrong in (("a b", "reader"), ("anna", "owner")):
        with pytest.raises(InputError):
            store.accounts.add_user(MARIA, *wrong)  # type: ignore[arg-type]


def test_nothing_of_a_patient_is_in_the_files_of_a_store_with_a_key(sqlite: Store) -> None:
    store = sqlite
    case = store.add_case(MARIA, "note", note(b"Zyxwor has appendicitis"))
    store.add_result(MARIA, case.id, {"text": "Zyxwor"})
    review = store.begin_review(MARIA, case.id, 1)
    review = store.decide(
        MARIA, case.id, "K35.80", "change", version=review.version, value={"q": "Zyxwor"}, reason="Zyxwor"
    )
    store.sign(MARIA, case.id, version=review.version)
    store.amend(MARIA, case.id, "Zyxwor")
    for path in store.folder.rglob("*"):
        assert not path.is_file() or b"Zyxwor" not in path.read_bytes()
    assert "Zyxwor" not in repr(list(store.events()))
