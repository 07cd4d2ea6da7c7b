"""The content tree of a Structured Report: findings in groups, then the sentences under their headings."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    ContainerContentItem,
    ContentSequence,
    DeviceObserverIdentifyingAttributes,
    FindingSite,
    GraphicTypeValues,
    ImageRegion,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurementGroup,
    SourceImageForRegion,
    TextContentItem,
    TrackingIdentifier,
)
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from wardround.boxes import Box
from wardround.export.reports.capture import layout
from wardround.export.reports.dicom.evidence import Instance, best, captured, instance_of
from wardround.export.reports.identity import dicom_uid, digest_of, exam
from wardround.export.reports.outline import alerts, area_in_words, outline, said
from wardround.export.visible import visible
from wardround.reporting.report import DISCLAIMER, ImageSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydicom import Dataset

    from wardround.export.reports.outline import Section
    from wardround.export.reports.picture import Picture
    from wardround.reporting.report import DraftReport, Finding

    _Group = PlanarROIMeasurementsAndQualitativeEvaluations | MeasurementsAndQualitativeEvaluations

__all__ = ["Content"]

SCHEME = "99WARDROUND"
_MEANING_LIMIT = 64  # of CodeMeaning, an LO
_HEADINGS = {  # heading → the codes of the container and of a text in it, CID 7001 and 7002; others are comments
    "Exam": (codes.DCM.CurrentProcedureDescriptions, codes.DCM.ProcedureDescription),
    "Technique": (codes.DCM.CurrentProcedureDescriptions, codes.DCM.ProcedureDescription),
    "Clinical information": (codes.DCM.History, codes.DCM.History),
    "Comparison": (codes.DCM.PreviousFindings, codes.DCM.Finding),
    "Findings": (codes.DCM.Findings, codes.DCM.Finding),
    "Impression": (codes.DCM.Impressions, codes.DCM.Impression),
    "Differential": (codes.DCM.Conclusions, codes.DCM.DifferentialDiagnosisImpression),
    "Recommendations": (codes.DCM.Recommendations, codes.DCM.Recommendation),
}
_PRESENCE = {
    "present": codes.cid240.Present,
    "absent": codes.cid240.Absent,
    "not assessable": codes.cid240.Undetermined,
}
_SIDES = {
    "left": codes.SCT.Left,
    "right": codes.SCT.Right,
    "bilateral": codes.SCT.Bilateral,
    "midline": codes.DCM.Median,
}


class Content:
    """The content of one report.

    Attributes:
        evidence: the objects it may refer to, those of the current study first; empty if there are none.
    """

    def __init__(self, report: DraftReport, pictures: Sequence[Picture], originals: Sequence[Dataset]) -> None:
        self._report, self._pictures, self._originals = report, pictures, originals
        self._digest = digest_of(report)
        self._capture: Instance | None = None
        self.evidence = list(originals)
        picture = best(report, pictures)
        if not originals and picture is not None:
            times, band = layout(picture)
            across = picture.width / picture.shows.width * times
            down = picture.height / picture.shows.height * times
            self._capture = Instance(
                captured(report, picture),
                scale=(across, down),
                shift=(-picture.shows.left * across, -picture.shows.top * down + band),
            )
            self._shown = picture
            self.evidence = [self._capture.dataset]

    def tree(self) -> MeasurementReport:
        """The document's root, in a sequence of one."""
        made = self._report.provenance
        observer = ObserverContext(
            codes.DCM.Device,
            DeviceObserverIdentifyingAttributes(
                uid=dicom_uid("", f"wardround {made.engine} {made.engine_digest}"),
                name="wardround",
                manufacturer_name="wardround",
                model_name=visible(made.engine)[:_MEANING_LIMIT],
            ),
        )
        code, display = exam(self._report)
        groups = [self._group(number, finding) for number, finding in enumerate(self._report.findings, 1)]
        tree = MeasurementReport(
            ObservationContext(observer_device_context=observer),
            procedure_reported=CodedConcept(code, "LN", display),
            imaging_measurements=groups or [self._nothing()],
            title=codes.DCM.ImagingMeasurementReport,
        )
        for words in (DISCLAIMER, *(said(alert) for alert in alerts(self._report))):
            tree[0].ContentSequence.insert(-1, _text(codes.DCM.Comment, words))  # before the measurements
        tree[0].ContentSequence.append(
            _container(codes.DCM.CurrentProcedureDescriptions, codes.DCM.ProcedureDescription, [self._report.title])
        )
        for section in outline(self._report):
            container, concept = _HEADINGS.get(section.heading, (_own(section.heading), codes.DCM.Comment))
            tree[0].ContentSequence.append(_container(container, concept, _texts(section)))
        return tree

    def _group(self, number: int, finding: Finding) -> _Group:
        sources = [source for source in finding.sources if isinstance(source, ImageSource)]
        located = [(self._instance(source), source.area) for source in sources]
        tracking = TrackingIdentifier(
            uid=dicom_uid("", f"{self._digest} finding {number}"), identifier=_meaning(finding.id)
        )
        made = self._report.provenance
        common: dict[str, Any] = {
            "tracking_identifier": tracking,
            "finding_type": _standard(finding.name),
            "algorithm_id": AlgorithmIdentification(
                name="wardround", version=_meaning(made.wardround), parameters=[visible(made.engine)]
            ),
            "finding_sites": [FindingSite(_standard(finding.structure), laterality=_SIDES.get(finding.side))],
            "qualitative_evaluations": [
                QualitativeEvaluation(codes.DCM.PresenceOfProperty, _PRESENCE[finding.presence]),
                *(
                    [QualitativeEvaluation(codes.DCM.CertaintyOfFinding, _own(finding.certainty))]
                    if finding.presence != "not assessable"
                    else []
                ),
            ],
        }
        region = next(((instance, area) for instance, area in located if instance and area), None)
        if region is not None:
            instance, area = region
            box = instance.place(Box(area.left, area.top, area.right, area.bottom))
            group: _Group = PlanarROIMeasurementsAndQualitativeEvaluations(
                referenced_region=_region(instance, box), **common
            )
        else:
            images = [_source_image(instance) for instance, _ in located if instance]
            group = MeasurementsAndQualitativeEvaluations(source_images=images[:1] or None, **common)
        for words in _details(finding):
            group[0].ContentSequence.append(_text(codes.DCM.Comment, words))
        return group

    def _nothing(self) -> MeasurementsAndQualitativeEvaluations:
        """The group that a measurement report must have, where nothing was looked for."""
        return MeasurementsAndQualitativeEvaluations(
            TrackingIdentifier(uid=dicom_uid("", f"{self._digest} nothing"), identifier="no findings")
        )

    def _instance(self, source: ImageSource) -> Instance | None:
        if self._capture is None:
            return instance_of(source, self._report, self._originals, self._pictures)
        shown = (self._shown.study, self._shown.series, self._shown.frame)
        return self._capture if (source.study, source.series, source.frame or self._shown.frame) == shown else None


