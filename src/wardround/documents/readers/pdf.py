"""PDF, page by page: as text where a page has text, and as a picture where it has none.

Nothing of a PDF runs or is opened: PDFium is built without JavaScript, and embedded files are left where they are.
PDFium is not safe to use from several threads, so one lock is held around every call.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from wardround.documents.arrange import PrintedLine, PrintedWord, arrange
from wardround.documents.compose import Composer, PrintedPage
from wardround.documents.layout import Page
from wardround.documents.readers.base import Options, Reader, Reading, missing
from wardround.documents.readers.pdf_text import PageText, page_text
from wardround.documents.readers.scan import Scanner, Sheet, listed
from wardround.documents.readers.turns import turned
from wardround.errors import NoteError
from wardround.settings import DOCUMENT_LIMIT, PAGE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PDFIUM", "PdfReader", "flat", "has_text", "opened", "scale_of"]

PDFIUM = threading.Lock()
"""Held around every use of PDFium."""

PDF_TEXT = "pdf text"
PDF_LAYER = "pdf text layer"

_DPI = 200
_LARGEST = 25_000_000  # pixels of a page as a picture; larger paper is drawn smaller
_HEADER = 1024  # bytes in which the mark of a PDF may begin (ISO 32000-1, Annex H)
_PICTURE = 0.5  # of the page, which its pictures cover where the page is a scan
_WHOLE = 0.8  # of the page, which a picture covers that hides what is beneath it
_STAMP = 200  # characters that a scan may bear beside its picture: a fax header, a stamp
_UNKNOWN = 0.15  # of the characters; with more of unknown meaning, the page is read as a picture


@contextmanager
def opened(data: bytes, where: str) -> Iterator[Any]:
    """A PDF as a `pypdfium2.PdfDocument`; the lock is free while it is open.

    Raises:
        NoteError: it is damaged or encrypted, or pypdfium2 is not installed.
    """
    try:
        import pypdfium2
        import pypdfium2.raw as raw
    except ImportError:
        raise missing("reading a PDF", where) from None
    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise _refused(getattr(error, "err_code", None), raw, where) from None
        with suppress(pypdfium2.PdfiumError):  # what forms hold is then not drawn
            document.init_forms()
    try:
        yield document
    finally:
        with PDFIUM:
            document.close()


def _refused(code: int | None, raw: Any, where: str) -> NoteError:
    if code == raw.FPDF_ERR_PASSWORD:
        return NoteError("the PDF is encrypted", where=where, hint="give one that opens without a password")
    if code == raw.FPDF_ERR_SECURITY:
        return NoteError("the PDF is encrypted in an unknown way", where=where, hint="print it to a new PDF")
    return NoteError("this is a PDF that cannot be opened: damaged or cut off", where=where, hint="get the file again")


class PdfReader(Reader):
    """PDF of any version."""

    limit: ClassVar[int] = DOCUMENT_LIMIT

    def accepts(self, data: bytes) -> bool:
        """A PDF's mark in the first kilobyte, before which only few bytes of rubbish may stand."""
        at = data.find(b"%PDF-", 0, _HEADER)
        return at == 0 or (at > 0 and b"%%EOF" in data[-_HEADER:] and b"obj" in data)

    def read(self, data: bytes, options: Options) -> Reading:
        """See `Reader.read`; pages are read one by one, each forgotten before the next."""
        with opened(data, options.where) as document:
            with PDFIUM:
                count = len(document)
            if count > PAGE_LIMIT:
                what = f"the PDF has {count:,} pages, more than the limit of {PAGE_LIMIT:,}"
                raise NoteError(what, where=options.where, hint="split it into one file per encounter")
            if not count:
                raise NoteError("the PDF has no pages", where=options.where)
            reading = _Document(document, options)
            for index in range(count):
                reading.add(index)
                if options.on_page is not None:
                    options.on_page(index + 1, count)
            notices = [*_of_the_file(document, data), *reading.notices()]
        return reading.done(count, tuple(notices))


