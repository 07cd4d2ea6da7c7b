"""Reading the characters of a picture, with whatever program is there."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from wardround.documents.ocr.base import OcrEngine, OcrLine, OcrWord
from wardround.documents.ocr.rapid import INSTALL, RapidOcr
from wardround.documents.ocr.tesseract import Tesseract
from wardround.errors import EngineMissing, InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wardround.documents.ocr.agreement import Transcribe
    from wardround.documents.ocr.page import PageText
    from wardround.documents.ocr.preparing import Prepared

__all__ = ["NAMES", "OcrEngine", "OcrLine", "OcrWord", "found", "open_ocr", "prepare", "read_page"]

_ENGINES: dict[str, type[Tesseract] | type[RapidOcr]] = {"tesseract": Tesseract, "rapidocr": RapidOcr}

NAMES = ("auto", *_ENGINES)
"""What `open_ocr` takes."""


@cache
def _opened(name: str) -> OcrEngine:
    return _ENGINES[name]()


def open_ocr(name: str = "auto") -> OcrEngine:
    """The program that reads characters: ``"tesseract"``, ``"rapidocr"``, or the first of the two that is there.

    An engine is opened once and then shared; its ``name`` says which it is, with its version.

    Raises:
        EngineMissing: it is not there; the hint is the one command that brings it.
        InputError: there is no such engine.
    """
    if name in _ENGINES:
        return _opened(name)
    if name != "auto":
        raise InputError("there is no OCR program of this name", hint=f"one of {', '.join(NAMES)}")
    for each in _ENGINES:
        try:
            return _opened(each)
        except EngineMissing:
            continue
    raise EngineMissing("no program that reads characters from pictures is there", hint=INSTALL)


def found() -> dict[str, OcrEngine | EngineMissing]:
    """Each program by its name, looked for anew, or why it is not there."""
    programs: dict[str, OcrEngine | EngineMissing] = {}
    for name, program in _ENGINES.items():
        try:
            programs[name] = program()
        except EngineMissing as error:
            programs[name] = error
    return programs


def prepare(picture: NDArray[np.uint8]) -> Prepared:
    """A picture of a page made fit for reading: `wardround.documents.ocr.preparing.prepare`.

    Raises:
        EngineMissing: OpenCV is not installed.
    """
    _needs_opencv()
    from wardround.documents.ocr.preparing import prepare

    return prepare(picture)


def read_page(picture: NDArray[np.uint8], ocr: OcrEngine, transcribe: Transcribe | None = None) -> PageText:
    """A page read from a picture: `wardround.documents.ocr.page.read_page`.

    Raises:
        EngineFailed: ``ocr`` broke down.
        EngineMissing: OpenCV is not installed.
    """
    _needs_opencv()
    from wardround.documents.ocr.page import read_page

    return read_page(picture, ocr, transcribe)


def _needs_opencv() -> None:
    if find_spec("cv2") is None:
        raise EngineMissing("the package opencv-python-headless is not installed", hint=INSTALL)
