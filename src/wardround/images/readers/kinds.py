"""What an image is to a model: its kind, by DICOM's modality, and by the class of the object where that is missing."""

from __future__ import annotations

from wardround.images.study import Kind

__all__ = ["NOT_IMAGES", "kind_of", "modality_of"]

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(["CR", "DX", "DR", "RG", "MG", "RF", "XA", "IO", "PX", "RTIMAGE"], "radiograph"),
    "CT": "ct",
    "MR": "mr",
    **dict.fromkeys(["US", "IVUS", "BDUS"], "ultrasound"),
    **dict.fromkeys(["SM", "GM"], "slide"),
    "OP": "fundus",
    "DMS": "skin",
    **dict.fromkeys(["XC", "ES"], "photograph"),
}
_BY_CLASS = {  # PS3.4 Annex B.5, the parts after 1.2.840.10008.5.1.4.1.1
    "1": "CR",
    **dict.fromkeys(["1.1", "1.1.1"], "DX"),
    **dict.fromkeys(["1.2", "1.2.1", "13.1.3", "13.1.4"], "MG"),
    **dict.fromkeys(["1.3", "1.3.1"], "IO"),
    **dict.fromkeys(["2", "2.1", "2.2"], "CT"),
    **dict.fromkeys(["3", "3.1", "6", "6.1", "6.2"], "US"),
    **dict.fromkeys(["4", "4.1", "4.3", "4.4"], "MR"),
    **dict.fromkeys(["12.1", "12.1.1"], "XA"),
    **dict.fromkeys(["12.2", "12.2.1"], "RF"),
    "20": "NM",
    **dict.fromkeys(["77.1.1", "77.1.1.1"], "ES"),
    "77.1.2": "GM",
    **dict.fromkeys(["77.1.3", "77.1.6"], "SM"),
    **dict.fromkeys(["77.1.4", "77.1.4.1"], "XC"),
    **dict.fromkeys(["77.1.5.1", "77.1.5.2"], "OP"),
    "77.1.7": "DMS",
    "128": "PT",
}
_ROOT = "1.2.840.10008.5.1.4.1.1."

NOT_IMAGES = {
    **dict.fromkeys(["SR", "KO", "AU", "DOC"], "a report or another document"),
    "PR": "a presentation state",
    **dict.fromkeys(["ECG", "EPS", "HD", "EEG", "EMG", "EOG", "RESP", "POS"], "a waveform"),
    "RTDOSE": "a radiotherapy dose",
    **dict.fromkeys(["RTPLAN", "RTSTRUCT", "RTRECORD"], "a radiotherapy plan or record"),
    "SEG": "a segmentation",
    **dict.fromkeys(["REG", "FID", "RWV"], "a registration or map of values"),
    "PLAN": "a plan",
}
"""By modality, what an object is that is no image though it may have pixel data."""


def modality_of(modality: str, sop_class: str) -> str:
    """The modality, or the one that objects of this class have; empty if neither tells."""
    return modality or _BY_CLASS.get(sop_class.removeprefix(_ROOT), "")


def kind_of(modality: str, sop_class: str) -> Kind:
    """The kind; of secondary captures and others without a telling modality, ``"other"``.

    >>> kind_of("CT", ""), kind_of("OT", "1.2.840.10008.5.1.4.1.1.7")
    ('ct', 'other')
    """
    by_class = modality_of("", sop_class)
    return _KINDS.get(modality) or _KINDS.get(by_class, "other")
