"""The coding rules, one per file, applied in this order.

A rule reads the draft and turns codes down, asks for review, remarks, or replaces a code where the classification
demands another; or it reads a bare list of codes. Each names the section of the ICD-10-CM Official Guidelines it
applies. To add one: write ``rules/your_rule.py`` with a subclass of :class:`Rule`, its table
``rules/cases/your-rule.tsv``, and put it into :data:`RULES` where it belongs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from wardround.coding.result import Encounter, Finding, Setting
from wardround.coding.rules.abuse import Abuse
from wardround.coding.rules.acute_and_chronic import AcuteAndChronic
from wardround.coding.rules.adverse_effect import AdverseEffect
from wardround.coding.rules.aftercare import Aftercare
from wardround.coding.rules.age import Age
from wardround.coding.rules.anemia import Anemia
from wardround.coding.rules.angina import Angina
from wardround.coding.rules.atrial_fibrillation import AtrialFibrillation
from wardround.coding.rules.base import Rule
from wardround.coding.rules.borderline import Borderline
from wardround.coding.rules.burn import Burn
from wardround.coding.rules.code_also import CodeAlso
from wardround.coding.rules.code_first import CodeFirst
from wardround.coding.rules.coma_scale import ComaScale
from wardround.coding.rules.combination_code import CombinationCode
from wardround.coding.rules.complication_of_care import ComplicationOfCare
from wardround.coding.rules.covid_19 import Covid19
from wardround.coding.rules.dementia import Dementia
from wardround.coding.rules.diabetes import DiabetesWith
from wardround.coding.rules.documentation_by_others import DocumentationByOthers
from wardround.coding.rules.dominant_side import DominantSide
from wardround.coding.rules.duplicate_code import DuplicateCode
from wardround.coding.rules.encounter_for_treatment import EncounterForTreatment
from wardround.coding.rules.excludes1 import Excludes1
from wardround.coding.rules.excludes2 import Excludes2
from wardround.coding.rules.external_cause import ExternalCause
from wardround.coding.rules.external_cause_order import ExternalCauseOrder
from wardround.coding.rules.first_listed_only import FirstListedOnly
from wardround.coding.rules.fracture import Fracture
from wardround.coding.rules.glaucoma import Glaucoma
from wardround.coding.rules.heart_failure import HeartFailure
from wardround.coding.rules.hiv import Hiv
from wardround.coding.rules.hypertension import Hypertension
from wardround.coding.rules.impending import Impending
from wardround.coding.rules.infection_agent import InfectionAgent
from wardround.coding.rules.inherent_manifestation import InherentManifestation
from wardround.coding.rules.injury_phase import InjuryPhase
from wardround.coding.rules.integral_symptoms import IntegralSymptoms
from wardround.coding.rules.kidney_disease import KidneyDisease
from wardround.coding.rules.laterality import Laterality
from wardround.coding.rules.level_of_detail import LevelOfDetail
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.malnutrition import Malnutrition
from wardround.coding.rules.manifestation import ManifestationNotFirst
from wardround.coding.rules.myocardial_infarction import MyocardialInfarction
from wardround.coding.rules.neoplasm import Neoplasm
from wardround.coding.rules.newborn import Newborn
from wardround.coding.rules.non_pressure_ulcer import NonPressureUlcer
from wardround.coding.rules.osteoporosis import Osteoporosis
from wardround.coding.rules.pain import Pain
from wardround.coding.rules.pathological_fracture import PathologicalFracture
from wardround.coding.rules.personal_history import PersonalHistory
from wardround.coding.rules.poisoning import Poisoning
from wardround.coding.rules.pregnancy import Pregnancy
from wardround.coding.rules.pressure_ulcer import PressureUlcer
from wardround.coding.rules.presumed_link import PresumedLink
from wardround.coding.rules.principal_diagnosis import PrincipalDiagnosis
from wardround.coding.rules.repeated_falls import RepeatedFalls
from wardround.coding.rules.respiratory import Respiratory
from wardround.coding.rules.screening import Screening
from wardround.coding.rules.sepsis import Sepsis
from wardround.coding.rules.sequela import Sequela
from wardround.coding.rules.seventh_character import SeventhCharacter
from wardround.coding.rules.sex import Sex
from wardround.coding.rules.stated_as_present import StatedAsPresent
from wardround.coding.rules.stroke import Stroke
from wardround.coding.rules.substance_use import SubstanceUse
from wardround.coding.rules.superficial_injury import SuperficialInjury
from wardround.coding.rules.unacceptable_principal import UnacceptablePrincipal
from wardround.coding.rules.uncertain_diagnosis import UncertainDiagnosis
from wardround.coding.rules.underdosing import Underdosing
from wardround.coding.rules.unspecified_side import UnspecifiedSide
from wardround.coding.rules.use_additional_code import UseAdditionalCode
from wardround.coding.rules.valid_code import ValidCode
from wardround.coding.rules.z_status import ZStatus
from wardround.icd10 import Release

__all__ = ["RULES", "CodeList", "Rule", "applied", "asked", "check"]

RULES: tuple[Rule, ...] = (
    # what counts at all
    Sequela(),
    Stroke(),
    DominantSide(),
    Pain(),
    MyocardialInfarction(),
    PersonalHistory(),
    RepeatedFalls(),
    StatedAsPresent(),
    UncertainDiagnosis(),
    Abuse(),
    Impending(),
    Borderline(),
    # what several conditions are together
    Respiratory(),
    KidneyDisease(),
    HeartFailure(),
    Hypertension(),
    Angina(),
    DiabetesWith(),
    Malnutrition(),
    Covid19(),
    Hiv(),
    Sepsis(),
    InfectionAgent(),
    Neoplasm(),
    SubstanceUse(),
    Dementia(),
    CombinationCode(),
    PresumedLink(),
    InherentManifestation(),
    Anemia(),
    Osteoporosis(),
    PathologicalFracture(),
    AdverseEffect(),
    Poisoning(),
    Underdosing(),
    # one condition, one code
    Glaucoma(),
    AcuteAndChronic(),
    AtrialFibrillation(),
    InjuryPhase(),
    PressureUlcer(),
    NonPressureUlcer(),
    Burn(),
    Laterality(),
    LevelOfDetail(),
    IntegralSymptoms(),
    Pregnancy(),
    Newborn(),
    Fracture(),
    SuperficialInjury(),
    ComplicationOfCare(),
    ComaScale(),
    # what fits and goes together, and in which order
    ValidCode(),
    SeventhCharacter(),
    DuplicateCode(),
    Age(),
    Sex(),
    PrincipalDiagnosis(),
    UnacceptablePrincipal(),
    FirstListedOnly(),
    EncounterForTreatment(),
    Screening(),
    Aftercare(),
    ZStatus(),
    ExternalCause(),
    ExternalCauseOrder(),
    DocumentationByOthers(),
    UnspecifiedSide(),
    Excludes1(),
    Excludes2(),
    UseAdditionalCode(),
    CodeAlso(),
    CodeFirst(),
    ManifestationNotFirst(),
)
"""All rules in the order in which they are applied."""


@lru_cache(maxsize=64)
def applied(setting: Setting, release: Release) -> tuple[Rule, ...]:
    """The rules that work on drafts of this setting, coded in this release."""
    encounter = Encounter(setting=setting)
    return tuple(rule for rule in RULES if type(rule).apply is not Rule.apply and rule.applies(encounter, release))


def check(listed: CodeList) -> Iterator[Finding]:
    """What all rules find wrong with a list of codes, rule by rule."""
    for rule in asked(listed):
        yield from rule.check(listed)


def asked(listed: CodeList) -> list[Rule]:
    """The rules that may have something to say of a list of codes."""
    concerned = frozenset[Rule]().union(*map(_concerned, listed.categories))
    in_force = _in_force(listed.encounter.setting, listed.codes.release)
    return [rule for rule, always in in_force if always or rule in concerned]


@cache
def _concerned(category: str) -> frozenset[Rule]:
    """The rules that codes of a category concern, of those that do not check every list."""
    named = (rule for size in (1, 2, 3) for rule in _by_start().get(category[:size], ()))
    return frozenset((*named, *(rule for rule in _particular() if rule.concerns(category))))


@cache
def _by_start() -> Mapping[str, Sequence[Rule]]:
    """The rules by the first three characters, or fewer, of the codes they name."""
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in RULES:
        for start in {prefix[:3] for prefix in rule.prefixes}:
            found[start].append(rule)
    return found


@cache
def _particular() -> tuple[Rule, ...]:
    """The rules that do not name the codes that concern them, but say it of each category."""
    return tuple(rule for rule in RULES if not rule.prefixes and type(rule).concerns is not Rule.concerns)


@lru_cache(maxsize=64)
def _in_force(setting: Setting, release: Release) -> tuple[tuple[Rule, bool], ...]:
    """The rules that check lists of this setting, coded in this release, and whether they check every list."""
    encounter = Encounter(setting=setting)
    checking = (rule for rule in RULES if type(rule).check is not Rule.check)
    in_force = (rule for rule in checking if rule.applies(encounter, release))
    return tuple((rule, not rule.prefixes and rule not in _particular()) for rule in in_force)
