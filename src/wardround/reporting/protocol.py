"""What to look for in one kind of examination, as data: one protocol per file, in TOML.

A protocol says what it is for, which structures are looked at and for what, what the examination cannot show, which
diagnoses are weighed, and what a report must say. Built-in ones lie in ``protocols/``; a user's own is a file of the
same form. A file may build on another one with ``extends``: what it does not say is taken from there.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from wardround.errors import InputError
from wardround.images.study import Kind
from wardround.words import folded

__all__ = [
    "Condition",
    "Hidden",
    "Limitation",
    "Observation",
    "Protocol",
    "Recommendation",
    "Selects",
    "Structure",
    "load",
    "names",
]

_FILE_LIMIT = 256_000  # bytes
_FOLDER = files(__package__) / "protocols"

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=48)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Phrase = Annotated[str, Field(min_length=1, max_length=80)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Selects(_Part):
    """Which studies a protocol is for; an empty list allows any.

    Attributes:
        kinds: of the image.
        modalities: DICOM's letters.
        body_parts: words of BodyPartExamined, in upper case.
        named: phrases of a history that name the question itself, "pneumonia"; each counts three times.
        history: phrases of a history that fit it.
    """

    kinds: tuple[Kind, ...] = ()
    modalities: tuple[str, ...] = ()
    body_parts: tuple[str, ...] = ()
    named: tuple[Phrase, ...] = ()
    history: tuple[Phrase, ...] = ()


class Observation(_Part):
    """One thing that is there or not.

    Attributes:
        id: stable, in findings.
        name: in words, as in "no pleural effusion".
        words: other words for it, by which sentences are understood.
        look: how it looks, for the model; may be empty.
        sides: those it can be on; empty if it has none.
        critical: whether, if present, a clinician must be told directly.
        normal: whether its presence is the normal state.
        contrary: ids of what cannot be present together with it, on the same side.
    """

    id: Id
    name: Phrase
    words: tuple[Phrase, ...] = ()
    look: str = Field(default="", max_length=240)
    sides: tuple[Literal["left", "right", "bilateral", "midline"], ...] = ()
    critical: bool = False
    normal: bool = False
    contrary: tuple[Id, ...] = ()


class Structure(_Part):
    """A part of the image that is looked at by itself: one question to the model.

    Attributes:
        id: stable, in findings.
        name: in words.
        region: the heading of the report under which it stands.
        words: words for the whole, as in "the lungs are clear".
        observations: what is looked for.
    """

    id: Id
    name: Phrase
    region: Phrase
    words: tuple[Phrase, ...] = ()
    observations: tuple[Observation, ...] = Field(min_length=1, max_length=16)


class Hidden(_Part):
    """What the examination can neither show nor exclude.

    Attributes:
        id: stable.
        name: in words.
        words: other words for it.
        reason: why.
        instead: the examination that does, as a recommendation; may be empty.
    """

    id: Id
    name: Phrase
    words: tuple[Phrase, ...] = ()
    reason: Text
    instead: str = Field(default="", max_length=400)


class Condition(_Part):
    """A diagnosis to weigh.

    Attributes:
        condition: its name.
        words: other words for it.
        supports: ids of what speaks for it if present.
        contradicts: ids of what speaks against it if present.
        expected: ids of what speaks against it if absent.
        history: phrases of a history that speak for it.
        history_against: phrases that speak against it.
    """

    condition: Phrase
    words: tuple[Phrase, ...] = ()
    supports: tuple[Id, ...] = ()
    contradicts: tuple[Id, ...] = ()
    expected: tuple[Id, ...] = ()
    history: tuple[Phrase, ...] = ()
    history_against: tuple[Phrase, ...] = ()


class Recommendation(_Part):
    """What to do next if one of these is present."""

    when: tuple[Id, ...] = Field(min_length=1)
    text: Text


class Limitation(_Part):
    """What the examination does less well.

    Attributes:
        text: in a sentence.
        views: only of these views; empty for all.
        doubtful: ids of what is at most possible because of it.
    """

    text: Text
    views: tuple[str, ...] = ()
    doubtful: tuple[Id, ...] = ()


class Protocol(_Part):
    """A protocol that is complete and agrees with itself.

    Attributes:
        name: as the user asks for it.
        title: of the report.
        exam: what the model is told that it sees; the same for all protocols of a kind, whatever the question is.
        extends: the protocol it builds on; empty if none.
        selects: which studies it is for.
        regions: headings, in the order of the report.
        structures: in the order in which they are looked at.
        cannot_show: what the examination cannot show.
        differential: what is weighed.
        required: ids of observations that the impression must speak of, seen or not.
        recommendations: what to do next.
        limitations: of the examination.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)
    title: Phrase
    exam: Text
    extends: str = ""
    selects: Selects = Selects()
    regions: tuple[Phrase, ...] = Field(min_length=1, max_length=24)
    structures: tuple[Structure, ...] = Field(min_length=1, max_length=24)
    cannot_show: tuple[Hidden, ...] = ()
    differential: tuple[Condition, ...] = Field(default=(), max_length=24)
    required: tuple[Id, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    limitations: tuple[Limitation, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for kind, values in (
            ("structures", [structure.id for structure in self.structures]),
            ("observations", [observation.id for observation in self.observations]),
            ("cannot_show", [hidden.id for hidden in self.cannot_show]),
            ("differential", [condition.condition for condition in self.differential]),
        ):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"{kind}: {twice[0]!r} is there twice")
        for structure in self.structures:
            if structure.region not in self.regions:
                raise ValueError(f"structures: {structure.id!r} is in {structure.region!r}, which is not in regions")
        known = {observation.id for observation in self.observations}
        for place, used in self._references():
            unknown = [each for each in used if each not in known]
            if unknown:
                raise ValueError(f"{place}: there is no observation {unknown[0]!r}")
        meant: dict[str, str] = {}
        for id, phrase in self._phrases():
            key = " ".join(folded(phrase))
            if not key:
                raise ValueError(f"{id}: {phrase!r} has no word")
            if meant.setdefault(key, id) != id:
                raise ValueError(f"{id}: {phrase!r} stands for {meant[key]!r} already")
        return self

    def _references(self) -> Iterator[tuple[str, Sequence[str]]]:
        yield "required", self.required
        for observation in self.observations:
            yield f"{observation.id}.contrary", observation.contrary
        for condition in self.differential:
            for key in ("supports", "contradicts", "expected"):
                yield f"differential.{condition.condition}.{key}", getattr(condition, key)
        for recommendation in self.recommendations:
            yield "recommendations.when", recommendation.when
        for limitation in self.limitations:
            yield "limitations.doubtful", limitation.doubtful

    def _phrases(self) -> Iterator[tuple[str, str]]:
        """Every phrase that stands for something seen, or not to be seen, with the id of that."""
        known: tuple[Observation | Hidden, ...] = (*self.observations, *self.cannot_show)
        for each in known:
            yield from ((each.id, phrase) for phrase in (each.name, *each.words))

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        """All that is looked for, in order."""
        return tuple(observation for structure in self.structures for observation in structure.observations)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what it says, in hexadecimal."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def region_of(self, structure: str) -> str:
        """The heading under which a structure stands."""
        return next(each.region for each in self.structures if each.id == structure)


@cache
def names() -> tuple[str, ...]:
    """The built-in protocols, in alphabetic order."""
    return tuple(sorted(item.name.removesuffix(".toml") for item in _FOLDER.iterdir() if item.name.endswith(".toml")))


def load(source: str | Path) -> Protocol:
    """The built-in protocol of this name, or the one in this file.

    Raises:
        InputError: there is none, or the file is not a valid protocol; ``where`` names the file and the key.
    """
    if isinstance(source, str) and source in names():
        return _built_in(source)
    path = Path(source).expanduser()
    if isinstance(source, str) and path.suffix != ".toml":
        raise InputError(f"there is no protocol {source!r}", hint=f"protocols: {', '.join(names())}; or a .toml file")
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_LIMIT + 1)
    except OSError as error:
        raise InputError("the protocol cannot be read", where=str(path), hint="check the path") from error
    if len(data) > _FILE_LIMIT:
        raise InputError(f"a protocol has at most {_FILE_LIMIT:,} bytes", where=path.name)
    return _made(_parsed(data, path.name), path.name)


