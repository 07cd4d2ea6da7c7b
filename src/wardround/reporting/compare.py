"""How the present study differs from an earlier one: both are shown, the earlier one first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wardround.reporting.asking import Questions
from wardround.reporting.pictures import Pictures
from wardround.reporting.prompts import comparing
from wardround.reporting.protocol import Protocol
from wardround.reporting.report import Change, Direction, Finding, ImageSource, Statement

__all__ = ["Compared", "compare"]

_MOST_TOGETHER = 24  # pictures of both studies in one question
_WORDS: dict[str, str] = {
    "better": "less than before",
    "worse": "more than before",
    "same": "unchanged",
    "new": "new",
    "resolved": "resolved",
    "not comparable": "cannot be compared",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the comparison gave.

    Attributes:
        changes: of what is present, and of what the protocol requires to be spoken of.
        warnings: why there is none.
    """

    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()


def compare(
    questions: Questions, prior: Pictures, current: Pictures, protocol: Protocol, findings: Sequence[Finding]
) -> Compared:
    """Ask how each finding differs from the earlier study.

    Args:
        questions: asks the engine.
        prior: pictures of the earlier study.
        current: pictures of the present one.
        protocol: which findings are spoken of although they are absent.
        findings: of the first pass, on the present study.

    Raises:
        EngineError: the engine broke down.
    """
    kinds = prior.study.series[0].kind, current.study.series[0].kind
    if kinds[0] != kinds[1]:
        return Compared(changes=(), warnings=(f"a {kinds[1]} is not compared with a {kinds[0]}",))
    if len(prior.each) + len(current.each) > _MOST_TOGETHER:
        return Compared(changes=(), warnings=("volumes are not compared; read the two reports side by side",))
    asked = [
        finding
        for finding in findings
        if not finding.normal
        and (
            finding.presence == "present" or (finding.presence == "absent" and finding.observation in protocol.required)
        )
    ]
    if not asked:
        return Compared(changes=())
    (reply,) = questions.ask([comparing(prior, current, protocol, asked)])
    if reply is None:
        return Compared(changes=(), warnings=("the model gave no usable answer about the earlier study",))
    return Compared(changes=tuple(_change(finding, reply.value[finding.observation]) for finding in asked))


def _change(finding: Finding, direction: Direction) -> Change:
    name = finding.name[:1].upper() + finding.name[1:]
    text = f"{name}: {_WORDS[direction]}."
    if finding.presence == "absent" and direction == "same":
        text = f"{name}: absent, as before."
    sources = (
        ImageSource(study="prior", finding=finding.id),
        *(
            source.model_copy(update={"finding": finding.id}) if isinstance(source, ImageSource) else source
            for source in finding.sources
        ),
    )
    statement = Statement(text=text, sources=sources)
    return Change(finding=finding.id, name=finding.name, direction=direction, statement=statement)
