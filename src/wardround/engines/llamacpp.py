"""A GGUF model, in this process: llama.cpp through the package xllamacpp.

The runtime is llama.cpp's own server, called as a function: chat template, images, constrained answers and the reuse
of what two prompts have in common at their start are llama.cpp's. It also opens a port of this machine for itself,
which is of no use here; a random key that nobody knows keeps everybody out.

Traps that are taken care of:

- GGUF files of Gemma mark ``<unused94>`` and ``<unused95>``, which bracket a thought, as control tokens. llama.cpp
  leaves those out, and the thought would run into the answer; it is told to print them.
- JSON may have white space between its parts, and a weak model goes on with it; the grammar allows none.
- A call cannot be interrupted from outside. It reports after each piece of the prompt and each token of the answer, and
  ends when it is told to there; so the prompt is read in small pieces.
- The sliding window of Gemma's local layers forgets the start of a prompt that the next one shares; they keep it all,
  for 0.14 MB a token of MedGemma 4B.
"""

from __future__ import annotations

import gc
import json
import queue
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wardround.engines.catalog import recognise
from wardround.engines.engine import Capabilities, Engine
from wardround.engines.gguf import digest, files_of, find_projector, read_header
from wardround.engines.loops import loop_at_end
from wardround.engines.prompting import joined
from wardround.engines.reply import Finish, Raw, Usage
from wardround.engines.request import Image, Message, Request
from wardround.engines.thinking import MARKERS, told_to_think
from wardround.errors import EngineError, EngineFailed, EngineMissing, EngineRefused

__all__ = ["LlamaCpp"]

_BEGIN, _END = MARKERS
_STOPS = {"<end_of_turn>", "<eos>"}  # printed with the other control tokens
_DRAWN = {"temperature": 0.3, "top_p": 0.95}
_GREEDY = {"temperature": 0.0}
_STREAM = {"stream": True, "timings_per_token": True, "return_progress": True}
_TOKEN = re.compile(r"[<\[][^<>\[\]\s]{1,60}[>\]]")  # what control tokens look like
_SEEN = 1000  # likeliest tokens looked at for a choice
_NEGLIGIBLE = 1e-3
_STEP, _STEP_WITH_IMAGES = 32, 256  # tokens read between two looks at the clock; the 256 of an image stay together


