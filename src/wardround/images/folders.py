"""Which files of a folder make which study, told without reading a pixel."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from pathlib import Path

__all__ = ["gathered", "holds_studies", "inside"]

_BESIDE = (".txt", ".md", ".json")  # what lies beside images and is none
_VOLUMES = (".nii", ".nii.gz")
_LOOKED_AT = 50  # files by which a folder is judged


def inside(folder: Path) -> list[Path]:
    """What lies in a folder and may be a study, in the order of the names.

    Raises:
        OSError: it cannot be listed.
    """
    seen = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    return [path for path in seen if path.suffix.lower() not in _BESIDE]


def gathered(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The studies of a folder: each folder and file in it is one, but loose DICOM files of one study are together.

    Folders are not looked into. The keys are the names of the files and folders, of several files of one study its
    StudyInstanceUID, in their order.

    Raises:
        OSError: it cannot be listed.
    """
    together: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in inside(folder):
        uid = _study_of(path)
        together[uid, "" if uid else path.name].append(path)
    named = {uid if len(paths) > 1 else paths[0].name: tuple(paths) for (uid, _), paths in together.items()}
    return dict(sorted(named.items()))


def holds_studies(folder: Path) -> bool:
    """Whether the first files below a folder tell that it holds images: DICOM objects or volumes.

    Pictures do not tell it; a scanned page of a note is one too.
    """
    files = (path for path in folder.rglob("*") if path.is_file())
    return any(path.name.lower().endswith(_VOLUMES) or _is_dicom(path) for path in islice(files, _LOOKED_AT))


def _is_dicom(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _study_of(path: Path) -> str:
    """The StudyInstanceUID of a DICOM file; empty of all else, and where it cannot be read."""
    if path.is_dir() or not _is_dicom(path):
        return ""
    try:
        from pydicom import dcmread

        from wardround.images.readers.quiet import quiet

        with quiet():
            found = dcmread(path, stop_before_pixels=True, specific_tags=["StudyInstanceUID"])
            return str(found.get("StudyInstanceUID") or "")
    except Exception:  # what is wrong, or that a package is missing, is told where it is read
        return ""
