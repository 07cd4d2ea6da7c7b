"""What must hold of a DICOM file before it may be called de-identified: looked up in the bytes that were written.

It asks nothing of how the file was made, so that a fault there is found here.
"""

from __future__ import annotations

import io
import re
from datetime import date
from typing import TYPE_CHECKING

from wardround.images.deidentify.attributes import BINARY, IDENTIFYING
from wardround.images.deidentify.elements import Path, drop_unreadable, name_of, walk
from wardround.images.deidentify.header import holds, patient_of, registered
from wardround.images.deidentify.traces import Traces, traces_of
from wardround.images.readers.quiet import quiet

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

    from wardround.images.deidentify.identifiers import Identifiers

__all__ = ["left_in"]

_META = {0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013}
_DUMMIES = {"", "ANONYMIZED", "0", "0.0", "000Y", "None"}
_OLDEST = 90  # years
_FREE_TEXT = {"ST", "LT", "UT", "UC", "UR"}
_BYTES = {"OB", "OW", "OF", "OD", "OL", "OV", "UN"}
_OURS = {"DeidentificationMethod", "DeidentificationMethodCodeSequence"}


def left_in(written: bytes, original: Dataset, identifiers: Identifiers) -> tuple[str, ...]:
    """The names of what identifies the patient and is still there; empty if the file passes.

    Args:
        written: the de-identified file.
        original: what it was made of, unchanged.
        identifiers: with which it was made.
    """
    from pydicom import dcmread

    with quiet():
        result = dcmread(io.BytesIO(written), force=True)
        drop_unreadable(original)
        checked = _Checked(original, identifiers)
        left = {name_of(path.tag) for path, element in walk(result) if not checked.passes(path, element)}
        left |= {name_of(int(element.tag)) for element in result.file_meta if int(element.tag) not in _META}
    if any(written[:128]):
        left.add("preamble")
    if result.file_meta.get("MediaStorageSOPInstanceUID") != result.get("SOPInstanceUID"):
        left.add("MediaStorageSOPInstanceUID")
    for keyword, value in (("PatientIdentityRemoved", "YES"), ("LongitudinalTemporalInformationModified", "MODIFIED")):
        if result.get(keyword) != value:
            left.add(keyword)
    if not left and checked.traces.in_bytes(_without_picture(written, result)):
        left.add("bytes of the header")
    return tuple(sorted(left))


def _without_picture(written: bytes, result: Dataset) -> bytes:
    """The bytes but those of native pixels, in which a name can stand by chance; compressed ones may hold texts."""
    if "PixelData" not in result or result.file_meta.TransferSyntaxUID.is_compressed:
        return written
    pixels = result.PixelData
    start = written.rfind(pixels)
    return written[:start] + written[start + len(pixels) :]


class _Checked:
    """Tells of one element whether it may stay."""

    def __init__(self, original: Dataset, identifiers: Identifiers) -> None:
        patient = patient_of(original)
        self.traces: Traces = traces_of(original)
        self._days = identifiers.days(patient)
        self._pseudonym = identifiers.pseudonym(patient)
        self._days_before: dict[Path, list[str]] = {}
        self._uids: set[str] = set()
        for path, element in walk(original):
            if element.VR in ("DA", "DT"):
                self._days_before[path] = _values(element)
            elif element.VR == "UI":
                self._uids |= {uid for uid in _values(element) if not registered(uid)}

    def passes(self, path: Path, element: DataElement) -> bool:
        group, number = path.tag >> 16, path.tag & 0xFFFF
        if group % 2 or not element.keyword or not number or group >> 8 in (0x50, 0x60):
            return False
        if element.keyword in _OURS or (path.steps and name_of(path.steps[0][0]) in _OURS):
            return True
        if element.VR == "SQ":
            return element.keyword not in IDENTIFYING or not element.value
        if element.VR in _BYTES:
            return element.keyword in BINARY
        values = _values(element)
        if element.keyword in ("PatientName", "PatientID"):
            return values == [self._pseudonym]
        if element.VR == "PN" or element.keyword in IDENTIFYING:
            return set(values) <= _DUMMIES
        if element.VR == "UI":
            return all(registered(uid) or (uid.startswith("2.25.") and uid not in self._uids) for uid in values)
        if element.VR in ("DA", "DT"):
            return self._moved(values, self._days_before.get(path, []))
        if element.VR == "AS":
            return all(int(age[:3]) <= _OLDEST for age in values if age.endswith("Y"))
        return not (element.VR in _FREE_TEXT and any(values)) and not any(
            holds(self.traces, element.VR, value) for value in values
        )

    def _moved(self, values: list[str], before: list[str]) -> bool:
        """Whether all days are as far from those before as the patient's are to be."""
        if not any(values):
            return True
        if len(values) != len(before) or not 365 <= self._days <= 3650:
            return False
        for now, then in zip(values, before, strict=True):
            day, day_before = _day(now), _day(then)
            if now and (now == then or (day and (day_before is None or (day_before - day).days != self._days))):
                return False
        return True


def _values(element: DataElement) -> list[str]:
    if element.is_empty:
        return []
    values = element.value if element.VM > 1 else [element.value]
    return [str(value).strip() for value in values]


def _day(text: str) -> date | None:
    """The day a DA or DT names; None if it names less than a day."""
    found = re.match(r"(\d{4})\.?(\d\d)\.?(\d\d)", text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