@dataclass(slots=True)
class _Written:
    """An answer as it grows."""

    pieces: list[str] = field(default_factory=list)
    finish: Finish = "stop"
    usage: Usage = field(default_factory=Usage)

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class LlamaCpp(Engine):
    """A GGUF file, run by llama.cpp on the processor, or on a GPU where xllamacpp was built for it."""

    def __init__(
        self,
        model: str | Path,
        *,
        projector: str | Path | None = None,
        context: int = 8192,
        threads: int | None = None,
    ) -> None:
        """Load ``model``.

        Args:
            model: the GGUF file; of a model in several files the first.
            projector: the GGUF file (``mmproj``) that lets it see images; without one, what lies beside the model.
            context: tokens that prompt and answer have together at most; the model's own limit if that is less.
            threads: of the processor; None for one each physical core.

        Raises:
            EngineMissing: xllamacpp or a file is not there, or a file is damaged.
            EngineRefused: the file is no chat model.
        """
        path = Path(model).expanduser()
        files = files_of(path)
        header = _chat_model(path)
        beside = Path(projector).expanduser() if projector is not None else find_projector(path)
        if beside is not None and read_header(beside).get("general.architecture") != "clip":
            raise EngineRefused("this is no projector of images", where=beside.name)
        known = recognise(path)
        self.name = f"llama.cpp {path.stem}"
        self.digest = "+".join(map(digest, files if beside is None else (*files, beside)))
        self.capabilities = Capabilities(
            images=beside is not None,
            probabilities=True,
            thinking=known is not None and known.thinking,
            cpu=True,  # as far as the published wheel goes
        )
        kind = str(header["general.architecture"])
        self.context = min(context, int(header.get(f"{kind}.context_length", context)))
        self._controls: frozenset[str] = header["control_tokens"] | {_BEGIN, _END}
        self._ends = {header.get(f"tokenizer.ggml.{name}_token_id") for name in ("eos", "eot")}
        self._server: Any = _load(path, beside, self.context, threads, print_control=kind.startswith("gemma"))

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        for number, request in enumerate(requests):  # one at a time: what they share is then read once
            began = time.perf_counter()
            try:
                raw = Raw(text="", finish="time") if request.late else self._answer(request)
            except EngineError as error:
                yield number, error
            else:
                yield number, replace(raw, seconds=time.perf_counter() - began)

    def stream(self, request: Request) -> Iterator[str]:
        pieces: queue.SimpleQueue[str | EngineError | None] = queue.SimpleQueue()
        left = threading.Event()

        def hear(piece: str) -> bool:
            pieces.put(piece)
            return left.is_set()

        def work() -> None:
            try:
                self._write(self._messages(self._checked(request)), _shape(request), request, hear)
                pieces.put(None)
            except EngineError as error:
                pieces.put(error)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, EngineError):
                    raise piece
                yield piece
        finally:
            left.set()
            thread.join()

    def close(self) -> None:
        self._server = None
        gc.collect()  # gives back gigabytes, so not some time later

    def _checked(self, request: Request) -> Request:
        """``request`` as this model takes it, or an error."""
        if self._server is None:
            raise EngineFailed("the engine is closed")
        if request.images and not self.capabilities.images:
            hint = "put the model's mmproj file beside it"
            raise EngineRefused("this model sees no images: it has no projector", where=self.name, hint=hint)
        return replace(request, think=request.think and self.capabilities.thinking)

    def _answer(self, request: Request) -> Raw:
        request = self._checked(request)
        messages = self._messages(request)
        thought = _Written()
        if request.think and (request.schema or request.choices):  # thinks freely first: a grammar lets nobody think
            thought = self._write(messages, {"stop": [_END]}, request)
            if _BEGIN not in thought.text:
                thought = _Written(usage=thought.usage)
            elif thought.finish != "stop":
                return Raw(text=thought.text, finish=thought.finish, usage=thought.usage)
            else:
                thought.pieces.append(_END)
                left = request.max_tokens - thought.usage.completion_tokens
                request = replace(request, max_tokens=max(left, 1))
                messages = [*messages, {"role": "assistant", "content": thought.text}]
        probabilities, usage = None, Usage()
        if request.choices is not None:
            probabilities, usage = self._weigh(messages, request)
            if request.late and probabilities is None:
                return Raw(text=thought.text, finish="time", usage=thought.usage + usage)
            if probabilities is not None and request.seed == 0:
                best = max(request.choices, key=probabilities.__getitem__)
                return Raw(text=thought.text + best, usage=thought.usage + usage, probabilities=probabilities)
        written = self._write(messages, _shape(request), request)
        return Raw(
            text=thought.text + written.text,
            finish=written.finish,
            usage=thought.usage + usage + written.usage,
            probabilities=probabilities,
        )

    def _messages(self, request: Request) -> list[dict[str, Any]]:
        """The messages as llama.cpp's chat interface has them."""
        messages = told_to_think(request.messages) if request.think else request.messages
        return [{"role": message.role, "content": self._parts(message)} for message in messages]

    def _parts(self, message: Message) -> list[dict[str, Any]]:
        return [
            {"type": "image_url", "image_url": {"url": part.data_uri}}
            if isinstance(part, Image)
            else {"type": "text", "text": part}
            for part in joined(message, self._tame)
        ]

    def _tame(self, text: str) -> str:
        """``text`` without control tokens: a note that holds ``<end_of_turn>`` must not end the turn."""
        return _TOKEN.sub(lambda t: f"{t[0][0]} {t[0][1:]}" if t[0] in self._controls else t[0], text)

    def _write(
        self,
        messages: list[dict[str, Any]],
        shape: dict[str, Any],
        request: Request,
        hear: Callable[[str], bool] = lambda _: False,
    ) -> _Written:
        """What the model writes after ``messages``; stopped at the deadline, in a loop, or when ``hear`` says so.

        A schema bounds its loops by itself, and cut in one the answer would be no JSON.
        """
        written = _Written()

        def take(chunk: dict[str, Any]) -> bool:
            if "error" in chunk:
                raise _refused(chunk["error"])
            written.usage = _usage(chunk) or written.usage
            choice = chunk["choices"][0]
            if choice.get("finish_reason") == "length":
                written.finish = "length"
            piece = choice["delta"].get("content")
            if piece and piece not in _STOPS:
                written.pieces.append(piece)
                if "grammar" not in shape and loop_at_end(written.pieces):
                    written.finish = "loop"
                if hear(piece) or written.finish == "loop":
                    return True
            if request.late and not choice.get("finish_reason"):
                written.finish = "time"
            return written.finish == "time"

        settings = _GREEDY if request.seed == 0 else {**_DRAWN, "seed": request.seed}
        body = {"messages": messages, "max_tokens": request.max_tokens, **settings, **shape}
        self._call({**body, **_STREAM}, take)
        return written

    def _weigh(self, messages: list[dict[str, Any]], request: Request) -> tuple[Mapping[str, float] | None, Usage]:
        """How likely each choice is to a model that says one of them; None if it is far from saying any, or it is late.

        Where choices begin alike, what is common is given to the model and the next token is asked for.
        """
        choices = request.choices or ()
        weights = dict.fromkeys(choices, 0.0)
        usage = Usage()
        open_ = [("", 1.0, choices)]
        for _ in range(4 * len(choices)):
            if not open_:
                total = sum(weights.values())
                return {choice: weight / total for choice, weight in weights.items()}, usage
            begun, weight, left = open_.pop()
            asked, tokens = self._next_tokens(messages, begun, request)
            usage = usage + asked if begun else asked
            if not tokens:
                return None, usage
            shares: dict[tuple[str, tuple[str, ...]], float] = {}
            for token, share in tokens:
                text = begun + (token or "")
                fitting = tuple(each for each in left if each == text or (token and each.startswith(text)))
                if fitting and token != "":
                    shares[text, fitting] = shares.get((text, fitting), 0.0) + share
            found = sum(shares.values())
            unseen = set(left) - {each for _, fitting in shares for each in fitting}
            rarest = tokens[-1][1] if len(tokens) == _SEEN else 0.0
            if not found or (unseen and rarest > _NEGLIGIBLE * found):  # what is not among the tokens may weigh much
                return None, usage
            for (text, fitting), share in shares.items():
                if len(fitting) == 1:
                    weights[fitting[0]] += weight * share
                elif share > _NEGLIGIBLE * found:
                    open_.append((text, weight * share, fitting))
        return None, usage

    def _next_tokens(
        self, messages: list[dict[str, Any]], begun: str, request: Request
    ) -> tuple[Usage, list[tuple[str | None, float]]]:
        """The likeliest tokens after an answer that has ``begun``, with their probabilities; None is its end.

        No tokens, if the deadline came before the prompt was read.
        """
        from math import exp

        given = [*messages]
        if begun and given[-1]["role"] == "assistant":  # a thought
            given[-1] = {"role": "assistant", "content": given[-1]["content"] + begun}
        elif begun:
            given.append({"role": "assistant", "content": begun})
        body = {"messages": given, "max_tokens": 1, "logprobs": True, "top_logprobs": _SEEN, **_GREEDY}
        usage, tokens = Usage(), []

        def take(chunk: dict[str, Any]) -> bool:
            nonlocal usage, tokens
            if "error" in chunk:
                raise _refused(chunk["error"])
            usage = _usage(chunk) or usage
            told = chunk["choices"][0].get("logprobs")
            if told:
                tokens = told["content"][0]["top_logprobs"]
            return not tokens and request.late

        self._call({**body, **_STREAM}, take)
        return usage, [
            (None if token["id"] in self._ends else token["token"], exp(token["logprob"])) for token in tokens
        ]

    def _call(self, body: dict[str, Any], take: Callable[[dict[str, Any]], bool]) -> None:
        """Ask; each piece of the answer, and each report before it, is given to ``take``, which says when to stop."""
        failed: list[BaseException] = []

        def guarded(chunk: dict[str, Any]) -> bool:
            try:
                return take(chunk)
            except BaseException as error:  # must not travel through the C++ of the runtime
                failed.append(error)
                return True

        try:
            answer = self._server.handle_chat_completions(body, guarded)
        except (RuntimeError, ValueError):  # its message may quote the prompt
            what = "llama.cpp cannot take this request: its schema, its images, or the model's chat template"
            raise EngineRefused(what, where=self.name) from None
        if failed:
            raise failed[0]
        if isinstance(answer, dict) and "error" in answer:
            raise _refused(answer["error"])


