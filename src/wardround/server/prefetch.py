"""What a CDS client sends along: its FHIR resources, as far as they tell of an encounter, its note and its codes.

They are taken as they are given, R4 or R5, and read tolerantly: what has another form than FHIR's says nothing.
Nothing is fetched; a note whose text is not in the resources is not read.
Source: HL7 FHIR R4 and R5, DocumentReference, Encounter, Patient, Condition; CDS Hooks 2.0, prefetch.
"""

from __future__ import annotations

import base64
import binascii
import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.coding.result import Encounter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wardround.coding.result import Setting

__all__ = ["ICD_10_CM", "Chart", "Order", "chart", "orders"]

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"

Json = dict[str, Any]

_INPATIENT = ("IMP", "ACUTE", "NONAC", "SS")
_OUTPATIENT = ("AMB", "EMER", "HH", "OBSENC", "VR", "FLD", "PRENC")
_TEXT = ("text/plain", "text/html", "application/xhtml+xml")
_DISCHARGE_SUMMARY = "18842-5"  # LOINC
_WITHDRAWN = ("entered-in-error", "superseded", "refuted")
_ORDERED = ("ServiceRequest", "MedicationRequest", "DeviceRequest", "MedicationOrder", "ProcedureRequest")
"""Requests that can name the diagnosis that supports them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is known of an encounter.

    Attributes:
        note: the content of the note that is coded: the newest discharge summary, else the newest note; None where no
            note has its text with it.
        notes: how many notes have their text with them.
        unread: how many have it elsewhere, or in a form that is not read here.
        coded: ICD-10-CM codes of the encounter's conditions, in sequence.
    """

    encounter: Encounter
    note: bytes | None
    notes: int
    unread: int
    coded: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request that is about to be signed.

    Attributes:
        resource: as the client sent it.
        reasons: ICD-10-CM codes that it names as its reason.
        has_reason: whether it names any, coded in ICD-10-CM or not.
    """

    resource: Json
    reasons: tuple[str, ...]
    has_reason: bool


def chart(prefetch: Mapping[str, Any], setting: Setting) -> Chart:
    """What ``prefetch`` tells, whatever the names of its parts.

    Args:
        setting: where the encounter does not tell.
    """
    resources = [resource for part in prefetch.values() for resource in _resources(part)]
    visit = next(_of(resources, "Encounter"), {})
    patient = next(_of(resources, "Patient"), {})
    setting = _setting(visit) or setting
    period = _object(visit.get("period")) or _object(visit.get("actualPeriod"))
    date = _date(period.get("end") if setting == "inpatient" else None) or _date(period.get("start"))
    sex = patient.get("gender")
    found = list(_notes(resources))
    readable = [(key, text) for key, text in found if text is not None]
    return Chart(
        encounter=Encounter(
            setting=setting,
            date=date,
            age=_age(_date(patient.get("birthDate")), date or datetime.date.today()),
            sex=sex if sex in ("female", "male") else None,
        ),
        note=max(readable, key=lambda each: each[0])[1] if readable else None,
        notes=len(readable),
        unread=len(found) - len(readable),
        coded=_coded(resources, visit),
    )


def orders(bundle: object, prefetch: Mapping[str, Any]) -> Iterator[Order]:
    """The requests in a bundle of draft orders that can name a reason."""
    known = [resource for part in prefetch.values() for resource in _resources(part)]
    conditions = {f"Condition/{each.get('id')}": _icd(each.get("code")) for each in _of(known, "Condition")}
    for resource in _resources(bundle):
        if resource.get("resourceType") not in _ORDERED:
            continue
        concepts = _objects(resource.get("reasonCode"))
        references = _objects(resource.get("reasonReference"))
        for reason in _objects(resource.get("reason")):  # R5: CodeableReference
            concepts += _objects([reason.get("concept")])
            references += _objects([reason.get("reference")])
        named = [code for reference in references for code in conditions.get(_tail(reference.get("reference")), ())]
        yield Order(
            resource=resource,
            reasons=tuple(dict.fromkeys([code for concept in concepts for code in _icd(concept)] + named)),
            has_reason=bool(concepts or references),
        )


def _resources(part: object) -> list[Json]:
    resource = _object(part)
    if resource.get("resourceType") == "Bundle":
        return [_object(entry.get("resource")) for entry in _objects(resource.get("entry"))]
    return [resource] if resource else []


def _of(resources: list[Json], kind: str) -> Iterator[Json]:
    return (resource for resource in resources if resource.get("resourceType") == kind)


def _setting(visit: Json) -> Setting | None:
    told = visit.get("class")
    codings = [each for concept in _objects(told) for each in _objects(concept.get("coding"))]  # R5
    for coding in codings or [_object(told)]:
        if coding.get("code") in _INPATIENT:
            return "inpatient"
        if coding.get("code") in _OUTPATIENT:
            return "outpatient"
    return None


def _notes(resources: list[Json]) -> Iterator[tuple[tuple[bool, str], bytes | None]]:
    """Each note: what ranks it, and its content."""
    binaries = {f"Binary/{each.get('id')}": each for each in _of(resources, "Binary")}
    for document in _of(resources, "DocumentReference"):
        if any(document.get(name) in _WITHDRAWN for name in ("status", "docStatus")):
            continue
        codings = _objects(_object(document.get("type")).get("coding"))
        key = any(each.get("code") == _DISCHARGE_SUMMARY for each in codings), str(document.get("date") or "")
        contents = [_object(each.get("attachment")) for each in _objects(document.get("content"))]
        texts = [_content(each, binaries) for each in contents]
        yield key, next((text for text in texts if text is not None), None)


def _content(attachment: Json, binaries: dict[str, Json]) -> bytes | None:
    kind = str(attachment.get("contentType") or "text/plain").partition(";")[0].strip().lower()
    data = attachment.get("data") or binaries.get(_tail(attachment.get("url")), {}).get("data")
    if kind not in _TEXT or not isinstance(data, str):
        return None
    try:
        return base64.b64decode(data) or None
    except (binascii.Error, ValueError):
        return None


def _coded(resources: list[Json], visit: Json) -> tuple[str, ...]:
    """The encounter's own order counts, where it gives one."""
    ranks: dict[str, int] = {}
    for diagnosis in _objects(visit.get("diagnosis")):
        rank = diagnosis.get("rank")
        if isinstance(rank, int):
            ranks[_tail(_object(diagnosis.get("condition")).get("reference"))] = rank
    conditions = []
    for condition in _of(resources, "Condition"):
        verified = _objects(_object(condition.get("verificationStatus")).get("coding"))
        if not any(each.get("code") in _WITHDRAWN for each in verified):
            conditions.append(condition)
    conditions.sort(key=lambda each: ranks.get(f"Condition/{each.get('id')}", len(ranks) + 1))
    return tuple(dict.fromkeys(code for each in conditions for code in _icd(each.get("code"))))


def _icd(concept: object) -> list[str]:
    codings = _objects(_object(concept).get("coding"))
    return [each["code"] for each in codings if each.get("system") == ICD_10_CM and isinstance(each.get("code"), str)]


def _tail(reference: object) -> str:
    """The end of a reference: ``Condition/1`` of ``https://host/fhir/Condition/1``."""
    return "/".join(reference.split("/")[-2:]) if isinstance(reference, str) else ""


def _date(value: object) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _age(born: datetime.date | None, at: datetime.date) -> float | None:
    if born is None or not 0 <= (at - born).days <= 130 * 365:
        return None
    years = at.year - born.year - ((at.month, at.day) < (born.month, born.day))
    return float(years) if years else round((at - born).days / 365.25, 2)


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
