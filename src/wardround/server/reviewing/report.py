"""A draft report as its review leaves it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from wardround.errors import InputError, StoreConflict
from wardround.reporting import wording
from wardround.reporting.grounding import sources_of
from wardround.reporting.report import Differential, DraftReport, Finding, ImageSource, Region, Statement
from wardround.server.reviewing.items import REPORT, items
from wardround.server.reviewing.values import AddedFinding, ChangedFinding, ReportText, parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pydantic import BaseModel

    from wardround.store.records import Review

__all__ = ["checked_finding", "reported"]

_ADDED = re.compile(r"A[1-9]\d{0,2}")
_ELSEWHERE = "Other findings"
_PARTS = ("technique", "clinical_information", "comparison", "impression", "recommendations")
_SEEN = ImageSource(study="current")


def checked_finding(
    content: Mapping[str, Any], item: str, verb: str, value: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """The value of a decision as it is to be kept.

    Raises:
        InputError: the item or the value cannot be.
    """
    known = {each.id for each in items(content)}
    allowed: tuple[str, ...]
    shape: type[BaseModel]
    if item == REPORT:
        allowed, shape = ("accept", "change"), ReportText
    elif item in known:
        allowed, shape = ("accept", "reject", "change"), ChangedFinding
    elif _ADDED.fullmatch(item):
        allowed, shape = ("add",), AddedFinding
    else:
        raise InputError("the draft has no such item", where="item", hint="a finding that is added is A1, A2 …")
    if verb not in allowed:
        raise InputError(f"of this item a decision is one of {', '.join((*allowed, 'withdraw'))}", where="verb")
    if verb in ("change", "add"):
        return parsed(shape, value).model_dump(mode="json", exclude_unset=True)
    if value is not None:
        raise InputError("this decision takes no value", where="value")
    return None


def reported(content: Mapping[str, Any], review: Review) -> DraftReport:
    """The report with all decisions that hold.

    Sentences that rest on findings which were changed or removed go, and what stays of these findings is said in
    sentences of fixed form; then the reviewer's own text takes the place of the parts it names.

    Raises:
        StoreConflict: a decision that is kept cannot be applied; ``where`` is the item.
    """
    report = DraftReport.model_validate(content)
    standing = review.standing
    turned: set[str] = set()
    findings: list[Finding] = []
    for finding in report.findings:
        decision = standing.get(finding.id)
        verb = "accept" if decision is None else decision.verb
        if verb != "accept":
            turned.add(finding.id)
        if verb == "change" and decision is not None:
            findings.append(_changed(finding, _kept(ChangedFinding, finding.id, decision.value)))
        elif verb != "reject":
            findings.append(finding)
    own = {finding.id for finding in report.findings}
    for id, decision in standing.items():
        if decision.verb == "add" and id not in own:
            turned.add(id)
            findings.append(_added(id, _kept(AddedFinding, id, decision.value)))
    if turned:
        report = _rewritten(report, findings, turned)
    text = standing.get(REPORT)
    if text is not None and text.verb == "change":
        report = _edited(report, content, _kept(ReportText, REPORT, text.value))
    return report


def _kept(shape: Any, item: str, value: Mapping[str, object] | None) -> Any:
    try:
        return parsed(shape, value)
    except InputError:
        hint = "withdraw it, and decide again"
        raise StoreConflict("a decision that is kept cannot be applied", where=item, hint=hint) from None


def _changed(finding: Finding, change: ChangedFinding) -> Finding:
    update = change.model_dump(exclude_none=True, exclude={"area"})
    if update.get("presence", "present") != "present":
        update["critical"] = False
    if change.area is not None:
        update["sources"] = tuple(
            source.model_copy(update={"area": change.area}) if isinstance(source, ImageSource) else source
            for source in finding.sources or (_SEEN,)
        )
    return finding.model_copy(update=update)


def _added(id: str, added: AddedFinding) -> Finding:
    source = ImageSource(series=added.series, frame=added.frame, area=added.area, finding=id)
    told = added.model_dump(exclude={"series", "frame", "area", "critical"})
    critical = added.critical and added.presence == "present"
    return Finding(id=id, **told, critical=critical, sources=(source,))


def _rewritten(report: DraftReport, findings: list[Finding], turned: set[str]) -> DraftReport:
    by_id = {finding.id: finding for finding in findings}

    def stands(statement: Statement) -> bool:
        return not turned.intersection(_findings_of(statement))

    def told_anew(statements: Iterable[Statement]) -> set[str]:
        """The findings whose sentences go; each of them has to be said again."""
        return {id for each in statements if not stands(each) for id in _findings_of(each)} & by_id.keys()

    regions = []
    placed: set[str] = set()
    structures: dict[str, str] = {}
    for region in report.regions:
        anew = told_anew(region.statements)
        placed |= anew
        for each in region.statements:
            structures |= {by_id[id].structure: region.name for id in _findings_of(each) if id in by_id}
        kept = [each for each in region.statements if stands(each)]
        regions.append((region.name, [*kept, *_said(by_id[id] for id in by_id if id in anew)]))
    for id in turned & by_id.keys() - placed:
        name = structures.get(by_id[id].structure, _ELSEWHERE)
        said = next((said for region, said in regions if region == name), None)
        if said is None:
            said = []
            regions.append((name, said))
        said += _said([by_id[id]])
    impression = [each for each in report.impression if stands(each)]
    anew = told_anew(report.impression) | {id for id in turned & by_id.keys() if id not in placed}
    anew |= {id for id in turned & by_id.keys() if by_id[id].presence == "present"}
    concluded = [by_id[id] for id in by_id if id in anew and not (by_id[id].presence == "present" and by_id[id].normal)]
    urgent = [_fixed(wording.critical(each), [each]) for each in concluded if each.critical]
    others = _said(each for each in concluded if not each.critical)
    return report.model_copy(
        update={
            "findings": tuple(findings),
            "regions": tuple(Region(name=name, statements=tuple(said)) for name, said in regions if said),
            "impression": (*urgent, *impression, *others),
            "recommendations": tuple(each for each in report.recommendations if stands(each)),
            "differential": tuple(
                Differential(
                    condition=entry.condition,
                    supports=tuple(each for each in entry.supports if stands(each)),
                    contradicts=tuple(each for each in entry.contradicts if stands(each)),
                )
                for entry in report.differential
                if any(stands(each) for each in (*entry.supports, *entry.contradicts))
            ),
            "comparison": tuple(each for each in report.comparison if stands(each)),
            "changes": tuple(each for each in report.changes if each.finding not in turned and stands(each.statement)),
            "contradictions": tuple(each for each in report.contradictions if not turned.intersection(each.findings)),
        }
    )


def _findings_of(statement: Statement) -> list[str]:
    return [source.finding for source in statement.sources if isinstance(source, ImageSource) and source.finding]


def _said(findings: Iterable[Finding]) -> list[Statement]:
    """Findings in sentences of fixed form, the present ones each, the others together."""
    told = list(findings)
    statements = [_fixed(wording.present(each), [each]) for each in told if each.presence == "present"]
    forms: tuple[tuple[str, Callable[[Sequence[Finding]], str]], ...] = (
        ("absent", wording.absent),
        ("not assessable", wording.unjudged),
    )
    for presence, form in forms:
        rest = [each for each in told if each.presence == presence]
        statements += [_fixed(form(rest), rest)] if rest else []
    return statements


def _fixed(text: str, findings: Sequence[Finding]) -> Statement:
    sources = tuple(source for each in findings for source in sources_of(each))
    named = sources or tuple(ImageSource(finding=each.id) for each in findings)
    return Statement(text=text, sources=named)


def _edited(report: DraftReport, content: Mapping[str, Any], text: ReportText) -> DraftReport:
    draft = DraftReport.model_validate(content)
    known = {each.text: each for each in (*_statements(draft), *_statements(report))}

    def stated(sentences: Iterable[str]) -> tuple[Statement, ...]:
        own = (Statement(text=each, sources=(_SEEN,), written_by="reviewer") for each in sentences)
        return tuple(known.get(each.text, each) for each in own)

    update: dict[str, Any] = {}
    if text.title is not None:
        update["title"] = text.title
    for part in _PARTS:
        if (sentences := getattr(text, part)) is not None:
            update[part] = stated(sentences)
    if text.regions is not None:
        update["regions"] = tuple(Region(name=each.name, statements=stated(each.statements)) for each in text.regions)
    if text.differential is not None:
        update["differential"] = tuple(
            Differential(condition=each.condition, supports=stated(each.supports), contradicts=stated(each.contradicts))
            for each in text.differential
        )
    for part in ("not_assessed", "limitations"):
        if (sentences := getattr(text, part)) is not None:
            update[part] = sentences
    return report.model_copy(update=update)


def _statements(report: DraftReport) -> Iterable[Statement]:
    for part in _PARTS:
        yield from getattr(report, part)
    for region in report.regions:
        yield from region.statements
    for entry in report.differential:
        yield from (*entry.supports, *entry.contradicts)
