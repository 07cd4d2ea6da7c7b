"""Reading a note from text, bytes and files, and refusing what is none."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.documents import Note, read
from wardround.errors import NoteError
from wardround.settings import FILE_LIMIT, NOTE_LIMIT

TEXT = "Señora Müller – “knee pain”, 38.5 °C…\r\nNo fever."


def test_a_str_is_kept_as_it_is() -> None:
    text = "\ufeffCC: cough\r\nPlan:\x85rest\u2028\x0bice"
    note = read(text)
    assert note.text == text
    assert note.words.folded[0] == "cc"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("utf-8"),
        codecs.BOM_UTF8 + TEXT.encode("utf-8"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-32"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("cp1252"),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16", "utf-32", "utf-16-be", "utf-32-be", "utf-16 without mark", "windows-1252"],
)
def test_any_encoding_gives_the_same_text(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_bytes(data)
    assert read(data).text == TEXT
    assert read(file).text == TEXT


def test_a_text_mostly_in_another_legacy_encoding_is_still_read() -> None:
    russian = "Жалобы на боль в колене. Температура нормальная. Диагноз: артроз коленного сустава. " * 5
    assert read(russian.encode("cp1251")).text.startswith("Жалобы")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "a PNG image"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "a JPEG image"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"PK\x03\x04" + bytes(40), "a ZIP archive"),
        (bytes(128) + b"DICM" + bytes(20), "a DICOM image"),
        (b"\x1f\x8b\x08" + bytes(20), "a gzip archive"),
        (bytes(range(256)) * 4, "binary data"),
    ],
)
def test_what_is_no_text_is_named(data: bytes, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_bytes(data)
    with pytest.raises(NoteError, match=kind) as caught:
        read(file)
    assert caught.value.where == "note.txt"
    assert caught.value.hint
    with pytest.raises(NoteError, match=kind):
        read(data)


def test_the_content_of_a_picture_given_as_text_is_refused() -> None:
    with pytest.raises(NoteError, match="PNG"):
        read("\x89PNG\r\n\x1a\n....")


@pytest.mark.parametrize(
    "empty", ["", "  \n\t", "\ufeff", "\u2028\x0b", b"", b"\n\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE]
)
def test_an_empty_note_is_refused(empty: str | bytes) -> None:
    with pytest.raises(NoteError, match="the note is empty"):
        read(empty)


def test_damaged_text_with_a_byte_order_mark_is_refused() -> None:
    with pytest.raises(NoteError, match="UTF-8"):
        read(codecs.BOM_UTF8 + b"caf\xe9")


def test_limits() -> None:
    assert len(read("a" * NOTE_LIMIT).text) == NOTE_LIMIT
    with pytest.raises(NoteError, match="1,000,001 characters"):
        read("a" * (NOTE_LIMIT + 1))
    with pytest.raises(NoteError, match="bytes"):
        read(b"a" * (FILE_LIMIT + 1))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(NoteError, match="no such file"):
        read(tmp_path / "missing.txt")
    with pytest.raises(NoteError, match="folder"):
        read(tmp_path)
    with pytest.raises(NoteError, match="cannot be read"):
        read(Path("a\0b"))


def test_a_note_is_text() -> None:
    with pytest.raises(TypeError):
        read(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Note(b"note")  # type: ignore[arg-type]


def test_no_text_of_the_note_in_its_repr_or_in_errors() -> None:
    assert "Smith" not in repr(read("Mr. Smith has gout."))
    with pytest.raises(NoteError) as caught:
        read(codecs.BOM_UTF8 + b"Mr. Smith\xe9")
    assert "Smith" not in str(caught.value)


@pytest.mark.parametrize("odd", ["a\0b", "pain \ud800 and fever", "\u202eabc\u202c gout", "\ud83d", "🙂 pain", "\x00"])
def test_odd_characters_do_not_stop_a_note(odd: str) -> None:
    note = read(odd)
    assert note.text == odd
    assert note.sections
    assert isinstance(note.problems, tuple)
    assert isinstance(note.language_is_english, bool)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_note_or_our_error(data: bytes) -> None:
    try:
        note = read(data)
    except NoteError:
        return
    assert note.text


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("The patient is a 45-year-old woman with knee pain.", True),
        ("45M HTN DM2 c/o CP x2d. ASA 81. EKG nl. Trop neg x3.", True),
        ("Gout.", True),
        ("Paciente de 60 años con dolor en la rodilla derecha desde hace dos semanas, sin fiebre.", False),
        ("Patiente de 60 ans qui consulte pour une douleur du genou droit depuis deux semaines.", False),
        ("Der Patient klagt über Schmerzen im rechten Knie und wurde mit Ibuprofen behandelt. Kein Fieber.", False),
        ("Paciente com dor no joelho direito há duas semanas, sem febre e não usa medicação.", False),
        ("Il paziente è stato visitato per dolore al ginocchio destro da due settimane senza febbre.", False),
        ("De patiënt heeft pijn in het rechter knie en is niet koortsig.", False),
        ("患者主诉右膝疼痛两周，无发热。", False),
        ("Пациент жалуется на боль в колене.", False),
        ("Seen by Dr. de la Cruz of Los Angeles for knee pain; lives in Las Vegas with her son.", True),
    ],
)
def test_language(text: str, english: bool) -> None:
    assert read(text).language_is_english is english
