"""Sentences of fixed form: what the report says where the model said nothing that could be kept."""

from __future__ import annotations

from collections.abc import Sequence

from wardround.reporting.report import Finding

__all__ = ["CRITICAL", "absent", "critical", "listed", "present", "unjudged"]

CRITICAL = "Critical finding: to be communicated directly to the responsible clinician."


def present(finding: Finding) -> str:
    """A finding that is present, in a sentence.

    >>> present(Finding(id="F1", structure="pleura", observation="e", name="pleural effusion", presence="present",
    ...                 side="left", size="small", certainty="probable", location="costophrenic angle"))
    'Probable small left pleural effusion (costophrenic angle).'
    """
    hedge = "" if finding.certainty == "definite" else finding.certainty
    side = "" if finding.side == "not stated" or finding.side in finding.name else finding.side
    words = " ".join(part for part in (hedge, finding.size, side, finding.name) if part)
    location = f" ({finding.location})" if finding.location else ""
    return f"{words[:1].upper()}{words[1:]}{location}."


def critical(finding: Finding) -> str:
    """A critical finding, with what has to be done about it."""
    return f"{present(finding)} {CRITICAL}"


def absent(findings: Sequence[Finding]) -> str:
    """Findings that are absent, in one sentence; of normal states, that they were not seen."""
    abnormal = [finding.name for finding in findings if not finding.normal]
    normal = [finding.name for finding in findings if finding.normal]
    told = [f"No {listed(abnormal, 'or')}."] if abnormal else []
    told += [f"Not seen: {listed(normal, 'and')}."] if normal else []
    return " ".join(told)


def unjudged(findings: Sequence[Finding]) -> str:
    """Findings that could not be judged."""
    return f"Not assessable: {listed([finding.name for finding in findings], 'and')}."


def listed(names: Sequence[str], last: str) -> str:
    """Names one after the other; with a comma before the last one where a name is a list itself.

    >>> listed(["a", "b", "c"], "or")
    'a, b or c'
    """
    if len(names) == 1:
        return names[0]
    comma = "," if any(f" {word} " in name for name in names for word in ("or", "and")) else ""
    return f"{', '.join(names[:-1])}{comma} {last} {names[-1]}"