@cache
def _built_in(name: str) -> Protocol:
    return _made(_raw(name), f"{name}.toml")


@cache
def _raw(name: str) -> dict[str, Any]:
    return _parsed((_FOLDER / f"{name}.toml").read_bytes(), f"{name}.toml")


def _parsed(data: bytes, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is no UTF-8 text of TOML"
        raise InputError(f"the protocol is no valid TOML: {reason}", where=where) from None


def _made(raw: dict[str, Any], where: str) -> Protocol:
    told = _extended(raw, where, ())
    try:
        return Protocol.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        what = f"the protocol is not valid: {key + ': ' if key else ''}{message[:1].lower()}{message[1:]}"
        raise InputError(what, where=where, hint="docs/reading-images.md tells what each key means") from None


def _extended(raw: dict[str, Any], where: str, below: tuple[str, ...]) -> dict[str, Any]:
    """What a file says, completed by what it builds on."""
    base = raw.get("extends", "")
    if not base:
        return raw
    if base not in names() or base in below:
        what = f"the protocol is not valid: extends: there is no protocol {base!r} to build on"
        raise InputError(what, where=where, hint=f"protocols: {', '.join(names())}")
    parent = _extended(_raw(base), f"{base}.toml", (*below, base))
    told = {**parent, "selects": {}, **raw}
    for key, id in (("structures", "id"), ("cannot_show", "id")):
        told[key] = _joined(parent.get(key, []), raw.get(key, []), id)
    for key in ("recommendations", "limitations"):
        told[key] = [*_listed(raw.get(key, [])), *_listed(parent.get(key, []))]
    return told


def _joined(parent: Any, own: Any, id: str) -> list[Any]:
    """The items of both lists; one of its own takes the place of the parent's with the same id."""
    replaced = {item.get(id): item for item in _listed(own) if isinstance(item, dict)}
    kept = [replaced.pop(item.get(id), item) for item in _listed(parent)]
    return [*kept, *(item for item in _listed(own) if not isinstance(item, dict) or item.get(id) in replaced)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
