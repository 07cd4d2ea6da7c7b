"""What holds of every file, however it is damaged: a note or our error, in little time."""

from __future__ import annotations

import base64
import io
import json
import time
from contextlib import suppress

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.documents import Note, read
from wardround.errors import NoteError

from .files import encoded, lines, pdf, slip


def _docx() -> bytes:
    document = docx.Document()
    document.add_paragraph("Assessment: gout.", style="List Number")
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


_PDF = pdf(lines("Assessment: gout.", "Plan: rest."), lines("Second page."))
_CDA = (
    b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component><section>'
    b'<code code="51848-0"/><title>Assessment</title><text><list><item>Gout</item></list></text></section></component>'
    b"</structuredBody></component></ClinicalDocument>"
)
_ATTACHMENT = {"contentType": "application/pdf", "data": base64.b64encode(_PDF).decode()}
SEEDS = {
    "pdf": _PDF,
    "docx": _docx(),
    "rtf": rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fswiss\fcharset0 Arial;}}\f0 Gout\par caf\'e9 \u8220?x\par}",
    "html": b"<!DOCTYPE html><html><body><table><tr><td>Gout</td></tr></table><ol><li>x</ol></body></html>",
    "cda": _CDA,
    "fhir": json.dumps({"resourceType": "DocumentReference", "content": [{"attachment": _ATTACHMENT}]}).encode(),
    "png": encoded(slip("Gout."), "PNG"),
    "tiff": encoded(slip("Gout.").convert("1"), "TIFF", compression="group4"),
}


@st.composite
def damaged(draw: st.DrawFn, seed: bytes) -> bytes:
    """A file with some of its bytes changed, cut out, repeated or cut off."""
    data = bytearray(seed)
    for _ in range(draw(st.integers(1, 6))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        size = draw(st.integers(1, 40))
        what = draw(st.sampled_from(["change", "cut", "repeat", "end", "insert"]))
        if what == "change":
            data[at : at + size] = draw(st.binary(min_size=1, max_size=size))
        elif what == "cut":
            del data[at : at + size]
        elif what == "repeat":
            data[at:at] = data[at : at + size] * draw(st.integers(1, 20))
        elif what == "end":
            del data[at:]
        else:
            data[at:at] = draw(st.sampled_from([b"\0", b"<", b"{", b"}", b"&x;", b"\\", b'"', b"9" * 30, b"\xff" * 9]))
    return bytes(data)


def check(note: Note) -> None:
    assert note.text.strip()
    if note.layout is not None:
        for run in note.layout.runs:
            word = note.text[run.start : run.end]
            assert word == "".join(word.split()) != ""
            assert run.box.left <= run.box.right
            assert run.box.top <= run.box.bottom


@pytest.mark.parametrize("kind", SEEDS)
def test_a_damaged_file_gives_a_note_or_our_error(kind: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(damaged(SEEDS[kind]))
    def attempt(data: bytes) -> None:
        began = time.monotonic()
        with suppress(NoteError):
            check(read(data, ocr="none"))
        assert time.monotonic() - began < 10

    attempt()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([seed[:24] for seed in SEEDS.values()]), st.binary(max_size=400))
def test_the_beginning_of_a_file_and_noise(head: bytes, noise: bytes) -> None:
    with suppress(NoteError):
        check(read(head + noise, ocr="none"))
