"""``release.json``: of which files an installed release consists, and where each came from.

``releases/<id>/`` holds it and one folder of official files as they came. A release is there when its ``release.json``
is, and that file names its folder; so writing it, in one step, is what installs or replaces a release.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wardround.errors import CodeSetError
from wardround.icd10.parts import PARTS, Origin, Part

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FILE", "Manifest", "read"]

FILE = "release.json"
_SCHEMA = "wardround.release/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """One installed release.

    Attributes:
        valid_from: first day in force.
        folder: where its files lie.
        parts: the Tabular List and whatever else there is, each part once.
        installed_at: when, in UTC.
    """

    valid_from: datetime.date
    folder: Path
    parts: tuple[Part, ...]
    installed_at: datetime.datetime

    @property
    def tabular(self) -> Part:
        """The Tabular List."""
        return next(part for part in self.parts if part.name == "tabular")

    @property
    def mixed_years(self) -> bool:
        """Whether a part is of another fiscal year than the Tabular List."""
        return len({part.fiscal_year for part in self.parts}) > 1

    def write(self, home: Path) -> None:
        """Write ``release.json`` into ``home``, replacing what is there in one step.

        Raises:
            OSError: ``home`` cannot be written.
        """
        content = {
            "schema": _SCHEMA,
            "id": self.valid_from.isoformat(),
            "folder": self.folder.name,
            "installed_at": self.installed_at.isoformat(timespec="seconds"),
            "mixed_years": self.mixed_years,
            "files": [
                {
                    "part": part.name,
                    "file": part.path.name,
                    "sha256": part.digest,
                    "fiscal_year": part.fiscal_year,
                    "origin": {"name": part.origin.name, "sha256": part.origin.digest, "url": part.origin.url},
                }
                for part in self.parts
            ],
        }
        handle, name = tempfile.mkstemp(prefix=f".{FILE}-", dir=home)
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            os.replace(name, home / FILE)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)


def read(home: Path) -> Manifest:
    """The manifest in the folder of a release.

    Raises:
        CodeSetError: it cannot be read, or is not what `Manifest.write` writes.
    """
    try:
        return _manifest(json.loads((home / FILE).read_text(encoding="utf-8")), home)
    except OSError as error:
        problem = f"the file cannot be read: {error.strerror}"
    except (ValueError, KeyError, TypeError):
        problem = "the file is damaged"
    raise CodeSetError(
        problem,
        where=str(home / FILE),
        hint=f"install the release again, or: wardround codeset remove {home.name}",
    )


def _manifest(content: Any, home: Path) -> Manifest:
    """The manifest that the JSON value ``content`` tells of.

    Raises:
        ValueError, KeyError, TypeError: it tells of none.
    """
    if content["schema"] != _SCHEMA or content["id"] != home.name:
        raise ValueError
    folder = home / _plain(content["folder"])
    manifest = Manifest(
        valid_from=datetime.date.fromisoformat(content["id"]),
        folder=folder,
        parts=tuple(_parts(content["files"], folder)),
        installed_at=datetime.datetime.fromisoformat(content["installed_at"]),
    )
    names = [part.name for part in manifest.parts]
    if "tabular" not in names or len(set(names)) < len(names):
        raise ValueError
    return manifest


def _parts(files: Any, folder: Path) -> Iterable[Part]:
    for file in files:
        origin = Origin(
            name=_text(file["origin"]["name"]),
            digest=_text(file["origin"]["sha256"]),
            url=_text(file["origin"]["url"]),
        )
        yield Part(
            name=PARTS[PARTS.index(file["part"])],
            path=folder / _plain(file["file"]),
            fiscal_year=int(file["fiscal_year"]),
            digest=_text(file["sha256"]),
            origin=origin,
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _plain(value: Any) -> str:
    """A name that leads nowhere else."""
    name = _text(value)
    if name in ("", ".", "..") or Path(name).name != name:
        raise ValueError
    return name
