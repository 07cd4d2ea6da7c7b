from __future__ import annotations

import time
from typing import Any

import pytest

from wardround.engines import Image, Message, Request

PNG = b"\x89PNG\r\n\x1a\n"
ASK = (Message.user("Is this an X-ray?"),)
ITEM = {"type": "string", "maxLength": 9}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"messages": ()}, "ends with a message of the user"),
        ({"messages": (*ASK, Message("assistant", ("yes",)))}, "ends with a message of the user"),
        ({"messages": (*ASK, Message("system", ("x",)), *ASK)}, "only the first"),
        ({"schema": {"type": "null"}, "choices": ("a",)}, "not both"),
        ({"choices": ()}, "at least one"),
        ({"choices": ("a", "a")}, "differ"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"schema": {"type": "array", "items": ITEM}}, "schema: an array needs maxItems"),
        ({"schema": {"type": "string"}}, "schema: a string needs maxLength"),
        ({"schema": {"type": ["string", "null"]}}, "a string needs maxLength"),
        ({"schema": {"properties": {"a": {"type": "array"}}}}, "schema.properties.a: an array"),
        ({"schema": {"anyOf": [ITEM, {"type": "string"}]}}, r"schema.anyOf\[1\]"),
        ({"schema": {"$defs": {"x": {"type": "string"}}}}, "x: a string"),
        ({"schema": {"type": "nonsense"}}, "schema.type: this is no JSON Schema"),
        ({"schema": {"anyOf": [{"enum": "a"}]}}, r"schema.anyOf\[0\].enum: this is no JSON Schema"),
        ({"schema": {"type": "object", "required": "a"}}, "schema.required: this is no JSON Schema"),
    ],
)
def test_a_request_that_cannot_be_is_refused(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Request(**{"messages": ASK, **fields})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": ITEM, "maxItems": 3},
        {"type": "string", "enum": ["a"]},
        {"type": "string", "const": "a"},
        {"enum": [{"type": "string"}]},  # a value, not a schema
    ],
)
def test_a_schema_with_bounds_is_taken(schema: dict[str, Any]) -> None:
    assert Request(messages=ASK, schema=schema).schema == schema


@pytest.mark.parametrize(("data", "kind"), [(b"GIF89a", "image/png"), (PNG, "image/jpeg"), (PNG, "image/gif")])
def test_an_image_is_what_it_says(data: bytes, kind: Any) -> None:
    with pytest.raises(ValueError, match="these bytes are no"):
        Image(data, kind)


def test_images_come_in_the_order_of_the_messages() -> None:
    one, two, three = (Image(PNG + bytes([number])) for number in range(3))
    request = Request(messages=(Message.user(two, "a", one), Message("assistant", ("b",)), Message.user("c", three)))
    assert request.images == (two, one, three)


def test_the_key_is_of_all_that_decides_the_answer() -> None:
    base = Request(messages=ASK)
    assert base.key == Request(messages=(Message.user("Is this an X-ray?"),)).key
    others = [
        Request(messages=(Message.user("Is this a CT?"),)),
        Request(messages=(Message.user("Is this ", "an X-ray?"),)),
        Request(messages=(Message.user("Is this an X-ray?", Image(PNG)),)),
        Request(messages=ASK, schema={"type": "null"}),
        Request(messages=ASK, choices=("yes", "no")),
        Request(messages=ASK, choices=("no", "yes")),
        Request(messages=ASK, max_tokens=9),
        Request(messages=ASK, seed=1),
        Request(messages=ASK, think=True),
    ]
    assert len({base.key, *(other.key for other in others)}) == len(others) + 1
    assert [other.prompt_digest == base.prompt_digest for other in others] == [False] * 3 + [True] * 6


def test_a_deadline_decides_no_answer() -> None:
    asked = Request(messages=ASK, deadline=time.monotonic() + 60)
    assert asked == Request(messages=ASK)
    assert asked.key == Request(messages=ASK).key
    assert "deadline" not in asked.to_json()
    assert not asked.late
    assert Request(messages=ASK, deadline=time.monotonic()).late
    assert not Request(messages=ASK).late


def test_no_image_is_in_what_is_written_down() -> None:
    image = Image(PNG + b"secret")
    request = Request(messages=(Message.user("What?", image),))
    assert "secret" not in f"{request!r} {request.to_json()}"
    assert image.digest in str(request.to_json())
