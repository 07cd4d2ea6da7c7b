"""Files of results that ``wardround evaluate`` scores, of ours and of any other system."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wardround.coding import CodingResult, Encounter, Suggestion
    from wardround.coding.evaluation.blank import Blank

__all__ = ["Results", "read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a file holds.

    Attributes:
        results: by the ids of the notes.
        confidences: whether every code has one.
    """

    results: Mapping[str, CodingResult]
    confidences: bool


def read(name: str, encounters: Mapping[str, Encounter], blank: Blank, complain: Callable[[str], None]) -> Results:
    """The results in the file ``name``.

    A line is what ``wardround code --json`` wrote, or of any other system ``{"id", "codes"}``: codes alone, ``"I10"``,
    or with a confidence, ``{"code": "I10", "confidence": 0.8}``. Such codes have no quotes to check, and are all for
    review. ``seconds`` and ``tokens`` beside them say what the note cost. A note that could not be coded is no result.

    Args:
        name: of the file.
        encounters: of the gold notes by their ids.
        blank: makes the results of other systems.
        complain: told of every line that is neither, and of results of other notes.

    Raises:
        InputError: the file cannot be read.
    """
    from wardround.cli.judgements import Objects
    from wardround.errors import InputError
    from wardround.records.fields import id_of

    results: dict[str, CodingResult] = {}
    confidences = True
    strangers = 0
    for where, fields in Objects(name):
        if isinstance(fields, InputError):
            complain(f"{Path(name).name}, {where}: not JSON")
            continue
        if "error" in fields:
            continue
        try:
            id = id_of(fields.get("id"), where)
        except InputError as error:
            complain(f"{Path(name).name}, {where}: {error}")
            continue
        if id not in encounters:
            strangers += 1
            continue
        made = _ours(fields) or _foreign(fields, id, encounters[id], blank)
        if made is None:
            complain(f"{Path(name).name}, {where}: neither a result nor an id with codes")
            continue
        results[id] = made
        confidences = confidences and all(map(_is_sure, fields["codes"]))
    if strangers:
        complain(f"{Path(name).name}: {strangers} results are of no gold note")
    return Results(results=results, confidences=confidences)


def _ours(fields: Mapping[str, Any]) -> CodingResult | None:
    from pydantic import ValidationError

    from wardround.coding import CodingResult

    try:
        return CodingResult.model_validate(fields) if "schema" in fields else None
    except ValidationError:  # its message quotes the line
        return None


def _foreign(fields: Mapping[str, Any], id: str, encounter: Encounter, blank: Blank) -> CodingResult | None:
    told = fields.get("codes")
    if "schema" in fields or not isinstance(told, list):
        return None
    codes: dict[str, Suggestion] = {}
    for each in told:
        code = _code(each)
        if code is None:
            return None
        codes.setdefault(code.code, code)
    made = blank.result(encounter, codes.values(), id=id)
    seconds, tokens = fields.get("seconds"), fields.get("tokens")
    if isinstance(seconds, int | float):
        made = made.model_copy(update={"timings": {"code": 1000 * seconds}})
    if isinstance(tokens, int):
        made = made.model_copy(update={"provenance": made.provenance.model_copy(update={"tokens": tokens})})
    return made


def _code(told: object) -> Suggestion | None:
    from wardround.coding.evaluation import normal
    from wardround.coding.evaluation.blank import named

    code, confidence = (told.get("code"), told.get("confidence")) if isinstance(told, dict) else (told, None)
    if not isinstance(code, str) or not (confidence is None or _is_sure(told)):
        return None
    return named(normal(code), confidence=confidence)


def _is_sure(told: object) -> bool:
    """Whether what is told of a code has a confidence."""
    confidence = told.get("confidence") if isinstance(told, dict) else None
    return isinstance(confidence, int | float) and 0 <= confidence <= 1
