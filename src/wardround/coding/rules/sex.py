"""A code fits the patient's sex (Medicare Code Editor, edit 5)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding, Severity
from wardround.coding.rules.base import Rule
from wardround.coding.rules.data import has_row, row_of
from wardround.coding.rules.listed import CodeList

__all__ = ["Sex"]

# They say that sex as recorded and organs may differ.
_TRANSGENDER = ("F64", "Z87.890")


class Sex(Rule):
    """A code for an organ that the patient's recorded sex has not means that the code or the sex is wrong.

    Which codes belong to one sex is read from the titles and blocks of the Tabular List. CMS switched the editor's own
    edit of diagnoses against sex off in October 2024, because the sex on a record does not settle which organs a
    patient has; so this is never a reason to turn a code down. Works alike for a note and for a list of codes: a
    conflict asks for review, and is only mentioned where gender dysphoria (F64) or a history of sex reassignment
    (Z87.890) is coded beside it. An unknown sex constrains nothing.
    """

    name = "sex"
    section = "MCE 5"
    title = "the code fits the patient's sex"
    severity = "review"

    def concerns(self, category: str) -> bool:
        return has_row("sex", category)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        sex = listed.encounter.sex
        if sex is None:
            return
        severity: Severity = "info" if listed.starting(*_TRANSGENDER) else "review"
        for code in dict.fromkeys(listed.valid):
            row = row_of("sex", code)
            if row is not None and row["sex"] != sex:
                message = f"{code} is for {row['sex']} patients; the encounter's sex is {sex}"
                yield self.finding(severity, [code], message)
