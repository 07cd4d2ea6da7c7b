"""Reads what a GGUF file says of itself: kind of model, name, context, chat template; finds its parts; names it.

Source: the GGUF specification of ggml: magic, version, two counts, then name-value pairs, all little-endian.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from wardround.errors import EngineMissing
from wardround.settings import cache_folder

__all__ = ["digest", "files_of", "find_projector", "read_header"]

_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_CONTROL = 3  # kind of a token
_LONGEST = 1 << 24  # bytes of one text, and items of one list; more is damage
_MOST = 1 << 16  # pairs
_PART = re.compile(r"(?P<name>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf")  # of a model in several files


def read_header(path: Path) -> Mapping[str, Any]:
    """The pairs of numbers and texts at the start of the file, and of its lists the control tokens.

    ``"control_tokens"`` is the set of texts that the tokenizer takes for more than text: ``<end_of_turn>``.

    Raises:
        EngineMissing: it cannot be read, or is no GGUF file; ``where`` is its name.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise EngineMissing("this is no GGUF file", where=path.name)
            version, _tensors, pairs = struct.unpack("<IQQ", _exactly(file, 20))
            if not 2 <= version < 1 << 16 or pairs > _MOST:  # one is long gone; the other byte order looks enormous
                raise EngineMissing(f"this version of GGUF, {version}, is not known", where=path.name)
            header: dict[str, Any] = {}
            for _ in range(pairs):
                name = _text(file)
                header[name] = _value(file, _number(file, 4))
    except OSError as error:
        raise EngineMissing(f"the file cannot be read: {error.strerror}", where=path.name) from error
    except (ValueError, KeyError, struct.error) as error:
        raise EngineMissing("the GGUF file is damaged or not complete", where=path.name) from error
    tokens, kinds = header.get("tokenizer.ggml.tokens", ()), header.get("tokenizer.ggml.token_type", ())
    control = frozenset(token for token, kind in zip(tokens, kinds, strict=False) if kind == _CONTROL)
    plain = {name: value for name, value in header.items() if not isinstance(value, tuple)}
    return {**plain, "control_tokens": control}


def files_of(path: Path) -> tuple[Path, ...]:
    """The files of the model whose first, or only, file is ``path``.

    Raises:
        EngineMissing: it is not the first, or some of the others are not there; ``where`` is the first that is wrong.
    """
    part = _PART.fullmatch(path.name)
    if part is None:
        return (path,)
    first, *others = (
        path.with_name(f"{part['name']}-{number:05}-of-{part['count']}.gguf")
        for number in range(1, int(part["count"]) + 1)
    )
    if path != first:
        hint = f"name the first, {first.name}"
        raise EngineMissing("this is a later part of a model in several files", where=path.name, hint=hint)
    for other in others:
        if not other.is_file():
            raise EngineMissing("a part of the model is missing", where=other.name, hint="all parts lie in one folder")
    return (first, *others)


def find_projector(path: Path) -> Path | None:
    """The projector of images (``mmproj``) that lies beside a model; None if none does, or it is not clear which."""
    found = [each for each in sorted(path.parent.glob("*.gguf")) if "mmproj" in each.name.lower() and each != path]
    if len(found) > 1:  # of one model in several types, as publishers lay them out, the half-precision one
        model = path.name.lower().split("-q")[0].split(".gguf")[0]
        found = [each for each in found if model in each.name.lower()] or found
        half = [each for each in found if "f16" in each.name.lower().replace("bf16", "f16")]
        found = half or found
    return found[0] if found else None


def digest(path: Path) -> str:
    """SHA-256 of the whole file, in hexadecimal; kept in the cache folder until size or time of the file change."""
    stat = path.stat()
    told = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
    kept = cache_folder() / "digests" / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.json"
    try:
        return str(json.loads(kept.read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps({"sha256": found}), encoding="utf-8")
    except OSError:
        pass  # it will be computed again
    return found


def _value(file: IO[bytes], kind: int) -> Any:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        return _list(file)
    return _number(file, kind)


def _list(file: IO[bytes]) -> tuple[Any, ...]:
    kind, count = _number(file, 4), _number(file, 10)
    if count > _LONGEST:
        raise ValueError("a list too long")
    if kind == _STRING:
        return tuple(_text(file) for _ in range(count))
    form = f"<{count}{_NUMBERS[kind][1]}"
    return struct.unpack(form, _exactly(file, struct.calcsize(form)))


def _text(file: IO[bytes]) -> str:
    return _exactly(file, _number(file, 10)).decode("utf-8", "replace")


def _number(file: IO[bytes], kind: int) -> Any:
    form = _NUMBERS[kind]
    return struct.unpack(form, _exactly(file, struct.calcsize(form)))[0]


def _exactly(file: IO[bytes], count: int) -> bytes:
    if count > 8 * _LONGEST:
        raise ValueError("a value too long")
    found = file.read(count)
    if len(found) != count:
        raise ValueError("the end came too soon")
    return found
