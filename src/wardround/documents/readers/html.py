"""HTML as a browser would show it, without running, fetching or following anything."""

from __future__ import annotations

import re
from typing import Any

from wardround.documents.readers.base import Options, Reader, Reading, missing
from wardround.documents.readers.markup import Markup
from wardround.documents.readers.text import decoded
from wardround.errors import NoteError

__all__ = ["HtmlReader", "markup_notices", "parsed"]

_OPENING = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*"
    rb"<(?:!doctype\s+html|(?:html|head|body|meta|title|style|div|p|table|span|font|h[1-6]|center|article|section|ul|ol)[\s/>])",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_HEAD = 4096


class HtmlReader(Reader):
    """HTML and XHTML, whole pages and pieces that begin with an element."""

    def accepts(self, data: bytes) -> bool:
        """It begins with a doctype or an element of HTML, and has the end of one."""
        head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf")
        if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
            head = head[2:].replace(b"\0", b"")
            return _OPENING.match(head) is not None
        return _OPENING.match(head) is not None and b"</" in data

    def read(self, data: bytes, options: Options) -> Reading:
        """See `Reader.read`."""
        markup = Markup()
        text = markup.text(parsed(_decoded(data, options.where), options.where))
        if not text.strip():
            raise NoteError("the page has no text", where=options.where)
        return Reading(text=text, reader="html", notices=markup_notices(markup))


def parsed(text: str, where: str) -> Any:
    """The root of a page, or of a piece of one.

    Raises:
        NoteError: there is nothing to parse, or lxml is not installed.
    """
    try:
        from lxml import etree, html
    except ImportError:
        raise missing("reading HTML", where) from None
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    text = _DECLARATION.sub("", text.replace("\0", ""), count=1)
    try:
        root = html.document_fromstring(text.encode("utf-8", errors="replace").decode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        raise NoteError("this is HTML that cannot be read", where=where, hint="save it again, or as text") from None
    if any("depth" in entry.message for entry in parser.error_log):  # beyond 256, what is inside would be lost
        raise NoteError(
            "the elements of this page are nested too deeply", where=where, hint="save it again, or as text"
        )
    return root


def markup_notices(markup: Markup) -> tuple[str, ...]:
    """What to say of what was left out."""
    told = []
    if markup.struck:
        told.append("text that is struck out was left out")
    if markup.hidden:
        told.append("text that is not shown was left out")
    return tuple(told)


def _decoded(data: bytes, where: str) -> str:
    found = _CHARSET.search(data[:_HEAD])
    if found and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(found[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass  # pages often declare what they are not
    return decoded(data, where)
