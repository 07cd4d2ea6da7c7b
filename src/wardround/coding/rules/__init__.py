"""The coding rules, one per file, applied in this order.

A rule reads the draft and turns codes down, asks for review, remarks, or replaces a code where the classification
demands another; or it reads a bare list of codes. Each names the section of the ICD-10-CM Official Guidelines it
applies. To add one: write ``rules/your_rule.py`` with a subclass of :class:`Rule`, its table
``rules/cases/your-rule.tsv``, and put it into :data:`RULES` where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.diabetes import DiabetesWith
from wardround.coding.rules.excludes1 import Excludes1
from wardround.coding.rules.hypertension import HypertensionWith
from wardround.coding.rules.integral_symptoms import IntegralSymptoms
from wardround.coding.rules.level_of_detail import LevelOfDetail
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.manifestation import ManifestationNotFirst
from wardround.coding.rules.patient import PatientConflict
from wardround.coding.rules.personal_history import PersonalHistory
from wardround.coding.rules.stated_as_present import StatedAsPresent
from wardround.coding.rules.uncertain_diagnosis import UncertainDiagnosis

__all__ = ["RULES", "CodeList", "Rule", "check"]

RULES: tuple[Rule, ...] = (
    # what counts at all
    PersonalHistory(),
    StatedAsPresent(),
    UncertainDiagnosis(),
    # what several conditions are together
    HypertensionWith(),
    DiabetesWith(),
    # one condition, one code
    LevelOfDetail(),
    IntegralSymptoms(),
    # what fits and goes together, and in which order
    PatientConflict(),
    ManifestationNotFirst(),
    Excludes1(),
)
"""All rules in the order in which they are applied."""


def check(listed: CodeList) -> Iterator[Finding]:
    """What all rules find wrong with a list of codes, rule by rule."""
    for rule in RULES:
        if rule.applies(listed.encounter, listed.codes.release):
            yield from rule.check(listed)
