"""Tesseract, a program of the system, asked through pipes: https://tesseract-ocr.github.io/tessdoc/"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from wardround.boxes import Box
from wardround.documents.ocr.base import OcrEngine, OcrLine, OcrWord
from wardround.errors import EngineFailed, EngineMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["INSTALL", "Tesseract", "program"]

INSTALL = "apt install tesseract-ocr"

_SECONDS = 60.0  # a page takes 3; one of nothing but noise takes minutes
_AUTOMATIC, _SPARSE = "3", "11"  # page segmentation modes; 6 reads noise for a minute and makes up words
_NO_BAR = "tessedit_char_blacklist=|"  # notes have none, and a 1 or an I in some faces is read as one
_DPI = "200"  # as of the pages that are given; unsaid, Tesseract guesses from the picture, and guesses badly


class _Row(NamedTuple):
    line: tuple[str, str, str]  # block, paragraph, line
    word: OcrWord


def program() -> str | None:
    """The path of the program; None if it is not there."""
    return shutil.which("tesseract")


@cache
def _version(path: str) -> str:
    """What the program at ``path`` says of itself.

    Raises:
        EngineMissing: it does not run, or cannot read English.
    """
    try:
        said = _run([path, "--version"], seconds=10)
        languages = _run([path, "--list-langs"], seconds=10)
    except (OSError, subprocess.SubprocessError):
        raise EngineMissing("tesseract is there but does not run", where=path, hint=INSTALL) from None
    if b"eng" not in languages.split():
        raise EngineMissing("tesseract is there without its data for English", where=path, hint=f"{INSTALL}-eng")
    found = re.search(rb"tesseract v?(\d[\w.\-]*)", said)
    return found[1].decode("ascii") if found else "of unknown version"


class Tesseract(OcrEngine):
    """Tesseract's neural line reader for English.

    The picture goes in by a pipe and the words come back by one: no file is written. A call is one process, which is
    ended after a minute.

    Raises:
        EngineMissing: the program is not there, does not run, or has no data for English.
    """

    def __init__(self) -> None:
        path = program()
        if path is None:
            raise EngineMissing("there is no tesseract on this machine", hint=INSTALL)
        self._path = path
        self.name = f"tesseract {_version(path)}"

    def lines(self, picture: NDArray[np.uint8], *, sparse: bool = False) -> tuple[OcrLine, ...]:
        """The lines in Tesseract's own reading order."""
        rows, columns = picture.shape
        if min(rows, columns) < 3:  # Tesseract fails on these
            return ()
        command = [self._path, "stdin", "stdout", "-l", "eng", "--dpi", _DPI]
        command += ["--psm", _SPARSE if sparse else _AUTOMATIC, "-c", _NO_BAR, "tsv"]
        try:
            table = _run(command, b"P5 %d %d 255\n" % (columns, rows) + picture.tobytes(), seconds=_SECONDS)
        except subprocess.TimeoutExpired:
            raise EngineFailed(
                f"tesseract read one page for {_SECONDS:.0f} seconds and was stopped",
                hint="scan the page again, or read it with --ocr rapidocr",
            ) from None
        except (OSError, subprocess.CalledProcessError):
            raise EngineFailed("tesseract broke down on a page", hint="read it with --ocr rapidocr") from None
        words = _words(table.decode("utf-8", errors="replace"))
        lines = (tuple(row.word for row in line) for _, line in groupby(words, key=lambda row: row.line))
        return tuple(OcrLine(words=line) for line in lines)


def _run(command: list[str], given: bytes = b"", *, seconds: float) -> bytes:
    # One thread: a second one makes a page a fifth quicker and takes twice the processor time.
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(
        command, input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, timeout=seconds
    )
    done.check_returncode()
    return done.stdout


def _words(table: str) -> Iterator[_Row]:
    """The words of Tesseract's TSV: level, page, block, paragraph, line, word, left, top, width, height, conf, text."""
    for row in table.splitlines()[1:]:
        level, _, block, paragraph, line, _, *place, confidence, text = row.split("\t", 11)
        if level != "5" or not text.strip():
            continue
        left, top, width, height = map(int, place)
        box = Box(left, top, left + width, top + height)
        sure = min(max(float(confidence) / 100, 0.0), 1.0)
        for part in text.split():  # one, but for a no-break space
            yield _Row((block, paragraph, line), OcrWord(text=part, box=box, confidence=sure))
