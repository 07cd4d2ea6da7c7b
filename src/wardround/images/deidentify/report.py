"""What became of the files of one run, without anything of the patient: no value, no name of an input file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from wardround.images.deidentify.changes import Changes

if TYPE_CHECKING:
    from wardround.images.deidentify.text import TextBox

__all__ = ["Deidentified", "FileReport", "Outcome"]

Outcome = Literal["written", "held back", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """One file.

    Attributes:
        number: of the file, in the order in which they were found, from 1.
        outcome: ``"held back"`` if nobody said what is to be done about the text in it.
        output: name of the new file in the target folder; empty if none was written.
        changes: in its header.
        found: what may be text in its pictures.
        black: what was made black of that.
        confirmed: whether a person decided what to make black.
        error: why it failed.
    """

    number: int
    outcome: Outcome
    output: str = ""
    changes: Changes = field(default_factory=Changes)
    found: tuple[TextBox, ...] = ()
    black: tuple[TextBox, ...] = ()
    confirmed: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deidentified:
    """All files of a run.

    Attributes:
        files: in the order of their numbers.
        left_out: how many files in folders and archives are no images.
        same_key_again: whether a key was given, so that another run maps alike.
    """

    files: tuple[FileReport, ...]
    left_out: int = 0
    same_key_again: bool = False

    def count(self, outcome: Outcome) -> int:
        """How many files came to this."""
        return sum(file.outcome == outcome for file in self.files)

    def to_dict(self) -> dict[str, Any]:
        """For JSON. Boxes are told without what was read in them."""
        return {
            "schema": "wardround.deidentified/1",
            "written": self.count("written"),
            "held_back": self.count("held back"),
            "failed": self.count("failed"),
            "left_out": self.left_out,
            "same_key_again": self.same_key_again,
            "files": [_file(each) for each in self.files],
        }


def _file(each: FileReport) -> dict[str, Any]:
    return {
        "number": each.number,
        "outcome": each.outcome,
        "output": each.output,
        "checklist": "passed" if each.outcome == "written" else "",
        **asdict(each.changes),
        "text_found": [_box(box) for box in each.found],
        "made_black": [_box(box) for box in each.black],
        "confirmed_by_a_person": each.confirmed,
        "error": each.error,
    }


def _box(each: TextBox) -> dict[str, Any]:
    left, top, right, bottom = (round(side, 1) for side in each.box)
    place = {"left": left, "top": top, "right": right, "bottom": bottom}
    return place | {"confidence": round(each.confidence, 2), "source": each.source}
