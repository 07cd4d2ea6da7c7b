"""HTML: blocks, tables, what is not shown."""

from __future__ import annotations

import time

import pytest

from wardround.documents import read
from wardround.errors import NoteError


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<h2>Plan</h2><p>Rest &amp; ice&nbsp;daily,\n  BP &lt; 140</p>", "Plan\n\nRest & ice daily, BP < 140"),
        ("<ol start=3><li>Gout<li>Cough</ol><ul><li><p>Ice</p></li></ul>", "3. Gout\n4. Cough\n\n- Ice"),
        ("<table><tr><th>Drug<th>Dose<tr><td>Metformin<td><b>500</b> mg</table>", "Drug\tDose\nMetformin\t500 mg"),
        ("<table><tr><td>A</td><td></td><td>C</td></tr></table>", "A\t\tC"),
        ("<table><tr><td><p>Gout.</p><p>Rest.</p></td></tr></table>", "Gout.\n\nRest."),
        ("a<br>b<div>c</div>d", "a\nb\nc\nd"),
        ("<pre>BP 120/80\n  HR 70</pre>", "BP 120/80\n  HR 70"),
        ("<p>Gout<!-- sepsis --></p><script>sepsis()</script><style>p{}</style><noscript>x</noscript>", "Gout"),
        ("<p>fever <input type=checkbox checked> yes <input type=checkbox> no</p>", "fever [x] yes [ ] no"),
    ],
)
def test_a_page_is_read_as_it_is_shown(body: str, text: str) -> None:
    note = read(f"<!DOCTYPE html><html><head><title>T</title></head><body>{body}</body></html>".encode())
    assert note.text == text
    assert note.reader == "html"
    assert note.notices == ()


@pytest.mark.parametrize(
    ("hidden", "notice"),
    [
        ("<p style='display: none'>sepsis</p>", "not shown"),
        ("<span style='VISIBILITY:hidden'>sepsis</span>", "not shown"),
        ("<p hidden>sepsis</p>", "not shown"),
        ("<span style='font-size:0px'>sepsis</span>", "not shown"),
        ("<del>sepsis</del>", "struck out"),
        ("<span style='text-decoration: line-through'>sepsis</span>", "struck out"),
    ],
)
def test_what_is_hidden_or_struck_out_is_left_out_and_said(hidden: str, notice: str) -> None:
    note = read(f"<html><body><p>Gout</p>{hidden}</body></html>".encode())
    assert note.text == "Gout"
    assert notice in note.notices[0]


@pytest.mark.parametrize(
    "data",
    [
        "<html><body><p>Café au lait spots</p></body></html>".encode(),
        "<html><head><meta charset=iso-8859-1></head><body><p>Café au lait spots</p></body></html>".encode("latin-1"),
        "<html><body><p>Café au lait spots</p></body></html>".encode("utf-16"),
        "<?xml version='1.0' encoding='UTF-8'?><html><body><p>Café au lait spots</p></body></html>".encode(),
        "\ufeff<p>Café au lait spots</p>".encode(),
    ],
)
def test_encodings(data: bytes) -> None:
    assert read(data).text == "Café au lait spots"


def test_plain_text_with_signs_of_less_than_stays_as_it_is() -> None:
    for text in ("<140 systolic, no fever", "Assessment: gout <br>", "< p > 0.05"):
        assert read(text.encode()).text == text
    assert read("<p>Gout</p>").text == "<p>Gout</p>"  # a str is the note itself


def test_a_page_without_text() -> None:
    with pytest.raises(NoteError, match="no text"):
        read(b"<html><body><script>x</script></body></html>")


def test_elements_nested_without_end() -> None:
    began = time.monotonic()
    with pytest.raises(NoteError, match="nested too deeply"):
        read(b"<html><body>" + b"<div>" * 50_000 + b"Gout</body></html>")
    assert time.monotonic() - began < 5
