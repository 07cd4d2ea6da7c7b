"""Without the packages of an extra, the one command that brings them is told."""

from __future__ import annotations

import sys

import pytest

from wardround.documents import read
from wardround.errors import NoteError

from .test_damage import SEEDS

NEEDS = {
    "pdf": "pypdfium2",
    "docx": "docx",
    "rtf": "striprtf.striprtf",
    "html": "lxml",
    "cda": "defusedxml",
    "png": "PIL",
}


@pytest.mark.parametrize(("kind", "package"), NEEDS.items())
def test_the_extra_is_named(kind: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(NoteError, match="a package that is not installed") as caught:
        read(SEEDS[kind])
    assert caught.value.hint == "pip install 'wardround[documents]'"
