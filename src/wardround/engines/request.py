"""What is asked of a model: messages of text and images in order, and the shape that the answer must have."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

__all__ = ["Image", "Message", "Request"]

_UNBOUNDED = "it could be filled for ever by a model that repeats itself"


@dataclass(frozen=True, slots=True)
class Image:
    """An encoded image.

    Attributes:
        data: the bytes of a PNG or JPEG file.
        media_type: ``"image/png"`` or ``"image/jpeg"``.

    Raises:
        ValueError: the bytes are not of that type.
    """

    data: bytes = field(repr=False)
    media_type: Literal["image/png", "image/jpeg"] = "image/png"

    def __post_init__(self) -> None:
        start = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}.get(self.media_type)
        if start is None or not self.data.startswith(start):
            raise ValueError(f"these bytes are no {self.media_type}")

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def data_uri(self) -> str:
        """The bytes as an address that holds them all: ``data:image/png;base64,…`` (RFC 2397)."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode('ascii')}"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: ``parts`` are texts and images in the order in which the model is to see them."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Image, ...]

    @staticmethod
    def user(*parts: str | Image) -> Message:
        """A turn of the user."""
        return Message("user", parts)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question to a model.

    Attributes:
        messages: the conversation, the system's message first if there is one, the user's last.
        schema: JSON Schema that the answer must obey. Every array in it has ``maxItems`` and every string
            ``maxLength``, ``enum`` or ``const``, so that no answer can go on for ever.
        choices: the only answers allowed; the reply gives the probability of each where the runtime can tell.
        max_tokens: the most that the answer may have, thinking included.
        seed: 0 is greedy and draws nothing; any other draws, a little, with this seed.
        think: whether the model may think before it answers, if it can.
        deadline: the moment, on the clock of ``time.monotonic``, at which the answer is cut wherever it is; None for no
            limit. Two requests that differ in nothing else are equal.

    Raises:
        ValueError: no message of the user at the end, both a schema and choices, a schema that is none or has no
            bounds, or a number of tokens below one.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    choices: tuple[str, ...] | None = None
    max_tokens: int = 512
    seed: int = 0
    think: bool = False
    deadline: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not self.messages or self.messages[-1].role != "user":
            raise ValueError("a request ends with a message of the user")
        if any(message.role == "system" for message in self.messages[1:]):
            raise ValueError("only the first message can be the system's")
        if self.schema is not None and self.choices is not None:
            raise ValueError("a request has a schema or choices, not both")
        if self.choices is not None and (not self.choices or len(set(self.choices)) != len(self.choices)):
            raise ValueError("choices are at least one, and differ")
        if self.max_tokens < 1:
            raise ValueError("max_tokens must be at least 1")
        if self.schema is not None:
            _check_bounds(self.schema, "schema")
            _check_schema(self.schema)

    @property
    def images(self) -> tuple[Image, ...]:
        """All images, in order."""
        return tuple(part for message in self.messages for part in message.parts if isinstance(part, Image))

    @property
    def late(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    @cached_property
    def prompt_digest(self) -> str:
        """SHA-256 of the messages alone, images by their digests."""
        return _digest({"messages": self._told()})

    @cached_property
    def key(self) -> str:
        """SHA-256 of all that decides the answer but the model; equal for equal requests."""
        return _digest(self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The request as plain JSON values, images by their digests."""
        return {
            "messages": self._told(),
            "schema": self.schema,
            "choices": None if self.choices is None else list(self.choices),
            "max_tokens": self.max_tokens,
            "seed": self.seed,
            "think": self.think,
        }

    def _told(self) -> list[dict[str, Any]]:
        return [
            {
                "role": message.role,
                "parts": [
                    {"image": part.digest, "media_type": part.media_type} if isinstance(part, Image) else part
                    for part in message.parts
                ],
            }
            for message in self.messages
        ]


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _check_schema(schema: Mapping[str, Any]) -> None:
    """Refuse what is no JSON Schema: a runtime may hold an answer to a part of it only, and say nothing."""
    _check_written(json.dumps(schema, default=dict))


@lru_cache(maxsize=256)  # it takes a tenth of a second, and the questions about every patient have the same schemas
def _check_written(schema: str) -> None:
    from jsonschema import Draft202012Validator, SchemaError  # only a schema needs it

    try:
        Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError as error:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        raise ValueError(f"schema{place}: this is no JSON Schema") from None


def _check_bounds(schema: Any, place: str) -> None:
    """Refuse a schema that lets a list or a text grow without end."""
    if isinstance(schema, Mapping):
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if "array" in kinds and "maxItems" not in schema:
            raise ValueError(f"{place}: an array needs maxItems; {_UNBOUNDED}")
        if "string" in kinds and not schema.keys() & {"maxLength", "enum", "const"}:
            raise ValueError(f"{place}: a string needs maxLength, enum or const; {_UNBOUNDED}")
        for name, value in schema.items():
            if name not in ("enum", "const", "default", "examples", "required"):
                _check_bounds(value, f"{place}.{name}")
    elif isinstance(schema, Sequence) and not isinstance(schema, str):
        for number, value in enumerate(schema):
            _check_bounds(value, f"{place}[{number}]")