def has_text(data: bytes, most: int) -> bool:
    """Whether a PDF can be read without recognising characters, and has at most so many pages.

    Raises:
        NoteError: it is damaged or encrypted, or pypdfium2 is not installed.
    """
    with opened(data, "") as document:
        with PDFIUM:
            count = len(document)
        return count <= most and _Document(document, Options(ocr="none")).has_text(count)


class _Document:
    """What has been read of a document so far."""

    def __init__(self, document: Any, options: Options) -> None:
        self._document = document
        self._options = options
        self._composer = Composer()
        self._scanner = Scanner(options)
        self._layers: list[int] = []
        self._hidden: list[int] = []
        self._skipped: list[int] = []
        self._broken: list[int] = []
        self._undeciphered: list[int] = []

    def add(self, index: int) -> None:
        """Read the page at ``index``."""
        import pypdfium2

        number = index + 1
        with PDFIUM:
            try:
                page = flat(self._document, index)
            except pypdfium2.PdfiumError:
                self._broken.append(number)
                return
            try:
                read = self._look(page, number)
            finally:
                page.close()
        self._composer.add(self._scanner.read(read) if isinstance(read, Sheet) else read)

    def _look(self, page: Any, number: int) -> PrintedPage | Sheet:
        """The page as text, or as a picture to be read."""
        text = page_text(page)
        width, height = page.get_size()
        seen = sum(len(word.text) for words in text.turned.values() for word in words)
        pictures = _pictures(page)
        is_scan = pictures.on_top or (seen < _STAMP and pictures.cover >= _PICTURE)
        if pictures.on_top:
            text.cover()
        unknown = text.unknown > _UNKNOWN * text.characters
        anew = self._options.ocr not in ("auto", "none") or self._options.transcribe is not None
        if is_scan and text.hidden and not unknown and not anew:
            self._layers.append(number)
            text.turned.setdefault(0, []).extend(text.hidden)
            return _as_text(text, Page(number=number, width=width, height=height, reader=PDF_LAYER))
        if text.hidden and not is_scan:
            self._hidden.append(number)
        if seen and not is_scan and not unknown:
            return _as_text(text, Page(number=number, width=width, height=height, reader=PDF_TEXT))
        if not _has_anything(page):
            self._scanner.blank(number)
            return PrintedPage(Page(number=number, width=width, height=height, reader=PDF_TEXT), [])
        if self._options.ocr == "none":
            self._skipped.append(number)
            return _as_text(text, Page(number=number, width=width, height=height, reader=PDF_TEXT))
        if unknown:
            self._undeciphered.append(number)
        return _drawn(page, number)

    def has_text(self, count: int) -> bool:
        """Whether none of the pages, if it is not damaged, has to be read as a picture."""
        import pypdfium2

        for index in range(count):
            with PDFIUM, suppress(pypdfium2.PdfiumError):
                page = flat(self._document, index)
                try:
                    self._look(page, index + 1)
                finally:
                    page.close()
            if self._skipped:
                return False
        return True

    def notices(self) -> list[str]:
        told = []
        if self._broken:
            told.append(f"{listed(self._broken)}: damaged, and not read")
        if self._layers:
            told.append(f"{listed(self._layers)}: a scan; the text that another program read from it was used as it is")
        if self._undeciphered:
            told.append(f"{listed(self._undeciphered)}: the fonts do not say what their letters are; read as a picture")
        if self._hidden:
            told.append(f"{listed(self._hidden)}: text that cannot be seen on the page was left out")
        if self._skipped:
            told.append(f"{listed(self._skipped)}: a picture, and not read")
        return told + self._scanner.notices()

    def done(self, count: int, notices: tuple[str, ...]) -> Reading:
        """The whole document.

        Raises:
            NoteError: it has no text.
        """
        transcript = self._composer.transcript()
        text = transcript.text
        if not text.strip():
            pages = "its page" if count == 1 else f"its {count} pages"
            if self._skipped:
                raise NoteError(
                    f"the PDF has no text, only pictures of {pages}", where=self._options.where, hint="read it with OCR"
                )
            hint = "handwriting, photographs and blank pages are not read"
            raise NoteError(f"no text can be made out on {pages}", where=self._options.where, hint=hint)
        layout = transcript.layout
        written = {run.page for run in layout.runs}
        readers = dict.fromkeys(page.reader for page in layout.pages if page.number in written)
        return Reading(text=text, reader=", ".join(readers), layout=layout, notices=notices)


