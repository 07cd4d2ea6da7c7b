"""What a request may be: how large, how slow, how many at once. What is refused is refused before it is kept.

A body is counted while it arrives, whatever its type and whatever its ``Content-Length`` says: 2 MiB, but for the files
that are sent to draft a note (50 MB) or to read a study (512 MiB). Those go to disk as they arrive, below the folder of
the store, in files that have no name; a process that dies leaves nothing of them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from wardround.server.problems import Problem, answer, full_disk, problem

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = [
    "BODY_LIMIT",
    "FORM_LIMITS",
    "FREE_SPACE",
    "HEADER_LIMIT",
    "IMAGE_LIMIT",
    "NOTE_BODY_LIMIT",
    "STUDY_LIMIT",
    "check_pictures",
    "install",
]

BODY_LIMIT = 2 * 1024 * 1024
"""Bytes a body may have, where nothing else is said."""

NOTE_BODY_LIMIT = 50_000_000
"""Bytes of a form with the file of a note: pages and pictures; one of plain text may have less."""

STUDY_LIMIT = 512 * 1024 * 1024
"""Bytes of a form with the files of a study, all together."""

IMAGE_LIMIT = 50_000_000
"""Bytes of one picture that is no DICOM; for the routes that take pictures."""


class _FormLimits(TypedDict, total=False):
    max_files: int
    max_fields: int
    max_part_size: int


FORM_LIMITS: _FormLimits = {"max_files": 1_000, "max_fields": 100, "max_part_size": BODY_LIMIT}
"""Files, fields, and bytes of a field in a form."""

HEADER_LIMIT = 16_384
"""Bytes of the path, the query and the headers of a request."""

FREE_SPACE = 50_000_000
"""Bytes that must stay free on the store's disk."""

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
_FORMS = {"/v1/notes:code": NOTE_BODY_LIMIT, "/v1/studies:read": STUDY_LIMIT}
_REQUESTS = 200  # at once; more are asked to come again
_UPLOADS = 16  # of them larger than BODY_LIMIT, or of unknown size
_ALWAYS = ("/health", "/ready")
_SILENCE = 20.0  # seconds without a byte
_GRACE = 20.0  # seconds of waiting for a body, and one more for each _RATE bytes of it
_RATE = 16_384  # bytes a second
_LINGER = 2.0  # seconds in which the rest of a refused body is taken, so that its sender comes to read the answer
_UNREAD = 65_536  # bytes of a body that nobody asked for that are taken before the next request
_EACH = 8 * 1024 * 1024  # bytes after which the disk is looked at again
_WRITING = ("POST", "PUT", "PATCH")


def install(app: FastAPI) -> None:
    """Let ``app`` refuse what is too large, too slow or too much at once."""
    app.add_middleware(_Limits)


def check_pictures(files: Iterable[BinaryIO]) -> None:
    """Make sure that no plain picture is larger than `IMAGE_LIMIT`; DICOM, volumes and slides may be.

    Raises:
        HTTPException: 413.
    """
    for file in files:
        head = file.read(12)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        if size > IMAGE_LIMIT and (head.startswith(_PICTURES) or head[8:] == b"WEBP"):
            raise HTTPException(413, f"a picture may have at most {IMAGE_LIMIT:,} bytes")


class _Refused(Exception):
    """Ends the application's reading of a body that is refused."""


