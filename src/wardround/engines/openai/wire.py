"""A request as the body of a chat completion, and a chat completion as a raw answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from wardround.engines.openai.dialects import Dialect, Mode, Served
from wardround.engines.openai.probabilities import probabilities
from wardround.engines.prompting import joined
from wardround.engines.reply import Finish, Raw, Usage
from wardround.engines.request import Image, Message, Request
from wardround.engines.thinking import MARKERS, answer, told_to_think

__all__ = ["body", "raw"]

_DRAWING = 0.3  # temperature of every seed but 0
_TOP = 20  # alternatives a token; the most that vLLM, Ollama and OpenAI give
_CONTROL = re.compile(
    r"<(?=(?:bos|eos|pad|unk|s|/s|(?:start|end)_of_(?:turn|image)|image_soft_token|unused\d+|__media__)>|\|[^<>|\s]+\|>)"
    r"|\[(?=/?INST\])"
)
_FINISHES: dict[str, Finish] = {"length": "length", "content_filter": "no-answer"}


def body(
    request: Request, served: Served, mode: Mode, *, thinks: bool = False, begun: str = "", pattern: str = ""
) -> dict[str, Any]:
    """The body of the request.

    Args:
        request: what is asked.
        served: whom.
        mode: how a schema, or choices told as one, are put.
        thinks: whether the model thinks when it is told to.
        begun: what the model has written of its answer.
        pattern: a regular expression to hold the answer to in place of the schema.
    """
    dialect = served.dialect
    shape, words = _shape(request, dialect, mode)
    if pattern:
        shape = {"structured_outputs": {"regex": pattern}}
    messages = list(request.messages)
    if words:
        messages[-1] = Message("user", (*messages[-1].parts, words))
    if request.think and thinks:
        messages = told_to_think(messages)
    told = [{"role": message.role, "content": _content(message)} for message in messages]
    return {
        "model": served.model,
        "messages": [*told, {"role": "assistant", "content": begun}] if begun else told,
        "max_tokens": request.max_tokens,
        **({"temperature": _DRAWING, "seed": request.seed} if request.seed else {"temperature": 0}),
        **({"logprobs": True, "top_logprobs": _TOP} if request.choices is not None and dialect.logprobs else {}),
        **(dialect.goes_on["schema" if request.choices is None else "choices"] if begun else {}),
        **shape,
    }


def raw(request: Request, completion: Mapping[str, Any], mode: Mode, seconds: float) -> Raw:
    """What the server answered; an answer without any text is an empty one."""
    first = completion["choices"][0]
    first = first if isinstance(first, dict) else {}
    message = first.get("message")
    message = message if isinstance(message, dict) else {}
    text = message.get("content")
    text = text if isinstance(text, str) else ""
    if not text and (message.get("reasoning_content") or message.get("reasoning")):
        text = MARKERS[0]  # the server took the thought off, and there was nothing after it
    if mode == "prompt" and (request.schema is not None or request.choices is not None):
        text = _unfenced(text)
    chances = None
    if request.choices is not None:
        tokens = (first.get("logprobs") or {}).get("content") if isinstance(first.get("logprobs"), dict) else None
        text, targets = _unwrapped(text, request.choices)
        chances = probabilities(tokens, targets) if isinstance(tokens, list) else None
    return Raw(
        text=text,
        finish=_FINISHES.get(str(first.get("finish_reason")), "stop"),
        usage=_usage(completion.get("usage")),
        seconds=seconds,
        probabilities=chances,
    )


def _shape(request: Request, dialect: Dialect, mode: Mode) -> tuple[dict[str, Any], str]:
    """The fields that hold an answer to its shape, and the words that ask for it where no field can."""
    if request.choices is not None:
        if mode == "prompt":
            return {}, "Answer with exactly one of these, and nothing else: " + ", ".join(request.choices)
        if dialect.choices == "structured_outputs":
            return {"structured_outputs": {"choice": list(request.choices)}}, ""
        if dialect.choices == "grammar":
            return {"grammar": "root ::= " + " | ".join(json.dumps(choice) for choice in request.choices)}, ""
    schema = request.schema
    if request.choices is not None:
        schema = {
            "type": "object",
            "properties": {"choice": {"type": "string", "enum": list(request.choices)}},
            "required": ["choice"],
            "additionalProperties": False,
        }
    if schema is None:
        return {}, ""
    if mode == "prompt":
        text = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
        return {}, f"Answer with one JSON value, and nothing else. It must obey this JSON Schema: {text}"
    if mode == "json_object":
        return {"response_format": {"type": "json_object", "schema": schema}}, ""
    return {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": schema},
        }
    }, ""


def _content(message: Message) -> str | list[dict[str, Any]]:
    """Texts and images in order, or a text alone as it is: some templates know no lists."""
    parts = joined(message, _tame)
    if len(parts) == 1 and isinstance(parts[0], str):
        return parts[0]
    return [
        {"type": "image_url", "image_url": {"url": part.data_uri}}
        if isinstance(part, Image)
        else {"type": "text", "text": part}
        for part in parts
    ]


def _tame(text: str) -> str:
    """``text`` without control tokens: a note that holds ``<end_of_turn>`` must not end the turn."""
    text = text.encode("utf-8", "replace").decode("utf-8")  # half a character cannot be sent
    return _CONTROL.sub(lambda found: f"{found[0]} ", text)


def _unfenced(text: str) -> str:
    """``text`` out of the fence of Markdown that models like to put around JSON."""
    found = re.fullmatch(r"\s*```\w*\n(.*?)\n?```\s*", answer(text) or "", re.DOTALL)
    return found[1] if found else text


def _unwrapped(text: str, choices: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The choice out of the JSON that it was told in, and for each choice how the server would have written it."""
    found = re.search(r'\{\s*"choice"\s*:\s*"', text)
    if found is None:
        return text, {choice: choice for choice in choices}
    targets = {choice: text[: found.end()] + json.dumps(choice, ensure_ascii=False)[1:] for choice in choices}
    try:
        value = json.loads(text[found.start() :])["choice"]
    except (ValueError, RecursionError):
        return text, targets
    return str(value), targets


def _usage(told: Any) -> Usage:
    told = told if isinstance(told, dict) else {}
    details = told.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(
        prompt_tokens=_count(told.get("prompt_tokens")),
        cached_tokens=_count(cached),
        completion_tokens=_count(told.get("completion_tokens")),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
