"""Finds a model's folder, makes sure that it is whole and safe to load, and names its exact weights.

Nothing is downloaded here, and nothing is unpickled: a pickle runs code when it is read, a safetensors file cannot.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wardround.errors import EngineMissing, EngineRefused

__all__ = ["configuration", "digest", "find"]

_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_PICKLES = {".bin", ".pt", ".pth", ".pkl", ".ckpt"}
_SAMPLE = 4096  # bytes of each tensor
_TEXTS = ("config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors.index.json")


def find(model: str | Path) -> Path:
    """The folder of ``model``, which is a folder itself or the id of a model in this machine's Hugging Face cache.

    Raises:
        EngineMissing: there is no such folder or model here, or files of it are missing or cut short.
        EngineRefused: it holds pickles alone, or is a GGUF file.
    """
    folder = Path(model).expanduser()
    if folder.is_file() and folder.suffix == ".gguf":
        raise EngineRefused("transformers does not run GGUF files", where=folder.name, hint=f"use llamacpp:{model}")
    if not folder.is_dir():
        if not _ID.fullmatch(str(model)):
            raise EngineMissing("there is no such folder", where=str(model))
        folder = _in_cache(str(model))
    configuration(folder)
    files = sorted(folder.glob("*.safetensors"))
    if not files and any(path.suffix in _PICKLES for path in folder.iterdir()):
        hint = "ask its publisher for safetensors"
        raise EngineRefused("the weights are pickles, which run code when they are read", where=folder.name, hint=hint)
    index = folder / "model.safetensors.index.json"
    named = set(_json(index).get("weight_map", {}).values()) if index.is_file() else {path.name for path in files}
    lost = named - {path.name for path in files}
    if lost or not files:
        hint = f"wardround models install {model}" if _ID.fullmatch(str(model)) else ""
        raise EngineMissing(f"{len(lost) or 'all'} files of weights are missing", where=str(model), hint=hint)
    for path in files:
        _header(path)
    return folder


def configuration(folder: Path) -> dict[str, Any]:
    """What ``config.json`` says.

    Raises:
        EngineMissing: the folder has none.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise EngineMissing("this folder has no config.json, so it is no model", where=folder.name)
    return _json(path)


def digest(folder: Path) -> str:
    """SHA-256 over configuration, tokenizer, template, and of each tensor its name, type, shape and first 4096 bytes.

    Reading gigabytes would take minutes; these few megabytes tell apart any two models that were trained differently,
    as training changes every tensor that it touches from its first row on. They do not prove that nobody altered a
    file on purpose.
    """
    sha = hashlib.sha256()
    for name in _TEXTS:
        path = folder / name
        if path.is_file():
            sha.update(f"{name}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
    for path in sorted(folder.glob("*.safetensors")):
        header, start = _header(path)
        sha.update(json.dumps([path.name, header], sort_keys=True).encode())
        with path.open("rb") as file:
            for name in sorted(header.keys() - {"__metadata__"}):
                first, last = header[name]["data_offsets"]
                file.seek(start + first)
                sha.update(file.read(min(_SAMPLE, last - first)))
    return sha.hexdigest()


def _in_cache(model: str) -> Path:
    hint = f"wardround models install {model}"
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError
    except ImportError as error:
        raise EngineMissing("transformers is not installed", hint="pip install 'wardround[transformers]'") from error
    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, ValueError) as error:
        raise EngineMissing("the model is not on this machine", where=model, hint=hint) from error


def _header(path: Path) -> tuple[Mapping[str, Any], int]:
    """What a safetensors file says it holds, and where in it the data start."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        try:
            header = json.loads(file.read(length)) if 0 < length < min(size, 100_000_000) else None
        except ValueError:
            header = None
    if not isinstance(header, dict):
        raise EngineMissing("this file of weights is damaged", where=path.name)
    ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
    if 8 + length + max(ends, default=0) != size:
        raise EngineMissing("this file of weights is cut short", where=path.name)
    return header, 8 + length


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EngineMissing("this file is damaged", where=path.name) from error
    return value if isinstance(value, dict) else {}
