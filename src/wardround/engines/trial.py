"""Tries an engine out: a question, a schema that no model would follow by itself, and an image if it sees any."""

from __future__ import annotations

import contextlib
import struct
import sys
import zlib
from dataclasses import dataclass

from wardround.engines.engine import Engine
from wardround.engines.request import Image, Message, Request
from wardround.errors import EngineRefused

__all__ = ["Trial", "plain_image", "trial"]

_QUESTION = "What does the heart do? Answer in two sentences."
_ODD = "zeta-7q"
_SCHEMA = {
    "type": "object",
    "properties": {_ODD: {"enum": ["mauve-19", "ochre-23"]}},
    "required": [_ODD],
    "additionalProperties": False,
}
_COLOURS = {"red": (220, 20, 20), "green": (20, 170, 20), "blue": (20, 20, 220)}
_SHOWN = "blue"
_SIDE = 224  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of it.

    Attributes:
        speed: tokens of the answer in a second, reading the question included.
        answer: to the question about the heart.
        schema: whether the schema was followed at the first attempt.
        image: whether the colour of the image was told right; None if the engine sees no images.
        memory: the most that this process and the graphics card took so far, in bytes; 0 where that is not known.
    """

    speed: float
    answer: str
    schema: bool
    image: bool | None
    memory: int


def trial(engine: Engine) -> Trial:
    """Ask ``engine`` two or three questions.

    Raises:
        EngineError: it cannot be asked.
    """
    told = engine.ask(Request(messages=(Message.user(_QUESTION),), max_tokens=64))
    held = engine.ask(Request(messages=(Message.user("Name a colour."),), schema=_SCHEMA, max_tokens=96))
    image: bool | None = None
    if engine.capabilities.images:
        asked = "Which colour is this image?"
        parts = (plain_image(_COLOURS[_SHOWN]), asked)
        try:
            seen = engine.ask(Request(messages=(Message.user(*parts),), choices=tuple(_COLOURS), max_tokens=16))
            image = seen.value == _SHOWN
        except EngineRefused:  # a server that takes none
            image = None
    return Trial(
        speed=told.usage.completion_tokens / told.seconds if told.seconds else 0.0,
        answer=told.text,
        schema=held.ok and held.attempts == 1,
        image=image,
        memory=_memory(),
    )


def plain_image(colour: tuple[int, int, int]) -> Image:
    """A square PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(colour) * _SIDE) * _SIDE
    return Image(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def _memory() -> int:
    used = 0
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        used = most if sys.platform == "darwin" else most * 1024
    torch = sys.modules.get("torch")  # only if the engine loaded it
    if torch is not None and torch.cuda.is_available():
        used += int(torch.cuda.max_memory_allocated())
    return used
