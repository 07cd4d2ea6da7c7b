"""How the present study differs from an earlier one: both are looked at alone, then both are shown, the earlier first.

What each look saw bounds what the comparison can say. What was absent and is present can only be new, and what was
present and is absent can only be resolved; where the model says otherwise when it sees both, it contradicts itself, and
the two are not comparable. What is absent in both is the same without a question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wardround.reporting.asking import Questions
from wardround.reporting.look import look
from wardround.reporting.pictures import Pictures
from wardround.reporting.prompts import comparing
from wardround.reporting.protocol import Protocol
from wardround.reporting.report import Change, Contradiction, Direction, Finding, ImageSource, Presence, Statement

__all__ = ["Compared", "compare"]

_MOST_TOGETHER = 24  # pictures of both studies in one question
_WORDS: Mapping[Direction, str] = {
    "better": "less than before",
    "worse": "more than before",
    "same": "unchanged",
    "new": "new",
    "resolved": "resolved",
    "not comparable": "cannot be compared",
}
_POSSIBLE: Mapping[tuple[Presence, Presence], frozenset[Direction]] = {  # before and now
    ("absent", "present"): frozenset({"new"}),
    ("present", "absent"): frozenset({"resolved"}),
    ("present", "present"): frozenset({"better", "worse", "same"}),
}
_OPPOSITE = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the comparison gave.

    Attributes:
        changes: of what is or was present, and of what the protocol requires to be spoken of.
        contradictions: where the comparison does not fit what was seen of each study alone.
        warnings: why there is none.
    """

    changes: tuple[Change, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    warnings: tuple[str, ...] = ()


def compare(
    questions: Questions, prior: Pictures, current: Pictures, protocol: Protocol, findings: Sequence[Finding]
) -> Compared:
    """Ask how each finding differs from the earlier study.

    Args:
        questions: asks the engine.
        prior: pictures of the earlier study.
        current: pictures of the present one.
        protocol: what is looked for, and which findings are spoken of although they are absent.
        findings: of the first pass, on the present study.

    Raises:
        EngineError: the engine broke down.
    """
    kinds = prior.study.series[0].kind, current.study.series[0].kind
    if kinds[0] != kinds[1]:
        return Compared(warnings=(f"a {kinds[1]} is not compared with a {kinds[0]}",))
    if len(prior.each) + len(current.each) > _MOST_TOGETHER:
        return Compared(warnings=("volumes are not compared; read the two reports side by side",))
    seen = look(questions, prior, protocol, study="prior")
    warnings = [f"earlier study: {warning}" for warning in seen.warnings]
    before = {finding.observation: finding for finding in seen.findings}
    pairs = [(before[finding.observation], finding) for finding in findings if not finding.normal]
    pairs = [(earlier, now) for earlier, now in pairs if _spoken_of(earlier, now, protocol)]
    asked = [now for earlier, now in pairs if _is_question(earlier, now)]
    told: Mapping[str, Direction] = {}
    if asked:
        (reply,) = questions.ask([comparing(prior, current, protocol, asked)])
        if reply is None:
            return Compared(warnings=(*warnings, "the model gave no usable answer about the earlier study"))
        told = reply.value
    changes: list[Change] = []
    contradictions: list[Contradiction] = []
    for earlier, now in pairs:
        direction = _direction(earlier, now, told.get(now.observation))
        changes.append(_change(earlier, now, direction))
        if _is_question(earlier, now) and told[now.observation] not in (direction, "not comparable"):
            message = (
                f"{now.name} ({now.id}) is {now.presence} and was {earlier.presence}, each study seen alone; "
                f"seen together it is called {told[now.observation]}"
            )
            contradictions.append(Contradiction(kind="comparison", message=message, findings=(now.id,)))
    return Compared(changes=tuple(changes), contradictions=tuple(contradictions), warnings=tuple(warnings))


def _spoken_of(earlier: Finding, now: Finding, protocol: Protocol) -> bool:
    if "present" in (earlier.presence, now.presence):
        return True
    return earlier.presence == now.presence == "absent" and now.observation in protocol.required


def _is_question(earlier: Finding, now: Finding) -> bool:
    """Whether the two looks alone do not settle it."""
    return (earlier.presence, now.presence) in _POSSIBLE and not _other_side(earlier, now)


def _direction(earlier: Finding, now: Finding, told: Direction | None) -> Direction:
    if _other_side(earlier, now):
        return "new"
    if earlier.presence == now.presence == "absent":
        return "same"
    possible = _POSSIBLE.get((earlier.presence, now.presence), frozenset())
    return told if told in possible else "not comparable"


def _other_side(earlier: Finding, now: Finding) -> bool:
    return earlier.presence == now.presence == "present" and _OPPOSITE.get(earlier.side) == now.side


def _change(earlier: Finding, now: Finding, direction: Direction) -> Change:
    name = now.name[:1].upper() + now.name[1:]
    if now.presence == earlier.presence == "absent":
        text = f"{name}: absent, as before."
    elif _other_side(earlier, now):
        text = f"{name}: new on the {now.side}; before, it was on the {earlier.side}."
    else:
        text = f"{name}: {_WORDS[direction]}."
    sources = (
        *(_of(source, now.id) for source in earlier.sources if isinstance(source, ImageSource)),
        *(_of(source, now.id) for source in now.sources if isinstance(source, ImageSource)),
    )
    statement = Statement(text=text, sources=sources)
    return Change(finding=now.id, name=now.name, direction=direction, statement=statement)


def _of(source: ImageSource, finding: str) -> ImageSource:
    return source.model_copy(update={"finding": finding})
