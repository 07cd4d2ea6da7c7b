"""One table of settings: name, environment variable, default, meaning.

| setting | environment variable | default | meaning |
|---|---|---|---|
| ``cache`` | ``WARDROUND_CACHE`` | the system's cache folder for ``wardround`` | compiled code sets and terms |
| ``data`` | ``WARDROUND_DATA`` | the system's data folder for ``wardround`` | installed releases of ICD-10-CM |
| ``config`` | ``WARDROUND_CONFIG`` | the system's config folder for ``wardround`` | the file ``settings.json`` |
| ``engine`` | ``WARDROUND_ENGINE`` | what ``wardround models use`` chose | the model that is asked |
| ``database`` | ``WARDROUND_DATABASE`` | SQLite in the folder ``store`` of ``data`` | where cases are kept |
| ``key_file`` | ``WARDROUND_KEY_FILE`` | none: not encrypted | the key by which what is kept is encrypted |
| ``note_limit`` | – | 1,000,000 | characters a note may have |
| ``file_limit`` | – | 8,000,000 | bytes a note's file may have |
| ``document_limit`` | – | 200,000,000 | bytes a file with pages or pictures may have, packed or unpacked |
| ``page_limit`` | – | 1,000 | pages a note may have |
| ``picture_limit`` | – | 100,000,000 | pixels a picture of a page may have |
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path

from wardround.errors import InputError

__all__ = [
    "DOCUMENT_LIMIT",
    "FILE_LIMIT",
    "NOTE_LIMIT",
    "PAGE_LIMIT",
    "PICTURE_LIMIT",
    "Chosen",
    "cache_folder",
    "config_folder",
    "data_folder",
    "default_engine",
    "read_chosen",
    "write_chosen",
]

NOTE_LIMIT = 1_000_000
"""Characters (code points) a note may have."""

FILE_LIMIT = 8_000_000
"""Bytes the file of a note may have; a million characters of UTF-32 and some."""

DOCUMENT_LIMIT = 200_000_000
"""Bytes that a file with pages or pictures in it may have, and that may be unpacked from one."""

PAGE_LIMIT = 1_000
"""Pages that a note may have."""

PICTURE_LIMIT = 100_000_000
"""Pixels that a picture of a page may have."""

_FILE = "settings.json"


def cache_folder() -> Path:
    """The folder that holds what can be rebuilt; it need not exist yet."""
    return _named("WARDROUND_CACHE") or user_cache_path("wardround", appauthor=False)


def data_folder() -> Path:
    """The folder that holds what the user installed; it need not exist yet."""
    return _named("WARDROUND_DATA") or user_data_path("wardround", appauthor=False)


def config_folder() -> Path:
    """The folder that holds what the user chose; it need not exist yet."""
    return _named("WARDROUND_CONFIG") or user_config_path("wardround", appauthor=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the user chose once, for all later runs.

    Attributes:
        engine: the model to ask, as `wardround.engines.open_engine` takes it; empty for the best one found.
        models: folders and GGUF files that were added by hand.
        terms: terms of use that were accepted: their name → version and day of consent, both as ``YYYY-MM-DD``.
    """

    engine: str = ""
    models: tuple[str, ...] = ()
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def default_engine() -> str:
    """The engine that ``WARDROUND_ENGINE`` names, or else the one the user chose; empty if neither.

    Raises:
        InputError: the file of settings is damaged.
    """
    return os.environ.get("WARDROUND_ENGINE") or read_chosen().engine


def read_chosen() -> Chosen:
    """What the user chose so far.

    Raises:
        InputError: the file is damaged or cannot be read.
    """
    path = config_folder() / _FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        terms = {str(name): {str(k): str(v) for k, v in each.items()} for name, each in told.get("terms", {}).items()}
        return Chosen(engine=str(told.get("engine", "")), models=tuple(map(str, told.get("models", ()))), terms=terms)
    except FileNotFoundError:
        return Chosen()
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InputError("the file of settings is damaged", where=str(path), hint="mend or remove it") from error


def write_chosen(chosen: Chosen) -> None:
    """Keep ``chosen`` for later runs.

    Raises:
        InputError: the folder cannot be written.
    """
    path = config_folder() / _FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}.new")
        new.write_text(json.dumps(dataclasses.asdict(chosen), indent=2) + "\n", encoding="utf-8")
        new.replace(path)  # at once, or not at all
    except OSError as error:
        hint = "set WARDROUND_CONFIG to a folder that can be written"
        raise InputError("the settings cannot be written", where=str(path), hint=hint) from error


def _named(variable: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named).expanduser() if named else None
