"""One table of settings: name, environment variable, default, meaning.

| setting | environment variable | default | meaning |
|---|---|---|---|
| ``cache`` | ``WARDROUND_CACHE`` | the system's cache folder for ``wardround`` | compiled code sets and terms |
| ``data`` | ``WARDROUND_DATA`` | the system's data folder for ``wardround`` | installed releases of ICD-10-CM |
| ``note_limit`` | – | 1,000,000 | characters a note may have |
| ``file_limit`` | – | 8,000,000 | bytes a note's file may have |
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

__all__ = ["FILE_LIMIT", "NOTE_LIMIT", "cache_folder", "data_folder"]

NOTE_LIMIT = 1_000_000
"""Characters (code points) a note may have."""

FILE_LIMIT = 8_000_000
"""Bytes the file of a note may have; a million characters of UTF-32 and some."""


def cache_folder() -> Path:
    """The folder that holds what can be rebuilt; it need not exist yet."""
    return _named("WARDROUND_CACHE") or user_cache_path("wardround", appauthor=False)


def data_folder() -> Path:
    """The folder that holds what the user installed; it need not exist yet."""
    return _named("WARDROUND_DATA") or user_data_path("wardround", appauthor=False)


def _named(variable: str) -> Path | None:
    named = os.environ.get(variable)
    return Path(named).expanduser() if named else None
