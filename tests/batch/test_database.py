"""What a query finds in a real database."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from batch.folders import results
from batch.sources import opened, told
from wardround.batch import Output, Source, Work, run
from wardround.batch.ledger import opened as ledger_of
from wardround.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

QUERY = "select id, text, age, seen as date from notes where text like '%Gout%' or id = 6 order by id"
SECRET = "Zebulon"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with seven notes."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/notes.db"
    else:
        address = f"{request.getfixturevalue('postgresql')}postgres"
    engine = sqlalchemy.create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table if exists notes")
        connection.exec_driver_sql("create table notes (id integer, text text, age integer, seen date)")
        insert = sqlalchemy.text("insert into notes values (:id, :text, 44, '2026-05-11')")
        rows = [{"id": number, "text": f"Gout, visit {number}, 12:30." if number < 6 else None} for number in range(7)]
        connection.execute(insert, rows)
    engine.dispose()
    return address


def test_the_rows_are_read_once_and_put_aside(url: str, tmp_path: Path) -> None:
    source = opened(url, query=QUERY, spool=tmp_path / "input")
    expected = [(str(number), f"Gout, visit {number}, 12:30.") for number in range(6)]
    expected.append(("6", '! the field "text" is missing'))
    assert [part.count for part in source.parts()] == [3, 3, 1]
    _execute(url, "delete from notes")
    assert told(source) == expected
    assert told(opened(url, query=QUERY, spool=tmp_path / "input")) == expected
    assert stat.S_IMODE((tmp_path / "input").stat().st_mode) == 0o700


def test_a_run_goes_on_with_what_was_put_aside_and_leaves_nothing_of_it(url: str, tmp_path: Path) -> None:
    work = Work(output=Output(folder=tmp_path / "out"))
    spool = work.output.spool

    def source() -> Source:
        return opened(url, query=QUERY, spool=spool)

    with ledger_of(source(), work) as ledger:
        work(ledger.pending[0])
    _execute(url, "delete from notes where id = 5")
    run(source(), work, processes=1)
    assert [row["id"] for row in results(tmp_path / "out")] == [str(number) for number in range(6)]
    assert not spool.exists()
    (tmp_path / "out" / "codes" / "part-000001.parquet").unlink()
    with pytest.raises(InputError, match="not there any more"):
        run(source(), work)


def test_what_is_said_of_the_encounter(url: str, tmp_path: Path) -> None:
    (part,) = opened(url, 99, query=QUERY, spool=tmp_path / "input").parts()
    encounter = next(part.records()).encounter  # type: ignore[union-attr]
    assert (encounter.age, str(encounter.date)) == (44, "2026-05-11")


def test_nothing_is_written(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        opened(url, query="delete from notes", spool=tmp_path / "input").parts()
    with pytest.raises(InputError):
        opened(url, query="delete from notes returning text", spool=tmp_path / "input").parts()
    assert len(told(opened(url, query=QUERY, spool=tmp_path / "input"))) == 7


@pytest.mark.parametrize(
    "query", ["select id from notes", f"select {SECRET} from notes", "selectt", "select text from n"]
)
def test_a_query_that_cannot_be_used(url: str, tmp_path: Path, query: str) -> None:
    with pytest.raises(InputError) as caught:
        opened(url, query=query, spool=tmp_path / "input").parts()
    assert SECRET not in str(caught.value)
    assert not list((tmp_path / "input").glob("*.parquet"))


def test_a_password_is_told_nobody(tmp_path: Path) -> None:
    source = opened(f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/ehr", query=QUERY, spool=tmp_path / "input")
    with pytest.raises(InputError) as caught:
        source.parts()
    assert SECRET not in f"{caught.value} {source.name}"
    assert "OperationalError" in str(caught.value)


def test_an_address_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no address"):
        opened("no database://", query=QUERY, spool=tmp_path)
    with pytest.raises(InputError):
        opened("nothing://there", query=QUERY, spool=tmp_path).parts()


def _execute(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
