"""A coding result as its review leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround import documents
from wardround.coding.legibility import places_of
from wardround.coding.result import CodingResult, Evidence, Finding, Query, Suggestion
from wardround.errors import InputError, StoreConflict, UnknownCode
from wardround.server.reviewing.items import SEQUENCE, items, marks_of, query_of, span_of
from wardround.server.reviewing.values import AddedCode, ChangedCode, Mark, QueryText, Sequence, parsed
from wardround.spans import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wardround.documents import Note
    from wardround.icd10 import CodeSet
    from wardround.store.records import Decision, Review

__all__ = ["checked_code", "coded"]

_LONGEST_QUOTE = 2_000  # characters
_RULE = "review"
_NOT_PRESENT = ("negated", "hypothetical", "family")


def checked_code(
    content: Mapping[str, Any],
    item: str,
    verb: str,
    value: Mapping[str, Any] | None,
    codes: CodeSet,
    note: Callable[[], Note],
) -> dict[str, Any] | None:
    """The value of a decision as it is to be kept: codes in their printed form, quotes cut from the note.

    Raises:
        InputError: the item or the value cannot be; codes must be billable in the release.
        UnknownCode: the release has no such code.
    """
    suggested = {each.id for each in items(content)}
    if item == SEQUENCE:
        _allow(verb, "change")
        wanted = parsed(Sequence, value).codes
        return {"codes": [codes.code(code).code for code in wanted]}
    if (span := span_of(item)) is not None:
        _allow(verb, "mark")
        _evidence(note(), span)
        return parsed(Mark, value).model_dump(mode="json")
    if (query := query_of(item)) is not None and query < len(content["queries"]):
        _allow(verb, "change")
        return parsed(QueryText, value).model_dump(mode="json")
    if verb == "add":
        added = parsed(AddedCode, value)
        code = _billable(codes, added.code)
        if item.partition("#")[0] != code:
            raise InputError("an added code is its own item", where="item", hint=f"item {code}")
        return {"code": code, **_quoted(note(), added.start, added.end)}
    if item not in suggested:
        raise InputError("the draft has no such item", where="item", hint="a code that is not suggested is added")
    _allow(verb, "accept", "reject", "change", "add")
    if verb != "change":
        if value is not None:
            raise InputError("this decision takes no value", where="value")
        return None
    changed = parsed(ChangedCode, value)
    kept: dict[str, Any] = {} if changed.code is None else {"code": _billable(codes, changed.code)}
    if changed.start is not None and changed.end is not None:
        kept |= _quoted(note(), changed.start, changed.end)
    return kept


def _allow(verb: str, *verbs: str) -> None:
    if verb not in verbs:
        raise InputError(f"of this item a decision is one of {', '.join((*verbs, 'withdraw'))}", where="verb")


def _billable(codes: CodeSet, code: str) -> str:
    found = codes.code(code)
    if not found.billable:
        hint = f"below it: {', '.join((*found.children, *found.seventh_characters)[:8])}"
        raise InputError(f"{found.code} is not billable in release {codes.release.id}", where="value.code", hint=hint)
    return found.code


def _quoted(note: Note, start: int, end: int) -> dict[str, Any]:
    evidence = _evidence(note, Span(start, end)).model_dump(mode="json")
    return {"start": start, "end": end, "evidence": evidence}


def _evidence(note: Note, span: Span) -> Evidence:
    """The quote of a span, as a person chose it: what she codes from it she holds for present."""
    if not 0 <= span.start < span.end <= len(note.text) or span.end - span.start > _LONGEST_QUOTE:
        raise InputError(f"a span is inside the note, and has 1 to {_LONGEST_QUOTE:,} characters", where="value")
    text = span.quote(note.text)
    if text.isspace():
        raise InputError("there are no words in this span", where="value")
    said = documents.assertions(note).at(span).status.value
    layout = note.layout
    return Evidence(
        start=span.start,
        end=span.end,
        text=text,
        section=note.section_of(span.start).kind.value,
        assertion="present" if said in _NOT_PRESENT else said,
        places=None if layout is None else places_of(layout, span),
        read_confidence=None if layout is None else round(layout.confidence(span), 3),
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    suggestion: Suggestion
    rejected: bool = False


def coded(content: Mapping[str, Any], review: Review, codes: CodeSet) -> CodingResult:
    """The result with all decisions that hold; what nobody decided stays as it was suggested.

    Raises:
        StoreConflict: a code is not billable in the release of the draft; ``where`` is the item.
    """
    result = CodingResult.model_validate(content)
    if result.release.id != codes.release.id:
        raise ValueError(f"the draft is of release {result.release.id}, not of {codes.release.id}")
    standing = review.standing
    suggested = items(content)
    judged = [
        _judge(result.codes[each.number], each.id, standing.get(each.id), codes) for each in suggested
    ]  # fmt: skip
    known = {each.id for each in suggested}
    for id, decision in standing.items():
        if decision.verb == "add" and id not in known:
            judged.append(_Judged(_added(id, decision, codes)))
    marks = marks_of(review)
    kept = _in_sequence(_merged(each.suggestion for each in judged if not each.rejected), standing.get(SEQUENCE))
    have = {each.code for each in kept}
    turned_down = (*(each.suggestion for each in judged if each.rejected), *result.rejected)
    return result.model_copy(
        update={
            "codes": tuple(
                _marked(each, marks).model_copy(update={"role": "secondary" if place else "principal"})
                for place, each in enumerate(kept)
            ),
            "rejected": tuple(_marked(each, marks) for each in turned_down if each.code not in have),
            "queries": tuple(_asked(result, standing)),
        }
    )


def _asked(result: CodingResult, standing: Mapping[str, Decision]) -> Iterable[Query]:
    """The questions to the provider, those that were rewritten in the reviewer's words."""
    for number, query in enumerate(result.queries, 1):
        decision = standing.get(f"query:{number}")
        text = decision.value["text"] if decision is not None and decision.value else None
        yield query if text is None else query.model_copy(update={"letter": str(text)})


