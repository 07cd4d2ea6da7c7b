"""RTF."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from wardround.documents import read
from wardround.errors import NoteError

HEAD = rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}{\info{\title Sepsis}}"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"\f0 Assessment:\par 1. Gout\par}", "Assessment:\n1. Gout\n"),
        (rb"caf\'e9 \u8220?x\u8221? \{y\}\par}", "café “x” {y}\n"),
        (rb"\trowd Metformin\cell 500 mg\cell\row}", "Metformin|500 mg|\n"),
        (rb'see {\field{\*\fldinst{HYPERLINK "http://x"}}{\fldrslt the letter}}}', "see the letter\n"),
        (rb"{\pict\wmetafile8 " + b"0a1b" * 5_000 + rb"}Gout}", "Gout\n"),
    ],
)
def test_text(body: bytes, text: str) -> None:
    note = read(HEAD + body)
    assert note.text == text
    assert note.reader == "rtf"


def test_no_text() -> None:
    with pytest.raises(NoteError, match="no text"):
        read(HEAD + b"}")


@pytest.mark.parametrize(
    "body",
    [
        rb"{\field{\*\fldinst{" * 40_000,
        rb'{\field{\*\fldinst{HYPERLINK "a"}' * 20_000,
        rb"{\fonttbl" + rb"\f1" * 200_000,
        b"{" * 500_000,
        b"}" * 500_000,
        rb"\'e9" * 200_000,
    ],
    ids=["fields", "links", "fonts", "open", "close", "hex"],
)
def test_time_is_bounded(body: bytes) -> None:
    began = time.monotonic()
    with suppress(NoteError):
        read(HEAD + body + b" Gout}")
    assert time.monotonic() - began < 5
