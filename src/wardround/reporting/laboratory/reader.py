"""Reads laboratory reports: the layout of the page first, and a model, if there is one, for what that leaves open."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

from wardround import __version__
from wardround.documents import Layout, Note, read
from wardround.documents.laboratory import Row, find_results, page_rows
from wardround.documents.readers import load
from wardround.engines import Engine, Image, Request
from wardround.errors import NoteError
from wardround.reporting.asking import Questions
from wardround.reporting.laboratory.publish import contradictions, doubts, published
from wardround.reporting.laboratory.question import asking
from wardround.reporting.laboratory.repair import Repair
from wardround.reporting.laboratory.report import LaboratoryPage, LaboratoryProvenance, LaboratoryReport

__all__ = ["LaboratoryReader"]

_MOST_PAGES = 12  # of one file, about which a model is asked
_MOST_LINES = 300  # of a page, about which it is asked
_SIDE = 1_600  # pixels of the longer side of a page that a model is shown

_ABOUT_IMAGES = "a medical image is read with another protocol, or with none"
_NO_TABLE = "no table of results was found: nothing was read from it"
_NO_MODEL = "read by the layout of the page alone; no model was asked"
_NO_HEAD = "no words stand over the columns: what a cell is was told by how it is written"


class LaboratoryReader:
    """Reads laboratory reports.

    Args:
        engine: a model that is asked about each page too; None for the layout alone. It is shown the text of the page,
            and its picture if it sees and runs on this machine. What it says counts where it stands on the page.
        ocr: see `wardround.documents.read`.
    """

    def __init__(self, engine: Engine | None = None, *, ocr: str = "auto") -> None:
        self._engine = engine
        self._ocr = ocr

    def read(
        self, source: Path | bytes | str, *, id: str = "", on_step: Callable[[str], None] | None = None
    ) -> LaboratoryReport:
        """The rows of one report; none, and a notice that says so, where it has no table of results.

        Args:
            source: see `wardround.documents.read`.
            id: what the report is called; by default the file's name.
            on_step: told what is being done.

        Raises:
            NoteError: it cannot be read, or no text can be made out on it.
            EngineError: the model could not be asked at all.
        """
        data = load(source) if isinstance(source, Path) else source
        where = source.name if isinstance(source, Path) else ""
        tell = on_step or (lambda step: None)
        tell("reading the page")
        try:
            note = read(data, ocr=self._ocr, on_page=lambda done, of: tell(f"reading page {done} of {of}"))
        except NoteError as error:
            hint = "; ".join(part for part in (error.hint, _ABOUT_IMAGES) if part)
            raise NoteError(error.what, where=error.where or where, hint=hint) from None
        found = find_results(note)
        repair = Repair(found.rows)
        notices = list(note.notices)
        asked: _Asked | None = None
        if self._engine is None:
            notices.append(_NO_MODEL)
        else:
            asked = _Asked(self._engine, note, data)
            notices += asked.run(repair, tell)
        rows = published(repair.rows, repair.added, repair.completed)
        if not rows:
            notices.append(_NO_TABLE)
        elif not found.headed:
            notices.append(_NO_HEAD)
        if found.unread:
            lines = "1 line of a table" if found.unread == 1 else f"{found.unread} lines of a table"
            notices.append(f"{lines}: no result could be read, or none with a name; compare with the page")
        if count := doubts(rows):
            notices.append(f"{count} cell{'s are' if count > 1 else ' is'} doubtful: compare with the page")
        notices += contradictions(rows)
        raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        return LaboratoryReport(
            id=id or where,
            rows=rows,
            notices=tuple(dict.fromkeys(notices)),
            removed=repair.removed,
            pages=_pages(note.layout),
            provenance=_provenance(note, hashlib.sha256(raw).hexdigest(), self._engine, asked),
        )


class _Asked:
    """The questions about one file."""

    def __init__(self, engine: Engine, note: Note, data: bytes | str) -> None:
        self._engine = engine
        self._data = data
        self._layout = note.layout
        self._pages = [rows[:_MOST_LINES] for rows in page_rows(note) if rows]
        self.questions = Questions(engine)
        self.digests: tuple[str, ...] = ()

    def run(self, repair: Repair, tell: Callable[[str], None]) -> list[str]:
        """Ask about every page and use the answers; what to say of it."""
        pages = self._pages[:_MOST_PAGES]
        requests = [self._request(rows) for rows in pages]
        self.digests = tuple(request.prompt_digest for request in requests)
        tell(f"asking the model about {len(requests)} page{'s' if len(requests) != 1 else ''}")
        told = []
        if len(self._pages) > len(pages):
            told.append(f"the model was asked about the first {_MOST_PAGES} pages only")
        for number, (rows, reply) in enumerate(zip(pages, self.questions.ask(requests), strict=True), 1):
            if reply is None or not isinstance(reply.value, dict):
                told.append(f"page {rows[0].tokens[0].page or number}: the model gave no answer that can be used")
            else:
                repair.page(rows, reply.value)
        if repair.added:
            count = len(repair.added)
            told.append(f"{count} row{'s' if count > 1 else ''} only the model saw; what it named is on the page")
        if repair.differing:
            told.append(f"{repair.differing} cells the model read in another way: kept, and marked as doubtful")
        return told

    def _request(self, rows: list[Row]) -> Request:
        capabilities = self._engine.capabilities
        page = rows[0].tokens[0].page
        sees = capabilities.images and not capabilities.remote and bool(page) and isinstance(self._data, bytes)
        return asking(rows, _picture(self._data, page) if sees and isinstance(self._data, bytes) else None)


def _picture(data: bytes, page: int) -> Image | None:
    from wardround.documents.pages import page_images

    try:
        for _, image in page_images(data, [page]):
            image.thumbnail((_SIDE, _SIDE))
            kept = io.BytesIO()
            image.save(kept, "PNG")
            return Image(kept.getvalue())
    except NoteError:
        return None
    return None


def _pages(layout: Layout | None) -> tuple[LaboratoryPage, ...]:
    return tuple(
        LaboratoryPage(number=page.number, width=page.width, height=page.height, reader=page.reader)
        for page in (() if layout is None else layout.pages)
    )


def _provenance(note: Note, digest: str, engine: Engine | None, asked: _Asked | None) -> LaboratoryProvenance:
    if engine is None or asked is None:
        return LaboratoryProvenance(wardround=__version__, reader=note.reader, source_digest=digest)
    usage = asked.questions.usage
    return LaboratoryProvenance(
        wardround=__version__,
        reader=note.reader,
        source_digest=digest,
        engine=engine.name,
        engine_digest=engine.digest,
        remote=engine.capabilities.remote,
        prompt_digests=asked.digests,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        seconds=asked.questions.seconds,
    )
