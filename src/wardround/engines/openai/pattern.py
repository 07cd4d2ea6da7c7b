"""A JSON Schema as a regular expression that leaves no room for white space.

A weak model held to a schema can fill its answer with white space, which JSON allows anywhere; vLLM forbids it only by
a flag at its start. Held to this expression instead, the model cannot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["pattern"]

_CHARACTER = r'([^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})'
_ATOMS = {
    "integer": r"-?(0|[1-9][0-9]{0,8})",
    "number": r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,8})?",
    "boolean": "(true|false)",
    "null": "null",
}
_META = frozenset(r"\.^$|?*+()[]{}-/")


def pattern(schema: Any) -> str | None:
    """The expression for compact JSON of ``schema``, every property written; None where it says more than we know.

    >>> pattern({"type": "array", "items": {"enum": ["A", "B"]}, "maxItems": 2})
    '\\\\[(("A"|"B")(,("A"|"B")){0,1})?\\\\]'
    """
    try:
        return _of(schema)
    except (KeyError, TypeError, ValueError):
        return None


def _of(schema: Mapping[str, Any]) -> str:
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return _any([_literal(value) for value in schema["enum"]])
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return _any([_of(each) for each in schema[name]])
    kind = schema["type"]
    if isinstance(kind, list):
        return _any([_of({**schema, "type": each}) for each in kind])
    if kind == "object":
        pairs = [f"{_literal(name)}:{_of(each)}" for name, each in schema["properties"].items()]
        return r"\{" + ",".join(pairs) + r"\}"
    if kind == "array":
        item, least, most = _of(schema["items"]), schema.get("minItems", 0), schema["maxItems"]
        if most == 0:
            return r"\[\]"
        items = f"{item}(,{item}){{{max(least - 1, 0)},{most - 1}}}"
        return rf"\[{items}\]" if least else rf"\[({items})?\]"
    if kind == "string":
        if "pattern" in schema or "format" in schema:
            raise ValueError(kind)
        return f'"{_CHARACTER}{{{schema.get("minLength", 0)},{schema["maxLength"]}}}"'
    return _ATOMS[kind]


def _any(patterns: list[str]) -> str:
    return f"({'|'.join(patterns)})"


def _literal(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "".join(f"\\{character}" if character in _META else character for character in text)
