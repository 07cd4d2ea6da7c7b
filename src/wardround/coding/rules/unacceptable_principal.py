"""Codes that do not say why a patient came are not the principal diagnosis (Guidelines II and I.B.14; MCE 9)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding, Severity
from wardround.coding.rules.base import Rule
from wardround.coding.rules.data import row_of
from wardround.coding.rules.listed import CodeList

__all__ = ["UnacceptablePrincipal", "may_be_principal"]


def may_be_principal(code: str) -> bool:
    """Whether a code may stand first, as far as this rule has to say it."""
    row = row_of("unacceptable_principal", code)
    return row is None or not row["severity"]


class UnacceptablePrincipal(Rule):
    """A status, a history, an organism or a score beside a diagnosis is never the reason for an encounter.

    What the guidelines or the Tabular List keep from the first place (organisms B95-B97, outcome of delivery, social
    determinants, body mass index …) cannot be reported so in any setting. What only describes the patient (history,
    long-term drugs, allergy, implants …) is turned back by the Medicare Code Editor for an inpatient and asks for
    review of an outpatient list. The sequela of an injury (7th character S) asks for review too: what it left behind
    comes before it (I.B.10). In a note the coder puts another diagnosis first; where there is none, the code is shown.
    External causes, manifestations and codes with "code first" notes have rules of their own. The list is read from the
    Tabular List and the guidelines and is not the editor's own.
    """

    name = "unacceptable-principal"
    section = "MCE 9"
    title = "the principal or first-listed code says why the patient came"
    severity = "reject"

    def check(self, listed: CodeList) -> Iterator[Finding]:
        if not listed.first:
            return
        first = listed.briefs[0]
        if first.seventh == "S" and first.code[0] in "ST":
            message = f"{first.code} is the cause of a sequela: the residual condition comes before it"
            yield self.finding("review", [first.code], message, section="I.B.10")
        row = row_of("unacceptable_principal", first.code)
        if row is None or row["severity"] not in ("review", "reject"):
            return
        outpatient = listed.encounter.setting == "outpatient"
        severity: Severity = "review" if outpatient and row["severity"] == "review" else "reject"
        role = "first-listed" if outpatient else "the principal diagnosis"
        yield self.finding(
            severity, [first.code], f"{first.code} cannot be {role}: it {row['reason']}", section=row["section"]
        )
