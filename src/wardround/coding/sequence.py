"""The order of the codes: what the visit was for first (Guidelines II and IV.G), circumstances last (I.C.20).

Clinicians name first what the visit was for, so the order of the note stands, but for what the guidelines order
otherwise; the code that comes first says why it does.
"""

from __future__ import annotations

from wardround.coding.draft import Draft, Proposal
from wardround.coding.rules.first_listed_only import is_first_listed_only
from wardround.coding.rules.manifestation import is_manifestation
from wardround.coding.rules.personal_history import is_lasting
from wardround.coding.rules.principal_diagnosis import PrincipalDiagnosis
from wardround.coding.rules.substances import Intent, intent_of
from wardround.coding.rules.unacceptable_principal import may_be_principal
from wardround.icd10 import CodeSet

__all__ = ["in_sequence"]

_ONLY_FIRST, _PREGNANCY, _DIAGNOSIS, _SYMPTOM, _STATUS, _MANIFESTATION, _CIRCUMSTANCE = range(7)


def in_sequence(draft: Draft) -> list[Proposal]:
    """The proposals of ``draft`` in the order in which they are reported; the first one gets a remark that says why.

    Z codes that may only be first come before all others, then pregnancy, diagnoses, symptoms and other reasons for a
    visit, status and history, manifestations, external causes; otherwise the order of the draft stands. What the note
    names first stays first if it is a reason for the visit, or a symptom with no diagnosis but lasting ones beside it.
    """
    ranks = {proposal: _rank(draft.codes, proposal.code) for proposal in draft.proposals}
    named_first = next(draft.alive(), None)
    ordered = sorted(draft.proposals, key=ranks.__getitem__)
    alive = [proposal for proposal in ordered if proposal.alive]
    if named_first is None:
        return ordered
    if ranks[named_first] == _SYMPTOM and _is_reason(named_first, alive, ranks):
        first = named_first
    else:
        first = next((proposal for proposal in alive if _may_be_first(proposal, ranks)), alive[0])
    ordered.remove(first)
    ordered.insert(0, first)
    if len(alive) > 1 and not _is_stated(first):
        section, message = _why(draft, first, named_first, ranks)
        first.remark(PrincipalDiagnosis.name, section, message)
    return ordered


def _is_stated(proposal: Proposal) -> bool:
    """Whether the note itself says that this is the principal diagnosis."""
    return any(f.rule == PrincipalDiagnosis.name and f.severity == "info" for f in proposal.findings)


def _rank(codes: CodeSet, code: str) -> int:
    if code[0] in "VWXY":
        return _CIRCUMSTANCE
    if is_manifestation(codes.title(code)):
        return _MANIFESTATION
    if is_first_listed_only(code):
        return _ONLY_FIRST
    if code[0] == "O" and code != "O94":
        return _PREGNANCY
    if code[0] == "Z":
        return _SYMPTOM if may_be_principal(code) else _STATUS
    if intent_of(code) in (Intent.ADVERSE_EFFECT, Intent.UNDERDOSING):
        return _STATUS  # behind the harm, which may be a symptom (I.C.19.e.5)
    if code.startswith("R65.2"):
        return _DIAGNOSIS  # how severe an infection is, between the infection and the organ that fails (I.C.1.d.1.b)
    # U09.9 stands behind what COVID-19 has left, which may be a symptom (I.C.1.g.1.m).
    return _SYMPTOM if code.startswith(("R", "U09.9")) else _DIAGNOSIS


def _may_be_first(proposal: Proposal, ranks: dict[Proposal, int]) -> bool:
    return ranks[proposal] < _MANIFESTATION and may_be_principal(proposal.code)


def _is_reason(named: Proposal, alive: list[Proposal], ranks: dict[Proposal, int]) -> bool:
    """Whether what the note names first is what the visit was for, though diagnoses are coded beside it."""
    if any(ranks[proposal] < _DIAGNOSIS for proposal in alive):
        return False
    if named.code[0] == "Z" or _is_stated(named):
        return True
    return all(is_lasting(proposal.code) for proposal in alive if ranks[proposal] == _DIAGNOSIS)


def _why(draft: Draft, first: Proposal, named_first: Proposal, ranks: dict[Proposal, int]) -> tuple[str, str]:
    """Section and reason for the first code."""
    inpatient = draft.encounter.setting == "inpatient"
    if ranks[first] == _ONLY_FIRST:
        return "I.C.21.c.16", "may only be the first code: the encounter was for it"
    if ranks[first] == _PREGNANCY:
        return "I.C.15.a.1", "codes of pregnancy come before those of other chapters"
    if first.code.startswith(("Z11", "Z12", "Z13")):
        return "I.C.21.c.5", "the visit was for the screening, whatever it found"
    if first is not named_first and named_first.code[0] == "R":
        return ("II.A" if inpatient else "IV.D"), f"a diagnosis comes before the symptom {named_first.code}"
    if inpatient:
        return "II", "first among the diagnoses; of several that equally meet the definition any may be first (II.C)"
    return "IV.G", "first among what the visit assessed"
