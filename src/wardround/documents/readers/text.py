"""Plain text in any encoding; says what a file is that is not text."""

from __future__ import annotations

import codecs

from wardround.documents.readers.base import Options, Reader, Reading
from wardround.errors import NoteError

__all__ = ["BINARY_DATA", "TextReader", "decoded", "kind_of_binary"]

BINARY_DATA = "binary data"
"""What ``kind_of_binary`` says of data of no known kind."""

_BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive, or a Word or Excel document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Word or Excel document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"OggS", "a sound recording"),
    (b"ID3\x03", "a sound recording"),
)
_ORDINARY_CONTROLS = frozenset(b"\t\n\x0b\x0c\r\x1b\x1c\x1d\x1e\x1f\x85")
_CONTROLS = bytes(sorted(set(range(32)) - _ORDINARY_CONTROLS | {127}))
_SAMPLE = 65_536
_HINT = "give the note as text, PDF, PNG, JPEG, TIFF, WebP, DOCX, RTF, HTML, C-CDA or FHIR JSON"


def kind_of_binary(data: bytes) -> str:
    """What a file that is not text seems to be, "" for text.

    >>> kind_of_binary(b"%PDF-1.7 ...")
    'a PDF'
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[128:132] == b"DICM":
        return "a DICOM image"
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return "a WebP image" if data[8:12] == b"WEBP" else "a recording"
    if data[4:8] == b"ftyp":
        return "a video or HEIC image"
    if data.startswith(b"BM") and data[6:10] == b"\0\0\0\0":
        return "a BMP image"
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, delete=_CONTROLS))
    return BINARY_DATA if controls > 2 and controls * 20 > len(sample) else ""


class TextReader(Reader):
    """Text with a byte order mark, UTF-8, UTF-16 without a mark, Windows-1252, or what charset-normalizer finds."""

    def accepts(self, data: bytes) -> bool:
        """Always: this is the last reader, and what is not text is its to explain."""
        return True

    def read(self, data: bytes, options: Options) -> Reading:
        """The decoded text, with line breaks as they are."""
        return Reading(text=decoded(data, options.where))


def decoded(data: bytes, where: str) -> str:
    """The text of bytes in any encoding, without its byte order mark.

    Raises:
        NoteError: it is not what its byte order mark says, or no text at all.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise NoteError(
                    f"the file says that it is {encoding.upper()}, but byte {error.start} is not",
                    where=where,
                    hint="save it again as UTF-8",
                ) from None
    wide = _utf16_without_mark(data)
    if wide:
        return data.decode(wide)
    kind = kind_of_binary(data)
    if kind:
        raise NoteError(f"this is {kind}, not a text", where=where, hint=_HINT)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _legacy(data)


def _utf16_without_mark(data: bytes) -> str:
    """The byte order of ASCII letters in UTF-16: every other byte is zero."""
    sample = data[:4096]
    if len(data) % 2 or len(sample) < 4:
        return ""
    for order, zeros, letters in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if zeros.count(0) > 0.9 * len(zeros) and letters.count(0) < 0.05 * len(letters):
            try:
                data.decode(order)
            except UnicodeDecodeError:
                return ""
            return order
    return ""


def _legacy(data: bytes) -> str:
    high = sum(byte > 127 for byte in data[:_SAMPLE])
    if high * 5 < min(len(data), _SAMPLE):  # mostly ASCII: the quotes, dashes and accents of Windows
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            pass
    from charset_normalizer import from_bytes  # slow to import, rarely needed

    best = from_bytes(data[:_SAMPLE]).best()
    return data.decode(best.encoding if best else "cp1252", errors="replace")