def _details(finding: Finding) -> Iterator[str]:
    yield f"{finding.id} {finding.name}"
    if finding.critical:
        yield "Critical: to be told to the clinician directly"
    if finding.normal:
        yield "Its presence is the normal state"
    if finding.location.strip():
        yield f"Location: {finding.location}"
    if finding.size.strip():
        yield f"Size: {finding.size}"
    for source in finding.sources:
        if isinstance(source, ImageSource) and source.area is not None:
            yield area_in_words(source, source.area)


def _texts(section: Section) -> Iterator[str]:
    for line in section.lines:
        yield said(line)
    for below in section.sections:
        for words in _texts(below):
            yield f"{below.heading}: {words}"


def _container(name: Code | CodedConcept, concept: Code | CodedConcept, texts: Iterator[str] | list[str]) -> Dataset:
    item = ContainerContentItem(name=name, relationship_type=RelationshipTypeValues.CONTAINS)
    item.ContentSequence = ContentSequence([_text(concept, words) for words in texts])
    return item


def _text(concept: Code | CodedConcept, words: str) -> TextContentItem:
    return TextContentItem(
        name=concept, value=visible(words).strip() or "–", relationship_type=RelationshipTypeValues.CONTAINS
    )


def _region(instance: Instance, box: Box) -> ImageRegion:
    corners = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
    return ImageRegion(
        GraphicTypeValues.POLYLINE,
        np.array([*corners, corners[0]], dtype=np.float32),
        SourceImageForRegion(
            instance.dataset.SOPClassUID,
            instance.dataset.SOPInstanceUID,
            [instance.frame] if instance.frame is not None else None,
        ),
    )


def _source_image(instance: Instance) -> SourceImageForMeasurementGroup:
    return SourceImageForMeasurementGroup(
        instance.dataset.SOPClassUID,
        instance.dataset.SOPInstanceUID,
        [instance.frame] if instance.frame is not None else None,
    )


def _standard(name: str) -> Code | CodedConcept:
    """DICOM's own code for ``name``, where it has one of exactly this name; else one of ours."""
    keyword = "".join(word[:1].upper() + word[1:] for word in name.replace("_", " ").split())
    found = getattr(codes.SCT, keyword, None) if keyword.isidentifier() else None
    return found if isinstance(found, Code) else _own(name.replace("_", " "))


def _own(name: str) -> CodedConcept:
    meaning = _meaning(name)
    value = re.sub(r"[^a-z0-9]+", "-", meaning.lower()).strip("-")
    return CodedConcept(value or f"{zlib.crc32(meaning.encode()):08x}", SCHEME, meaning)


def _meaning(name: str) -> str:
    """``name`` as a short text of DICOM: no backslash, at most 64 characters, never blank."""
    return visible(name).replace("\\", "/").strip()[:_MEANING_LIMIT].strip() or "unnamed"
