"""Two conditions that are one code: the tables of pairs, and those that an installed Index ties."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from icd10.index import outline
from wardround.coding import Coder
from wardround.coding.rules import data
from wardround.icd10 import CodeSet
from wardround.icd10.index import AlphabeticIndex, compile_index

from ..conftest import codes_of, findings_of

TABLES = ["combinations", "presumed_links"]
INDEX = """
Cystitis | N30.90
  with
    prostatitis | N41.3
    hematuria | N30.91
Hepatitis | K75.9
  in toxoplasmosis | B58.1
  due to influenza | J11.89
Gout | M10.9
Psoriasis | L40.9
Prostatitis | N41.9
Toxoplasmosis | B58.9
"""


@pytest.mark.parametrize("table", TABLES)
def test_every_code_of_a_pair_exists(table: str, codes: CodeSet) -> None:
    given = [
        (column, code)
        for row in data.rows(table)
        for column in ("condition", "with")
        for code in row[column].split("|")
        if codes.get(code) is None
    ]
    assert given == []


@pytest.mark.parametrize("table", TABLES)
def test_what_a_pair_becomes_can_be_reported(table: str, codes: CodeSet) -> None:
    made = {code for row in data.rows(table) for code in (*row["codes"].split("|"), row["also"], row["partner"])}
    assert {code for code in made - {"", "stays", "goes"} if not codes.billable(code)} == set()


@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_whole(table: str) -> None:
    for row in data.rows(table):
        conditions, becomes = row["condition"].split("|"), row["codes"].split("|")
        assert len(becomes) in (1, len(conditions)), row["reason"]
        assert row["partner"] in ("stays", "goes") or row["partner"][0].isupper(), row["reason"]
        assert row["first"] in ("", "condition", "partner"), row["reason"]
        changes = row["codes"] or row["also"] or row["partner"] != "stays"
        assert changes, f"{row['reason']}: the row changes nothing"


@pytest.fixture
def index(coder: Coder, codes: CodeSet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlphabeticIndex]:
    """A small Index, as if it were installed."""
    folder = tmp_path_factory.mktemp("index")
    compile_index(outline.write(folder, index=INDEX.strip()), folder / "index.sqlite")
    index = AlphabeticIndex(folder / "index.sqlite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(codes.__dict__, "index", index)
        yield index


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize(
    ("problems", "expected", "tied"),
    [
        ("1. Cystitis\n2. Prostatitis", "N30.90 N41.9", {"N30.90"}),
        ("1. Hepatitis\n2. Toxoplasmosis", "K75.9 B58.9", {"K75.9"}),
        ("1. Cystitis\n2. Prostatitis, not related to the cystitis", "N30.90 N41.9", set()),
        ("1. Hepatitis\n2. Influenza", "K75.9 J11.1", set()),  # "due to" has to be stated
        ("1. Gout\n2. Psoriasis", "M10.9 L40.9", set()),
    ],
)
def test_what_the_index_ties_is_for_review(coder: Coder, problems: str, expected: str, tied: set[str]) -> None:
    result = coder.code(f"Assessment:\n{problems}")
    assert codes_of(result) == expected.split()
    found = findings_of(result, "presumed-link")
    assert {code for code, (_, severity) in found.items() if severity == "review"} == tied
