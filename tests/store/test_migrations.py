"""What the migrations build is what the tables say, and what was there before is there after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from store.conftest import MARIA, Place
from wardround.store import Actor, audit
from wardround.store.migrating import _config
from wardround.store.packing import Packer
from wardround.store.schema import Base

if TYPE_CHECKING:
    from sqlalchemy import Connection

CASE = "c" * 32


def test_the_migrations_build_the_tables(place: Place) -> None:
    place.open().close()
    engine = sqlalchemy.create_engine(place.url or f"sqlite:///{place.folder / 'wardround.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_sqlite_is_set_to_last(plain: Place) -> None:
    with plain.open() as store, store._database.reading() as session:
        told = {
            name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    assert (plain.folder / "wardround.db").stat().st_mode & 0o077 == 0


def _bring_to(connection: Connection, revision: str) -> None:
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, scripts, fn=lambda now, _: scripts._upgrade_revs(revision, now)) as steps:  # type: ignore[arg-type]
        steps.configure(connection=connection)
        steps.run_migrations()


def test_a_database_of_the_first_revision_is_brought_up_to_date(place: Place) -> None:
    place.folder.mkdir()
    packer = Packer(None)
    rows: dict[str, dict[str, object]] = {
        "properties": {"name": "key_check", "value": ""},
        "users": {"id": "d" * 32, "name": "omar", "role": "admin", "password_hash": "x", "disabled": False}
        | {"created": 1},
        "cases": {"id": CASE, "kind": "note", "status": "signed", "status_before": "", "setting": "outpatient"}
        | {"external_id": "V-1", "assignee": "d" * 32, "body_sha256": "", "created": 5, "created_by": "maria"}
        | {"updated": 5, "results": 1},
        "documents": {"id": "e" * 32, "case_id": CASE, "position": 0, "role": "note", "media_type": "text/plain"}
        | {"sha256": "0" * 64, "size": 1},
        "results": {"case_id": CASE, "number": 1, "created": 6, "created_by": "maria"}
        | {"content": packer.pack({"codes": [{"code": "I10"}]}, f"result {CASE} 1")},
        "reviews": {"case_id": CASE, "round": 1, "result": 1, "version": 2, "opened": 7, "opened_by": "maria"}
        | {"reason": packer.pack({"reason": ""}, f"decision {CASE} 1 0"), "signed": 9, "signed_by": "maria"},
        "decisions": {"case_id": CASE, "round": 1, "number": 1, "item": "I10", "verb": "accept", "by": "maria", "at": 8}
        | {"content": packer.pack({"value": None, "reason": "clear"}, f"decision {CASE} 1 1")},
    }
    engine = sqlalchemy.create_engine(place.url or f"sqlite:///{place.folder / 'wardround.db'}")
    with engine.begin() as connection:
        _bring_to(connection, "0001")
        tables = sqlalchemy.MetaData()
        tables.reflect(connection)
        for name, row in rows.items():
            connection.execute(tables.tables[name].insert(), row)
        with Session(connection) as session:
            audit.append(session, audit.Entry(actor=MARIA, action="sign", kind="review", resource=CASE))
            session.commit()
    engine.dispose()
    with Place(place.url, place.folder).open() as store:
        case = store.case(MARIA, CASE)
        assert (case.status, case.external_id, case.job, case.job_state) == ("signed", "V-1", "", "")
        assert store.result(MARIA, CASE).content == {"codes": [{"code": "I10"}]}
        review = store.review(MARIA, CASE)
        assert (review.reading, review.blind, review.revealed, review.seconds) == ("first", False, None, 0.0)
        assert (review.signed_by, review.standing["I10"].reason) == ("maria", "clear")
        assert [each.decisions for each in store.figures()] == [(("I10", "accept"),)]
        second = store.begin_review(Actor(id="omar"), CASE, 1, reading="second")
        assert (second.round, store.case(MARIA, CASE).status) == (2, "signed")
        assert store.accounts.user_named("omar") == store.accounts.users()[0]
        assert store.jobs.add(MARIA, CASE, "code").state == "queued"
        assert next(store.events()).action == "sign"
        store.verify_audit()
