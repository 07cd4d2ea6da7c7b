"""Sends requests to a server and bounds what comes back: in time, in size and in attempts.

A request that failed for a reason that passes (too many requests, a server starting or overloaded, a lost connection)
is sent again, later and later; the server's ``Retry-After`` is honoured. A parameter that a model does not take, as
some in the cloud do not take ``max_tokens`` or a temperature, is left out or renamed from then on. Errors give the kind
of failure and never the server's own words: servers quote prompts.
"""

from __future__ import annotations

import json
import logging
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from wardround.engines.openai.address import Address
from wardround.errors import EngineError, EngineFailed, EngineMissing, EngineRefused

__all__ = ["Rejected", "TimedOut", "Transport"]

_ATTEMPTS = 3
_FIRST_WAIT = 0.5  # seconds; doubles each time
_CONNECT = 10.0  # seconds
_PROBE = 10.0  # seconds, for what costs a server nothing
_LIMIT = 16_000_000  # bytes of an answer
_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_CODE = re.compile(r"[a-z_]{1,60}")
_INSTEAD: dict[str, str | None] = {"max_tokens": "max_completion_tokens", "temperature": None, "seed": None}
"""Parameters that some models refuse; what is sent in place of each."""


class Rejected(EngineFailed):
    """The server answered with an error.

    Attributes:
        status: of HTTP.
        parameter: of the request, that it does not take; empty if it names none of ours.
    """

    def __init__(self, what: str, *, status: int, where: str, hint: str, retryable: bool, parameter: str = "") -> None:
        super().__init__(what, where=where, hint=hint, retryable=retryable)
        self.status = status
        self.parameter = parameter


class TimedOut(EngineFailed):
    """The server did not answer in time."""


