"""FHIR R4: a Bundle of the preliminary DiagnosticReport, its studies, its findings, and how it came to be.

Every finding is an Observation: present or absent as its value, not assessable as the reason why there is none. The
whole report stands in the DiagnosticReport as a narrative and, as Markdown, as the presented form.
Source: HL7 FHIR R4, DiagnosticReport, ImagingStudy, Observation, Provenance; LOINC 2.8 for what was examined.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from wardround.export.bundle import ARTIFICIAL, Bundle, Resource, concept, identified, narrative, text
from wardround.export.reports.exporter import ReportExporter
from wardround.export.reports.identity import dicom_uid, digest_of, exam
from wardround.export.reports.markdown import Markdown
from wardround.export.reports.outline import alerts, area_in_words, outline, said
from wardround.reporting.report import DISCLAIMER, ImageSource

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator, Sequence

    from pydicom import Dataset

    from wardround.export.reports.outline import Section
    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport, Finding, ImageInfo

__all__ = ["Fhir"]

_HL7 = "http://terminology.hl7.org/CodeSystem"
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_SUBJECT = {"display": "the patient of the study"}


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
        code, display = exam(report)
        document = bundle.add(
            "DiagnosticReport",
            "",
            meta=ARTIFICIAL,
            text=narrative([DISCLAIMER, report.title, *_paragraphs(report), DISCLAIMER]),
            identifier=[identified("", report.id)],
            status="preliminary",
            category=[concept("Diagnostic imaging", _category(report))],
            code=concept(report.title, {"system": "http://loinc.org", "code": code, "display": display}),
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


def _studies(report: DraftReport) -> tuple[str, ...]:
    return tuple(dict.fromkeys(image.study for image in report.images))


def _study(bundle: Bundle, report: DraftReport, study: str, originals: Sequence[Dataset]) -> Resource:
    images = [image for image in report.images if image.study == study]
    series = [_series(number, image, originals) for number, image in enumerate(images, 1)]
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


def _series(number: int, image: ImageInfo, originals: Sequence[Dataset]) -> Resource:
    frames = f"{image.frames} frame{'s' if image.frames != 1 else ''}"
    series: Resource = {
        "uid": dicom_uid(image.series_instance_uid, f"{image.digest} series {number}"),
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
    notes = [
        area_in_words(source, source.area)
        for source in finding.sources
        if isinstance(source, ImageSource) and source.area is not None
    ]
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


def _numbered(report: DraftReport) -> Iterator[str]:
    for number, statement in enumerate(report.impression, 1):
        yield f"{number}. {statement.text}"


def _paragraphs(report: DraftReport) -> Iterator[str]:
    for alert in alerts(report):
        yield said(alert)
    for section in outline(report):
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"{section.heading}:"
    for number, line in enumerate(section.lines, 1):
        yield f"{number}. {said(line)}" if section.numbered else said(line)
    for below in section.sections:
        yield from _section(below)
