"""FHIR R4: a Bundle per note on a line of its own, its codes as Conditions that nobody has confirmed yet.

What is accepted is ``provisional``, what needs review ``unconfirmed``, and what a person has signed ``confirmed``. The
Encounter names them in sequence, the principal diagnosis first. Each Condition quotes its evidence in notes, with what
the rules say of it. Codes that were turned down are left out. A note that failed has an OperationOutcome in its place.
Source: HL7 FHIR R4, Condition, Encounter, Provenance.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from wardround.export.bundle import ARTIFICIAL, Bundle, Resource, concept, identified, narrative, text
from wardround.export.exporter import Exporter, Failure

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from wardround.coding import CodingResult
    from wardround.coding.result import Suggestion
    from wardround.export.signature import Signature

__all__ = ["Fhir"]

_ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
_CLASS = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_DRAFT = "DRAFT. A suggested code, not a diagnosis; for review by a qualified professional."
_STATUS = {"accepted": "provisional", "review": "unconfirmed"}


class Fhir(Exporter):
    """A collection of an Encounter, its Conditions, and the Provenance of both.

    Args:
        time: when the resources are recorded; None is when each is written.
        signature: of the person who reviewed the codes; None for a draft.
    """

    name = "fhir"

    def __init__(self, time: datetime.datetime | None = None, signature: Signature | None = None) -> None:
        self._time = time
        self._signature = signature

    def result(self, result: CodingResult) -> str:
        record = json.dumps(result.model_dump(mode="json", by_alias=True, exclude={"timings"}), sort_keys=True)
        bundle = Bundle(hashlib.sha256(record.encode()).hexdigest(), self._time)
        made = result.provenance
        subject = {"display": "the patient of the note"}
        meta = ARTIFICIAL if made.engine else {}
        said = self._signature.said if self._signature else _DRAFT
        status = dict.fromkeys(_STATUS, "confirmed") if self._signature else _STATUS
        conditions = [
            bundle.add(
                "Condition",
                str(sequence),
                meta=meta,
                text=narrative([said, f"{suggestion.code} {suggestion.description}"]),
                verificationStatus=concept(
                    status[suggestion.status], {"system": _VERIFICATION, "code": status[suggestion.status]}
                ),
                category=[concept("Encounter diagnosis", {"system": _CATEGORY, "code": "encounter-diagnosis"})],
                code=_code(suggestion, result),
                subject=subject,
                note=[{"text": text(note)} for note in _notes(suggestion)],
            )
            for sequence, suggestion in enumerate(result.codes, 1)
        ]
        encounter = bundle.add(
            "Encounter",
            "",
            text=narrative([said, *(warning for warning in result.warnings if warning != said)]),
            identifier=[identified("", result.id)] if result.id else [],
            status="unknown",
            **{"class": {"system": _CLASS, "code": "IMP" if result.setting == "inpatient" else "AMB"}},
            subject=subject,
            diagnosis=[{"condition": condition, "rank": rank} for rank, condition in enumerate(conditions, 1)],
        )
        agents = [bundle.add_device("wardround", made.wardround)]
        if made.engine:
            agents.append(bundle.add_device(made.engine, made.engine_digest or ""))
        bundle.add_provenance(
            [*conditions, encounter],
            agents,
            {
                result.release.title: made.release_digest,
                "lexicon": made.lexicon_digest,
                "Alphabetic Index": made.index_digest or "",
                "prompts": made.prompt_digest or "",
            },
            meta=meta,
        )
        return _line(bundle.to_json())

    def failure(self, failure: Failure) -> str:
        issue = {"severity": "error", "code": "processing", "diagnostics": text(f"{failure.id}: {failure.error}")}
        return _line({"resourceType": "OperationOutcome", "issue": [issue]})


def _code(suggestion: Suggestion, result: CodingResult) -> Resource:
    return concept(
        suggestion.evidence[0].text,
        {
            "system": _ICD_10_CM,
            "version": result.release.id,
            "code": suggestion.code,
            "display": text(suggestion.description),
        },
    )


def _notes(suggestion: Suggestion) -> Iterator[str]:
    yield f"Confidence {suggestion.confidence:.3f}"
    for evidence in suggestion.evidence:
        where = f"{evidence.section.replace('_', ' ')}, characters {evidence.start} to {evidence.end}"
        yield f"“{evidence.text}” ({where}; {evidence.assertion})"
    for finding in suggestion.findings:
        section = f", {finding.section}" if finding.section else ""
        yield f"{finding.message} ({finding.rule}{section})"


def _line(resource: Resource) -> str:
    return json.dumps(resource, ensure_ascii=False) + "\n"
