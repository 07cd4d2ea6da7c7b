"""The coding rules, one per file, applied in this order.

A rule reads the draft and turns codes down, asks for review, remarks, or replaces a code where the classification
demands another. Each names the section of the ICD-10-CM Official Guidelines it applies. To add one: write
``rules/your_rule.py`` with a subclass of :class:`Rule`, and put it into :data:`RULES` where it belongs.
"""

from __future__ import annotations

from wardround.coding.rules.assertion import StatedAsPresent
from wardround.coding.rules.base import Rule
from wardround.coding.rules.diabetes import DiabetesWith
from wardround.coding.rules.excludes1 import Excludes1
from wardround.coding.rules.hypertension import HypertensionWith
from wardround.coding.rules.integral_symptoms import IntegralSymptoms
from wardround.coding.rules.level_of_detail import LevelOfDetail
from wardround.coding.rules.manifestation import ManifestationNotFirst
from wardround.coding.rules.patient import PatientConflict
from wardround.coding.rules.personal_history import PersonalHistory
from wardround.coding.rules.uncertain import UncertainDiagnosis

__all__ = ["RULES", "Rule"]

RULES: tuple[Rule, ...] = (
    PersonalHistory(),
    StatedAsPresent(),
    UncertainDiagnosis(),
    HypertensionWith(),
    DiabetesWith(),
    LevelOfDetail(),
    IntegralSymptoms(),
    PatientConflict(),
    ManifestationNotFirst(),
    Excludes1(),
)
"""All rules in the order in which they are applied."""
