"""A FHIR R4 Bundle as plain JSON: resources that name each other, made without a FHIR library.

Only elements that R4 (4.0.1) and R4B (4.3.0) share are used. Identifiers come from what is exported, so the same input
gives the same ones. Source: HL7 FHIR R4, Bundle, Narrative, Provenance; AI Transparency on FHIR for ``AIAST``.
"""

from __future__ import annotations

import datetime
import uuid
from html import escape
from typing import TYPE_CHECKING, Any

from wardround.export.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ARTIFICIAL", "Bundle", "Resource", "concept", "identified", "narrative", "text"]

Resource = dict[str, Any]

ARTIFICIAL = {
    "security": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
            "code": "AIAST",
            "display": "Artificial Intelligence asserted",
        }
    ]
}
"""The ``meta`` of what a model had a part in."""

_NAMESPACE = uuid.UUID("6f1d3a52-8f0e-5c52-9d1c-3a5f6f0f7b11")


class Bundle:
    """A collection in the making.

    Attributes:
        time: when it is made, as an instant of FHIR.
    """

    def __init__(self, digest: str, time: datetime.datetime | None) -> None:
        self._namespace = uuid.uuid5(_NAMESPACE, digest)
        self._entries: list[Resource] = []
        moment = time or datetime.datetime.now(datetime.UTC)
        self.time = moment.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    def add(self, kind: str, key: str, **elements: Any) -> Resource:
        """Put in a resource, its empty elements left out, and return the reference to it."""
        id = str(uuid.uuid5(self._namespace, f"{kind}/{text(key)}"))
        resource = {
            "resourceType": kind,
            "id": id,
            **{k: v for k, v in elements.items() if v not in (None, "", [], {})},
        }
        self._entries.append({"fullUrl": f"urn:uuid:{id}", "resource": resource})
        return {"reference": f"urn:uuid:{id}"}

    def add_device(self, name: str, version: str) -> Resource:
        """Put in software or a model, and return the reference to it."""
        return self.add(
            "Device",
            name,
            deviceName=[{"name": text(name), "type": "model-name"}],
            version=[{"value": text(version)}] if version else [],
        )

    def add_provenance(
        self, targets: list[Resource], agents: list[Resource], entities: Mapping[str, str], **elements: Any
    ) -> Resource:
        """Put in who made the targets, and from what: ``entities`` are digests by what they are of."""
        return self.add(
            "Provenance",
            "",
            target=targets,
            recorded=self.time,
            agent=[
                {
                    "type": _coded("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "assembler"),
                    "who": agent,
                }
                for agent in agents
            ],
            entity=[
                {"role": "source", "what": {"identifier": identified("", digest), "display": text(name)}}
                for name, digest in entities.items()
                if digest
            ],
            **elements,
        )

    def to_json(self) -> Resource:
        """The Bundle."""
        return {
            "resourceType": "Bundle",
            "id": str(self._namespace),
            "type": "collection",
            "timestamp": self.time,
            "entry": self._entries,
        }


def text(words: str) -> str:
    """``words`` as a FHIR string, which has no control characters and is never blank."""
    return visible(words).strip() or "–"


def concept(words: str, *codings: Resource) -> Resource:
    """A CodeableConcept."""
    coded: Resource = {"coding": list(codings)} if codings else {}
    return {**coded, "text": text(words)}


def identified(system: str, value: str) -> Resource:
    """An Identifier."""
    named: Resource = {"system": system} if system else {}
    return {**named, "value": text(value)}


def narrative(paragraphs: Iterable[str]) -> Resource:
    """A Narrative of plain paragraphs."""
    body = "".join(f"<p>{escape(text(paragraph))}</p>" for paragraph in paragraphs)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'}


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}
