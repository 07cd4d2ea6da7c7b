"""What a report and its study are called in other standards: identifiers, and codes of exams."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.reporting.report import DraftReport

__all__ = ["dicom_uid", "digest_of", "exam"]

_UID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
_EXAMS = {  # modality, body part → LOINC
    ("XR", "CHEST"): ("30745-4", "XR Chest Views"),
    ("CT", "CHEST"): ("24627-2", "CT Chest"),
    ("CT", "HEAD"): ("24725-4", "CT Head"),
    ("CT", "ABDOMEN"): ("41806-1", "CT Abdomen"),
    ("MR", "BRAIN"): ("24590-2", "MR Brain"),
    ("US", "PELVIS"): ("24869-0", "US Pelvis"),
}
_ANY_EXAM = ("18748-4", "Diagnostic imaging study")


def digest_of(report: DraftReport) -> str:
    """SHA-256 of the report's content, from which identifiers are made."""
    return hashlib.sha256(json.dumps(report.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def dicom_uid(uid: str, content: str) -> str:
    """``uid`` if DICOM allows it, else one made from ``content`` (PS3.5 B.2).

    >>> dicom_uid("1.2.3", ""), dicom_uid("", "abc")[:5]
    ('1.2.3', '2.25.')
    """
    if len(uid) <= 64 and _UID.fullmatch(uid):
        return uid
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, hashlib.sha256(content.encode(errors='replace')).hexdigest()).int}"


def exam(report: DraftReport) -> tuple[str, str]:
    """The LOINC code of what was examined and its name; of a diagnostic imaging study where nothing closer is known."""
    current = next((image for image in report.images if image.study == "current"), None)
    if current is None:
        return _ANY_EXAM
    modality = "XR" if current.modality in ("CR", "DX") else current.modality
    return _EXAMS.get((modality, current.body_part), _ANY_EXAM)
