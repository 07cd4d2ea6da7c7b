"""A DICOM header without the patient: the Basic Application Level Confidentiality Profile (PS3.15 Annex E).

What happens to an attribute is read from the table of `dicom-anonymizer`, and applied in every sequence. Its options
are chosen here: dates are moved instead of removed (Retain Longitudinal Temporal Information with Modified Dates), UIDs
mapped, age and sex kept (Retain Patient Characteristics, of these two). Beyond the profile goes all that the table
does not know: private, unknown and retired elements, overlays, free texts, bytes that are no picture.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from wardround.images.deidentify.attributes import BINARY, TERMS
from wardround.images.deidentify.elements import drop_unreadable, walk
from wardround.images.deidentify.identifiers import Identifiers, shifted_date, shifted_datetime
from wardround.images.deidentify.traces import Traces, traces_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydicom import DataElement, Dataset

    Rule = Callable[[Dataset, Any], None]

__all__ = ["METHOD", "OLDEST", "clean", "holds", "patient_of", "registered"]

METHOD = "wardround: PS3.15 basic profile, dates moved, then checked"
OLDEST = "090Y"
"""What every age over 89 becomes (45 CFR 164.514(b)(2)(i)(C))."""

_TABLE = "dicomfields_2026c"
_FREE_TEXT = frozenset({"ST", "LT", "UT", "UC", "UR"})
_BYTES = frozenset({"OB", "OW", "OF", "OD", "OL", "OV", "UN"})
_STRINGS = frozenset({"LO", "SH", "CS", "DS", "IS"})
_REFERENCES = frozenset({"ReferencedImageSequence", "SourceImageSequence"})
_KEPT = frozenset({"PatientSex", "PatientIdentityRemoved", "LongitudinalTemporalInformationModified"})
_NEEDED = frozenset({"Modality", "PhotometricInterpretation", "SpecificCharacterSet", "ImageType"})
_EMPTY = frozenset({"PatientBirthDate", "PatientBirthTime"})
_GONE = frozenset(
    """
    TimezoneOffsetFromUTC DeidentificationMethod DeidentificationMethodCodeSequence
    PatientDeathDateInAlternativeCalendar
    PatientBirthDateInAlternativeCalendar PatientAlternativeCalendar GroupOfPatientsIdentificationSequence
    SourcePatientGroupIdentificationSequence IconImageSequence EncapsulatedDocument PatientBreedDescription
    BreedRegistrationSequence IssuerOfPatientIDQualifiersSequence
    """.split()
)
_CODES = {  # CID 7050
    "113100": "Basic Application Confidentiality Profile",
    "113101": "Clean Pixel Data Option",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
}


def patient_of(dataset: Dataset) -> str:
    """What tells one patient from another, for the key: the ID, or else name and date of birth, or else the study."""
    identity = str(dataset.get("PatientID") or "").strip()
    named = f"{dataset.get('PatientName') or ''}\0{dataset.get('PatientBirthDate') or ''}"
    return identity or (named if named.strip("\0^ ") else str(dataset.get("StudyInstanceUID", "")))


def clean(dataset: Dataset, identifiers: Identifiers, *, pixels_cleaned: bool = False) -> Traces:
    """Take the patient out of ``dataset``, in place, and say in it how that was done.

    Args:
        dataset: all of it may change but the pixels.
        identifiers: what takes the place of UIDs, names and days.
        pixels_cleaned: whether burned-in text was made black.

    Returns:
        What was looked for in texts.

    Raises:
        ImageError: sequences are nested too deep.
    """
    drop_unreadable(dataset)
    traces = traces_of(dataset)
    patient = patient_of(dataset)
    pseudonym, days = identifiers.pseudonym(patient), identifiers.days(patient)
    _clean(dataset, partial(_rule, identifiers=identifiers, pseudonym=pseudonym, days=days))
    _remove_traces(dataset, traces)
    dataset.PatientName = dataset.PatientID = pseudonym
    dataset.PatientIdentityRemoved = "YES"
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    dataset.DeidentificationMethod = METHOD
    dataset.DeidentificationMethodCodeSequence = [
        _code(value, meaning) for value, meaning in _CODES.items() if value != "113101" or pixels_cleaned
    ]
    return traces


def _code(value: str, meaning: str) -> Dataset:
    from pydicom import Dataset

    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
    return code


def _clean(dataset: Dataset, rule: Callable[[DataElement], Rule | None]) -> None:
    from dicomanonymizer import anonymize_dataset

    rules = {(e.tag.group, e.tag.element): found for e in dataset if (found := rule(e)) is not None}
    anonymize_dataset(dataset, base_rules_gen=lambda: rules, delete_private_tags=True)
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value or ():
                _clean(item, rule)


def _rule(element: DataElement, *, identifiers: Identifiers, pseudonym: str, days: int) -> Rule | None:
    """What is to be done with one element; None to keep it as it is."""
    name, vr, group = element.keyword, element.VR, element.tag.group
    if not name or name in _GONE or element.tag.element == 0 or 0x5000 <= group <= 0x50FF or 0x6000 <= group <= 0x60FF:
        return _delete
    if name in _KEPT or name in _REFERENCES:
        return None
    if name in ("PatientName", "PatientID"):
        return partial(_replace, change=lambda _: pseudonym)
    if name in _EMPTY:
        return partial(_replace, change=lambda _: "")
    if vr == "UI":
        return partial(_replace, change=lambda uid: uid if registered(uid) else identifiers.uid(uid))
    if vr in ("DA", "DT"):
        move = shifted_date if vr == "DA" else shifted_datetime
        return partial(_replace, change=lambda day: move(day, days))
    if vr == "TM":
        return None
    if vr == "AS":
        return partial(_replace, change=_capped)
    if name in BINARY and vr in _BYTES:
        return None
    known = _table().get((element.tag.group, element.tag.element))
    if known is not None:
        return partial(_by_table, action=known)
    return _delete if vr in _FREE_TEXT or vr in _BYTES or vr in ("PN", "AE") else None


@cache
def _table() -> dict[tuple[int, ...], Rule]:
    """Tag → action, as PS3.15 Table E.1-1 has it."""
    from dicomanonymizer.simpledicomanonymizer import initialize_actions

    table: dict[tuple[int, ...], Rule] = initialize_actions(_TABLE)
    return table


def _by_table(dataset: Dataset, tag: Any, *, action: Rule) -> None:
    """Sequences are emptied, for dummies in place of codes are no codes; what cannot be replaced is removed."""
    from dicomanonymizer.simpledicomanonymizer import delete

    element = dataset[tag]
    if element.VR == "SQ" and action is not delete:
        element.value = []
        return
    try:
        action(dataset, tag)
    except NotImplementedError:  # the library has no dummy for this value representation
        _delete(dataset, tag)


def _delete(dataset: Dataset, tag: Any) -> None:
    if tag in dataset:
        del dataset[tag]


def _replace(dataset: Dataset, tag: Any, *, change: Callable[[str], str]) -> None:
    """Change a value, or each of several."""
    element = dataset[tag]
    if element.VM > 1:
        element.value = [change(str(value)) for value in element.value]
    elif not element.is_empty:
        element.value = change(str(element.value))


def _capped(age: str) -> str:
    """An age of up to 89 years as it is, an older one as 90; what is no age becomes empty."""
    found = re.fullmatch(r"(\d{3})([DWMY])", age.strip())
    if not found:
        return ""
    years = int(found[1]) / {"D": 365.25, "W": 52.18, "M": 12, "Y": 1}[found[2]]
    return OLDEST if years >= 90 else age.strip()


def registered(uid: str) -> bool:
    """Whether a UID is one of the standard (PS3.6 Annex A), and so the same for all the world.

    Storage classes newer than the list at hand are known by their root, ``1.2.840.10008.5.1.4``.
    """
    from pydicom.uid import UID

    uid = uid.strip()
    return UID(uid).name != uid or bool(re.fullmatch(r"1\.2\.840\.10008\.5\.1\.4(\.\d{1,3}){1,6}", uid))


def _remove_traces(dataset: Dataset, traces: Traces) -> None:
    """Empty what still holds a name or a number of the patient; what the picture needs is left to the checklist."""
    for _, element in walk(dataset):
        if element.VR not in _STRINGS or element.keyword in _NEEDED or element.is_empty:
            continue
        values = list(element.value) if element.VM > 1 else [element.value]
        if any(holds(traces, element.VR, str(value)) for value in values):
            element.value = None if element.VR in ("DS", "IS") else ""


def holds(traces: Traces, vr: str, value: str) -> bool:
    """Whether a value gives the patient away: numbers as a whole, code strings unless they are the standard's terms."""
    if vr in ("DS", "IS"):
        return traces.are(value)
    return value in traces and not (vr == "CS" and TERMS.issuperset(value.split()))
