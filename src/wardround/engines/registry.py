"""Opens the engine that a short text names.

| text | engine |
|---|---|
| ``medgemma``, or none | what the user chose, or else the best model that is on this machine |
| ``transformers:google/medgemma-4b-it``, or a folder | transformers |
| ``llamacpp:model.gguf`` | llama.cpp in this process |
| ``http://127.0.0.1:8000/v1#model`` | a server that speaks OpenAI's protocol |
| ``replay:replies.jsonl`` | a recording |

A folder, a GGUF file, an address or the id of a model alone is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from wardround.engines.catalog import Found, Model, found, hub_cache, known
from wardround.engines.engine import Engine
from wardround.engines.install import added
from wardround.engines.machine import gpus, memory
from wardround.errors import EngineMissing, EngineRefused
from wardround.settings import default_engine

__all__ = ["GROUP", "absence", "best", "hindrance", "open_engine", "resolve", "room"]

GROUP = "wardround.engines"
"""The group of entry points in which other packages offer engines; each is called with the text after its name."""

_NONE = ("", "medgemma")
_FORMS = "transformers:ID or folder, llamacpp:FILE.gguf, http://127.0.0.1:8000/v1#MODEL, replay:FILE"
_ROOM = 1.25  # of the weights' size, for caches and images


def open_engine(
    spec: str | None = None, *, allow_remote: bool = False, plugins: bool = False, **options: Any
) -> Engine:
    """Open the engine that ``spec`` names, ready to be asked.

    Args:
        spec: see above.
        allow_remote: whether notes and images may go to a server that is not this machine.
        plugins: whether engines of other installed packages may be opened; their code runs then.
        options: handed to the engine: ``context=16384`` for llama.cpp, ``four_bit=True`` for transformers.

    Raises:
        EngineMissing: there is no such engine or model, or nothing to open; the hint says what there is.
        EngineRefused: it must not be used like this.
        InputError: the file of settings is damaged.
    """
    kind, rest = resolve(spec)
    if kind == "replay":
        from wardround.engines.replay import Replay

        return Replay(Path(rest).expanduser(), **options)
    if kind == "transformers":
        from wardround.engines.transformers import Transformers

        return Transformers.load(rest, **options)
    if kind == "llamacpp":
        from wardround.engines.llamacpp import LlamaCpp

        return LlamaCpp(rest, **options)
    if kind == "openai":
        from wardround.engines.openai import OpenAIServer

        address, _, model = rest.partition("#")
        return OpenAIServer(address, model, allow_remote=allow_remote, **options)
    return _plugin(kind, plugins)(rest, **options)


def resolve(spec: str | None) -> tuple[str, str]:
    """The kind of engine that ``spec`` names, and what of it: ``("llamacpp", "model.gguf")``.

    >>> resolve("http://127.0.0.1:8000/v1#medgemma")
    ('openai', 'http://127.0.0.1:8000/v1#medgemma')
    """
    named = (spec or "").strip()
    if named in _NONE:
        chosen = default_engine().strip()
        if chosen in _NONE:
            chosen = best().spec
        return resolve(chosen)
    kind, colon, rest = named.partition(":")
    if kind in ("http", "https"):
        return "openai", named
    path = Path(named).expanduser()
    if path.exists():
        here = found(path)
        if here is None:
            hint = f"an engine is {_FORMS}"
            raise EngineMissing("this file or folder is no model", where=path.name, hint=hint)
        return ("llamacpp" if path.is_file() else "transformers"), named
    if colon and kind.isidentifier():
        return kind, rest
    model = known(named)
    if model is not None and ("/" in named or named.lower().startswith("medgemma-")):
        return "transformers", model.id
    raise EngineMissing(f"there is no engine {named!r}", hint=f"an engine is {_FORMS}; {_here()}")


def best() -> Found:
    """The model to use where none is named: the first that this machine can run well.

    With a graphics card that holds it, a model for transformers; otherwise a GGUF file, which the processor runs
    several times as fast; a model for transformers on the processor if there is nothing else.

    Raises:
        EngineMissing: there is none; the hint is the command that brings one.
    """
    usable = [model for model in added() if not hindrance(model)]
    card = max((gpu.memory for gpu in gpus()), default=0)
    fast = [model for model in usable if not _gguf(model) and model.size * _ROOM < card]
    for group in (fast, [model for model in usable if _gguf(model)], usable):
        for model in sorted(group, key=lambda each: each.model is None):  # MedGemma before what is not known
            return model
    raise EngineMissing("no model is on this machine that could be used", hint=_advice())


def hindrance(model: Found) -> str:
    """Why this machine cannot run ``model``; empty if it can."""
    if _gguf(model):
        if find_spec("xllamacpp") is None:
            return "xllamacpp is not installed: pip install 'wardround[llamacpp]'"
    elif find_spec("torch") is None or find_spec("transformers") is None:
        return "transformers is not installed: pip install 'wardround[transformers]'"
    most = max([memory(), *(gpu.memory for gpu in gpus())])
    if most and model.size > most:
        return f"it needs {model.size / 1e9:.0f} GB, and this machine has {most / 1e9:.0f}"
    return ""


def room(model: Model) -> str:
    """In which type this machine has room for ``model``, the largest first: ``"bfloat16"``; empty if in none."""
    most = max([memory(), *(gpu.memory for gpu in gpus())])
    return next((kind for kind, size in model.memory.items() if not most or size * 1e9 <= most), "")


def absence(kind: str, rest: str) -> str:
    """Why an engine, as `resolve` gives it, has nothing to open; empty if it has, or that cannot be told."""
    path = Path(rest).expanduser()
    if kind in ("llamacpp", "replay"):
        return "" if path.is_file() else f"there is no file {rest}"
    if kind == "transformers" and not path.is_dir():
        kept = hub_cache() / f"models--{rest.replace('/', '--')}" / "snapshots"
        return "" if any(kept.glob("*/config.json")) else f"{rest} is not on this machine"
    return ""


def _gguf(model: Found) -> bool:
    return model.path.suffix == ".gguf"


def _here() -> str:
    """What there is, for a hint."""
    models = [model.spec for model in added()]
    return (
        f"here: {', '.join(models)}" if models else "no model is on this machine; wardround models install brings one"
    )


def _advice() -> str:
    hindered = [f"{model.path.name}: {why}" for model in added() if (why := hindrance(model))]
    return "; ".join(hindered) or "wardround models install google/medgemma-1.5-4b-it"


def _plugin(kind: str, allowed: bool) -> Callable[..., Engine]:
    from importlib.metadata import entry_points

    offered = {entry.name: entry for entry in entry_points(group=GROUP)}
    if kind not in offered:
        raise EngineMissing(f"there is no engine {kind!r}", hint=f"an engine is {_FORMS}; {_here()}")
    if not allowed:
        raise EngineRefused(f"engine {kind!r} is a plugin, and plugins are off", hint="allow it with plugins=True")
    made: Callable[..., Engine] = offered[kind].load()
    return made
