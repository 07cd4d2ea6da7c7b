"""wardround: ICD-10-CM codes from clinical notes, each quoted from the note and valid on the encounter's date.

>>> import wardround
>>> result = wardround.code("Assessment: Acute uncomplicated appendicitis.")
>>> [(code.code, code.evidence[0].text) for code in result.codes]
[('K35.80', 'Acute uncomplicated appendicitis')]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from wardround.coding import Checker, Coder, CodingResult, Encounter, Finding
    from wardround.errors import WardroundError

__version__ = "0.1.0"
__all__ = ["Checker", "Coder", "CodingResult", "Encounter", "Finding", "WardroundError", "__version__", "code"]


def code(
    note: str | Path | bytes,
    *,
    setting: str = "outpatient",
    date: datetime.date | str | None = None,
    age: float | None = None,
    sex: str | None = None,
    scope: str = "encounter",
    release: str | None = None,
) -> CodingResult:
    """The ICD-10-CM codes of one note. For many notes build a :class:`Coder` once.

    Args:
        note: the text itself, a path, or the bytes of a file.
        setting: ``outpatient`` or ``inpatient``; decides how uncertain diagnoses are coded.
        date: of the encounter; selects the release. Without it the newest one that has taken effect is used.
        age: in years.
        sex: ``female`` or ``male``.
        scope: ``encounter`` for the visit's codes, ``mentions`` for everything that is mentioned.
        release: id of an installed release, whatever the date.

    Raises:
        WardroundError: the note cannot be read, or no installed release fits.
        ValueError: a value is outside its range.
    """
    from wardround.coding import Coder, Encounter

    encounter = Encounter.model_validate({"setting": setting, "date": date, "age": age, "sex": sex})
    return Coder(release, scope=scope).code(note, encounter)  # type: ignore[arg-type]


def __getattr__(name: str) -> Any:
    if name in ("Checker", "Coder", "CodingResult", "Encounter", "Finding"):
        from wardround import coding

        return getattr(coding, name)
    if name == "WardroundError":
        from wardround.errors import WardroundError

        return WardroundError
    raise AttributeError(f"module 'wardround' has no attribute {name!r}")
