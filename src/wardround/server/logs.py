"""What the server tells about itself: lines of JSON on standard error, of fields that cannot hold patient text.

A line has ``time``, ``level``, ``event`` and some of `FIELDS`. Of what other packages log there is the place in the
code and the type of the error, and never their words: these may quote what was sent. The same holds for warnings and
for errors that nobody caught.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
import sys
import threading
import time
import traceback
import uuid
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO

from starlette.datastructures import MutableHeaders

from wardround.errors import WardroundError

if TYPE_CHECKING:
    from types import TracebackType

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wardround.server.metrics import Metrics

__all__ = ["FIELDS", "event", "install", "take_over", "template"]

FIELDS = (
    "method",
    "route",  # as the OpenAPI document has it: /v1/cases/{case}
    "status",
    "milliseconds",
    "bytes",  # of the answer
    "request",  # id, as the answer's X-Request-ID has it
    "actor",  # id
    "case",  # id
    "job",  # id
    "task",
    "outcome",
    "count",
    "host",
    "port",
    "version",
    "error",  # type
    "where",  # place in the code
    "frames",  # places in the code, innermost last
)
"""All that a line may say besides ``time``, ``level``, ``logger`` and ``event``."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Methods that are named in logs and metrics; others are ``other``."""

_SAFE = re.compile(r"[\w./:{}<>@+-]{0,200}", re.ASCII)
_FRAMES = 8
_logger = logging.getLogger("wardround.server")
_taken: list[TextIO] = []


def install(app: FastAPI) -> None:
    """Let ``app`` log and count its requests; each answer tells its id in ``X-Request-ID``."""
    app.add_middleware(_Observed)


def event(name: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: object) -> None:
    """Log that something happened.

    Args:
        name: what; words of ours, never text from outside.
        error: its type and its place are logged, not its message.
        fields: some of `FIELDS`. A text that is no plain name is left out.

    Raises:
        TypeError: a field is none of `FIELDS`.
    """
    if unknown := fields.keys() - set(FIELDS):
        raise TypeError(f"not for logs: {', '.join(sorted(unknown))}")
    told = {} if error is None else _told(error)  # not as exc_info: others' handlers would print its message
    _logger.log(level, name, extra={"event": name, "fields": fields, "failed": told})


def take_over(stream: TextIO | None = None) -> None:
    """Let all of this process's logging go through here, to ``stream`` or standard error. For a process of its own."""
    _taken[:] = [stream or sys.stderr]
    logging.setLogRecordFactory(_Record)
    logging.raiseExceptions = False  # it would print what could not be logged
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: event(
        "thread failed", level=logging.ERROR, error=args.exc_value or args.exc_type()
    )
    sys.unraisablehook = lambda args: event("error ignored", level=logging.ERROR, error=args.exc_value)
    _silence_others()


def template(scope: Scope) -> str:
    """The path of the route that a request met, with the names of its parameters; ``unmatched`` if it met none."""
    path = getattr(scope.get("route"), "path_format", None)
    return path if isinstance(path, str) and path else "unmatched"


class _Record(logging.LogRecord):
    """What is logged, without its words, whoever prints it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        error = self.exc_info[1] if self.exc_info else None
        self.failure = {} if error is None else _told(error)
        self.origin = f"{_place(self.pathname)}:{self.lineno}"
        self.msg, self.args = "(not shown)", None
        self.exc_info = self.exc_text = self.stack_info = None


class _Lines(logging.Formatter):
    """Records as JSON, one a line."""

    def format(self, record: logging.LogRecord) -> str:
        ours = getattr(record, "event", None)
        line: dict[str, object] = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": ours or "logged",
        }
        if ours is None:
            line |= {"logger": record.name, "where": getattr(record, "origin", "")}
        line |= {name: value for name, value in getattr(record, "fields", {}).items() if _is_safe(value)}
        return json.dumps(line | getattr(record, "failed", getattr(record, "failure", {})))


class _Observed:
    """Stands before everything: logs and counts each request, and what broke down below."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete" and _taken:
                _silence_others()  # those that came with what was started
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            event("could not start", level=logging.ERROR, error=error)
            raise

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.setdefault("state", {})
        id = state["request"] = uuid.uuid4().hex
        began = time.perf_counter()
        status = size = 0
        failure: Exception | None = None

        async def sending(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = id
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:  # it ends here: whoever comes next would print it
            failure = error
            if status == 0:
                from wardround.server.problems import answer, problem  # needs what an MCP server does without

                told = problem(500, f"wardround itself has a defect: {type(error).__name__}")
                await answer(told)(scope, receive, sending)
        finally:
            took = time.perf_counter() - began
            method = scope["method"] if scope["method"] in METHODS else "other"
            route = template(scope)
            file = route.startswith("/static/") and status < 400  # a page asks for dozens, of which nothing is told
            metrics = _metrics(scope)
            if metrics is not None:
                metrics.answered(method, route, status, took)
            event(
                "request failed" if failure else "request",
                level=logging.ERROR if failure else logging.DEBUG if file else logging.INFO,
                error=failure,
                method=method,
                route=route,
                status=status,
                milliseconds=round(took * 1000, 1),
                bytes=size,
                request=id,
                **({"actor": state["actor"].id} if "actor" in state else {}),
            )


def _metrics(scope: Scope) -> Metrics | None:
    services = getattr(scope["app"].state, "services", None) if "app" in scope else None
    return None if services is None else services.metrics


def _silence_others() -> None:
    """Leave no handler but ours."""
    ours = logging.StreamHandler(_taken[0])
    ours.setFormatter(_Lines())
    ours.addFilter(_is_told)
    logging.root.handlers[:] = [ours]
    logging.root.setLevel(logging.INFO)
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True


def _is_told(record: logging.LogRecord) -> bool:
    """What others say below a warning is nothing without its words."""
    return hasattr(record, "event") or record.levelno >= logging.WARNING


def _is_safe(value: object) -> bool:
    if isinstance(value, str):
        return _SAFE.fullmatch(value) is not None
    return isinstance(value, int | float)


def _told(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told: dict[str, object] = {"error": type(error).__name__}
    if frames:
        told["frames"] = [f"{_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    return told


@lru_cache(1_000)
def _place(path: str) -> str:
    """A file of code, from its package on."""
    parts = path.replace("\\", "/").split("/")
    for root in ("site-packages", "src", "lib"):
        if root in parts:
            return "/".join(parts[parts.index(root) + 1 :])
    return parts[-1]


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, WardroundError):  # ours say nothing of a patient
        print(f"wardround: {error}", file=_taken[0])
    elif not isinstance(error, KeyboardInterrupt):
        event("broke down", level=logging.ERROR, error=error)
