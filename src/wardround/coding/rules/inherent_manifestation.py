"""A disease that is coded with its manifestation, said or not (Guidelines I.A.13)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus

__all__ = ["InherentManifestation"]

_ALZHEIMER = ("G30",)
_DISEASES = (*_ALZHEIMER, "G31.01", "G31.09", "G31.83")
_DEMENTIA = "F02.80"
_SAYS_MORE = ("F01", "F02", "F03", "F05", "F06.7", "G31.84")  # dementia, delirium, or a loss that is not dementia yet
_DENIED = frozenset({AssertionStatus.NEGATED})


class InherentManifestation(Rule):
    """Alzheimer's disease is a disease of the brain and its dementia the manifestation: two codes, the disease first.
    The Index leads from the disease to the dementia, so coders give both even where the note has only the name of the
    disease.

    In a note wardround adds F02.80 to Alzheimer's disease where neither dementia, delirium nor mild impairment is
    coded, for a person to confirm; not where the note denies dementia. In a list it mentions that the dementia of
    Alzheimer's, Pick's, frontotemporal or Lewy body disease is not coded. How severe it is and what disturbance comes
    with it must be documented.
    """

    name = "inherent-manifestation"
    section = "I.A.13"
    title = "a disease that comes with its manifestation is coded with it, said or not"
    severity = "review"
    prefixes = _DISEASES

    def apply(self, draft: Draft) -> None:
        disease = draft.first(*_ALZHEIMER)
        if disease is None or draft.first(*_SAYS_MORE) or draft.said("dementia", statuses=_DENIED):
            return
        message = f"the dementia that {disease.code} comes with"
        dementia = draft.add(_DEMENTIA, disease, self.name, self.section, message)
        dementia.doubt(self.name, self.section, "the note names the disease only: dementia is to be confirmed")

    def check(self, listed: CodeList) -> Iterator[Finding]:
        if not listed.starting(*_SAYS_MORE):
            for code in dict.fromkeys(listed.starting(*_DISEASES)):
                yield self.finding("info", [code], f"{code} comes with a dementia (F02.-), which is not coded")
