"""Proves, before anything counts, that a server does what it was asked: holds a schema, sees an image.

Servers drop both without a word. So a schema is tried that no model would follow by itself, and an image is sent that
must make the prompt longer.
"""

from __future__ import annotations

import json
import struct
import zlib

from wardround.engines.openai.dialects import Mode, Served
from wardround.engines.openai.transport import Rejected, Transport
from wardround.engines.openai.wire import body, raw
from wardround.engines.request import Image, Message, Request
from wardround.engines.thinking import answer
from wardround.errors import EngineRefused

__all__ = ["obeyed", "see"]

_WORD = "zq7-kvx-41"
_SCHEMA = Request(
    messages=(Message.user("Name one colour."),),
    schema={
        "type": "object",
        "properties": {"word": {"enum": [_WORD]}},
        "required": ["word"],
        "additionalProperties": False,
    },
    max_tokens=96,
)
_ASKED = "Which colours are these?"
_NOT_SUPPORTED = frozenset({400, 404, 415, 422, 500, 501})


def obeyed(transport: Transport, served: Served) -> Mode:
    """How this server is made to hold a schema; ``"prompt"`` if it cannot be.

    Raises:
        EngineError: the server cannot be asked.
    """
    for mode in served.dialect.modes:
        try:
            completion = transport.complete(body(_SCHEMA, served, mode), once=True)
        except Rejected as error:
            if error.status not in _NOT_SUPPORTED:
                raise
            continue
        if _obeys(raw(_SCHEMA, completion, mode, 0.0).text):
            return mode
    return "prompt"


def see(transport: Transport, served: Served) -> None:
    """Make sure that an image reaches the model.

    Raises:
        EngineRefused: it does not, or nothing shows that it does.
        EngineError: the server cannot be asked.
    """
    cure = served.dialect.image_cure
    if served.sees is False:
        raise EngineRefused(f"{served.dialect.title} has no eyes for this model", where=served.title, hint=cure)
    lengths = []
    for parts in ((_ASKED,), (_image(), _ASKED)):
        request = Request(messages=(Message.user(*parts),), max_tokens=1)
        try:
            completion = transport.complete(body(request, served, "prompt"), once=True)
        except Rejected as error:
            if len(parts) == 1 or error.status not in _NOT_SUPPORTED:
                raise
            what = f"{served.dialect.title} takes no images"
            raise EngineRefused(what, where=served.title, hint=cure) from None
        lengths.append(raw(request, completion, "prompt", 0.0).usage.prompt_tokens)
    without, with_image = lengths
    if not with_image:
        what = f"{served.dialect.title} tells no length of the prompt, so nothing shows that it sees images"
        raise EngineRefused(what, where=served.title, hint="use a server that tells usage.prompt_tokens")
    if with_image <= without:
        what = f"{served.dialect.title} drops images without a word"
        raise EngineRefused(what, where=served.title, hint=cure)


def _obeys(text: str) -> bool:
    """Whether the answer is what the schema forces, or that with white space in place of an end."""
    compact = "".join((answer(text) or "").split())
    forced = json.dumps({"word": _WORD}, separators=(",", ":"))
    return compact == forced or (compact != "" and text[-1:].isspace() and forced.startswith(compact))


def _image(side: int = 64) -> Image:
    """Half red, half blue, as PNG."""
    row = b"\x00" + b"\xff\x00\x00" * (side // 2) + b"\x00\x00\xff" * (side // 2)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * side)),
        (b"IEND", b""),
    )
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return Image(b"\x89PNG\r\n\x1a\n" + b"".join(packed))
