"""How well pages are read that come as pictures, what becomes of their codes, how long it takes and in how much memory.

The pages are drawn by the tests' generator: notes of ours printed at 200 dots per inch in several faces, then left
clean, scanned, scanned badly, faxed at 200 x 100 or photographed. Each program reads in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.speed import metered

__all__ = ["ocr"]

_PROGRAMS = {"tesseract": 2, "rapidocr": 1}  # faces in which each note is read
_FACES = ("sans", "serif", "mono", "times")
_QUICK = 2  # notes


def ocr(say: Callable[[str], None], *, quick: bool = False) -> dict[str, object]:
    """The figures of every program that is there, by grade of page; ``quick`` reads two notes in one face."""
    from wardround.documents.ocr import open_ocr
    from wardround.errors import EngineMissing

    result: dict[str, object] = {}
    for name, faces in _PROGRAMS.items():
        try:
            called = open_ocr(name).name
        except EngineMissing as error:
            say(f"ocr: {error.what}; {error.hint}")
            continue
        say(f"ocr: {called}")
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / "figures.json"
            command = [sys.executable, "-m", "benchmarks.ocr", name, str(1 if quick else faces), str(written)]
            # One thread, so that processor time is what it costs on any machine.
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            peak = metered([*command, *(["--quick"] if quick else [])], environment)[2]
            grades = json.loads(written.read_text())
        result[name] = {"program": called, "peak_mb": round(peak, 1), "grades": grades}
    return result


class _Grade:
    """What was measured on the pages of one grade."""

    def __init__(self) -> None:
        self.accuracies: list[float] = []
        self.keys = self.keys_right = 0
        self.words = self.doubtful = self.wrong = self.wrong_doubtful = 0
        self.hits = self.codes_read = self.codes_said = self.written = 0
        self.seconds: list[float] = []
        self.cpu_seconds: list[float] = []

    def to_json(self) -> dict[str, float | int]:
        pages = len(self.accuracies)
        return {
            "pages": pages,
            "character_accuracy": round(sum(self.accuracies) / pages, 4),
            "worst_page": round(min(self.accuracies), 4),
            "key_values": round(self.keys_right / self.keys, 4),
            "codes_f1": round(2 * self.hits / max(1, self.codes_read + self.codes_said), 4),
            "words": self.words,
            "wrong_words": self.wrong,
            "wrong_words_doubtful": self.wrong_doubtful,
            "doubtful_words": self.doubtful,
            "said_handwritten": self.written,
            "seconds_a_page": round(sum(self.seconds) / pages, 2),
            "slowest_seconds": round(max(self.seconds), 2),
            "cpu_seconds_a_page": round(sum(self.cpu_seconds) / pages, 2),
        }


def _cpu() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _measured(program: str, faces: int, quick: bool) -> Iterator[tuple[str, _Grade]]:
    import cv2
    from tests.documents.ocr.measures import character_accuracy, key_values, wrong_words
    from tests.documents.ocr.pages import GRADES, NOTES, printed

    from wardround import Coder
    from wardround.documents import DOUBTFUL
    from wardround.documents.ocr import open_ocr, read_page

    cv2.setNumThreads(1)
    engine, coder = open_ocr(program), Coder()
    notes = dict(list(NOTES.items())[: _QUICK if quick else None])
    engine.lines(GRADES["clean"](printed("one word", "sans"), 0))  # the models are loaded before the clock starts
    for grade, copied in GRADES.items():
        figures = _Grade()
        for number, said in enumerate(notes.values()):
            for turn in range(faces):
                page = copied(printed(said, _FACES[(number + turn) % len(_FACES)]), number)
                wall, cpu = time.perf_counter(), _cpu()
                read = read_page(page, engine)
                figures.seconds.append(time.perf_counter() - wall)
                figures.cpu_seconds.append(_cpu() - cpu)
                figures.accuracies.append(character_accuracy(said, read.text))
                right, keys = key_values(said, read.text)
                figures.keys_right, figures.keys = figures.keys_right + right, figures.keys + keys
                words = [word for line in read.lines for word in line.words]
                wrong = wrong_words(said, [word.text for word in words])
                doubtful = {place for place, word in enumerate(words) if word.confidence < DOUBTFUL}
                figures.words += len(words)
                figures.wrong += len(wrong)
                figures.doubtful += len(doubtful)
                figures.wrong_doubtful += len(wrong & doubtful)
                figures.written += read.handwriting
                wanted, found = ({code.code for code in coder.code(text).codes} for text in (said, read.text or "-"))
                figures.hits += len(wanted & found)
                figures.codes_said += len(wanted)
                figures.codes_read += len(found)
        yield grade, figures


def rows(result: Mapping[str, Any]) -> Iterator[list[object]]:
    """One row of figures for each program and grade, as docs/benchmarks.md has them."""
    for each in result.values():
        for grade, figures in each["grades"].items():
            yield [
                f"{each['program']}, {grade}",
                f"{100 * figures['character_accuracy']:.2f} ({100 * figures['worst_page']:.2f})",
                f"{100 * figures['key_values']:.1f}",
                f"{100 * figures['codes_f1']:.1f}",
                f"{figures['wrong_words_doubtful']} of {figures['wrong_words']}",
                f"{figures['doubtful_words']} of {figures['words']:,}",
                figures["seconds_a_page"],
                figures["cpu_seconds_a_page"],
            ]


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ocr")
    parser.add_argument("program", choices=_PROGRAMS)
    parser.add_argument("faces", type=int)
    parser.add_argument("written", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    figures = {grade: each.to_json() for grade, each in _measured(options.program, options.faces, options.quick)}
    options.written.write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    _main()