def _chat_model(path: Path) -> Mapping[str, Any]:
    """What the file says of itself; an error if it is not a model to talk with."""
    header = read_header(path)
    if header.get("general.architecture", "clip") == "clip":
        raise EngineRefused("this is the projector of a model, not the model", where=path.name)
    if "tokenizer.chat_template" not in header:
        what = "it has no chat template; it is a base model, which continues texts and answers nothing"
        raise EngineRefused(what, where=path.name, hint="take the instruction-tuned model, its name ends in -it")
    return header


def _load(path: Path, projector: Path | None, context: int, threads: int | None, *, print_control: bool) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise EngineMissing("xllamacpp is not installed", hint="pip install 'wardround[llamacpp]'") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    if projector is not None:
        params.mmproj.path = str(projector)
    params.n_ctx = context
    params.n_parallel = 1
    params.n_batch = _STEP if projector is None else _STEP_WITH_IMAGES
    params.swa_full = True
    params.special = print_control
    params.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    params.verbosity = -1
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.api_keys = [secrets.token_urlsafe(32)]
    if threads is not None:
        params.cpuparams.n_threads = threads
    try:
        server = xllamacpp.Server(params)
        # Its loop starts in a thread of its own; closed before that, it would wait for ever. An answer shows it runs.
        server.handle_completions({"prompt": ".", "max_tokens": 1})
        return server
    except (RuntimeError, ValueError, MemoryError) as error:
        hint = "is there enough memory for it? a smaller quantisation needs less"
        raise EngineMissing("llama.cpp cannot load the model", where=path.name, hint=hint) from error


def _shape(request: Request) -> dict[str, Any]:
    """The grammar that holds the answer to what was asked for."""
    if request.choices is not None:
        words = " | ".join(json.dumps(choice, ensure_ascii=False) for choice in request.choices)
        return {"grammar": f"root ::= {words}"}
    if request.schema is not None:
        schema = {"x-guidance": {"whitespace_flexible": False}, **request.schema}
        return {"grammar": f"%llguidance {{}}\nstart: %json {json.dumps(schema, ensure_ascii=False)}"}
    return {}


def _usage(answer: Mapping[str, Any]) -> Usage | None:
    timings = answer.get("timings")
    if timings is None:
        return None
    return Usage(
        prompt_tokens=timings["cache_n"] + timings["prompt_n"],
        cached_tokens=timings["cache_n"],
        completion_tokens=timings["predicted_n"],
    )


def _refused(error: Mapping[str, Any]) -> EngineError:
    if error.get("type") == "exceed_context_size_error":
        asked, context = error.get("n_prompt_tokens"), error.get("n_ctx")
        return EngineRefused(
            f"the request has {asked} tokens, the context holds {context}", hint="open the engine with a larger context"
        )
    return EngineFailed("llama.cpp reports an error", retryable=error.get("code", 500) >= 500)
