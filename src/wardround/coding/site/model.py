"""A site model: the habits of a site, how far each is to be believed, and the file that both are kept in.

The file is JSON to be read by people: counts of charts, weights with names, and no text of a note beyond phrases of up
to four words that three charts or more have. It is checked whole when it is read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wardround.coding.calibration import Calibration, shipped
from wardround.coding.draft import Draft
from wardround.coding.result import Scope
from wardround.coding.site.habits import Habits
from wardround.coding.site.reading import reading_of
from wardround.coding.site.speaking import Scored, speak
from wardround.coding.site.weighing import Kind, Scale, Weighing, Wording
from wardround.errors import InputError

__all__ = ["Figures", "SiteModel"]

_OTHER = re.compile(rb'"wardround\.site/(?!1")')


class Figures(BaseModel):
    """What a model did on charts that it had not seen, by cross-validation: micro-averages, 0 to 1.

    ``without``: of the embedded coder alone on the same charts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    precision: float
    recall: float
    f1: float
    without: tuple[float, float, float] = Field(description="precision, recall and F1 with nothing learned")


class SiteModel(BaseModel):
    """What the reviewed charts of a site have taught. Immutable; safe to share between threads.

    Attributes:
        scope: what the codes of its charts are: those of the encounter, or of all mentions.
        release: id of the release whose vocabulary its phrases are written in.
        charts: how many reviewed charts it was fitted on.
        habits: what was counted in them.
        weights: of what speaks for a code, for each kind of candidate; ``""`` is the constant. Log-odds.
        threshold: a code whose score is below it is not suggested.
        calibration: from the score to the probability that people here give the code.
        figures: what to expect of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["wardround.site/1"] = Field(default="wardround.site/1", alias="schema")
    scope: Scope
    release: str
    charts: int
    figures: Figures
    threshold: float
    calibration: Calibration
    weights: dict[Kind, dict[str, float]]
    habits: Habits

    # -- the file -------------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """The model kept in a file.

        Raises:
            InputError: there is none, or it is damaged, of another kind, or made by a newer wardround.
        """
        try:
            text = Path(path).read_bytes()
        except OSError as error:
            raise InputError(f"cannot read the site model: {error.strerror}", where=str(path)) from None
        try:
            return cls.model_validate_json(text)
        except ValidationError:
            what, hint = "this is no site model, or a damaged one", "make one with: wardround learn REVIEWED -o FILE"
            if _OTHER.search(text[:200]):
                what, hint = "the site model was made by another version of wardround", "learn again with this one"
            raise InputError(what, where=str(path), hint=hint) from None

    def save(self, path: Path | str) -> None:
        """Write the file; the same model gives the same bytes."""
        try:
            Path(path).write_text(self.to_json(), encoding="utf-8")
        except OSError as error:
            raise InputError(f"cannot write the site model: {error.strerror}", where=str(path)) from None

    def to_json(self) -> str:
        """The text of the file: a line for each sign."""
        return "\n".join(_written(self.model_dump(mode="json", by_alias=True), 0)) + "\n"

    @cached_property
    def digest(self) -> str:
        """Of the text of the file."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def __getstate__(self) -> dict[Any, Any]:
        """What is in the file alone: a model that has been used goes to another process without all it has loaded."""
        state = super().__getstate__()
        return {**state, "__dict__": {name: state["__dict__"][name] for name in type(self).model_fields}}

    # -- its use --------------------------------------------------------------------------------------------------

    def scored(self, draft: Draft) -> list[Scored]:
        """The candidates of a draft, each with its score."""
        weighing = self._weighings.get(draft.codes.release.id)
        if weighing is None:
            weighing = Weighing(self.habits, Wording(draft.codes, draft.stream.vocabulary))
            weighing = self._weighings.setdefault(draft.codes.release.id, weighing)
        scales = self._scales
        found = weighing.candidates(reading_of(draft, self.scope))
        return [Scored(candidate, scales[candidate.kind].score(candidate)) for candidate in found]

    def speak(self, draft: Draft) -> None:
        """Add the codes that people here would give, turn down those that they would not, and say how sure each is."""
        speak(draft, self.scored(draft), self.threshold, shipped(self.scope).turned_down)

    @cached_property
    def _scales(self) -> dict[Kind, Scale]:
        return {kind: Scale(weights) for kind, weights in self.weights.items()}

    @cached_property
    def _weighings(self) -> dict[str, Weighing]:
        return {}


def _written(value: object, depth: int) -> Iterable[str]:
    """JSON with one line for each entry of a table."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict) or (depth > 1 and len(flat) <= 100):
        yield flat
        return
    yield "{"
    last = len(value) - 1
    for number, (key, own) in enumerate(value.items()):
        lines = [json.dumps(own, ensure_ascii=False)] if isinstance(own, list) else list(_written(own, depth + 1))
        lines[0] = f"{json.dumps(key, ensure_ascii=False)}: {lines[0]}"
        lines[-1] += "" if number == last else ","
        yield from (f" {line}" for line in lines)
    yield "}"
