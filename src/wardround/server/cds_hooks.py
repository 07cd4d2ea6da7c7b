"""CDS Hooks: codes that the note of an encounter suggests, and what the rules say of those that are there, as cards.

A client calls at ``encounter-discharge`` and ``order-sign`` and sends along what is needed; nothing is fetched, and
nothing is kept. It shows one of our tokens as its bearer token.
Source: HL7 CDS Hooks 2.0; CDS Hooks Library, encounter-discharge and order-sign.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from wardround.coding import CodingResult, Finding, Suggestion
from wardround.errors import InputError, UnknownRecord
from wardround.server.access.identify import Acting
from wardround.server.access.policy import permits
from wardround.server.prefetch import ICD_10_CM, Chart, Order, chart, orders
from wardround.server.problems import Problem, answer, problem
from wardround.server.serving import Serving

if TYPE_CHECKING:
    from wardround.coding import Checker

__all__ = ["router"]

router = APIRouter(tags=["CDS Hooks"])

_SUMMARY = 140  # characters
_LABEL = 80
_MOST = 20  # cards of one kind
_OFFERED = 5  # codes for an order
_REASONS = "urn:wardround:override-reason"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_DRAFT = "A draft for a qualified professional to check; not a diagnosis."


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Coding(_Model):
    """A code of a system."""

    system: str
    code: str
    display: str = ""


class Source(_Model):
    """Who says so."""

    label: str = "wardround"
    topic: Coding | None = None


class Action(_Model):
    """What accepting a suggestion does, in the client's record."""

    type: Literal["create", "update"]
    description: str
    resource: dict[str, Any]


class SuggestedChange(_Model):
    """What a card offers to do."""

    label: str
    uuid: str
    actions: list[Action]


class Card(_Model):
    """What is shown to the clinician."""

    uuid: str
    summary: str = Field(max_length=_SUMMARY)
    indicator: Literal["info", "warning", "critical"]
    detail: str | None = None
    source: Source
    suggestions: list[SuggestedChange] | None = None
    selection_behavior: Literal["at-most-one"] | None = None
    override_reasons: list[Coding] | None = None


class Cards(_Model):
    """The answer to a call."""

    cards: list[Card]


class Service(_Model):
    """What a client may call, and what it must send along."""

    hook: Literal["encounter-discharge", "order-sign"]
    id: str
    title: str
    description: str
    prefetch: dict[str, str]
    usage_requirements: str


class Discovery(_Model):
    """The services that there are."""

    services: list[Service]


def _can_be_sent_back(value: dict[str, Any]) -> dict[str, Any]:
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


Sent = Annotated[dict[str, Any], AfterValidator(_can_be_sent_back)]
"""FHIR as JSON, parts of which cards repeat: without halves of surrogate pairs and infinite numbers."""


class Call(_Model):
    """A call of a service. What else the client sends, such as its access token, is not looked at."""

    hook: str = Field(max_length=100)
    hook_instance: str = Field(max_length=100)
    context: Sent
    prefetch: Sent = Field(default_factory=dict)


class Given(_Model):
    """What became of one card. A comment is not looked at."""

    card: str = Field(max_length=100)
    outcome: Literal["accepted", "overridden"]


class Feedback(_Model):
    """What became of cards."""

    feedback: list[Given] = Field(max_length=1000)


_NEEDED = (
    "The note's text must be in the DocumentReference (content.attachment.data) or in a Binary of the same bundle, as "
    "text/plain or text/html; it is not fetched."
)
_PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "encounter": "Encounter/{{context.encounterId}}",
    "notes": "DocumentReference?encounter={{context.encounterId}}&status=current",
    "conditions": "Condition?encounter={{context.encounterId}}",
}
SERVICES = {
    service.id: service
    for service in (
        Service(
            hook="encounter-discharge",
            id="wardround-discharge",
            title="ICD-10-CM codes of the encounter",
            description="Suggests codes that the note supports, and tells what the rules say of those there are.",
            prefetch=_PREFETCH,
            usage_requirements=_NEEDED,
        ),
        Service(
            hook="order-sign",
            id="wardround-orders",
            title="Diagnoses that support orders",
            description="Finds orders that name no diagnosis, and offers the codes that the note supports.",
            prefetch=_PREFETCH,
            usage_requirements=_NEEDED,
        ),
    )
}

ServiceId = Annotated[str, Path(max_length=100)]
_MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "There is no such service."},
    412: {"model": Problem, "description": "The prefetch lacks the note."},
}


