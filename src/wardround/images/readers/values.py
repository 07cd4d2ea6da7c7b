"""Values of a DICOM header, read with patience: a value that is missing, empty or not of its VR is None, or empty."""

from __future__ import annotations

import datetime
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.tag import BaseTag, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

__all__ = ["age_of", "date_of", "integer", "items", "number", "numbers", "patient_fields", "sex_of", "text", "texts"]

_DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}
# Besides all of group 0010 and all names of persons: fields that tell who the patient is, or lead to them.
_LEADING = frozenset(
    "AccessionNumber InstitutionName InstitutionAddress AdmissionID ServiceEpisodeID "
    "IssuerOfAdmissionIDSequence RequestAttributesSequence RequestedProcedureID PerformedProcedureStepID "
    "StudyID DeviceSerialNumber StationName".split()
)
# Of group 0010: fields that tell what the patient is like, or that they were taken out.
_TELLING_NOTHING = frozenset(
    "PatientSex PatientAge PatientSize PatientWeight PatientIdentityRemoved DeidentificationMethod "
    "DeidentificationMethodCodeSequence PatientSpeciesDescription PatientSpeciesCodeSequence PregnancyStatus "
    "SmokingStatus PatientSexNeutered PatientBreedDescription PatientBreedCodeSequence".split()
)


@lru_cache(maxsize=256)
def _tag(keyword: str) -> BaseTag:
    return Tag(keyword)


def _value(dataset: Dataset, keyword: str) -> Any:
    tag = _tag(keyword)  # looking a value up by its keyword takes several times as long, most of all if it is missing
    if tag not in dataset:
        return None
    try:
        return dataset[tag].value
    except Exception:  # a conversion fails in as many ways as there are VRs, with messages that quote the value
        return None


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """The values of a text, stripped, in upper case; an empty one stays in its place."""
    value = _value(dataset, keyword)
    if value is None or value == "":
        return ()
    if isinstance(value, (str, int, float)):
        value = str(value).split("\\")
    try:
        return tuple(str(each).strip().upper() for each in value)
    except TypeError:
        return ()


def text(dataset: Dataset, keyword: str) -> str:
    """The first value of a text, stripped, in upper case."""
    return next(iter(texts(dataset, keyword)), "")


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """All values as finite numbers; none if one of them is not."""
    value = _value(dataset, keyword)
    if value is None or value == "":
        return ()
    if isinstance(value, (str, int, float)):
        value = str(value).split("\\")
    try:
        found = tuple(float(each) for each in value)
    except (TypeError, ValueError, OverflowError):
        return ()
    return found if all(map(math.isfinite, found)) else ()


def number(dataset: Dataset, keyword: str) -> float | None:
    """The first value as a finite number."""
    return next(iter(numbers(dataset, keyword)), None)


def integer(dataset: Dataset, keyword: str) -> int | None:
    """The first value if it is a whole number."""
    value = number(dataset, keyword)
    return int(value) if value is not None and value == int(value) else None


def items(dataset: Dataset | None, keyword: str) -> list[Dataset]:
    """The items of a sequence."""
    value = _value(dataset, keyword) if dataset is not None else None
    try:
        return [each for each in value or () if hasattr(each, "get_item")]
    except TypeError:
        return []


def date_of(dataset: Dataset) -> datetime.date | None:
    """When the study was made; ``20240131``, and ``2024.01.31`` as ACR-NEMA wrote it."""
    for keyword in ("StudyDate", "AcquisitionDate", "SeriesDate", "ContentDate"):
        if (found := _date(text(dataset, keyword))) is not None:
            return found
    return None


def _date(value: str) -> datetime.date | None:
    match = re.match(r"(\d{4})[.-]?(\d\d)[.-]?(\d\d)", value)
    try:
        return datetime.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def age_of(dataset: Dataset) -> float | None:
    """The patient's age in years, as the file tells it or by the date of birth; None if neither makes sense."""
    match = re.fullmatch(r"(\d{1,3})\s*([DWMY]?)", text(dataset, "PatientAge"))
    if match and int(match[1]):
        years = int(match[1]) * _DAYS[match[2] or "Y"] / _DAYS["Y"]
    else:
        born, made = _date(text(dataset, "PatientBirthDate")), date_of(dataset)
        if born is None or made is None or born == made:  # the same day for both is how dates are blanked
            return None
        years = (made - born).days / _DAYS["Y"]
    return round(years, 2) if 0 <= years <= 130 else None


def sex_of(dataset: Dataset) -> Literal["female", "male"] | None:
    """The patient's sex; None if it is unknown or another than these two."""
    told = text(dataset, "PatientSex")
    return "female" if told in ("F", "FEMALE") else "male" if told in ("M", "MALE") else None


def patient_fields(dataset: Dataset) -> Iterable[str]:
    """Names of the fields, at the top of the dataset, that are filled and may tell who the patient is."""
    for tag in dataset.keys():  # noqa: SIM118 - iterating over a dataset converts its values
        if (name := _field(int(tag))) and _is_filled(dataset, tag):
            yield name


def _is_filled(dataset: Dataset, tag: BaseTag) -> bool:
    try:
        return bool(dataset.get_item(tag).value)
    except Exception:  # a value that cannot be read may be anything
        return True


@lru_cache(maxsize=4096)
def _field(tag: int) -> str:
    name = keyword_for_tag(tag)
    if not name or name in _TELLING_NOTHING:
        return ""
    return name if tag >> 16 == 0x0010 or name in _LEADING or dictionary_VR(tag) == "PN" else ""