def _judge(suggestion: Suggestion, id: str, decision: Decision | None, codes: CodeSet) -> _Judged:
    if not codes.billable(suggestion.code):
        raise StoreConflict(f"a suggested code is not valid in release {codes.release.id}", where=id)
    if decision is None:
        return _Judged(suggestion)
    if decision.verb == "reject":
        finding = _finding(suggestion.code, "reject", decision.reason or "rejected in the review")
        update = {"status": "rejected", "findings": (*suggestion.findings, finding)}
        return _Judged(suggestion.model_copy(update=update), rejected=True)
    value = decision.value or {}
    changed: dict[str, Any] = {"status": "accepted"}
    if quote := value.get("evidence"):
        own = Evidence.model_validate(quote)
        changed["evidence"] = _once((*suggestion.evidence, own)) if decision.verb == "add" else (own,)
    code = str(value.get("code", suggestion.code))
    if decision.verb == "change" and code != suggestion.code:
        changed |= _described(code, id, codes)
        changed["confidence"] = 1.0
        changed["route"] = (*suggestion.route, f"changed in the review from {suggestion.code} to {code}")
        changed["findings"] = (_finding(code, "info", decision.reason or f"changed from {suggestion.code}"),)
    return _Judged(suggestion.model_copy(update=changed))


def _added(id: str, decision: Decision, codes: CodeSet) -> Suggestion:
    value = decision.value or {}
    if not value.get("evidence"):
        raise StoreConflict("an added code has no quote", where=id, hint="withdraw it, and add it again")
    return Suggestion(
        **_described(str(value.get("code", "")), id, codes),
        status="accepted",
        role="secondary",
        confidence=1.0,
        evidence=(Evidence.model_validate(value["evidence"]),),
        route=("added in the review",),
        findings=(_finding(str(value["code"]), "info", decision.reason),) if decision.reason else (),
    )


def _described(code: str, id: str, codes: CodeSet) -> dict[str, Any]:
    try:
        found = codes.code(code)
    except UnknownCode:
        found = None
    if found is None or not found.billable:
        raise StoreConflict(f"a code of the review is not valid in release {codes.release.id}", where=id)
    return {"code": found.code, "description": codes.title(found.code)}


def _finding(code: str, severity: Any, message: str) -> Finding:
    return Finding(rule=_RULE, section="", severity=severity, codes=(code,), message=message)


def _merged(suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """Each code once, in the place of its first time, with all its quotes."""
    merged: dict[str, Suggestion] = {}
    for each in suggestions:
        before = merged.get(each.code)
        if before is not None:
            update = {
                "evidence": _once((*before.evidence, *each.evidence)),
                "findings": tuple(dict.fromkeys((*before.findings, *each.findings))),
                "status": before.status if before.status == each.status else "accepted",
            }
            each = before.model_copy(update=update)
        merged[each.code] = each
    return list(merged.values())


def _once(quotes: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Each span once, in the order of the note."""
    spans = {(quote.start, quote.end): quote for quote in reversed(list(quotes))}
    return tuple(spans[span] for span in sorted(spans))


def _in_sequence(suggestions: list[Suggestion], decision: Decision | None) -> list[Suggestion]:
    wanted: Any = (decision.value or {}).get("codes", ()) if decision is not None else ()
    place = {str(code): number for number, code in reversed(list(enumerate(wanted)))}
    return sorted(suggestions, key=lambda each: place.get(each.code, len(place)))


def _marked(suggestion: Suggestion, marks: Mapping[Span, str]) -> Suggestion:
    if not marks:
        return suggestion
    quotes = []
    for quote in suggestion.evidence:
        said = [assertion for span, assertion in marks.items() if span.overlaps(Span(quote.start, quote.end))]
        quotes.append(quote.model_copy(update={"assertion": said[-1]}) if said else quote)
    return suggestion.model_copy(update={"evidence": tuple(quotes)})
