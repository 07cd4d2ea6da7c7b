"""The rules' tables of cases: what each rule does, row by row, for its tests and for people who look it up.

``<rule>.tsv`` beside this module has

========= ==========================================================================================
column    meaning
========= ==========================================================================================
kind      ``fires``, ``quiet`` (has nothing to do), ``exception`` (the rule's own), ``tricky`` (easily got
          wrong), or ``bug``: still got wrong, and expected to fail
given     ``codes: E11.9 I10``, a bare list; or the text of a note, ``\n`` for the end of a line
encounter ``setting=inpatient age=34 sex=female date=2026-05-11``, as far as known
codes     of a note: the codes that come out, in sequence; ``-`` for none
findings  of this rule: ``I10+I16.0:review``, the codes of a finding and its severity; blank for none
reason    why, in the words of a coder
========= ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

__all__ = ["COLUMNS", "KINDS", "Case", "cases"]

KINDS = ("fires", "quiet", "exception", "tricky", "bug")
COLUMNS = ("kind", "given", "encounter", "codes", "findings", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of a rule's table.

    Attributes:
        kind: one of `KINDS`.
        listed: the bare list of codes it is about; None if it is about a note.
        note: the text of the note; empty if it is about a list.
        encounter: fields of an `Encounter`.
        codes: the codes that come out of a note, in sequence.
        findings: ``(codes, severity)`` of each finding of the rule.
        reason: why.
        line: in the file, counted from 1.
    """

    kind: str
    listed: tuple[str, ...] | None
    note: str
    encounter: Mapping[str, str]
    codes: tuple[str, ...]
    findings: frozenset[tuple[tuple[str, ...], str]]
    reason: str
    line: int


def cases(rule: str) -> tuple[Case, ...]:
    """The table of the rule with this name.

    Raises:
        ValueError: there is no such table, or a row of it is damaged.
    """
    file = files(__package__) / f"{rule}.tsv"
    if not file.is_file():
        raise ValueError(f"the rule {rule} has no table of cases")
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    if tuple(header.split("\t")) != COLUMNS:
        raise ValueError(f"{rule}.tsv: the columns must be {', '.join(COLUMNS)}")
    return tuple(_case(rule, number, line) for number, line in enumerate(lines, 2) if line and line[0] != "#")


def _case(rule: str, number: int, line: str) -> Case:
    cells = line.split("\t")
    if len(cells) != len(COLUMNS) or cells[0] not in KINDS or not cells[-1]:
        raise ValueError(f"{rule}.tsv, line {number}: needs {len(COLUMNS)} columns, a known kind and a reason")
    kind, given, encounter, codes, findings, reason = cells
    listed = tuple(given.removeprefix("codes:").split()) if given.startswith("codes:") else None
    return Case(
        kind=kind,
        listed=listed,
        note="" if listed is not None else given.replace("\\n", "\n"),
        encounter=dict(field.split("=", 1) for field in encounter.split()),
        codes=tuple(codes.replace("-", "").split()) if codes == "-" else tuple(codes.split()),
        findings=frozenset(_finding(each) for each in findings.split()),
        reason=reason,
        line=number,
    )


def _finding(cell: str) -> tuple[tuple[str, ...], str]:
    codes, _, severity = cell.rpartition(":")
    return tuple(codes.split("+")), severity
