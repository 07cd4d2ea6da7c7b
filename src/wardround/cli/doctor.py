"""``wardround doctor``: what is there, what is missing, and the one command that mends it"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["doctor"]

_LEAST_PYTHON = (3, 11)
_LEAST_FREE = 1_000_000_000  # bytes; a code set takes 0.1 GB, a model several
_PACKAGES = {  # package → what needs it, and what installs it
    "pydicom": ("images", "pip install 'wardround[images]'"),
    "torch": ("MedGemma through transformers", "pip install 'wardround[transformers]'"),
    "transformers": ("MedGemma through transformers", "pip install 'wardround[transformers]'"),
    "xllamacpp": ("GGUF models", "pip install 'wardround[llamacpp]'"),
    "openai": ("model servers", "pip install 'wardround[openai]'"),
    "huggingface_hub": ("downloading models", "pip install huggingface_hub"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        area: what it is about.
        state: ``"ok"``; ``"optional"``, not there and perhaps not needed; ``"broken"``, and needed.
        told: what was found.
        mend: the one command that mends it; empty if nothing is to mend, or no command does.
    """

    area: str
    state: Literal["ok", "optional", "broken"]
    told: str
    mend: str = ""


def doctor(
    json_: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say what is there, what is missing, and the one command that mends it.

    \b
    Examples:
      wardround doctor
      wardround doctor --json

    The exit status is 1 if something is broken that is needed, and 0 if only something optional is missing. Nothing
    is loaded, no network is used, and no token is printed.
    """
    from wardround.cli.terminal import print_json

    findings = [finding for look in _LOOKS for finding in _safely(look)]
    if json_:
        print_json([asdict(finding) for finding in findings])
    else:
        _print(findings)
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


def _safely(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What ``look`` finds; an error of ours is a finding too."""
    from wardround.errors import WardroundError

    try:
        yield from look()
    except WardroundError as error:
        where = f"{error.where}: " if error.where else ""
        yield Finding(look.__name__.strip("_").replace("_", " "), "broken", f"{where}{error.what}", error.hint)


def _wardround() -> Iterator[Finding]:
    from wardround import __version__

    yield Finding("wardround", "ok", __version__)
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info[:2] >= _LEAST_PYTHON
    yield Finding("python", "ok" if fine else "broken", version, "" if fine else "install Python 3.11 or newer")


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    for name, (purpose, command) in _PACKAGES.items():
        try:
            yield Finding(name, "ok", version(name))
        except PackageNotFoundError:
            yield Finding(name, "optional", f"not installed; needed for {purpose}", command)


def _machine() -> Iterator[Finding]:
    from wardround.engines.machine import gpus, memory

    yield Finding("memory", "ok", f"{memory() / 1e9:.0f} GB" if memory() else "the system does not say")
    cards = [f"{gpu.name}, {gpu.memory / 1e9:.0f} GB" for gpu in gpus()]
    yield Finding(
        "graphics card", "ok" if cards else "optional", "; ".join(cards) or "none found; the processor is used"
    )


def _code_sets() -> Iterator[Finding]:
    import datetime

    from wardround.icd10.installed import sources

    found = sources()
    today = datetime.date.today()
    for source in found:
        parts = ["tabular", *source.index]
        whole = len(parts) > 1
        mend = "" if whole else f"wardround codeset install --download {source.release.id}"
        told = f"{source.release.title}: {', '.join(parts)}" + ("" if whole else "; no Alphabetic Index")
        yield Finding(f"release {source.release.id}", "ok" if whole else "optional", told, mend)
    if not any(source.release.valid_from <= today <= source.release.valid_to for source in found):
        year = today.year + (today.month >= 10)
        yield Finding(
            "codes in force", "optional", f"none today, {today}", f"wardround codeset install --download {year}"
        )


def _models() -> Iterator[Finding]:
    import os

    from wardround.engines import terms
    from wardround.engines.catalog import hub_home
    from wardround.engines.install import added
    from wardround.engines.registry import absence, hindrance, resolve
    from wardround.errors import EngineError
    from wardround.settings import default_engine

    for model in added():
        why = hindrance(model)
        told, _, mend = why.partition(": ")
        yield Finding("model", "optional" if why else "ok", f"{model.spec}{f': {told}' if why else ''}", mend)
    chosen = default_engine()
    try:
        asked = resolve(None)
        told, why = ":".join(asked), absence(*asked)
    except EngineError as error:
        told = why = error.what
    if not why:
        yield Finding("model asked", "ok", told)
    elif chosen:  # no model is needed; but what was chosen should be there
        yield Finding("model asked", "broken", why, "wardround models use medgemma")
    else:
        yield Finding("model asked", "optional", why, "wardround models install google/medgemma-1.5-4b-it")
    day = terms.accepted()
    accepted = f"{terms.VERSION}, accepted on {day}" if day else "not accepted; needed to install MedGemma"
    yield Finding("terms", "ok" if day else "optional", accepted, "" if day else "wardround models accept-terms")
    token = bool(os.environ.get("HF_TOKEN")) or (hub_home() / "token").is_file()
    told = "there is one" if token else "none; needed to download MedGemma"
    yield Finding("hub token", "ok" if token else "optional", told, "" if token else "hf auth login")


def _reading_pages() -> Iterator[Finding]:
    from importlib.util import find_spec

    from wardround.documents.ocr import found
    from wardround.errors import EngineMissing

    used = ""
    for name, program in found().items():
        if isinstance(program, EngineMissing):
            yield Finding(name, "optional", f"{program.what}; it would read scanned notes", program.hint)
        else:
            yield Finding(name, "ok", f"{program.name}, {'in reserve' if used else 'reads scanned notes'}")
            used = used or name
    if used and find_spec("cv2") is None:
        yield Finding("opencv", "optional", "not installed; prepares pages for reading", "pip install 'wardround[ocr]'")


def _folders() -> Iterator[Finding]:
    from wardround.settings import cache_folder, config_folder, data_folder, read_chosen

    folders = {"cache": cache_folder(), "data": data_folder(), "config": config_folder()}
    for name, folder in folders.items():
        variable = f"export WARDROUND_{name.upper()}=FOLDER"
        free = _free(folder)
        if free is None:
            state: Literal["optional", "broken"] = "optional" if name == "cache" else "broken"
            yield Finding(f"{name} folder", state, f"{folder} cannot be written", variable)
        elif free < _LEAST_FREE and name != "config":
            yield Finding(f"{name} folder", "optional", f"{folder}, only {free / 1e9:.1f} GB free", variable)
        else:
            yield Finding(f"{name} folder", "ok", f"{folder}, {free / 1e9:.0f} GB free")
    read_chosen()
    yield Finding("settings", "ok", "can be read")


def _free(folder: Path) -> int | None:
    """Bytes free where ``folder`` is or would be; None if it cannot be written."""
    import os
    import shutil

    place = next((each for each in (folder, *folder.parents) if each.exists()), None)
    if place is None or not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return None
    return shutil.disk_usage(place).free


_LOOKS = (_wardround, _packages, _machine, _code_sets, _models, _reading_pages, _folders)


def _print(findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    from wardround.cli.terminal import say

    marks = {"ok": Text("ok", "green"), "optional": Text("–", "yellow"), "broken": Text("broken", "red")}
    grid = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for finding in findings:
        told = Text(finding.told)
        if finding.mend:
            told.append(f"\n→ {finding.mend}", "bold")
        grid.add_row(marks[finding.state], finding.area, told)
    broken = sum(finding.state == "broken" for finding in findings)
    say([grid, Text(f"\n{broken} broken" if broken else "\nnothing is broken", "red" if broken else "green")])
