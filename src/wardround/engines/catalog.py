"""The models that wardround knows: what each can do, and the memory it needs.

Source: the model cards of MedGemma 1 and 1.5; sizes as their files are published.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from wardround.engines.gguf import files_of, find_projector, read_header
from wardround.errors import EngineError

__all__ = ["MODELS", "Found", "Model", "cached", "found", "hub_cache", "hub_home", "known", "recognise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A published model.

    Attributes:
        id: on the hub.
        images: whether it sees images.
        thinking: whether it can think before it answers.
        parameters: in billions.
        memory: GB that its weights take by type: ``"bfloat16"``, ``"8-bit"``, ``"4-bit"``. Caches and images need more.
        gguf: repositories of the hub that have it as GGUF; its publisher has none, and none of them is vouched for.
    """

    id: str
    images: bool
    thinking: bool
    parameters: float
    memory: Mapping[str, float]
    gguf: tuple[str, ...]

    @property
    def name(self) -> str:
        """The id without its publisher: ``"medgemma-4b-it"``."""
        return self.id.partition("/")[2]


_SMALL = {"bfloat16": 8.6, "8-bit": 5.0, "4-bit": 3.3}
_LARGE = {"bfloat16": 54.8, "8-bit": 29.0, "4-bit": 17.0}
MODELS = (
    Model(
        id="google/medgemma-1.5-4b-it",
        images=True,
        thinking=True,
        parameters=4.3,
        memory=_SMALL,
        gguf=("unsloth/medgemma-1.5-4b-it-GGUF",),
    ),
    Model(
        id="google/medgemma-4b-it",
        images=True,
        thinking=False,
        parameters=4.3,
        memory=_SMALL,
        gguf=("unsloth/medgemma-4b-it-GGUF", "bartowski/google_medgemma-4b-it-GGUF"),
    ),
    Model(
        id="google/medgemma-27b-it",
        images=True,
        thinking=True,
        parameters=27.4,
        memory=_LARGE,
        gguf=("unsloth/medgemma-27b-it-GGUF", "bartowski/google_medgemma-27b-it-GGUF"),
    ),
    Model(
        id="google/medgemma-27b-text-it",
        images=False,
        thinking=True,
        parameters=27.0,
        memory=_LARGE,
        gguf=("unsloth/medgemma-27b-text-it-GGUF", "lmstudio-community/medgemma-27b-text-it-GGUF"),
    ),
)
"""Best first for a machine that can run it: MedGemma 1.5 is newer and better than 1 of its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A model on this machine.

    Attributes:
        spec: what `open_engine` opens it by.
        path: its folder or GGUF file.
        model: the published model it is; None if it is none that is known.
        size: of its weights, in bytes.
        images: whether it can be shown images as it lies there.
    """

    spec: str
    path: Path
    model: Model | None
    size: int
    images: bool


def known(name: str) -> Model | None:
    """The published model of this id, name or description; None if it is none of them.

    >>> known("google/medgemma-4b-it").parameters, known("MedGemma 1.5 4B It").id, known("gemma-3-4b-it")
    (4.3, 'google/medgemma-1.5-4b-it', None)
    """
    words = set(re.findall(r"[a-z]+|\d+(?:\.\d+)?b?", name.lower().replace("v1.5", "1.5")))
    if "medgemma" not in words or "pt" in words:
        return None
    size = words & {"4b", "27b"}
    if len(size) != 1:
        return None
    newer, text = "1.5" in words, "text" in words
    if size == {"4b"}:
        return MODELS[0] if newer else MODELS[1]
    return None if newer else MODELS[3] if text else MODELS[2]


def recognise(path: Path) -> Model | None:
    """The published model that a folder or a GGUF file holds, by what it says of itself and by its name."""
    if path.is_file():
        try:
            header = read_header(path)
        except EngineError:
            header = {}
        told = [str(header.get(f"general.{name}", "")) for name in ("name", "base_model.0.name", "basename")]
        told += [path.name, path.parent.name]
    else:
        told = [str(_config(path).get("_name_or_path", "")), path.name]
    told += [part for part in path.parts if part.startswith("models--")]  # as the hub's cache names it
    return next((model for model in map(known, told) if model is not None), None)


def found(path: Path, spec: str = "") -> Found | None:
    """What lies at ``path``: a folder of safetensors, or a GGUF file with all its parts; None if it is neither."""
    if path.is_file() and path.suffix == ".gguf":
        try:
            parts = files_of(path)
            if read_header(path).get("general.architecture", "clip") == "clip":
                return None
        except EngineError:
            return None
        images = find_projector(path) is not None
        return Found(
            spec=spec or f"llamacpp:{path}",
            path=path,
            model=recognise(path),
            size=sum(part.stat().st_size for part in parts),
            images=images,
        )
    weights = [each.stat().st_size for each in path.glob("*.safetensors")] if path.is_dir() else []
    if not weights:
        return None
    images = "vision_config" in _config(path)
    return Found(
        spec=spec or f"transformers:{path}", path=path, model=recognise(path), size=sum(weights), images=images
    )


def hub_home() -> Path:
    """The folder of the hub's own files, the token among them."""
    return Path(
        os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface"
    ).expanduser()


def hub_cache() -> Path:
    """The folder in which huggingface_hub keeps what was downloaded, for this and other programs."""
    named = os.environ.get("HF_HUB_CACHE")
    return Path(named).expanduser() if named else hub_home() / "hub"


def cached() -> Iterator[Found]:
    """The models we know that are in the hub's cache, whole or not, newest snapshot of each."""
    for model in MODELS:
        for repository in (model.id, *model.gguf):
            snapshots = hub_cache() / f"models--{repository.replace('/', '--')}" / "snapshots"
            for snapshot in sorted(snapshots.glob("*"), key=lambda path: path.stat().st_mtime, reverse=True)[:1]:
                if repository == model.id:
                    each = found(snapshot, f"transformers:{model.id}")
                    if each is not None:
                        yield each
                else:
                    yield from filter(None, map(found, sorted(snapshot.rglob("*.gguf"))))


def _config(folder: Path) -> Mapping[str, object]:
    try:
        value = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
