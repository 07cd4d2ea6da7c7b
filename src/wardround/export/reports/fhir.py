"""FHIR R4: a Bundle of the preliminary DiagnosticReport, its studies, its findings, and how it came to be.

Every finding is an Observation: present or absent as its value, not assessable as the reason why there is none. The
whole report stands in the DiagnosticReport as a narrative and, as Markdown, as the presented form.
Source: HL7 FHIR R4, DiagnosticReport, ImagingStudy, Observation, Provenance; LOINC 2.8 for what was examined.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from wardround.export.bundle import ARTIFICIAL, Bundle, Resource, concept, identified, narrative, text
from wardround.export.reports.exporter import ReportExporter
from wardround.export.reports.markdown import Markdown
from wardround.export.reports.outline import alerts, outline
from wardround.reporting.report import DISCLAIMER, ImageSource

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from pydicom import Dataset

    from wardround.export.reports.outline import Line, Section
    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport, Finding, ImageInfo

__all__ = ["Fhir", "dicom_uid", "digest_of"]

_HL7 = "http://terminology.hl7.org/CodeSystem"
_LOINC = "http://loinc.org"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_SUBJECT = {"display": "the patient of the study"}
_EXAMS = {  # modality, body part → LOINC; everything else is a diagnostic imaging study
    ("XR", "CHEST"): ("30745-4", "XR Chest Views"),
    ("CT", "CHEST"): ("24627-2", "CT Chest"),
    ("CT", "HEAD"): ("24725-4", "CT Head"),
    ("CT", "ABDOMEN"): ("41806-1", "CT Abdomen"),
    ("MR", "BRAIN"): ("24590-2", "MR Brain"),
    ("US", "PELVIS"): ("24869-0", "US Pelvis"),
}
_ANY_EXAM = ("18748-4", "Diagnostic imaging study")
_UID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")


class Fhir(ReportExporter):
    """A collection of a DiagnosticReport, ImagingStudies, Observations, Devices and a Provenance."""

    name = "fhir"
    suffix = ".fhir.json"
    media_type = "application/fhir+json"

    def export(
        self,
        report: DraftReport,
        *,
        pictures: Sequence[Picture] = (),
        originals: Sequence[Dataset] = (),
        time: datetime.datetime | None = None,
    ) -> bytes:
        bundle = Bundle(digest_of(report), time)
        studies = {study: _study(bundle, report, study, originals) for study in _studies(report)}
        findings = [
            _observation(bundle, report, number, finding, studies) for number, finding in enumerate(report.findings, 1)
        ]
        day = next((image.date for image in report.images if image.study == "current" and image.date), None)
        document = bundle.add(
            "DiagnosticReport",
            "",
            meta=ARTIFICIAL,
            text=narrative([DISCLAIMER, report.title, *_paragraphs(report), DISCLAIMER]),
            identifier=[identified("", report.id)],
            status="preliminary",
            category=[concept("Diagnostic imaging", _category(report))],
            code=_exam(report),
            subject=_SUBJECT,
            effectiveDateTime=day.isoformat() if day else None,
            issued=bundle.time,
            result=findings,
            imagingStudy=list(studies.values()),
            conclusion=text(" ".join([DISCLAIMER, *(_numbered(report))])),
            presentedForm=[
                {
                    "contentType": "text/markdown",
                    "language": "en",
                    "title": "Draft report",
                    "data": b64encode(Markdown().export(report)).decode(),
                }
            ],
        )
        made = report.provenance
        bundle.add_provenance(
            [document, *findings],
            [bundle.add_device("wardround", made.wardround), bundle.add_device(made.engine, made.engine_digest)],
            {
                f"protocol {made.protocol}": made.protocol_digest,
                **{f"prompt {number}": digest for number, digest in enumerate(made.prompt_digests, 1)},
                **{f"{image.study} image {n}": image.digest for n, image in enumerate(report.images, 1)},
            },
            meta=ARTIFICIAL,
        )
        return (json.dumps(bundle.to_json(), ensure_ascii=False, indent=2) + "\n").encode()


def digest_of(report: DraftReport) -> str:
    """SHA-256 of the report's content, from which identifiers are made."""
    return hashlib.sha256(json.dumps(report.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def dicom_uid(uid: str, content: str) -> str:
    """``uid`` if DICOM allows it, else one made from ``content`` (PS3.5 B.2).

    >>> dicom_uid("1.2.3", ""), dicom_uid("", "abc")[:5]
    ('1.2.3', '2.25.')
    """
    return uid if len(uid) <= 64 and _UID.fullmatch(uid) else f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, content).int}"


def _studies(report: DraftReport) -> tuple[str, ...]:
    return tuple(dict.fromkeys(image.study for image in report.images))


def _study(bundle: Bundle, report: DraftReport, study: str, originals: Sequence[Dataset]) -> Resource:
    images = [image for image in report.images if image.study == study]
    series = [_series(image, originals) for image in images]
    counts = [part["numberOfInstances"] for part in series if "numberOfInstances" in part]
    uid = dicom_uid(images[0].study_instance_uid, images[0].digest)
    return bundle.add(
        "ImagingStudy",
        study,
        identifier=[identified("urn:dicom:uid", f"urn:oid:{uid}")],
        status="available",
        modality=[_modality(code) for code in dict.fromkeys(image.modality for image in images)],
        subject=_SUBJECT,
        started=images[0].date.isoformat() if images[0].date else None,
        numberOfSeries=len(series),
        numberOfInstances=sum(counts) if len(counts) == len(series) else None,
        description=f"{study} study",
        series=series,
    )