class Transport:
    """One server; safe to use from several threads at once.

    Attributes:
        refused: the parameters that it was found not to take.
    """

    def __init__(self, address: Address, *, timeout: float) -> None:
        """Prepare to talk to ``address``, giving every request ``timeout`` seconds in all. Nothing is sent yet.

        Raises:
            EngineMissing: the package ``openai`` is not installed.
        """
        try:
            import openai
        except ImportError:
            raise EngineMissing("the package openai is not installed", hint="pip install 'wardround[openai]'") from None
        # Its debug messages hold whole requests in some versions, and those hold notes.
        logging.getLogger("openai._base_client").addFilter(_no_debugging)
        self._openai = openai
        self._address = address
        self._timeout = timeout
        self.refused: set[str] = set()
        # A proxy named in the environment must not get what is meant for this machine, nor may anyone be redirected to.
        self._http = openai.DefaultHttpxClient(
            trust_env=not address.loopback,
            follow_redirects=False,
            verify=address.url.startswith("https:"),  # loading certificates that nothing needs takes a while
            timeout=openai.Timeout(_PROBE, connect=_CONNECT),
        )
        self._client = openai.OpenAI(
            base_url=address.url,
            api_key=address.key() or "none",
            organization="",
            project="",
            max_retries=0,
            http_client=self._http,
        )

    def get(self, url: str) -> Any:
        """The JSON value at ``url``; None if there is none.

        Raises:
            EngineError: the server cannot be reached, or asks for a key.
        """

        def attempt(deadline: float) -> bytes:
            key = self._address.key()
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            with self._http.stream("GET", url, headers=headers) as response:
                if response.status_code >= 300 and response.status_code not in (404, 405, 500, 501):
                    response.read()
                    raise self._rejected(response.status_code, response.headers)
                return self._read(response.iter_bytes(), deadline) if response.status_code < 300 else b"null"

        try:
            return json.loads(self._patiently(attempt, timeout=_PROBE))
        except (ValueError, RecursionError):
            return None

    def complete(
        self, body: Mapping[str, Any], *, once: bool = False, deadline: float | None = None
    ) -> Mapping[str, Any]:
        """What the server makes of a chat completion's ``body``.

        Args:
            body: of the request.
            once: send it a single time, unless the server says that it is busy.
            deadline: the moment, on the clock of ``time.monotonic``, at which the connection is closed at the latest.

        Raises:
            Rejected: the server answered with an error.
            TimedOut: it did not answer in time.
            EngineError: it cannot be reached, or answered with something else.
        """
        left = self._timeout if deadline is None else min(deadline - time.monotonic(), self._timeout)

        rest = self._taken(body)

        def attempt(deadline: float) -> bytes:
            with self._client.chat.completions.with_streaming_response.create(
                model=body["model"], messages=body["messages"], extra_body=rest, timeout=self._until(deadline)
            ) as response:
                return self._read(response.iter_bytes(), deadline)

        try:
            value = json.loads(self._patiently(attempt, timeout=left, once=once))
        except (ValueError, RecursionError):
            value = None
        except Rejected as error:
            if error.parameter not in rest:
                raise
            self.refused.add(error.parameter)
            return self.complete(body, once=once, deadline=deadline)
        if not isinstance(value, dict) or not isinstance(value.get("choices"), list) or not value["choices"]:
            raise EngineFailed("the server's answer is no chat completion", where=self._address.host, retryable=True)
        return value

    def stream(self, body: Mapping[str, Any], deadline: float | None = None) -> Iterator[str]:
        """The text of a chat completion as it is written, at most until ``deadline``.

        Raises:
            EngineError: as for `complete`.
        """
        patience = time.monotonic() + self._timeout
        deadline = patience if deadline is None else min(deadline, patience)
        failed: EngineError | None = None
        try:
            rest = self._taken(body)
            with self._client.chat.completions.create(
                model=body["model"],
                messages=body["messages"],
                stream=True,
                extra_body=rest,
                timeout=self._until(deadline),
            ) as events:
                for event in events:
                    if time.monotonic() > deadline:
                        raise self._late()
                    delta = event.choices[0].delta if event.choices else None
                    if delta is not None and delta.content:
                        yield delta.content
        except Exception as error:
            failed = self._told(error)
            if failed is None:
                raise
        if failed is not None:  # outside of the handler, so that no error of a library hangs on it
            raise failed

    def _taken(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What of ``body`` goes beside model and messages, as far as it is known that the server takes it."""
        told = {(_INSTEAD[name] if name in self.refused else name): value for name, value in body.items()}
        return {name: value for name, value in told.items() if name not in (None, "model", "messages")}

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _patiently(self, attempt: Callable[[float], bytes], *, timeout: float, once: bool = False) -> bytes:
        deadline = time.monotonic() + timeout
        wait = _FIRST_WAIT
        for left in reversed(range(_ATTEMPTS)):
            try:
                return attempt(deadline)
            except Exception as error:
                failed = self._told(error)
                if failed is None:
                    raise
                pause = max(wait * random.uniform(0.5, 1.0), _asked_to_wait(error))
            busy = isinstance(failed, Rejected) and failed.status in (429, 503)
            if not left or not failed.retryable or (once and not busy) or time.monotonic() + pause > deadline:
                raise failed
            time.sleep(pause)
            wait *= 2
        raise AssertionError  # the last attempt returned or raised

    def _read(self, chunks: Iterable[bytes], deadline: float) -> bytes:
        """All of an answer; a server that goes on and on is not waited for."""
        whole = bytearray()
        for chunk in chunks:
            whole += chunk
            if len(whole) > _LIMIT:
                raise EngineFailed("the server's answer has no end", where=self._address.host)
            if time.monotonic() > deadline:
                raise self._late()
        return bytes(whole)

    def _until(self, deadline: float) -> Any:
        return self._openai.Timeout(max(deadline - time.monotonic(), 0.1), connect=_CONNECT)

    def _late(self) -> EngineError:
        hint = "a longer time-out or a smaller question may help"
        return TimedOut(f"no answer within {self._timeout:g} seconds", where=self._address.host, hint=hint)

    def _told(self, error: Exception) -> EngineError | None:
        """Our error for one of the client's; None if it is none of theirs."""
        if isinstance(error, EngineError):
            return error
        if isinstance(error, self._openai.APIStatusError):
            code = str(error.code or error.type or "")
            return self._rejected(error.status_code, error.response.headers, code, str(error.param or ""))
        # While an answer is read, the errors of the HTTP library come through as they are.
        library = type(error).__module__.split(".")[0]
        if not isinstance(error, self._openai.APIConnectionError) and library not in ("httpx", "httpx2"):
            if isinstance(error, (self._openai.APIError, ValueError)):  # within a stream
                return EngineFailed("the server broke off its answer", where=self._address.host, retryable=True)
            return None
        cause = error.__cause__ if isinstance(error, self._openai.APIConnectionError) else error
        kinds = {kind.__name__ for kind in type(cause).__mro__}
        if "ConnectError" in kinds or "ConnectTimeout" in kinds:
            return EngineMissing(
                "no server answers there", where=self._address.host, hint="start it, or name its address"
            )
        if "TimeoutException" in kinds or isinstance(error, self._openai.APITimeoutError):
            return self._late()
        return EngineFailed("the connection was lost", where=self._address.host, retryable=True)

    def _rejected(self, status: int, headers: Mapping[str, str], code: str = "", parameter: str = "") -> EngineError:
        host = self._address.host
        if status in (301, 302, 303, 307, 308):
            elsewhere = urlsplit(headers.get("location", "")).netloc.rpartition("@")[2] or "another place"
            return EngineRefused(f"it sends us on to {elsewhere}", where=host, hint="name that address, if it is right")
        code = code if _CODE.fullmatch(code) else ""
        return Rejected(
            f"the server answered with status {status}" + (f", {code}" if code else ""),
            status=status,
            where=host,
            hint=_hint(status, code, self._address.loopback),
            retryable=status in _PASSING,
            parameter=parameter if status in (400, 422) and parameter in _INSTEAD else "",
        )


def _hint(status: int, code: str, loopback: bool) -> str:
    if status in (401, 403):
        return "set WARDROUND_API_KEY to a key that it knows" + (", or start it without one" if loopback else "")
    if "context" in code or status == 413:
        return "the prompt is longer than the server's context; start it with a longer one"
    return "its log says more" if status != 429 else "it is asked too often; lower the concurrency"


def _asked_to_wait(error: Exception) -> float:
    """Seconds that the server asked for by ``Retry-After``, in seconds or as a date."""
    response = getattr(error, "response", None)
    asked = response.headers.get("retry-after", "") if response is not None else ""
    try:
        return max(float(asked), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(asked).timestamp() - time.time(), 0.0)
    except (ValueError, TypeError):
        return 0.0


def _no_debugging(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG
