"""The lines of pages as one text: running heads told once, page numbers left out, words broken at line ends joined.

A header or footer is a line at the upper or lower edge that most pages have, word for word but for page numbers, dates
and times; the first page that has it keeps it, so nothing that a page says is lost. The heading of a section is none.

A word that is broken by a hyphen at the end of a line is joined, as in ``hyper-`` / ``tension``. The hyphen stays where
it may belong to the word: before or behind a part that makes compounds (``right-sided``, ``follow-up``), or beside a
capital or a digit (``COVID-19``).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wardround.documents.arrange import PrintedLine
from wardround.documents.headings import look_up
from wardround.documents.tables import word_set
from wardround.documents.transcript import Transcript
from wardround.errors import NoteError
from wardround.settings import NOTE_LIMIT
from wardround.words import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wardround.documents.layout import Page

__all__ = ["Composer", "PrintedPage"]

_EDGE = 4  # lines at either edge of a page that may be its running head or foot
_MARGIN = 0.15  # of the page's height, in which it stands
_PAGE_NUMBER = re.compile(
    r"[\s\-–—]*(?P<word>page|pg\.?|p\.)?[\s#:]*(?P<number>\d{1,4})(?:\s*(?P<of>of|/)\s*(?P<total>\d{1,4}))?[\s\-–—]*",
    re.IGNORECASE,
)
_VARYING = re.compile(
    r"(?:page|pg\.?|p\.)\s*\d+(?:\s*(?:of|/)\s*\d+)?|\b\d+ of \d+\b"
    r"|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|\b\d{1,2}:\d\d(?::\d\d)?(?:\s*[ap]\.?m\.?)?",
    re.IGNORECASE,
)
_BEFORE = word_set(
    "right left non pre post follow well self long short high low re co anti multi mid mild moderate half full new old "
    "late early end early on off in out over under up down cross check drug dose weight age year day week month hour "
    "one two three four five six seven eight nine ten twenty thirty forty fifty sixty seventy eighty ninety first "
    "second third type stage grade low ill semi ex near insulin side upper lower all"
)
_BEHIND = word_set(
    "sided up free term induced related dependent controlled threatening year old day week month hour to of like based "
    "line point dose risk grade onset out in on off down weight bearing treated resistant positive negative deficient "
    "sensitive associated acquired known defined nourished developed appearing existing operative op existing the fold "
    "lasting acting release sparing body limb lobe side tailed needed spectrum and medicated adherent compliant"
)


class PrintedPage(NamedTuple):
    """A page with its lines in reading order."""

    page: Page
    lines: list[PrintedLine]


class _Break(NamedTuple):
    """A word at a line end that goes on in the next line: the part of it that is written, and what joins the two."""

    stem: str
    joint: str


@dataclass(slots=True)
class Composer:
    """Collects pages and writes them as one text."""

    pages: list[PrintedPage]
    _characters: int = 0

    def __init__(self) -> None:
        self.pages = []
        self._characters = 0

    def add(self, page: PrintedPage) -> None:
        """One more page.

        Raises:
            NoteError: all pages together have more characters than ``settings.NOTE_LIMIT``.
        """
        self.pages.append(page)
        self._characters += sum(len(word.text) + 1 for line in page.lines for word in line.words)
        if self._characters > NOTE_LIMIT:
            hint = "split it into one note per encounter"
            raise NoteError(f"the note has more than the limit of {NOTE_LIMIT:,} characters", hint=hint)

    def transcript(self) -> Transcript:
        """The text of all pages."""
        _drop_page_numbers(self.pages)
        _drop_repeats(self.pages)
        transcript = Transcript()
        ended = True
        for page in self.pages:
            transcript.page(page.page)
            if page.lines and transcript.length:
                first = page.lines[0].cells[0][0].text
                transcript.write("\n" if first[:1].islower() and not ended else "\n\n")
            _write(transcript, page.lines)
            if page.lines:
                ended = page.lines[-1].cells[-1][-1].text.endswith((".", ":", "!", "?"))
        return transcript


def _write(transcript: Transcript, lines: Sequence[PrintedLine]) -> None:
    carried = False  # the first word of the line goes on a word of the line before
    for number, line in enumerate(lines):
        if number and not carried:
            transcript.write("\n\n" if line.apart else "\n")
        following = lines[number + 1] if number + 1 < len(lines) else None
        broken = None if following is None or following.apart else _broken(line, following)
        words = [
            (word, place > 0, inside > 0) for place, cell in enumerate(line.cells) for inside, word in enumerate(cell)
        ]
        for at, (word, new_cell, inside) in enumerate(words):
            if at:
                transcript.write(" " if inside else "\t" if new_cell else "")
            last = at == len(words) - 1
            text = broken.stem if last and broken else word.text
            transcript.word(text, word.box, word.confidence)
        if broken and broken.joint:
            transcript.write(broken.joint)
        carried = broken is not None


def _broken(line: PrintedLine, following: PrintedLine) -> _Break | None:
    """How the last word of a line goes on in the next; None if it does not."""
    last, first = line.cells[-1][-1].text, following.cells[0][0].text
    if len(line.cells) > 1 or len(following.cells) > 1 or len(last) < 3 or last[-1] not in "-‐\u00ad":
        return None
    stem = last[:-1]
    head = re.match(r"[A-Za-z]+", first)
    tail = re.search(r"[A-Za-z]+$", stem)
    if head is None or tail is None or not stem[-1].isalpha():
        return None
    if last[-1] == "\u00ad":
        return _Break(stem, "")
    if not head[0].islower():
        return None
    keeps = tail[0].isupper() or "-" in stem or tail[0].lower() in _BEFORE or head[0] in _BEHIND
    return _Break(stem, "-" if keeps else "")


def _drop_page_numbers(pages: Sequence[PrintedPage]) -> None:
    for place, page in enumerate(pages, 1):
        for at in (0, -1):
            if page.lines and _is_at_edge(page, at) and _is_page_number(page.lines[at].text, place, len(pages)):
                del page.lines[at]


def _is_page_number(line: str, place: int, pages: int) -> bool:
    """Whether a line is nothing but the number of page ``place``; without "page" or "of" it has to be that very one."""
    found = _PAGE_NUMBER.fullmatch(line.strip())
    if found is None:
        return False
    if found["word"] or found["of"] == "of":
        return True
    return pages > 1 and int(found["number"]) == place and (not found["of"] or int(found["total"]) == pages)


def _drop_repeats(pages: Sequence[PrintedPage]) -> None:
    """Take the running heads and feet from all pages but the first that has them."""
    written = [page for page in pages if page.lines]
    if len(written) < 2:
        return
    for top in (True, False):
        counts = Counter(key for page in written for key in {key for _, key in _edge(page, top)})
        repeated = {key for key, count in counts.items() if count >= max(2, len(written) / 2)}
        seen: set[str] = set()
        for page in written:
            gone = []
            for at, key in _edge(page, top):  # from the edge inwards
                if key not in repeated:
                    break
                if key in seen:
                    gone.append(at)
                seen.add(key)
            for at in sorted(gone, reverse=True):
                del page.lines[at]


def _edge(page: PrintedPage, top: bool) -> Iterator[tuple[int, str]]:
    """The lines in the margin, from the edge inwards: their place, and what a repeated one has in common."""
    count = len(page.lines)
    for at in range(count)[:_EDGE] if top else range(count - 1, max(-1, count - 1 - _EDGE), -1):
        if not _is_at_edge(page, at) or look_up(cut(page.lines[at].text).folded) is not None:
            return
        yield at, _VARYING.sub("#", page.lines[at].text).casefold()


def _is_at_edge(page: PrintedPage, at: int) -> bool:
    height, words = page.page.height, list(page.lines[at].words)
    top, bottom = min(word.box.top for word in words), max(word.box.bottom for word in words)
    return bottom <= _MARGIN * height or top >= (1 - _MARGIN) * height
