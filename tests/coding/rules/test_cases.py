"""Every rule does what its table of cases says, and the tables, the rules and their files are in step."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from wardround import icd10
from wardround.coding import Encounter
from wardround.coding.rules import RULES, CodeList, Rule, asked
from wardround.coding.rules.cases import KINDS, Case, cases

from ..conftest import Coded, codes_of

_SECTION = re.compile(r"(I|II|III|IV)(\.[A-Z](\.\d+)?(\.[a-z](\.\d+)?)?)?|MCE \d+")
_ROWS = [
    pytest.param(
        rule,
        case,
        id=f"{rule.name}:{case.line}",
        marks=[pytest.mark.xfail(strict=True, reason=case.reason)] if case.kind == "bug" else [],
    )
    for rule in RULES
    for case in cases(rule.name)
]


@pytest.mark.parametrize(("rule", "case"), _ROWS)
def test_case(rule: Rule, case: Case, coded: Coded) -> None:
    if case.listed is not None:
        encounter = Encounter.model_validate(case.encounter)
        codes = icd10.load(date=encounter.date) if encounter.date else icd10.load("2026-04-01")
        applies = rule.applies(encounter, codes.release)
        listed = CodeList(codes, case.listed, encounter)
        found = list(rule.check(listed)) if applies else []
        assert not found or rule in asked(listed), "it would not have been asked"
        assert {(finding.codes, finding.severity) for finding in found} == case.findings
        return
    result = coded(case.note, **case.encounter)
    assert tuple(codes_of(result)) == case.codes, case.reason
    said = {f for code in (*result.codes, *result.rejected) for f in code.findings if f.rule == rule.name}
    assert {(finding.codes, finding.severity) for finding in said} == case.findings, case.reason


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_declares_itself(rule: Rule) -> None:
    assert _SECTION.fullmatch(rule.section), "a section of the Official Guidelines, or an edit of the MCE"
    assert rule.title
    assert rule.title[0].islower() or rule.title[:2].isupper()
    assert not rule.title.endswith(".")
    assert rule.settings
    assert type(rule).__doc__
    assert type(rule).__module__.rpartition(".")[2] == rule.name.replace("-", "_"), "the file has the rule's name"
    strongest = max((s for case in cases(rule.name) for _, s in case.findings), key=_RANK.index, default="info")
    assert _RANK.index(strongest) <= _RANK.index(rule.severity), "a finding is stronger than declared"


_RANK = ("info", "review", "reject")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_table_has_every_kind_of_case(rule: Rule) -> None:
    kinds = Counter(case.kind for case in cases(rule.name))
    assert sum(kinds.values()) - kinds["bug"] >= 8
    assert set(KINDS) - {"bug"} <= set(kinds)


def test_every_table_has_a_rule() -> None:
    from importlib.resources import files

    tables = {item.name.removesuffix(".tsv") for item in files("wardround.coding.rules.cases").iterdir()}
    assert {name for name in tables if not name.startswith("_")} == {rule.name for rule in RULES}
