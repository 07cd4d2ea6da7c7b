"""RapidOCR: PP-OCR's detector and recogniser by onnxruntime, with the models that its wheel brings."""

from __future__ import annotations

import threading
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.boxes import Box
from wardround.documents.ocr.base import OcrEngine, OcrLine, OcrWord
from wardround.documents.ocr.rows import rows_of
from wardround.errors import EngineFailed, EngineMissing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["INSTALL", "RapidOcr"]

INSTALL = "pip install 'wardround[ocr]'"

_DETECTED_AT = 1600  # pixels of the longer side; lines are found in a smaller picture, and read in the whole one
_GAP = 5  # columns of the recogniser, a sixth of the line's height each: no letter is so far from the next of its word


class RapidOcr(OcrEngine):
    """PP-OCR as RapidOCR ships it. The models are loaded with the first picture and kept; one picture at a time.

    Raises:
        EngineMissing: a package or a model is not there. Nothing is ever downloaded.
    """

    def __init__(self) -> None:
        try:
            self.name = f"rapidocr {version('rapidocr')}"
        except PackageNotFoundError:
            raise EngineMissing("the package rapidocr is not installed", hint=INSTALL) from None
        if any(find_spec(package) is None for package in ("cv2", "onnxruntime")):
            raise EngineMissing("rapidocr lacks a package that it runs on", hint=INSTALL)
        self._models = _models()
        self._lock = threading.Lock()

    @cached_property
    def _reader(self) -> Any:
        from rapidocr import RapidOCR

        detector, recogniser = self._models
        quiet_and_local = {
            "Global.log_level": "critical",
            "Global.max_side_len": _DETECTED_AT,
            "Global.return_word_box": True,
            "Det.model_path": detector,
            "Rec.model_path": recogniser,
        }
        return RapidOCR(params=quiet_and_local)

    def lines(self, picture: NDArray[np.uint8], *, sparse: bool = False) -> tuple[OcrLine, ...]:
        """The lines from top to bottom; pieces that stand beside each other on one height are one line."""
        if min(picture.shape) < 3:
            return ()
        try:
            with self._lock:
                pieces = [OcrLine(words=words) for words in self._pieces(picture) if words]
        except Exception as error:  # it raises whatever onnxruntime or OpenCV raise
            raise EngineFailed(f"rapidocr broke down on a page: {type(error).__name__}") from None
        return rows_of(pieces)

    def _pieces(self, picture: NDArray[np.uint8]) -> Iterator[tuple[OcrWord, ...]]:
        """Detects in the picture made smaller, and reads every piece from the picture as it is."""
        import cv2
        import numpy as np

        colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        found = self._reader(colour, use_det=True, use_cls=False, use_rec=False)
        if found.boxes is None:
            return
        corners = np.asarray(found.boxes, dtype=np.float32)
        crops = self._reader.crop_text_regions(colour, corners)
        read = self._reader.recognize_txt(crops)
        for four, text, columns in zip(corners, read.txts, read.word_results, strict=True):
            yield tuple(_words(four, text, columns))


def _models() -> tuple[str, str]:
    """The detector and the recogniser of the wheel; named outright, so that RapidOCR has none to fetch."""
    spec = find_spec("rapidocr")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "models"
    found = [sorted(folder.glob(f"*_{part}_*.onnx")) for part in ("det", "rec")]
    if not all(found):
        raise EngineMissing("rapidocr is installed without its models", hint=f"{INSTALL} --force-reinstall")
    return str(found[0][-1]), str(found[1][-1])


def _words(corners: NDArray[np.float32], text: str, read: Any) -> Iterator[OcrWord]:
    """The words of one piece.

    ``corners``: (4, 2), from the upper left one clockwise. The recogniser tells for each character how sure it is, and
    the column of ``read.line_txt_len`` columns at which it saw it.
    """
    import numpy as np

    if not text.strip() or not read.line_txt_len:
        return
    columns = iter([column for word in read.word_cols for column in word])
    word: list[tuple[str, float, int]] = []
    words = [word]
    for character, sure in zip(text, read.confs, strict=True):
        if character.isspace():
            words.append(word := [])
            continue
        column = next(columns)
        if word and column - word[-1][2] > _GAP:
            words.append(word := [])
        word.append((character, sure, column))
    upper, lower = corners[1] - corners[0], corners[2] - corners[3]
    for word in filter(None, words):
        ends = (word[0][2] - 0.5, word[-1][2] + 1.5)
        along = [min(max(end / read.line_txt_len, 0.0), 1.0) for end in ends]
        points = np.array(
            [start + side * part for part in along for start, side in ((corners[0], upper), (corners[3], lower))]
        )
        box = Box(*map(float, (*points.min(axis=0), *points.max(axis=0))))
        yield OcrWord(text="".join(each[0] for each in word), box=box, confidence=min(each[1] for each in word))
