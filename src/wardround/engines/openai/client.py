"""Models behind a server that speaks OpenAI's protocol: vLLM, llama.cpp, Ollama, LM Studio and others.

At first use the engine finds out what the server is and proves that it holds a schema, and that it sees images once
there are any. Where no schema is held, the model is asked in words and its answers are checked all the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from typing import Any

from wardround.engines.catalog import known
from wardround.engines.engine import Capabilities, Engine
from wardround.engines.loops import loop_at_end
from wardround.engines.openai import canary
from wardround.engines.openai.address import Address
from wardround.engines.openai.dialects import DIALECTS, Mode, Served, context, find
from wardround.engines.openai.pattern import pattern
from wardround.engines.openai.transport import TimedOut, Transport
from wardround.engines.openai.wire import body, raw
from wardround.engines.reply import Raw
from wardround.engines.request import Request
from wardround.engines.thinking import MARKERS
from wardround.errors import EngineError, EngineRefused

__all__ = ["OpenAIServer"]

_UNHELD = "the server holds no schema: the model was asked in words"
_UNTHOUGHT = "the server cannot go on after a thought: the model was not told to think"
_DRAWN = "the model takes no temperature: it does not answer greedily"
_BLANK = 48  # characters of white space at the end that no model means


class OpenAIServer(Engine):
    """A server, asked over HTTP, several requests at a time. Safe to share between threads.

    What it can do is known after `connect`, which the first question does by itself.
    """

    def __init__(
        self,
        address: str,
        model: str = "",
        *,
        dialect: str | None = None,
        allow_remote: bool = False,
        concurrency: int | None = None,
        timeout: float = 600.0,
    ) -> None:
        """Prepare to ask the server at ``address``; nothing is sent yet.

        Args:
            address: where its API begins: ``"http://127.0.0.1:8000/v1"``.
            model: which of its models; may be left out if it has one.
            dialect: what it speaks, one of `DIALECTS`; found out if left out.
            allow_remote: whether notes and images may leave this machine for it.
            concurrency: requests at a time; what suits the server if left out.
            timeout: seconds for one request, all attempts together.

        Raises:
            EngineMissing: the package ``openai`` is not installed.
            EngineRefused: the address is no good, or not on this machine and not allowed.
            ValueError: no such dialect, or a number below one.
        """
        if dialect is not None and dialect not in DIALECTS:
            raise ValueError(f"no dialect {dialect!r}; there are {', '.join(DIALECTS)}")
        if (concurrency is not None and concurrency < 1) or timeout <= 0:
            raise ValueError("concurrency must be at least 1, and timeout above 0")
        self._address = Address.of(address, allow_remote=allow_remote)
        self._transport = Transport(self._address, timeout=timeout)
        self._model = model
        self._dialect = DIALECTS[dialect] if dialect else None
        self._concurrency = concurrency
        self._lock = threading.Lock()
        self._found: tuple[Served, Mode] | None = None
        self._context: int | None = None  # tokens, of a server that cuts what is longer
        self._sight: EngineRefused | bool | None = None  # None: not tried
        self.name = self._named("a server", model)
        self.capabilities = Capabilities(images=True, remote=not self._address.loopback)

    def connect(self, *, images: bool = False) -> None:
        """Find out, once, what the server is and can do; with ``images``, whether it sees.

        Raises:
            EngineMissing: there is no server, or no such model.
            EngineRefused: it does not see images.
            EngineFailed: it broke down.
        """
        self._session(images=images)

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        try:  # here and once, so that a server that hangs does so once
            served, _ = self._session()
            workers = self._concurrency or served.dialect.at_once
            blind = self._blindness() if any(request.images for request in requests) else None
        except EngineError as error:
            yield from ((number, error) for number in range(len(requests)))
            return
        pool = ThreadPoolExecutor(workers, thread_name_prefix="wardround-engine")
        try:
            numbers: dict[Future[Raw | EngineError], int] = {}
            for number, request in enumerate(requests):
                if blind is not None and request.images:
                    yield number, blind
                else:
                    numbers[pool.submit(self._answer, request)] = number
            for done in as_completed(numbers):
                yield numbers[done], done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def stream(self, request: Request) -> Iterator[str]:
        served, mode = self._session(images=bool(request.images))
        text = ""
        asked = body(request, served, mode, thinks=_thinks(served))
        try:
            for piece in self._transport.stream(asked, request.deadline):
                text = (text + piece)[-1024:]
                yield piece
                if loop_at_end(text):
                    return
        except TimedOut:
            if not request.late:
                raise

    def close(self) -> None:
        self._transport.close()

    def _answer(self, request: Request) -> Raw | EngineError:
        """The answer; an empty one at the deadline, for a connection that is closed leaves nothing."""
        began = time.monotonic()
        try:
            if request.late:
                return Raw(text="", finish="time")
            served, mode = self._session(images=bool(request.images))
            shape = "schema" if request.schema is not None else "choices" if request.choices is not None else None
            if shape is None or not request.think or not _thinks(served) or mode == "prompt":
                return self._held(request, served, mode)
            if shape not in served.dialect.goes_on:
                return _noted(self._held(replace(request, think=False), served, mode), _UNTHOUGHT)
            return self._thought_over(request, served, mode)
        except EngineError as error:
            if isinstance(error, TimedOut) and request.late:
                return Raw(text="", finish="time", seconds=time.monotonic() - began)
            return error

    def _thought_over(self, request: Request, served: Served, mode: Mode) -> Raw:
        """An answer held to its shape after a thought that is not: nobody can think in JSON."""
        begin, end = MARKERS
        free = replace(request, schema=None, choices=None)
        asked = {**body(free, served, mode, thinks=True), "stop": [end]}
        thought = self._asked(free, served, mode, asked)
        if begin not in thought.text:
            return _together(thought, self._held(request, served, mode))
        if thought.finish != "stop":
            return thought
        begun = thought.text.partition(end)[0] + end
        left = replace(request, max_tokens=max(request.max_tokens - thought.usage.completion_tokens, 1))
        held = _together(thought, self._held(left, served, mode, begun))
        return replace(held, text=begun + held.text.removeprefix(begun))  # some repeat it, some do not

    def _held(self, request: Request, served: Served, mode: Mode, begun: str = "") -> Raw:
        """An answer held to its shape, by a regular expression where the schema lets it run off into white space."""
        form = partial(body, request, served, mode, thinks=_thinks(served), begun=begun)
        first = self._asked(request, served, mode, form())
        if request.schema is None or not _blank(first):
            return first
        expression = pattern(request.schema) if served.dialect.choices == "structured_outputs" else None
        if expression is None:
            return _noted(first, _endless(served))
        again = self._asked(request, served, mode, form(pattern=expression))
        return _noted(_together(first, again), _endless(served))

    def _asked(self, request: Request, served: Served, mode: Mode, asked: Mapping[str, Any]) -> Raw:
        began = time.monotonic()
        completion = self._transport.complete(asked, deadline=request.deadline)
        answer = raw(request, completion, mode, time.monotonic() - began)
        if _thinks(served) and answer.text.startswith("thought\n"):  # to most GGUF runtimes the marks are unprintable
            answer = _noted(replace(answer, text=MARKERS[0] + answer.text), _unmarked(served))
        if self._context is not None and answer.usage.prompt_tokens >= self._context:
            what = f"{served.dialect.title} has room for {self._context} tokens, and cut the prompt to them"
            raise EngineRefused(what, where=served.title, hint=served.dialect.context_cure)
        if "temperature" in self._transport.refused:
            answer = _noted(answer, _DRAWN)
        shaped = request.schema is not None or request.choices is not None
        return _noted(answer, _UNHELD) if shaped and mode == "prompt" else answer

    def _blindness(self) -> EngineError | None:
        """Why images cannot be asked about; None if they can."""
        try:
            self._session(images=True)
        except EngineError as error:
            return error
        return None

    def _session(self, *, images: bool = False) -> tuple[Served, Mode]:
        """What the server is and how it holds a schema; found out by whoever comes first."""
        with self._lock:
            if self._found is None:
                served = find(self._transport, self._address, self._model, self._dialect)
                self._found = served, canary.obeyed(self._transport, served)
                self._context = context(self._transport, self._address, served)
                self.name = self._named(served.dialect.title, served.title)
                self.digest = served.digest
                self.capabilities = replace(
                    self.capabilities,
                    images=served.sees is not False,
                    schema=self._found[1] != "prompt",
                    probabilities=served.dialect.logprobs,
                    thinking=_thinks(served),
                )
            if images and self._sight is None:
                try:
                    canary.see(self._transport, self._found[0])
                    self._sight = True
                except EngineRefused as refused:
                    self._sight = refused
                self.capabilities = replace(self.capabilities, images=self._sight is True)
            found, sight = self._found, self._sight
        if images and isinstance(sight, EngineRefused):
            raise EngineRefused(sight.what, where=sight.where, hint=sight.hint)
        return found

    def _named(self, title: str, model: str) -> str:
        return " ".join(word for word in (title, model, "at", self._address.host) if word)


def _thinks(served: Served) -> bool:
    """Whether the model is one of those that think when MedGemma's words tell them to."""
    model = known(served.title)
    return model is not None and model.thinking


def _blank(answer: Raw) -> bool:
    """Whether the answer never ended for white space."""
    return answer.finish == "length" and len(answer.text) - len(answer.text.rstrip()) >= _BLANK


def _endless(served: Served) -> str:
    cure = served.dialect.loop_cure
    return "the server let the model write white space without end" + (f"; {cure}" if cure else "")


def _unmarked(served: Served) -> str:
    cure = served.dialect.thought_cure
    return "the server leaves out the marks between thought and answer" + (f"; {cure}" if cure else "")


def _together(first: Raw, second: Raw) -> Raw:
    """The second answer, with the cost of both."""
    return replace(second, usage=first.usage + second.usage, seconds=first.seconds + second.seconds)


def _noted(answer: Raw, note: str) -> Raw:
    return replace(answer, notes=(*answer.notes, note))
