"""A code fits the patient's age (Medicare Code Editor, edit 4; Guidelines I.C.16.a.4)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.data import has_row, row_of
from wardround.coding.rules.listed import CodeList

__all__ = ["Age"]


class Age(Rule):
    """A diagnosis that hardly exists at the patient's age means that the code or the age is wrong.

    The Medicare Code Editor knows four ages: newborn (0 years), child (0 to 17), mother (9 to 64) and adult (15 to
    124). Which codes belong to them is read here from titles, inclusion terms and notes of the Tabular List, so it is
    not the editor's own list. Perinatal conditions (chapter 16) may be coded at any age while they last: those that
    commonly do, such as prematurity or chronic lung disease of prematurity, pass; others are shown. Body mass index has
    its own limits: adult codes from 20 years on, pediatric ones from 2 to 19. Works alike for a note and for a list of
    codes, and asks for review; it cannot know which of the two is wrong. An unknown age constrains nothing.
    """

    name = "age"
    section = "MCE 4"
    title = "the code fits the patient's age"
    severity = "review"

    def concerns(self, category: str) -> bool:
        return has_row("age", category)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        age = listed.encounter.age
        if age is None:
            return
        for code in dict.fromkeys(listed.valid):
            row = row_of("age", code)
            if row is None or int(row["first"]) <= age < int(row["last"]) + 1:
                continue
            if row["codes"] == "P":
                message = f"{code} begins around birth; at {age:g} years only if it is still there"
            else:
                first, last = row["first"], row["last"]
                years = f"{first} to {last} years" if first != last else f"{last} years"
                message = f"{code} is for {row['whose']} ({years}); the patient's age is {age:g}"
            yield self.finding("review", [code], message, section=row["section"])