class _Limits:
    """Stands before the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._requests = 0
        self._uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(scope, receive)
        large = body.limit > BODY_LIMIT and (body.expected is None or body.expected > BODY_LIMIT)
        always = scope["path"] in _ALWAYS
        told = body.refusal()
        if told is None and not always and (self._requests >= _REQUESTS or (large and self._uploads >= _UPLOADS)):
            told = problem(503, "the server is busy with other requests", hint="try again", retryable=True)
        if told is not None:
            await _refuse(told, scope, receive, send, body)
            return
        self._requests += 1
        self._uploads += large
        try:
            await self._answered(scope, body, send)
        finally:
            self._requests -= 1
            self._uploads -= large

    async def _answered(self, scope: Scope, body: _Body, send: Send) -> None:
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if body.refused is not None and not started:
                return  # what the application makes of it is not what is to be told
            if message["type"] == "http.response.start":
                started = True
                if body.left_over:
                    MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        try:
            await self._app(scope, body.receive, sending)
        except _Refused:
            if started:
                raise
        if body.refused is not None and not started:
            await _refuse(body.refused, scope, body.raw, send, body)


class _Body:
    """The body of a request while it arrives.

    Attributes:
        limit: bytes that it may have.
        expected: bytes that it is said to have; None where it is not said.
        refused: why it was, once it is.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        form = headers.get("content-type", "").lower().startswith("multipart/form-data")
        self.limit = _FORMS.get(scope["path"], BODY_LIMIT) if form else BODY_LIMIT
        length = headers.get("content-length", "")
        chunked = "transfer-encoding" in headers
        self.expected: int | None = None if chunked else int(length) if length.isdecimal() else 0
        self.refused: Problem | None = None
        self.raw = receive
        self._head = sum(len(name) + len(value) for name, value in headers.raw)
        self._head += len(scope.get("raw_path") or b"") + len(scope["query_string"])
        self._folder = _folder(scope) if scope["method"] in _WRITING else None
        self._received = 0
        self._looked = 0
        self._waited = 0.0
        self._whole = False

    @property
    def left_over(self) -> bool:
        """Whether so much of it was not asked for that the connection is not worth keeping."""
        return not self._whole and (self.expected is None or self.expected - self._received > _UNREAD)

    def refusal(self) -> Problem | None:
        """Why it is refused before anything of it was read; None if it is not."""
        if self._head > HEADER_LIMIT:
            return problem(431, "the address or the headers are too large", hint=f"at most {HEADER_LIMIT:,} bytes")
        if self.expected is not None and self.expected > self.limit:
            return self._too_large()
        return full_disk() if self._no_room(self.expected or 0) else None

    async def receive(self) -> Message:
        """The next part of it.

        Raises:
            _Refused: it is too large or too slow, or the disk is full by now.
        """
        if self._whole:
            return await self.raw()  # until the client leaves
        if self.refused is not None:
            raise _Refused
        began = time.monotonic()
        patience = min(_SILENCE, _GRACE + self._received / _RATE - self._waited)
        try:
            async with asyncio.timeout(max(patience, 0.001)):
                message = await self.raw()
        except TimeoutError:
            self.refused = problem(408, "the body did not arrive in time", retryable=True)
            raise _Refused from None
        self._waited += time.monotonic() - began
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._received > self.limit:
                self.refused = self._too_large()
            elif self._received - self._looked > _EACH:
                self._looked = self._received
                self.refused = full_disk() if self._no_room(0) else None
            if self.refused is not None:
                raise _Refused
        else:
            self._whole = True
        return message

    async def drain(self) -> None:
        """Take some more of what is refused, and throw it away."""
        end = time.monotonic() + _LINGER
        while not self._whole and (left := end - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    message = await self.raw()
            except TimeoutError:
                return
            self._whole = message["type"] != "http.request" or not message.get("more_body", False)

    def _too_large(self) -> Problem:
        return problem(413, "the body is too large", hint=f"at most {self.limit:,} bytes")

    def _no_room(self, more: int) -> bool:
        if self._folder is None:
            return False
        try:
            return shutil.disk_usage(self._folder).free < FREE_SPACE + more
        except OSError:
            return False  # the store itself will tell


def _folder(scope: Scope) -> Path | None:
    services: Any = getattr(scope["app"].state, "services", None) if "app" in scope else None
    return None if services is None else services.store.folder


async def _refuse(told: Problem, scope: Scope, receive: Receive, send: Send, body: _Body) -> None:
    """Send the problem; while its last, empty part waits, the client comes to an end with what it sends."""

    async def lingering(message: Message) -> None:
        if message["type"] == "http.response.body":
            await send({**message, "more_body": True})
            await body.drain()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await send(message)

    response = answer(told, {"connection": "close"})
    await response(scope, receive, lingering if body.left_over else send)
