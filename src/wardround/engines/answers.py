"""Makes replies of what a runtime hands out: thinking off, loops cut, values parsed and checked, and asked once more.

Nothing here is endless: an answer is asked for at most twice. A thought that did not end gets twice the room; an answer
of the wrong shape, or one that ran into a loop where a shape was asked for, gets another seed. What is still not as
asked is a reply that says so. After a request's deadline nothing is asked, and nothing asked again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from wardround.engines.loops import without_loop
from wardround.engines.reply import Raw, Reply
from wardround.engines.request import Request
from wardround.engines.thinking import answer
from wardround.errors import EngineError, EngineFailed

__all__ = ["Answers"]

Generate = Callable[[Sequence[Request]], Iterator[tuple[int, Raw | EngineError]]]


class Answers:
    """Asks a backend and checks what it says."""

    def __init__(self, generate: Generate) -> None:
        self._generate = generate

    def all(
        self, requests: Sequence[Request], on_done: Callable[[int], None] | None = None
    ) -> list[Reply | EngineError]:
        """One reply or error for each request, in order."""
        replies: dict[int, Reply | EngineError] = {}
        again: list[tuple[int, Request]] = []
        for number, raw in self._timely(requests):
            replies[number] = raw if isinstance(raw, EngineError) else checked(requests[number], raw)
            retry = _retry(requests[number], replies[number])
            if retry is not None:
                again.append((number, retry))
            elif on_done is not None:
                on_done(len(replies) - len(again))
        if again:
            done = len(requests) - len(again)
            for place, raw in self._timely([request for _, request in again]):
                number, request = again[place]
                replies[number] = _joined(replies[number], raw, request)
                done += 1
                if on_done is not None:
                    on_done(done)
        return [replies.get(number, EngineFailed("the engine gave no answer")) for number in range(len(requests))]

    def _timely(self, requests: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        """The answers to those requests that there is still time for, after the empty ones to the others."""
        late = [request.late for request in requests]
        yield from ((number, Raw(text="", finish="time")) for number, over in enumerate(late) if over)
        numbers = [number for number, over in enumerate(late) if not over]
        for place, raw in self._generate([requests[number] for number in numbers]) if numbers else ():
            yield numbers[place], raw


def checked(request: Request, raw: Raw) -> Reply:
    """The reply that a raw answer makes."""
    text = without_loop(raw.text)
    looped = raw.finish == "loop" or text != raw.text
    plain = answer(text)
    reply = Reply(
        text=plain if plain is not None else "",
        finish="loop" if looped else raw.finish,
        usage=raw.usage,
        seconds=raw.seconds,
        probabilities=raw.probabilities,
        notes=(*raw.notes, "a loop was cut") if looped else raw.notes,
    )
    if plain is None:
        return reply if reply.finish == "time" else replace(reply, finish="no-answer")
    if request.choices is not None:
        choice = plain.strip()
        longer = [other for other in request.choices if other != choice and other.startswith(choice)]
        if choice in request.choices and (reply.ok or not longer):
            return replace(reply, value=choice, finish="stop")
        return replace(reply, finish="invalid") if reply.ok else reply
    if request.schema is None:
        return replace(reply, finish="invalid") if reply.ok and not plain.strip() else reply
    said = _parsed(plain)
    value, dropped = _once(said)
    if not _valid(value, request.schema) and _valid(said, request.schema):  # it wants so many, alike or not
        value, dropped = said, 0
    if value is None or not _valid(value, request.schema):
        return replace(reply, finish="invalid") if reply.ok else reply
    if dropped:
        reply = replace(reply, notes=(*reply.notes, f"{dropped} repeated items were dropped"))
    return replace(reply, value=value) if reply.ok else reply  # a whole value, and the model was not done


def _retry(request: Request, reply: Reply | EngineError) -> Request | None:
    """The request to ask once more; None if the reply stands."""
    if isinstance(reply, EngineError):
        return request if reply.retryable else None
    if request.late:
        return None
    if reply.finish == "no-answer":
        return replace(request, max_tokens=2 * request.max_tokens)
    looped = reply.finish == "loop" and (request.schema is not None or request.choices is not None)
    return replace(request, seed=request.seed + 1) if looped or reply.finish == "invalid" else None


def _joined(first: Reply | EngineError, raw: Raw | EngineError, request: Request) -> Reply | EngineError:
    """The second answer, with the cost of both; an error of the second attempt leaves the first answer."""
    if isinstance(raw, EngineError):
        return raw if isinstance(first, EngineError) else replace(first, attempts=2)
    if raw.finish == "time" and not raw.text and not isinstance(first, EngineError):
        return first
    reply = replace(checked(request, raw), attempts=2)
    if isinstance(first, EngineError):
        return reply
    return replace(reply, usage=first.usage + reply.usage, seconds=first.seconds + reply.seconds)


def _parsed(text: str) -> Any:
    """The JSON value of ``text``; None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _once(value: Any) -> tuple[Any, int]:
    """``value`` with every list holding each item once, which no schema demands; how many were dropped.

    Numbers stay as they are: the corners of a box, [0, 100, 500, 500], are no repetition.
    """
    if isinstance(value, dict):
        pairs = {name: _once(each) for name, each in value.items()}
        return {name: each for name, (each, _) in pairs.items()}, sum(dropped for _, dropped in pairs.values())
    if isinstance(value, list):
        kept: dict[str, Any] = {}
        dropped = 0
        for item in value:
            each, below = _once(item)
            dropped += below
            number = isinstance(each, (int, float)) and not isinstance(each, bool)
            key = f"number {len(kept)}" if number else json.dumps(each, sort_keys=True)
            dropped += key in kept
            kept.setdefault(key, each)
        return list(kept.values()), dropped
    return value, 0


def _valid(value: Any, schema: Any) -> bool:
    from jsonschema import Draft202012Validator  # only a schema needs it

    return bool(Draft202012Validator(schema).is_valid(value))
