"""Places of a report that cannot both be true, found by reading it as its reader will.

Compared are the model's sentences with the findings and with each other, and the history with the image; sentences of
fixed form say what the findings say. What the checks of
single sentences let through, or leave to a person, is shown here and nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal

from wardround.documents import Note
from wardround.reporting.claims import Claim, Vocabulary
from wardround.reporting.report import Contradiction, Finding, ImageSource, Statement

__all__ = ["contradictions"]

_OPPOSITE = {"left": "right", "right": "left"}


def contradictions(
    vocabulary: Vocabulary,
    findings: Sequence[Finding],
    statements: Sequence[Statement],
    history: Note | None,
) -> tuple[Contradiction, ...]:
    """What contradicts what, each once.

    Args:
        vocabulary: of the protocol.
        findings: of the first pass.
        statements: of the regions and the impression, in the order of the report.
        history: None if none was given.
    """
    found = (*_in_text(vocabulary, findings, statements), *_with_history(vocabulary, findings, history))
    return tuple(dict.fromkeys(found))


def _in_text(
    vocabulary: Vocabulary, findings: Sequence[Finding], statements: Sequence[Statement]
) -> Iterator[Contradiction]:
    by_observation = {finding.observation: finding for finding in findings}
    said: list[tuple[Claim, Statement]] = [
        (claim, statement)
        for statement in statements
        if statement.written_by == "model" and any(isinstance(source, ImageSource) for source in statement.sources)
        for claim in vocabulary.read(statement.text).claims
    ]
    for claim, statement in said:
        if claim.kind in ("structure", "study"):
            wrong = [
                finding
                for finding in findings
                if finding.presence == "present"
                and not finding.normal
                and (claim.kind == "study" or finding.structure == claim.id)
            ]
            if wrong:
                message = f"“{statement.text}” calls normal where {wrong[0].name} ({wrong[0].id}) is present"
                yield _made("normality", message, [finding.id for finding in wrong])
        finding = by_observation.get(claim.id) if claim.kind == "observation" else None
        if finding is None:
            continue
        if (finding.presence, claim.polarity) in (("present", "negated"), ("absent", "affirmed")):
            message = f"“{statement.text}”, but {finding.name} is {finding.presence} ({finding.id})"
            yield _made("presence", message, [finding.id])
        elif finding.presence == "present" and _opposed(claim.sides, frozenset({finding.side})):
            yield _made("side", f"“{statement.text}”, but it is {finding.side} ({finding.id})", [finding.id])
    for (one, first), (two, second) in combinations(
        [pair for pair in said if pair[0].kind == "observation" and pair[0].id in by_observation], 2
    ):
        if one.id != two.id or first is second:
            continue
        finding = by_observation[one.id]
        if {one.polarity, two.polarity} in ({"affirmed", "negated"}, {"possible", "negated"}):
            yield _made("presence", f"“{first.text}” and “{second.text}” disagree on {finding.name}", [finding.id])
        elif _opposed(one.sides, two.sides):
            yield _made("side", f"“{first.text}” and “{second.text}” disagree on the side", [finding.id])


def _with_history(vocabulary: Vocabulary, findings: Sequence[Finding], history: Note | None) -> Iterator[Contradiction]:
    """What the history says is there now, and the image does not show, or shows on the other side; and the reverse."""
    if history is None:
        return
    by_observation = {finding.observation: finding for finding in findings}
    for span in history.sentences:
        for claim in vocabulary.read(span.quote(history.text)).claims:
            finding = by_observation.get(claim.id) if claim.kind == "observation" else None
            if finding is None or finding.presence == "not assessable":
                continue
            words = f"the history says “{claim.span.quote(span.quote(history.text))}”"
            if claim.polarity == "affirmed" and finding.presence == "absent":
                message = f"{words}; on the image {finding.name} is absent ({finding.id})"
                yield _made("image and history", message, [finding.id])
            elif claim.polarity == "negated" and finding.presence == "present":
                message = f"{words} is not there; on the image {finding.name} is present ({finding.id})"
                yield _made("image and history", message, [finding.id])
            elif claim.polarity == "affirmed" and _opposed(claim.sides, frozenset({finding.side})):
                message = f"{words} is {_named(claim.sides)}; on the image it is {finding.side} ({finding.id})"
                yield _made("image and history", message, [finding.id])


def _opposed(one: frozenset[str], two: frozenset[str]) -> bool:
    """Whether one names only the left and the other only the right."""
    sides = one & _OPPOSITE.keys(), two & _OPPOSITE.keys()
    return all(len(each) == 1 for each in sides) and sides[0] != sides[1] and "bilateral" not in one | two


def _named(sides: frozenset[str]) -> str:
    return "/".join(sorted(sides))


def _made(
    kind: Literal["side", "presence", "normality", "comparison", "image and history"],
    message: str,
    findings: Sequence[str],
) -> Contradiction:
    return Contradiction(kind=kind, message=message, findings=tuple(findings))
