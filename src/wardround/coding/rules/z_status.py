"""A status code is not used beside a code that includes the status (Guidelines I.C.21.c.3 and c.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from wardround.coding.draft import Draft
from wardround.coding.result import Finding, Severity
from wardround.coding.rules.base import Rule
from wardround.coding.rules.data import rows
from wardround.coding.rules.listed import CodeList

__all__ = ["ZStatus"]

_SEVERITY: dict[str, Severity] = {"review": "review", "info": "info"}


@cache
def _included(status: str) -> tuple[Mapping[str, str], ...]:
    """The rows of the table that are about a status code."""
    return tuple(row for row in rows("z_status") if status.startswith(tuple(row["codes"].split("|"))))


class ZStatus(Rule):
    """The status of a patient is not coded beside a diagnosis or an aftercare that already says it.

    A complication of a transplanted kidney says that there is one, so Z94.0 does not stand beside T86.1-; aftercare
    after a heart transplant says so too. In a note the coder turns the status down; in a list the pair asks for review.
    Insulin (Z79.4) beside type 1 diabetes is only mentioned. Pairs that the Tabular List itself forbids with an
    Excludes1 note, such as Z21 with B20, are found by the rule for those notes. The status of another organ, or of
    another transplant of the same kind, may stand: a list does not tell.
    """

    name = "z-status"
    section = "I.C.21.c.3"
    title = "a status is not coded beside a code that includes it"
    severity = "reject"
    prefixes = ("Z94", "Z95.81", "Z79.4", "Z16.11")

    def apply(self, draft: Draft) -> None:
        for status in draft.alive(*self.prefixes):
            for row in _included(status.code):
                other = draft.first(*row["with_codes"].split("|"))
                if other is not None and row["severity"] == "review":
                    status.reject(self.name, row["section"], f"{other.code} includes it: {row['reason']}")
                    break

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for status in dict.fromkeys(listed.starting(*self.prefixes)):
            for row in _included(status):
                for other in listed.starting(*row["with_codes"].split("|"))[:1]:
                    pair = listed.in_sequence(status, other)
                    message = f"{status} is included in {other}: {row['reason']}"
                    yield self.finding(_SEVERITY[row["severity"]], pair, message, section=row["section"])