@router.get("/cds-services", operation_id="cds_services", openapi_extra=permits("public"))
def services() -> Discovery:
    """The CDS Hooks services that there are, and what each of them needs."""
    return Discovery(services=list(SERVICES.values()))


@router.post(
    "/cds-services/{service}",
    operation_id="cds_call",
    openapi_extra=permits("notes:code"),
    response_model=Cards,
    response_model_exclude_none=True,
    responses=_MISSING,
)
def call(service: ServiceId, body: Call, serving: Serving, acting: Acting) -> Cards | Response:
    """Cards for an encounter that ends, or for orders that are to be signed. Nothing of it is kept."""
    called = _service(service)
    if body.hook != called.hook:
        raise InputError(f"this service is for the hook {called.hook}", where="hook")
    if body.prefetch.get("notes") is None:
        told = problem(412, "the prefetch lacks the note", where="prefetch.notes", hint=_NEEDED)
        return answer(told)
    told_of = chart(body.prefetch, "inpatient" if called.hook == "encounter-discharge" else "outpatient")
    result = None if told_of.note is None else serving.drafting.code(told_of.note, told_of.encounter)
    cards = [] if result is not None else [_unread(told_of)]
    if called.hook == "encounter-discharge":
        cards += _suggested(result, told_of, body.context)
        cards += _wrong(told_of)
    else:
        cards += _unsupported(list(orders(body.context.get("draftOrders"), body.prefetch)), result)
    serving.store.log(acting, "query", "note", reason="CDS Hooks", service=called.id, cards=len(cards))
    return Cards(cards=cards)


@router.post(
    "/cds-services/{service}/feedback",
    operation_id="cds_feedback",
    openapi_extra=permits("notes:code"),
    responses={404: _MISSING[404]},
)
def feedback(service: ServiceId, body: Feedback, serving: Serving) -> dict[str, str]:
    """Tell what became of cards. It is counted; comments are not kept."""
    called = _service(service)
    for each in body.feedback:
        serving.metrics.answered_card(called.hook, each.outcome)
    return {}


def _service(id: str) -> Service:
    if id not in SERVICES:
        raise UnknownRecord("there is no such service", hint="GET /cds-services")
    return SERVICES[id]


def _suggested(result: CodingResult | None, told_of: Chart, context: dict[str, Any]) -> Iterator[Card]:
    """A card for each code that the note supports and that is not there yet."""
    new = [] if result is None else [each for each in result.codes if each.code not in told_of.coded]
    more = f" (one of {told_of.notes} notes)" if told_of.notes > 1 else ""
    for each in new[:_MOST]:
        review = " Needs review." if each.status == "review" else ""
        lines = [f"**{each.code}** {_plain(each.description)}.{review}", f"From the note{more}:"]
        lines += [f"> {_plain(quote.text)}" for quote in each.evidence]
        lines += [f"- {_said(finding)}" for finding in each.findings]
        action = Action(
            type="create",
            description=_cut(f"Add {each.code} as a diagnosis of the encounter, not confirmed", _SUMMARY),
            resource=_condition(each, result.release.id if result else "", context),
        )
        label = _cut(f"Add {each.code} {each.description}", _LABEL)
        yield _card(
            f"{each.code} {each.description}",
            lines,
            topic=Coding(system=ICD_10_CM, code=each.code, display=each.description),
            suggestions=[SuggestedChange(label=label, uuid=str(uuid.uuid4()), actions=[action])],
            override_reasons=_SUGGESTION_REASONS,
        )
    if len(new) > _MOST:
        yield _card(f"The note suggests {len(new) - _MOST} more codes", ["Code the note in wardround to see them all."])


def _wrong(told_of: Chart) -> Iterator[Card]:
    """A card for each thing that is wrong with the codes that are there."""
    found = [each for each in _checker().check(told_of.coded, told_of.encounter) if each.severity != "info"]
    for finding in found[:_MOST]:
        lines = [_said(finding)]
        yield _card(finding.message, lines, indicator="warning", override_reasons=_FINDING_REASONS)
    if len(found) > _MOST:
        yield _card(f"The rules find {len(found) - _MOST} more things to look at", [], indicator="warning")


def _unsupported(given: list[Order], result: CodingResult | None) -> Iterator[Card]:
    """A card for each order that names no diagnosis."""
    offered = [] if result is None else list(result.codes[:_OFFERED])
    lacking = [each for each in given if not each.has_reason]
    for order in lacking[:_MOST]:
        lines = ["Which of the note's diagnoses supports the order, if any, is for the person who signs it to say."]
        lines += [f"- {each.code} {_plain(each.description)}: “{_plain(each.evidence[0].text)}”" for each in offered]
        yield _card(
            f"No diagnosis supports the order {_ordered(order.resource)}",
            lines,
            indicator="warning",
            suggestions=[_reason(order.resource, each) for each in offered] or None,
            override_reasons=_ORDER_REASONS,
        )
    if len(lacking) > _MOST:
        yield _card(f"{len(lacking) - _MOST} more orders name no diagnosis", [], indicator="warning")


