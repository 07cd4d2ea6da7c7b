"""Studies to be read, and what is told of the patient beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wardround.errors import WardroundError
from wardround.export import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wardround.images.study import Kind, Study

__all__ = ["Case", "beside", "cases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A study to be read.

    Attributes:
        id: names its report: the file or folder it comes from.
        study: as it was read.
        sources: the files and folders.
    """

    id: str
    study: Study
    sources: tuple[Path, ...]


def cases(id: str, sources: Sequence[Path], kind: Kind | None) -> Iterator[Case | Failure]:
    """The studies that these files and folders hold; what cannot be read is a failure in its place.

    Args:
        id: of the one; of several, with a number behind it.
        sources: files and folders.
        kind: of plain pictures, which do not tell it.
    """
    from wardround.images import read_studies

    try:
        studies = read_studies(sources[0] if len(sources) == 1 else list(sources), kind=kind)
    except WardroundError as error:
        yield Failure(id=id, error=error)
        return
    for number, study in enumerate(studies, 1):
        yield Case(id=id if len(studies) == 1 else f"{id} ({number})", study=study, sources=tuple(sources))


def beside(folder: Path, id: str) -> str:
    """The clinical information for one case: the text of ``<id>.txt`` in a folder; empty if there is none.

    For a file it may be called after the file without its suffix. An id may be the StudyInstanceUID that a file tells:
    one that leads to another folder names none, and its last number is no suffix, or ``1.2.3`` of one patient would
    speak for ``1.2.3.4`` of another.

    Raises:
        InputError: it cannot be read.
    """
    from wardround.documents import read

    file = Path(id)
    names = [id] if file.suffix[1:].isdigit() else [id, file.stem]
    own = (folder / f"{name}.txt" for name in names)
    found = next((path for path in own if path.parent == folder and path.is_file()), None)
    return "" if found is None else read(found).text
