"""What the rules know as data: every code in it exists, and every row has its reason."""

from __future__ import annotations

import pytest

from wardround.coding.rules import data
from wardround.icd10 import CodeSet


@pytest.mark.parametrize("name", data.names())
def test_every_row_has_its_reason(name: str) -> None:
    rows = data.rows(name)
    assert rows
    assert [row for row in rows if not row["reason"].strip()] == []
    assert len({tuple(row.values()) for row in rows}) == len(rows), "a row stands twice"


@pytest.mark.parametrize("name", data.names())
def test_every_code_exists(name: str, codes: CodeSet) -> None:
    given = [
        code
        for row in data.rows(name)
        for column in row
        if column.endswith(("code", "codes"))
        for code in row[column].split("|")
        if len(code) > 1  # a single letter stands for all codes that begin with it
    ]
    assert [code for code in given if codes.get(code) is None] == []
