"""The form of tokens, and how they are shown."""

from __future__ import annotations

import re

import pytest
from starlette.datastructures import Headers

from wardround.server.access.tokens import bearer, is_token, new_token


def test_form() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch("wr_[0-9a-f]{72}", token) and is_token(token) for token in tokens)


def test_a_mistyped_one_is_known_by_its_checksum() -> None:
    token = new_token()
    for at in range(3, len(token)):
        assert not is_token(token[:at] + ("0" if token[at] != "0" else "1") + token[at + 1 :])
    assert not is_token(token.upper())
    assert not is_token(token + "\n")


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ([], None),
        (["Basic bWFyaWE6eA=="], None),
        (["Bearer abc"], "abc"),
        (["bearer abc"], "abc"),
        (["BEARER  abc "], "abc"),
        (["Bearer"], ""),
        (["Bearer "], ""),
        (["Bearer a", "Bearer b"], ""),
        (["Basic x", "Bearer a"], ""),
    ],
)
def test_how_it_is_shown(shown: list[str], found: str | None) -> None:
    headers = Headers(raw=[(b"authorization", value.encode()) for value in shown])
    assert bearer(headers) == found
