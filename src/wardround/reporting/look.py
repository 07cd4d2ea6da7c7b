"""The first pass: what the image shows of each structure, from the image alone.

One question for each structure, all with the same pictures before them. What is not answered, or not as asked, is not
assessable; nothing is guessed. Answers that cannot be true together are made as doubtful as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from wardround.errors import EngineFailed
from wardround.reporting.asking import Questions
from wardround.reporting.claims import sides_in
from wardround.reporting.pictures import Picture, Pictures
from wardround.reporting.prompts import looking
from wardround.reporting.protocol import Observation, Protocol, Structure
from wardround.reporting.report import Area, Contradiction, Finding, ImageSource

__all__ = ["Seen", "look"]

_SPACE = re.compile(r"\s+")
_CONTROL = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_EMPTY = frozenset({"", "none", "n/a", "na", "unknown", "not stated", "...", "-"})
_OPPOSITE = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the first pass gave.

    Attributes:
        findings: one for each observation of the protocol, in its order.
        contradictions: what cannot be true together.
        warnings: what could not be asked.
        out_of_range: how many numbers of pictures there were that do not exist.
    """

    findings: tuple[Finding, ...]
    contradictions: tuple[Contradiction, ...]
    warnings: tuple[str, ...]
    out_of_range: int


def look(
    questions: Questions, pictures: Pictures, protocol: Protocol, *, study: Literal["current", "prior"] = "current"
) -> Seen:
    """Ask about every structure of ``protocol``.

    Args:
        questions: asks the engine.
        pictures: all that it is shown.
        protocol: what is looked for.
        study: which one this is.

    Raises:
        EngineError: the engine broke down, or gave no usable answer to any question about the current study: a report
            in which nothing is assessable would look like one of an image that shows nothing.
    """
    return _Looking(pictures, protocol, study).seen(questions)


class _Looking:
    def __init__(self, pictures: Pictures, protocol: Protocol, study: Literal["current", "prior"]) -> None:
        self._pictures = pictures
        self._protocol = protocol
        self._study: Literal["current", "prior"] = study
        self._contradictions: list[Contradiction] = []
        self._out_of_range = 0
        views = {series.view.upper() for series in pictures.study.series if series.view}
        self._doubtful = {
            id
            for limitation in protocol.limitations
            if not limitation.views or views & set(limitation.views)
            for id in limitation.doubtful
        }

    def seen(self, questions: Questions) -> Seen:
        structures = self._protocol.structures
        replies = questions.ask([looking(self._pictures, self._protocol, structure) for structure in structures])
        findings: list[Finding] = []
        unanswered = []
        for structure, reply in zip(structures, replies, strict=True):
            if reply is None:
                unanswered.append(structure.name)
            answers = {} if reply is None else reply.value
            for observation in structure.observations:
                id = f"F{len(findings) + 1}"
                findings.append(self._finding(id, structure, observation, answers.get(observation.id, {})))
        if len(unanswered) == len(structures) and self._study == "current":
            raise EngineFailed(
                "the model gave no usable answer to any question about the image",
                hint="wardround models check tells what this model can do",
            )
        warnings = [f"the model gave no usable answer about: {', '.join(unanswered)}"] if unanswered else []
        return Seen(
            findings=self._reconciled(findings),
            contradictions=tuple(self._contradictions),
            warnings=tuple(warnings),
            out_of_range=self._out_of_range,
        )

    def _finding(self, id: str, structure: Structure, observation: Observation, answer: Mapping[str, Any]) -> Finding:
        presence = answer.get("presence", "not assessable")
        told: dict[str, Any] = {
            "id": id,
            "structure": structure.id,
            "observation": observation.id,
            "name": observation.name,
            "presence": presence,
            "normal": observation.normal,
        }
        if presence != "present":
            return Finding(**told, sources=self._sources(()))
        certainty = answer.get("certainty", "probable")
        side, location = answer.get("side", "not stated"), _plain(answer.get("location", ""))
        placed = sides_in(location) & {"left", "right"}
        if side in _OPPOSITE and placed == {_OPPOSITE[side]}:
            message = f"{observation.name} ({id}) is called {side} and placed at “{location}”; its side is left open"
            self._contradictions.append(Contradiction(kind="side", message=message, findings=(id,)))
            side, location, certainty = "not stated", "", "possible"
        elif side == "not stated" and len(placed) == 1 and placed <= set(observation.sides):
            (side,) = placed
        if observation.id in self._doubtful:
            certainty = "possible"
        return Finding(
            **told,
            side=side,
            location=location,
            size=_plain(answer.get("size", "")),
            certainty=certainty,
            critical=observation.critical,
            sources=self._sources(answer.get("numbers", ())),
        )

    def _sources(self, numbers: Sequence[int]) -> tuple[ImageSource, ...]:
        """The pictures of these numbers; the study where none, or no existing one, is named."""
        each = self._pictures.each
        if len(each) == 1:
            numbers = (1,)
        known = [number for number in dict.fromkeys(numbers) if 1 <= number <= len(each)]
        self._out_of_range += len(set(numbers)) - len(known)
        if not known:
            return (ImageSource(study=self._study, series=each[0].series),)
        return tuple(self._source(each[number - 1]) for number in known)

    def _source(self, picture: Picture) -> ImageSource:
        area = None
        if self._pictures.study.series[picture.series - 1].slide is not None:
            patch = picture.view.square.original((0, 0, 1000, 1000))  # the whole of it, in pixels of the finest level
            area = Area(left=patch.left, top=patch.top, right=patch.right, bottom=patch.bottom)
        return ImageSource(study=self._study, series=picture.series, frame=picture.frame, area=area)

    def _reconciled(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """The findings, with those that exclude each other made doubtful."""
        by_observation = {finding.observation: place for place, finding in enumerate(findings)}
        settled = list(findings)
        for observation in self._protocol.observations:
            here = by_observation[observation.id]
            others = [findings[by_observation[other]] for other in observation.contrary]
            if observation.normal and others and all(each.presence == "absent" for each in (findings[here], *others)):
                names = " nor ".join(each.name for each in (findings[here], *others))
                message = f"neither {names} is seen; one of them should be"
                ids = tuple(each.id for each in (findings[here], *others))
                self._contradictions.append(Contradiction(kind="normality", message=message, findings=ids))
            for other in observation.contrary:
                there = by_observation[other]
                one, two = findings[here], findings[there]
                if one.presence == "present" == two.presence and _may_touch(one, two):
                    message = f"{one.name} ({one.id}) and {two.name} ({two.id}) cannot both be present"
                    kind: Literal["normality", "presence"] = "normality" if one.normal or two.normal else "presence"
                    self._contradictions.append(Contradiction(kind=kind, message=message, findings=(one.id, two.id)))
                    for place in (here, there):
                        settled[place] = _doubted(settled[place])
        return tuple(settled)


def _doubted(finding: Finding) -> Finding:
    """What is contradicted: the normal state is not assessable, anything else at most possible."""
    if finding.normal:
        cleared = {"presence": "not assessable", "side": "not stated", "location": "", "size": ""}
        return finding.model_copy(update=cleared)
    return finding.model_copy(update={"certainty": "possible"})


def _may_touch(one: Finding, two: Finding) -> bool:
    return {one.side, two.side} != {"left", "right"}


def _plain(text: str) -> str:
    line = _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip(" .,;")
    return "" if line.lower() in _EMPTY else line
