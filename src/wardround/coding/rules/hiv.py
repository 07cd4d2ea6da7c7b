"""HIV: disease, positive without symptoms, or inconclusive (Guidelines I.C.1.a)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus

__all__ = ["Hiv"]

_DISEASE, _POSITIVE, _INCONCLUSIVE = "B20", "Z21", "R75"
_STATES = (_DISEASE, _POSITIVE, _INCONCLUSIVE)
# Infections and tumors by which AIDS is defined: in a patient with HIV nobody else has them as a rule.
_DEFINING = tuple("A07.2 A07.3 A31.2 A81.2 B25 B37.1 B37.81 B38.3 B39.3 B45 B58.2 B59 C46".split())
_BEFORE_DISEASE = "D59.31"  # hemolytic-uremic syndrome stands before the HIV disease it is due to
_HAD = frozenset({AssertionStatus.PRESENT, AssertionStatus.HISTORICAL})


class Hiv(Rule):
    """HIV has one code: B20 once a related illness has ever been documented, Z21 while there was none, R75 if unclear.

    In a note wardround turns Z21 and R75 down beside B20, which it puts before the opportunistic infection or tumor
    that was treated; when the visit was for something unrelated, such as an injury, that stays first. "HIV positive"
    beside an illness that defines AIDS, now or in the history, is Z21 or B20 depending on whether the provider relates
    them: wardround asks. In a list it says where two of the three codes stand together, and asks for review where such
    an illness stands with Z21 or before B20, and where a pregnancy lacks O98.7-. Whether another condition is due to
    HIV only the provider can say.
    """

    name = "hiv"
    section = "I.C.1.a"
    title = "HIV has one code: B20 for the disease, Z21 without symptoms, R75 if inconclusive"
    severity = "reject"
    prefixes = _STATES

    def apply(self, draft: Draft) -> None:
        disease, positive = draft.first(_DISEASE), draft.first(_POSITIVE)
        for proposal in list(draft.alive(_POSITIVE, _INCONCLUSIVE)):
            if proposal.code == _INCONCLUSIVE and positive:
                proposal.reject(self.name, "I.C.1.a.2.e", "the note says that HIV is confirmed")
            elif disease:
                proposal.reject(self.name, "I.C.1.a.2.g", "HIV disease has been documented: B20 at every encounter")
        if disease:
            defining = list(draft.alive(*_DEFINING))
            if defining:
                draft.move_before(disease, *defining)
            syndrome = draft.first(_BEFORE_DISEASE)
            if syndrome:
                draft.move_before(syndrome, disease)
        elif positive:
            self._ask_relation(draft)

    def _ask_relation(self, draft: Draft) -> None:
        """HIV positive, with an illness that defines AIDS: related or not is the provider's to say."""
        illness = next(
            (m.span for m in draft.mentions if m.found.term.target.startswith(_DEFINING) and m.status in _HAD), None
        )
        positive = draft.first(_POSITIVE)
        if illness and positive:
            draft.ask(
                "HIV: related conditions",
                "Please clarify whether the condition quoted is related to the patient's HIV infection.",
                ("Related to the HIV infection", "Not related to the HIV infection"),
                [positive.mentions[0].span, illness],
                rule=self.name,
                section="I.C.1.a.2.a",
                codes=(_POSITIVE, _DISEASE),
            )

    def check(self, listed: CodeList) -> Iterator[Finding]:
        given = [code for code in dict.fromkeys(listed.valid) if code in _STATES]
        if len(given) > 1:
            kept = min(given, key=_STATES.index)
            dropped = next(code for code in given if code != kept)
            yield self.finding("reject", given, f"{kept} and {dropped} contradict each other: {_WHY[kept]}")
        defining = listed.starting(*_DEFINING)
        if defining and given == [_POSITIVE]:
            message = f"if {defining[0]} is related to HIV, it is B20, at this and every later encounter"
            yield self.finding("review", listed.in_sequence(defining[0], _POSITIVE), message, section="I.C.1.a.2.a")
        if defining and _DISEASE in given and listed.valid[0] == defining[0]:
            message = f"for {defining[0]} as a related condition B20 comes first"
            yield self.finding("review", (defining[0], _DISEASE), message, section="I.C.1.a.2.b")
        maternal = listed.starting("O")
        if maternal and given[0] != _INCONCLUSIVE and not listed.starting("O98.7", "O94"):
            message = f"in pregnancy, childbirth and the puerperium O98.7- comes before {given[0]}"
            yield self.finding("review", listed.in_sequence(maternal[0], given[0]), message, section="I.C.1.a.2.h")


_WHY = {
    _DISEASE: "once HIV disease is documented it is B20 at every encounter",
    _POSITIVE: "a confirmed infection is not inconclusive",
}
