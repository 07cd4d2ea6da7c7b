"""``wardround models``: which models are there, bringing one, trying one, choosing one"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from wardround.engines.catalog import Found, Model
    from wardround.engines.install import Installed
    from wardround.engines.trial import Trial

__all__ = ["models"]

models = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The models that can be asked.")

_Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
_SPEC = "transformers:ID, llamacpp:FILE, an address, a folder or a GGUF file."


@models.command("list")
def list_(json_: _Json = False) -> None:
    """List the models: those on this machine, and those of MedGemma that could be.

    \b
    Examples:
      wardround models list
      wardround models list --json

    The one marked * is asked where a command names none. Nothing is loaded, and no network is used.
    """
    from wardround.cli.terminal import print_json
    from wardround.engines.catalog import MODELS
    from wardround.engines.install import added
    from wardround.engines.registry import hindrance

    here = added()
    default = _default()
    present = {found.model.id for found in here if found.model is not None}
    rows = [{**_fields(each), "default": _opens(default, each), "hindrance": hindrance(each) or None} for each in here]
    rows += [{**_published(each), "default": False} for each in MODELS if each.id not in present]
    if json_:
        print_json(rows)
    else:
        _print_models(rows)


@models.command()
def install(
    name: Annotated[
        str, typer.Argument(metavar="ID|PATH", help="An id of the Hugging Face hub, a folder, or a GGUF file.")
    ],
    json_: _Json = False,
) -> None:
    """Bring a model onto this machine, or make one known that is here already.

    \b
    Examples:
      wardround models install google/medgemma-1.5-4b-it
      wardround models install unsloth/medgemma-1.5-4b-it-GGUF:Q4_K_M
      wardround models install medgemma-4b-it-Q4_K_M.gguf

    An id is downloaded from the hub (HF_ENDPOINT names a mirror) with the token in HF_TOKEN; a download that stopped
    goes on where it was. Only safetensors and GGUF are taken, every checksum that the hub tells is compared, and all
    are recorded. The terms of MedGemma must be accepted first, by wardround models accept-terms.
    """
    from wardround.cli.terminal import print_json, say_note
    from wardround.engines.install import install

    done = install(name, tell=say_note)  # above the bars that the hub's own client draws
    if json_:
        print_json({**_fields(done.model), "revision": done.revision or None, "sha256": done.checksums})
    else:
        _print_installed(done)


@models.command("accept-terms")
def accept_terms(
    yes: Annotated[bool, typer.Option("--yes", help="Accept without being asked; for scripts.")] = False,
) -> None:
    """Accept the terms under which Google offers MedGemma.

    \b
    Examples:
      wardround models accept-terms
      wardround models accept-terms --yes

    Version and day are kept in the file of settings. The hub asks for consent too, once, on the model's page.
    """
    from wardround.cli.terminal import say
    from wardround.engines import terms

    day = terms.accepted()
    if day:
        say([f"The terms of {terms.VERSION} were accepted on {day}."])
        return
    say(["MedGemma is offered under the terms of Health AI Developer Foundations,", f"{terms.LINK}"])
    if not yes:
        typer.confirm("Have you read them, and do you accept them?", abort=True)
    terms.accept()
    say([f"The terms of {terms.VERSION} are accepted."])


@models.command()
def check(
    spec: Annotated[str | None, typer.Argument(metavar="SPEC", help=f"{_SPEC} The default if left out.")] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Ask a server that is not this machine; no patient data is sent.")
    ] = False,
    json_: _Json = False,
) -> None:
    """Load a model and try it: speed, memory, whether answers keep their shape and images are seen.

    Also names the program that reads pictures of pages, with or without a model.

    \b
    Examples:
      wardround models check
      wardround models check llamacpp:medgemma-4b-it-Q4_K_M.gguf
      wardround models check http://127.0.0.1:8000/v1#medgemma --json

    The exit status is 1 if a schema does not hold or the colour of an image is told wrong.
    """
    import time

    from wardround.cli.progress import Steps
    from wardround.cli.terminal import print_json
    from wardround.engines import open_engine
    from wardround.engines.trial import trial

    with Steps() as steps:
        steps.tell("loading the model")
        began = time.perf_counter()
        with open_engine(spec, allow_remote=allow_remote) as engine:
            loading = time.perf_counter() - began
            steps.tell("asking it")
            tried = trial(engine)
            name, digest = engine.name, engine.digest
    if json_:
        print_json(
            {
                "engine": name,
                "digest": digest or None,
                "load_seconds": round(loading, 2),
                "tokens_per_second": round(tried.speed, 2),
                "memory_bytes": tried.memory or None,
                "schema_enforced": tried.schema,
                "image_seen": tried.image,
                "answer": tried.answer,
                "ocr": _ocr(),
            }
        )
    else:
        _print_trial(name, digest, loading, tried)
    if not tried.schema or tried.image is False:
        raise typer.Exit(1)


@models.command()
def use(spec: Annotated[str, typer.Argument(metavar="SPEC", help=f"{_SPEC} medgemma for the best found.")]) -> None:
    """Choose the model that is asked where a command names none.

    \b
    Examples:
      wardround models use google/medgemma-1.5-4b-it
      wardround models use llamacpp:medgemma-4b-it-Q4_K_M.gguf
      wardround models use medgemma

    WARDROUND_ENGINE, if it is set, stands before this choice.
    """
    from dataclasses import replace
    from pathlib import Path

    from wardround.cli.terminal import say
    from wardround.engines.registry import absence, resolve
    from wardround.errors import EngineMissing
    from wardround.settings import read_chosen, write_chosen

    if spec == "medgemma":
        write_chosen(replace(read_chosen(), engine=""))
        say(["The best model found is asked from now on."])
        return
    kind, rest = resolve(spec)
    why = absence(kind, rest)
    if why:
        hint = f"wardround models install {rest}" if kind == "transformers" else ""
        raise EngineMissing(why, hint=hint)
    path = Path(rest).expanduser()
    if kind in ("llamacpp", "transformers", "replay") and path.exists():
        rest = str(path.resolve())  # so that it holds from any folder
    chosen = rest if kind == "openai" else f"{kind}:{rest}"
    write_chosen(replace(read_chosen(), engine=chosen))
    say([f"{chosen} is asked from now on."])


def _default() -> str:
    """The spec of what is asked where nothing is named; empty if that is nothing."""
    from wardround.engines.registry import resolve
    from wardround.errors import EngineError

    try:
        return ":".join(resolve(None))
    except EngineError:
        return ""


def _opens(default: str, found: Found) -> bool:
    kind, _, rest = default.partition(":")
    return default == found.spec or (kind in ("llamacpp", "transformers") and rest == str(found.path))


def _fields(found: Found) -> dict[str, Any]:
    """A model that is here, as JSON tells it."""
    model = found.model
    return {
        "spec": found.spec,
        "model": model.id if model else None,
        "path": str(found.path),
        "images": found.images,
        "thinking": model.thinking if model else None,
        "parameters": model.parameters if model else None,
        "memory_gb": round(found.size / 1e9, 1),
    }


def _published(model: Model) -> dict[str, Any]:
    """A model that is not here, as JSON tells it."""
    from wardround.engines.registry import room

    kind = room(model)
    fits = {"bfloat16": "", "": "; too large"}.get(kind, f"; fits in {kind}, {model.memory.get(kind)} GB")
    return {
        "spec": f"transformers:{model.id}",
        "model": model.id,
        "path": None,
        "images": model.images,
        "thinking": model.thinking,
        "parameters": model.parameters,
        "memory_gb": model.memory["bfloat16"],
        "hindrance": f"not here{fits}",
    }


def _print_models(rows: list[dict[str, Any]]) -> None:
    from pathlib import Path

    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from wardround.cli.terminal import say

    grid = Table(box=SIMPLE_HEAD, pad_edge=False)
    grid.add_column("", no_wrap=True)
    grid.add_column("Model", overflow="fold", min_width=27)  # the longest id of MedGemma
    for heading in ("Images", "Thinks"):
        grid.add_column(heading, no_wrap=True)
    grid.add_column("Memory", justify="right", no_wrap=True)
    grid.add_column("", overflow="fold")
    said = {True: "yes", False: "no", None: "?"}
    for row in rows:
        kind, _, name = row["spec"].partition(":")
        if row["path"] and name == row["path"]:  # its folders are in the JSON
            name = Path(name).name
        state = Text(
            row["hindrance"] or "ready", "green" if not row["hindrance"] else "yellow" if row["path"] else "dim"
        )
        told = Text.assemble(name, (f" {kind}" if row["path"] else "", "dim"))
        size = f"{row['memory_gb']:.1f} GB"
        grid.add_row("*" if row["default"] else "", told, said[row["images"]], said[row["thinking"]], size, state)
    say([grid, Text("wardround models install NAME brings one.", "dim")])


def _print_installed(done: Installed) -> None:
    from rich.text import Text

    from wardround.cli.terminal import say

    found = done.model
    told = [Text(f"{found.spec} is ready to be asked.", "bold")]
    if done.revision:
        told.append(Text(f"revision {done.revision}, {len(done.checksums)} files, {found.size / 1e9:.1f} GB", "dim"))
    if not found.images and (found.model is None or found.model.images):
        told.append(Text("It sees no images: no projector (mmproj) or vision tower is with it.", "yellow"))
    say(told)


def _ocr() -> str | None:
    """The program that reads pictures of pages; None if there is none."""
    from wardround.documents.ocr import open_ocr
    from wardround.errors import EngineMissing

    try:
        return open_ocr().name
    except EngineMissing:
        return None


def _print_trial(name: str, digest: str, loading: float, tried: Trial) -> None:
    from rich.table import Table
    from rich.text import Text

    from wardround.cli.terminal import say

    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    good, bad = Text("yes", "green"), Text("no", "red")
    seen = Text("it sees none", "dim") if tried.image is None else good if tried.image else bad
    rows: list[tuple[str, str | Text]] = [
        ("loaded in", f"{loading:.1f} s"),
        ("speed", f"{tried.speed:.1f} tokens a second"),
        ("memory", f"{tried.memory / 1e9:.1f} GB" if tried.memory else "not known"),
        ("holds a schema", good if tried.schema else bad),
        ("sees an image", seen),
        ("says", tried.answer),
        ("scans are read by", _ocr() or Text("nothing; see wardround doctor", "dim")),
    ]
    if digest:
        rows.append(("SHA-256", Text(digest, "dim")))
    for what, told in rows:
        grid.add_row(what, told)
    say([Text(name, "bold"), grid])