def _as_text(text: PageText, page: Page) -> PrintedPage:
    """The words as they are read: the upright ones first, then those for which the page is turned."""
    lines: list[PrintedLine] = []
    for quarter, words in sorted(text.turned.items(), key=lambda item: (-sum(len(w.text) for w in item[1]), item[0])):
        lying = (page.width, page.height) if quarter % 2 == 0 else (page.height, page.width)
        for number, line in enumerate(arrange(words)):
            back = tuple(
                tuple(PrintedWord(word.text, turned(word.box, -quarter, *lying), word.confidence) for word in cell)
                for cell in line.cells
            )
            lines.append(PrintedLine(back, apart=line.apart or not number))
    return PrintedPage(page, lines)


def flat(document: Any, index: int) -> Any:
    """The page with what forms and annotations show drawn into it."""
    import pypdfium2.raw as raw

    page = document[index]
    if (
        raw.FPDFPage_GetAnnotCount(page) > 0
        and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS
    ):
        page.close()
        page = document[index]
    return page


def scale_of(page: Any, dpi: int) -> float:
    """Pixels per point at which a page is drawn: at so many dots per inch, or as large as is safe."""
    width, height = page.get_size()
    pixels = max(1.0, width * height * (dpi / 72) ** 2)
    return float(dpi / 72 * min(1.0, (_LARGEST / pixels) ** 0.5))


def _drawn(page: Any, number: int) -> Sheet:
    width, height = page.get_size()
    scale = scale_of(page, _DPI)
    pixels = page.render(scale=scale, grayscale=True, may_draw_forms=True).to_numpy()
    return Sheet(number, pixels[..., 0].copy() if pixels.ndim == 3 else pixels.copy(), width, height)


class _Pictures(NamedTuple):
    """The pictures of a page."""

    cover: float  # how much of the page they cover, from 0 to 1
    on_top: bool  # whether one that covers most of the page is drawn over all of its text


def _pictures(page: Any) -> _Pictures:
    import pypdfium2
    import pypdfium2.raw as raw

    left, bottom, right, top = page.get_bbox()
    whole = max(1.0, (right - left) * (top - bottom))
    covered, on_top = 0.0, False
    try:
        for thing in page.get_objects(max_depth=1):
            if thing.type == raw.FPDF_PAGEOBJ_TEXT:
                on_top = False
            elif thing.type == raw.FPDF_PAGEOBJ_IMAGE or (
                thing.type == raw.FPDF_PAGEOBJ_FORM and _holds_picture(thing, raw)
            ):
                x0, y0, x1, y1 = thing.get_bounds()
                area = max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
                covered += area
                on_top = on_top or area >= _WHOLE * whole
    except pypdfium2.PdfiumError:
        return _Pictures(0.0, on_top=False)
    return _Pictures(float(min(1.0, covered / whole)), on_top)


def _holds_picture(form: Any, raw: Any) -> bool:
    count = min(raw.FPDFFormObj_CountObjects(form), 100)
    return any(
        raw.FPDFPageObj_GetType(raw.FPDFFormObj_GetObject(form, i)) == raw.FPDF_PAGEOBJ_IMAGE for i in range(count)
    )


def _has_anything(page: Any) -> bool:
    import pypdfium2.raw as raw

    return bool(raw.FPDFPage_CountObjects(page))


def _of_the_file(document: Any, data: bytes) -> list[str]:
    """What to know of the file as a whole."""
    import pypdfium2.raw as raw

    told = []
    with PDFIUM:
        scripts = raw.FPDFDoc_GetJavaScriptActionCount(document)
        files = raw.FPDFDoc_GetAttachmentCount(document)
    if b"%%EOF" not in data[-_HEADER:]:
        told.append("the PDF seems to be cut off: pages may be missing")
    if scripts > 0 or b"/JavaScript" in data:
        told.append("the PDF has scripts; they were not run")
    if files > 0:
        told.append("the PDF has files embedded in it; they were not read")
    return told
