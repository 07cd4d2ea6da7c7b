"""How servers differ that all say they speak OpenAI's protocol, and how to tell them apart.

| dialect | a schema | choices | known by |
|---|---|---|---|
| vLLM | ``json_schema`` | ``structured_outputs.choice`` | ``owned_by`` vllm, ``/version`` |
| llama.cpp's server | ``json_schema`` | ``grammar`` | ``owned_by`` llamacpp, ``/props`` |
| llama_cpp.server | ``json_object`` with ``schema``; ``json_schema`` is error 500 | as a schema | ``owned_by`` me |
| Ollama | ``json_schema`` | as a schema | ``owned_by`` library, ``/api/version`` |
| LM Studio | ``json_schema`` | as a schema | ``owned_by`` organization_owner |
| any other | whichever of these it obeys | as a schema | |
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from wardround.engines.openai.address import Address
from wardround.engines.openai.transport import Transport
from wardround.errors import EngineMissing

__all__ = ["DIALECTS", "Dialect", "Mode", "Served", "context", "find"]

Mode = Literal["json_schema", "json_object", "prompt"]
"""How a schema is put to a server: in either form of ``response_format``, or in words only."""

_CONTINUE = {"continue_final_message": True, "add_generation_prompt": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What one kind of server understands.

    Attributes:
        name: for the command line.
        title: for people.
        owners: what its list of models says under ``owned_by``.
        modes: of a schema, the one to try first, first.
        choices: how choices are put to it.
        goes_on: the fields that make it go on with what the model has begun, by what the rest is held to; nothing
            where it cannot.
        logprobs: whether it tells the probabilities of tokens.
        at_once: requests that it does well to get at one time.
        image_cure: what to do when it does not see images.
        loop_cure: what to do when it writes white space without end.
        thought_cure: what to do when it leaves out the marks around a thought.
        context_cure: what to do when it cuts long prompts.
    """

    name: str
    title: str
    owners: frozenset[str] = frozenset()
    modes: tuple[Mode, ...] = ("json_schema",)
    choices: Literal["structured_outputs", "grammar", "schema"] = "schema"
    goes_on: Mapping[Literal["schema", "choices"], Mapping[str, bool]] = field(default_factory=dict)
    logprobs: bool = False
    at_once: int = 4
    image_cure: str = "serve a model that sees images"
    loop_cure: str = ""
    thought_cure: str = ""
    context_cure: str = "load the model with a longer context"


DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            name="vllm",
            title="vLLM",
            owners=frozenset({"vllm"}),
            choices="structured_outputs",
            goes_on={"schema": _CONTINUE, "choices": _CONTINUE},
            logprobs=True,
            at_once=16,
            image_cure="serve a model that sees images, with --limit-mm-per-prompt '{\"image\": 85}'",
            loop_cure="start it with --structured-outputs-config "
            '\'{"backend":"guidance","disable_any_whitespace":true}\'',
        ),
        Dialect(
            name="llama.cpp",
            title="llama.cpp",
            owners=frozenset({"llamacpp"}),
            choices="grammar",
            goes_on={"choices": {}},  # by itself; with a schema it answers with error 400
            logprobs=True,
            image_cure="start it with --mmproj and the model's projector file",
            thought_cure="start it with --special",
        ),
        Dialect(
            name="llama_cpp.server",
            title="llama_cpp.server",
            owners=frozenset({"me"}),
            modes=("json_object",),
            at_once=1,  # a second request interrupts the first
            image_cure="start it with --chat_format and --clip_model_path of the model's projector file",
        ),
        Dialect(
            name="ollama",
            title="Ollama",
            owners=frozenset({"library"}),
            logprobs=True,
            image_cure="pull a tag of the model that sees images",
            context_cure="start it with OLLAMA_CONTEXT_LENGTH=16384 or more",
        ),
        Dialect(
            name="lmstudio",
            title="LM Studio",
            owners=frozenset({"organization_owner"}),
            image_cure="load a model that sees images, with its mmproj file beside it",
        ),
        Dialect(name="generic", title="a server", modes=("json_schema", "json_object")),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is found at an address.

    Attributes:
        dialect: what it speaks.
        model: the name under which the model is asked for.
        title: the name for people: no folders of the server.
        digest: SHA-256 that names the weights, where the server tells.
        sees: whether it takes images; None where it does not say.
    """

    dialect: Dialect
    model: str
    title: str
    digest: str = ""
    sees: bool | None = None


def find(transport: Transport, address: Address, model: str, dialect: Dialect | None) -> Served:
    """What is served at ``address``; ``model`` may be empty if there is only one.

    Raises:
        EngineMissing: no such model, or several and none named.
        EngineError: the server cannot be reached.
    """
    listed = _records(transport.get(f"{address.url}/models"), "data")
    if dialect is None:
        dialect = _dialect(transport, address, listed)
    name = _chosen([str(record["id"]) for record in listed if record.get("id")], model, address)
    digest, sees = "", None
    if dialect.name == "llama.cpp":
        props = transport.get(f"{address.root}/props")
        kinds = props.get("modalities") if isinstance(props, dict) else None
        sees = kinds.get("vision") is True if isinstance(kinds, dict) else None
    elif dialect.name == "ollama":
        tags = {tag.get("name"): tag for tag in _records(transport.get(f"{address.root}/api/tags"), "models")}
        digest = str(tags.get(name, {}).get("digest") or "").removeprefix("sha256:")
    return Served(dialect=dialect, model=name, title=_title(name), digest=digest, sees=sees)


def context(transport: Transport, address: Address, served: Served) -> int | None:
    """The most tokens that prompt and answer may have, of servers that cut what is longer without a word."""
    if served.dialect.name == "ollama":  # known once the model is loaded
        running = _records(transport.get(f"{address.root}/api/ps"), "models")
        told = [record.get("context_length") for record in running if record.get("name") == served.model]
    elif served.dialect.name == "lmstudio":
        listed = _records(transport.get(f"{address.root}/api/v0/models"), "data")
        told = [record.get("loaded_context_length") for record in listed if record.get("id") == served.model]
    else:
        return None
    return next((tokens for tokens in told if isinstance(tokens, int) and tokens > 0), None)


def _dialect(transport: Transport, address: Address, listed: Sequence[dict[str, Any]]) -> Dialect:
    owners = {str(record.get("owned_by")) for record in listed}
    for dialect in DIALECTS.values():
        if owners & dialect.owners:
            return dialect
    if address.loopback:  # a stranger's server is not tried at doors that it may not have
        for name, path, proof in (
            ("llama.cpp", "/props", "default_generation_settings"),
            ("ollama", "/api/version", "version"),
            ("vllm", "/version", "version"),
        ):
            told = transport.get(address.root + path)
            if isinstance(told, dict) and proof in told:
                return DIALECTS[name]
    return DIALECTS["generic"]


def _chosen(served: Sequence[str], wanted: str, address: Address) -> str:
    """The server's own name of the wanted model."""
    if not wanted:
        if len(served) == 1:
            return served[0]
        what = "the server names no model" if not served else f"the server has {len(served)} models"
        raise EngineMissing(what, where=address.host, hint=_named(served, address))
    if not served:  # not every server lists what it has
        return wanted
    for name in served:
        if wanted in (name, name.removesuffix(":latest"), name.rpartition("/")[2], _title(name)):
            return name
    raise EngineMissing(f"the server has no model {wanted}", where=address.host, hint=_named(served, address))


def _named(served: Sequence[str], address: Address) -> str:
    some = ", ".join(map(_title, served[:5]))
    return f"name the model after the address: {address.url}#model" + (f"; it has {some}" if some else "")


def _title(name: str) -> str:
    """The name of a model without the server's folders."""
    path = name.startswith("/") or "\\" in name or name.endswith(".gguf")
    return re.split(r"[/\\]", name.rstrip("/\\"))[-1] if path else name


def _records(value: Any, name: str) -> list[dict[str, Any]]:
    records = value.get(name) if isinstance(value, dict) else None
    return [record for record in records if isinstance(record, dict)] if isinstance(records, list) else []
