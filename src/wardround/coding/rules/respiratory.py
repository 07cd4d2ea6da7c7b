"""Asthma, COPD, respiratory failure, pneumonia of ventilation, vaping (Guidelines I.C.10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["Respiratory"]

_VENTILATOR, _VAPING, _COPD = "J95.851", "U07.0", "J44.9"
_COPD_TOLD = ("J44.0", "J44.1")
_PNEUMONIA = ("J12", "J13", "J14", "J15", "J16", "J17", "J18")
_FAILURE = (
    "J96.0",
    "J96.1",
    "J96.2",
    "J96.9",
)  # acute, chronic, both, not said; then 0 no more, 1 hypoxia, 2 hypercapnia
_SEVERITY = (
    "J45.2",
    "J45.3",
    "J45.4",
    "J45.5",
)  # of asthma; then 0 uncomplicated, 1 exacerbation, 2 status asthmaticus
_UNSPECIFIED_ASTHMA = {"J45.909": "0", "J45.901": "1", "J45.902": "2"}


class Respiratory(Rule):
    """Asthma is one code of severity and exacerbation, respiratory failure one of course (acute, chronic, both) and of
    each disturbance of gases. Pneumonia of ventilation is coded when the provider says that the ventilator caused it,
    without a second code for the kind of pneumonia. A disorder of vaping comes first.

    In a note "moderate persistent asthma" and "asthma exacerbation" become one code, so do acute and chronic
    respiratory failure, and the vaguer of two statements goes. In a list the same pairs are for review, and so are a
    pneumonia behind that of ventilation, which is right only for one that was there before, and vaping behind
    something else.

    COPD with infection, asthma or emphysema is the rule presumed-link, influenza that is only suspected the rule
    uncertain-diagnosis. Whether a respiratory failure or what caused it is principal depends on the circumstances of
    the admission, which a list does not show.
    """

    name = "respiratory"
    section = "I.C.10"
    title = "one code for an asthma and for a respiratory failure; ventilation only as documented"
    severity = "reject"
    prefixes = ("J44", "J45", "J95.851", "J96", "U07.0")

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.first("J44", "J45", "J96", _VAPING) is None:
            return
        self._asthma(draft)
        self._failure(draft)
        told = draft.first(*_COPD_TOLD)
        if told is not None:
            for vague in draft.alive(_COPD):
                vague.reject(self.name, "I.C.10.a.1", f"{told.code} says more")
        vaping = draft.first(_VAPING)
        others = [p for p in draft.alive() if p is not vaping and not p.code.startswith("O")]
        if vaping is not None and others:
            draft.move_before(vaping, *others)

    def _asthma(self, draft: Draft) -> None:
        severe = draft.first(*_SEVERITY)
        if severe is None:
            return
        for proposal in list(draft.alive(*_UNSPECIFIED_ASTHMA)):
            code = _one_asthma(severe.code, proposal.code)
            message = f"{severe.code} and {proposal.code} are one asthma"
            if code == severe.code:
                proposal.reject(self.name, "I.C.10.a.1", f"{severe.code} says the severity")
            else:
                severe = draft.recode(severe, code, self.name, "I.C.10.a.1", message)
                draft.recode(proposal, code, self.name, "I.C.10.a.1", message)

    def _failure(self, draft: Draft) -> None:
        stated = list(draft.alive(*_FAILURE))
        wanted = _one_failure([proposal.code for proposal in stated])
        for proposal in stated:
            if proposal.code in wanted:
                continue
            code = next((c for c in wanted if c[-1] == proposal.code[-1]), None)
            if code is None or proposal.code.startswith("J96.9"):
                proposal.reject(self.name, "I.B.9", f"{wanted[0]} says more")
            else:
                draft.recode(proposal, code, self.name, "I.B.8", f"acute and chronic respiratory failure are {code}")

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        categories = listed.categories
        if "J45" in categories:
            yield from self._asthma_findings(listed)
        if "J96" in categories:
            stated = list(dict.fromkeys(listed.starting(*_FAILURE)))
            wanted = _one_failure(stated)
            if set(stated) != set(wanted):
                yield self.finding(
                    "review", stated, f"one respiratory failure: {' and '.join(wanted)}", section="I.B.8"
                )
        if "J44" in categories and _COPD in listed.valid:
            for told in listed.starting(*_COPD_TOLD)[:1]:
                codes = _ordered(listed, (_COPD, told))
                yield self.finding("review", codes, f"{told} says more than {_COPD}", section="I.C.10.a.1")
        if _VENTILATOR in listed.valid and not categories.isdisjoint(_PNEUMONIA):
            pneumonia = listed.starting(*_PNEUMONIA)[0]
            if listed.valid[0] != pneumonia:
                message = f"{pneumonia} beside {_VENTILATOR} is only for a pneumonia that was there before"
                yield self.finding("review", _ordered(listed, (_VENTILATOR, pneumonia)), message, section="I.C.10.d.1")
        if _VAPING in listed.valid and listed.first and not listed.first.startswith(("O", _VAPING)):
            message = f"{_VAPING} comes first where the visit is for it"
            yield self.finding("review", [listed.valid[0], _VAPING], message, section="I.C.10.e")

    def _asthma_findings(self, listed: CodeList) -> Iterator[Finding]:
        severe = listed.starting(*_SEVERITY)
        vague = [code for code in listed.valid if code in _UNSPECIFIED_ASTHMA]
        if severe and vague:
            message = f"one asthma is one code: {_one_asthma(severe[0], vague[0])}"
            yield self.finding("review", _ordered(listed, (severe[0], vague[0])), message, section="I.C.10.a.1")


def _one_asthma(severe: str, unspecified: str) -> str:
    """The code of an asthma whose severity one code says, and whose exacerbation perhaps the other."""
    return severe[:5] + max(severe[5], _UNSPECIFIED_ASTHMA[unspecified])


def _one_failure(codes: Sequence[str]) -> list[str]:
    """The codes for one respiratory failure: its course, with each disturbance of gases that is said."""
    courses = {code[:5] for code in codes} - {"J96.9"} or {code[:5] for code in codes}
    forms = sorted({code[5] for code in codes} - {"0"}) or sorted({code[5] for code in codes})
    course = courses.pop() if len(courses) == 1 else "J96.2"
    return [course + form for form in forms]


def _ordered(listed: CodeList, codes: Sequence[str]) -> list[str]:
    return sorted(codes, key=listed.valid.index)
