"""Brings a model onto this machine: from the hub, with checksums, or from a file or folder that is here already.

The only place of the engines that uses the network by itself, and only when the user says so. What was downloaded lies
in the hub's own cache, where other programs find it too; what was checked is recorded in the data folder.
"""

from __future__ import annotations

import datetime
import fnmatch
import hashlib
import json
import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wardround.engines import terms
from wardround.engines.catalog import Found, cached, found, known, recognise
from wardround.errors import EngineError, EngineFailed, EngineMissing, EngineRefused
from wardround.settings import data_folder, read_chosen, write_chosen

__all__ = ["Installed", "added", "install"]

_ID = re.compile(r"(?P<id>[\w-][\w.-]*/[\w-][\w.-]*)(?::(?P<kind>[\w.-]+))?")
_TEXTS = ("*.json", "*.jinja", "*.model", "*.txt")  # of configuration, tokenizer and template; no code, no pickles
_HALF = ("*mmproj*BF16*", "*mmproj*F16*", "*mmproj*f16*", "*mmproj*")  # projectors, best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What was installed.

    Attributes:
        model: what opens it.
        revision: the commit of the hub; empty for what was here already.
        checksums: SHA-256 by name of file; empty for what was here already.
    """

    model: Found
    revision: str = ""
    checksums: dict[str, str]


def install(name: str, *, tell: Callable[[str], None] = lambda _: None) -> Installed:
    """Install ``name``: a folder, a GGUF file, or an id of the hub.

    Of a repository with GGUF files, ``ID:Q8_0`` names the quantisation; ``Q4_K_M`` is taken otherwise.

    Raises:
        EngineRefused: the terms of MedGemma are not accepted yet, or it has no safetensors.
        EngineMissing: there is no such model, the hub wants a token, or huggingface_hub is not installed.
        EngineFailed: the download failed, or a file is not what the hub says.
    """
    path = Path(name).expanduser()
    if path.exists():
        return _added(path.resolve())
    asked = _ID.fullmatch(name)
    if asked is None:
        hint = "give a folder, a GGUF file, or an id of the hub such as google/medgemma-1.5-4b-it"
        raise EngineMissing("there is no such file or folder, and it is no id of the hub", where=name, hint=hint)
    if known(asked["id"]) is not None:
        terms.require(asked["id"])
    return _downloaded(asked["id"], asked["kind"] or "Q4_K_M", tell)


def added() -> list[Found]:
    """The models that are here: added by hand, and in the hub's cache; the last added first."""
    by_hand = [each for path in reversed(read_chosen().models) if (each := found(Path(path))) is not None]
    return by_hand + [each for each in cached() if each.path not in {other.path for other in by_hand}]


def _added(path: Path) -> Installed:
    model = found(path)
    if model is None:
        hint = "it takes a folder with config.json and safetensors, or a chat model's GGUF file"
        raise EngineMissing("this is no model", where=path.name, hint=hint)
    if recognise(path) is not None:
        terms.require(path.name)
    chosen = read_chosen()
    write_chosen(replace(chosen, models=(*(each for each in chosen.models if each != str(path)), str(path))))
    return Installed(model=model, checksums={})


def _downloaded(name: str, kind: str, tell: Callable[[str], None]) -> Installed:
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
    except ImportError as error:
        raise EngineMissing("huggingface_hub is not installed", hint="pip install huggingface_hub") from error
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # what fails is told here
    hub = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None)
    try:
        tell(f"asking the hub for {name}")
        told = hub.model_info(name, files_metadata=True)
        files = {file.rfilename: file for file in told.siblings or ()}
        wanted = _wanted(name, list(files), kind)
        total = sum(files[file].size or 0 for file in wanted) / 1e9
        paths = {}
        for number, file in enumerate(wanted, 1):
            tell(f"downloading {file}, {number} of {len(wanted)} files, {total:.1f} GB together")
            paths[file] = Path(hub.hf_hub_download(name, file, revision=told.sha))
    except GatedRepoError as error:
        hint = f"accept its terms on huggingface.co/{name}, and set HF_TOKEN to a token of yours that may read"
        raise EngineMissing(
            "the hub gives this model only to whom its owner has let in", where=name, hint=hint
        ) from error
    except RepositoryNotFoundError as error:
        raise EngineMissing("the hub has no such model", where=name, hint="look at its id, and at HF_TOKEN") from error
    except EngineError:
        raise
    except Exception as error:  # those of whichever HTTP library the hub's client uses
        hint = "run it again: it goes on where it stopped"
        raise _failed(f"the download failed: {type(error).__name__}", name, hint) from error
    checksums = {}
    for file, path in paths.items():
        tell(f"checking {file}")
        with path.open("rb") as opened:
            checksums[file] = hashlib.file_digest(opened, "sha256").hexdigest()
        promised = getattr(files[file].lfs, "sha256", None)
        if promised is not None and checksums[file] != promised:
            path.resolve().unlink()
            raise _failed("the file is not what the hub says it is; it was removed", file, "run it again")
    _record(name, told.sha or "", checksums)
    first = next(file for file in wanted if not fnmatch.fnmatch(file, "*mmproj*"))
    model = (
        found(paths[first]) if first.endswith(".gguf") else found(paths["config.json"].parent, f"transformers:{name}")
    )
    if model is None:
        raise EngineRefused("what was downloaded is no model", where=name)
    if known(name) is None or first.endswith(".gguf"):  # the others are found in the hub's cache
        chosen = read_chosen()
        place = str(model.path)
        write_chosen(replace(chosen, models=(*(each for each in chosen.models if each != place), place)))
    return Installed(model=model, revision=told.sha or "", checksums=checksums)


def _wanted(name: str, files: list[str], kind: str) -> list[str]:
    """The files to fetch: safetensors with all that belongs to them, or one GGUF model and its projector."""
    top = sorted(file for file in files if "/" not in file)
    if any(file.endswith(".safetensors") for file in top):
        if "config.json" not in top:
            raise EngineRefused("it has no config.json, so it is no model of its own", where=name)
        return [file for file in top if file.endswith(".safetensors") or any(fnmatch.fnmatch(file, t) for t in _TEXTS)]
    models = [file for file in sorted(files) if file.endswith(".gguf") and "mmproj" not in file.lower()]
    if not models:
        raise EngineRefused("it has no safetensors; pickles run code when they are read", where=name)
    fitting = [
        file for file in models if re.search(rf"[-.]{re.escape(kind)}(-\d+-of-\d+)?\.gguf$", file, re.IGNORECASE)
    ]
    if not fitting:
        kinds = sorted({found[1] for file in models if (found := re.search(r"-((?:UD-)?[A-Z]+\d\w*)[-.]", file))})
        raise EngineMissing(f"it has no quantisation {kind}", where=name, hint=f"add one to the id: {', '.join(kinds)}")
    projectors = [file for pattern in _HALF for file in top if fnmatch.fnmatchcase(file, pattern)]
    return [*fitting, *projectors[:1]]


def _record(name: str, revision: str, checksums: dict[str, str]) -> None:
    folder = data_folder() / "models"
    told: dict[str, Any] = {
        "schema": "wardround.model/1",
        "id": name,
        "revision": revision,
        "installed_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "sha256": checksums,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name.replace('/', '--')}.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        hint = "set WARDROUND_DATA to a folder that can be written"
        raise EngineMissing("its checksums cannot be recorded", where=name, hint=hint) from error


def _failed(what: str, where: str, hint: str) -> EngineFailed:
    return EngineFailed(what, where=where, hint=hint, retryable=True)