def _series(image: ImageInfo, originals: Sequence[Dataset]) -> Resource:
    frames = f"{image.frames} frame{'s' if image.frames != 1 else ''}"
    series: Resource = {
        "uid": dicom_uid(image.series_instance_uid, image.digest + "series"),
        "modality": _modality(image.modality),
        "description": text(f"{image.view} {frames}"),
    }
    if image.body_part.strip():
        series["bodySite"] = {"display": text(image.body_part)}
    instances = [
        {
            "uid": str(header.SOPInstanceUID),
            "sopClass": {"system": "urn:ietf:rfc:3986", "code": f"urn:oid:{header.SOPClassUID}"},
        }
        for header in originals
        if header.get("SeriesInstanceUID") == image.series_instance_uid
    ]
    if instances:
        series |= {"numberOfInstances": len(instances), "instance": instances}
    return series


def _modality(modality: str) -> Resource:
    return {"system": _DICOM, "code": modality if re.fullmatch(r"[A-Z]{2,8}", modality) else "OT"}


def _exam(report: DraftReport) -> Resource:
    found = _ANY_EXAM
    for image in report.images:
        if image.study == "current":
            modality = "XR" if image.modality in ("CR", "DX") else image.modality
            found = _EXAMS.get((modality, image.body_part), _ANY_EXAM)
            break
    return concept(report.title, {"system": _LOINC, "code": found[0], "display": found[1]})


def _category(report: DraftReport) -> Resource:
    kinds = {image.kind for image in report.images}
    code = "SP" if kinds == {"slide"} else "RAD" if kinds & {"radiograph", "ct", "mr", "ultrasound"} else "OTH"
    return {"system": f"{_HL7}/v2-0074", "code": code}


def _observation(
    bundle: Bundle, report: DraftReport, number: int, finding: Finding, studies: dict[str, Resource]
) -> Resource:
    assessed = finding.presence != "not assessable"
    present = finding.presence == "present"
    elements: dict[str, Any] = {}
    if assessed:
        abnormal = present != finding.normal
        outcomes = ["POS" if present else "NEG", "AA" if finding.critical else "A" if abnormal else "N"]
        elements["valueCodeableConcept"] = concept(finding.presence)
        elements["interpretation"] = [
            concept(_MEANING[code], {"system": f"{_HL7}/v3-ObservationInterpretation", "code": code})
            for code in outcomes
        ]
    else:
        elements["dataAbsentReason"] = concept(
            "not assessable", {"system": f"{_HL7}/data-absent-reason", "code": "unknown"}
        )
    site = " ".join(p for p in ("" if finding.side == "not stated" else finding.side, finding.location) if p.strip())
    parts = {"size": finding.size, "certainty": finding.certainty if assessed else ""}
    sources = {source.study for source in finding.sources if isinstance(source, ImageSource)}
    notes = [_area(source) for source in finding.sources if isinstance(source, ImageSource) and source.area]
    notes += [
        f"{change.direction} than on the prior study: {change.statement.text}"
        if change.direction in ("better", "worse")
        else f"{change.direction}, compared with the prior study: {change.statement.text}"
        for change in report.changes
        if change.finding == finding.id
    ]
    return bundle.add(
        "Observation",
        str(number),
        meta=ARTIFICIAL,
        text=narrative([DISCLAIMER, f"{finding.id} {finding.name}: {finding.presence}", site]),
        identifier=[identified("", finding.id)],
        status="preliminary",
        category=[concept("Imaging", {"system": f"{_HL7}/observation-category", "code": "imaging"})],
        code=concept(finding.name),
        subject=_SUBJECT,
        bodySite=concept(f"{site} ({finding.structure})" if site else finding.structure),
        component=[
            {"code": concept(name), "valueString": text(value)} for name, value in parts.items() if value.strip()
        ],
        note=[{"text": text(note)} for note in notes],
        derivedFrom=[reference for study, reference in studies.items() if study in sources],
        **elements,
    )


_MEANING = {"POS": "Positive", "NEG": "Negative", "AA": "Critical abnormal", "A": "Abnormal", "N": "Normal"}


def _area(source: ImageSource) -> str:
    area = source.area
    assert area is not None
    return (
        f"Approximate area, {source.study} study, series {source.series}, frame {source.frame or 1}: columns "
        f"{area.left:.0f} to {area.right:.0f}, rows {area.top:.0f} to {area.bottom:.0f} of the stored pixels"
    )


def _numbered(report: DraftReport) -> Iterator[str]:
    for number, statement in enumerate(report.impression, 1):
        yield f"{number}. {statement.text}"


def _paragraphs(report: DraftReport) -> Iterator[str]:
    for alert in alerts(report):
        yield _said(alert)
    for section in outline(report):
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"{section.heading}:"
    for number, line in enumerate(section.lines, 1):
        yield f"{number}. {_said(line)}" if section.numbered else _said(line)
    for below in section.sections:
        yield from _section(below)


def _said(line: Line) -> str:
    label = f"{line.label}: " if line.label else ""
    return f"{label}{line.text}" + (f" [{'; '.join(line.sources)}]" if line.sources else "")
