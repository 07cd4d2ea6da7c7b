"""RTF as its text; the cells of a table's row stand on one line with a bar between them."""

from __future__ import annotations

import re
from typing import Any, cast

from wardround.documents.readers.base import Options, Reader, Reading, missing
from wardround.errors import NoteError

__all__ = ["RtfReader"]

_FIELD = re.compile(r"(?<!\\)\{\\field(?![a-z])")
_PICTURE = re.compile(r"[0-9a-fA-F\r\n]{400,}")  # no word is so long: the bytes of a picture
_BREAK = re.compile(r"(?<!\\)(?=[{}]|\\f\d)")
_BLANKS = re.compile(r"\n{3,}")


class RtfReader(Reader):
    """Rich Text Format."""

    def accepts(self, data: bytes) -> bool:
        """The group that every RTF file is."""
        return data.startswith(b"{\\rtf")

    def read(self, data: bytes, options: Options) -> Reading:
        """See `Reader.read`; pictures and embedded objects are left out."""
        try:
            from striprtf.striprtf import rtf_to_text
        except ImportError:
            raise missing("reading RTF", options.where) from None
        # striprtf looks for links and fonts by patterns that take too long on lines without end; a line break between
        # two tokens of RTF means nothing, and a link's text needs no field around it.
        source = _BREAK.sub("\n", _FIELD.sub("{", _PICTURE.sub("", data.decode("latin-1"))))
        try:
            text: str = cast("Any", rtf_to_text)(source, errors="replace")
        except Exception as error:  # it raises whatever its tables and codecs raise
            raise NoteError("the RTF is damaged", where=options.where, hint="save it again, or as text") from error
        text = _BLANKS.sub("\n\n", text.replace("\xa0", " ").replace("\0", "")).strip("\n")
        if not text.strip():
            raise NoteError("the RTF has no text", where=options.where)
        return Reading(text=text + "\n", reader="rtf")