def _unread(told_of: Chart) -> Card:
    lines = [_NEEDED]
    if told_of.unread:
        lines.append(f"There are {told_of.unread} documents whose text is elsewhere, or in a form that is not read.")
    return _card("There is no note of this encounter that can be coded", lines)


def _card(
    summary: str,
    lines: list[str],
    *,
    indicator: Literal["info", "warning"] = "info",
    topic: Coding | None = None,
    suggestions: list[SuggestedChange] | None = None,
    override_reasons: list[Coding] | None = None,
) -> Card:
    return Card(
        uuid=str(uuid.uuid4()),
        summary=_cut(summary, _SUMMARY),
        indicator=indicator,
        detail="\n\n".join([*lines, f"*{_DRAFT}*"]),
        source=Source(topic=topic),
        suggestions=suggestions,
        selection_behavior="at-most-one" if suggestions else None,
        override_reasons=override_reasons,
    )


def _condition(suggestion: Suggestion, release: str, context: dict[str, Any]) -> dict[str, Any]:
    status = "provisional" if suggestion.status == "accepted" else "unconfirmed"
    condition: dict[str, Any] = {
        "resourceType": "Condition",
        "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": status}]},
        "category": [{"coding": [{"system": _CATEGORY, "code": "encounter-diagnosis"}]}],
        "code": _concept(suggestion, release),
        "note": [{"text": f"“{quote.text}”"} for quote in suggestion.evidence],
    }
    for field, kind, name in (("subject", "Patient", "patientId"), ("encounter", "Encounter", "encounterId")):
        if isinstance(context.get(name), str):
            condition[field] = {"reference": f"{kind}/{context[name]}"}
    return condition


def _reason(order: dict[str, Any], suggestion: Suggestion) -> SuggestedChange:
    """The order with a code as its reason."""
    label = _cut(f"{suggestion.code} {suggestion.description}", _LABEL)
    resource = {**order, "reasonCode": [_concept(suggestion, "")]}
    action = Action(type="update", description=_cut(f"Name {label} as the order's reason", _SUMMARY), resource=resource)
    return SuggestedChange(label=label, uuid=str(uuid.uuid4()), actions=[action])


def _concept(suggestion: Suggestion, release: str) -> dict[str, Any]:
    coding = {"system": ICD_10_CM, "code": suggestion.code, "display": suggestion.description}
    return {"coding": [{**coding, "version": release} if release else coding], "text": suggestion.evidence[0].text}


def _ordered(order: dict[str, Any]) -> str:
    """What is ordered, as the client shows it."""
    names = ("code", "medicationCodeableConcept", "codeCodeableConcept")
    concept: object = next((order[name] for name in names if name in order), None)
    if isinstance(concept, dict):
        codings = concept.get("coding")
        first = codings[0] if isinstance(codings, list) and codings and isinstance(codings[0], dict) else {}
        shown = concept.get("text") or first.get("display") or first.get("code")
        if isinstance(shown, str):
            return shown
    return str(order["resourceType"])


def _said(finding: Finding) -> str:
    section = f" (Guidelines {finding.section})" if finding.section else ""
    return f"{_plain(finding.message)}{section}"


def _plain(text: str) -> str:
    """Text that is shown as it is, on one line of Markdown."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _cut(text: str, size: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= size else f"{text[: size - 1].rstrip()}…"


def _override(**reasons: str) -> list[Coding]:
    return [Coding(system=_REASONS, code=code.replace("_", "-"), display=text) for code, text in reasons.items()]


_SUGGESTION_REASONS = _override(
    not_supported="The note does not support it",
    another_code="Another code is right",
    not_this_encounter="It does not belong to this encounter",
    other="Another reason",
)
_FINDING_REASONS = _override(
    documented="The documentation supports the codes as they are",
    rule_wrong="The rule does not hold here",
    other="Another reason",
)
_ORDER_REASONS = _override(
    no_diagnosis_needed="This order needs no diagnosis",
    named_elsewhere="The diagnosis is named elsewhere",
    other="Another reason",
)


@lru_cache(1)
def _checker() -> Checker:
    from wardround.coding import Checker

    return Checker()
