"""Pain as a diagnosis of its own: G89 (Guidelines I.C.6.b)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.integral_symptoms import symptoms_of
from wardround.coding.rules.listed import CodeList
from wardround.documents import SectionKind

__all__ = ["Pain"]

_OF_KNOWN_CAUSE = ("G89.11", "G89.19", "G89.21", "G89.29")  # acute or chronic, and nothing more
_POSTPROCEDURAL = ("G89.12", "G89.18")
_NEOPLASMS = ("C", "D0", "D1", "D2", "D3", "D4")
_PAINS = ("M25.5", "M54", "M79.6", "N64.4", "R07", "R10", "R51", "R52")
_CONTROL = ("pain management", "pain control", "pain clinic", "spinal cord stimulator", "pain injection")
_REASON = frozenset({SectionKind.CHIEF_COMPLAINT, SectionKind.HISTORY_PRESENT_ILLNESS, SectionKind.OTHER})
_EXPECTED = ("expected", "anticipated", "routine", "appropriate for")


class Pain(Rule):
    """Pain has a code of its own (G89) where controlling it is the reason for the visit, or where G89 adds something.

    A disease that is known and treated stands for its pain: in a note wardround turns acute or chronic pain (G89.1-,
    G89.2-) down where the same sentence or problem names the disease that hurts, unless the note says that the visit
    was for pain management; then the pain comes first and the disease behind it. Pain of a site stays beside G89, which
    says that it is chronic. Expected pain right after an operation is not coded. Pain due to a neoplasm is G89.3
    whether acute or chronic; in a list it asks for review without a neoplasm. A list also gets a reminder where pain
    stands beside a disease that it belongs to; the reason for the visit a list does not tell.
    """

    name = "pain"
    section = "I.C.6.b"
    title = "pain is coded for its control, or where it adds to what is known"
    severity = "reject"
    prefixes = ("G89",)

    def apply(self, draft: Draft) -> None:
        if draft.first("G89") is None:
            return
        control = draft.said(*_CONTROL, sections=_REASON) is not None
        for pain in list(draft.alive("G89")):
            disease = _disease_of(draft, pain)
            if control:
                draft.move_before(pain, *draft.alive())
            elif disease and pain.code in _OF_KNOWN_CAUSE:
                pain.reject(self.name, "I.C.6.b.1", f"{disease.code} is known, and the visit not for pain control")
            elif pain.code in _POSTPROCEDURAL and draft.said(*_EXPECTED, within=draft.around(pain)):
                pain.reject(self.name, "I.C.6.b.3", "expected after an operation")

    def check(self, listed: CodeList) -> Iterator[Finding]:
        pains = listed.starting("G89")
        if "G89.3" in pains and not listed.starting(*_NEOPLASMS):
            yield self.finding("review", ("G89.3",), "G89.3 needs the neoplasm that hurts", section="I.C.6.b.5")
        for pain in pains:
            disease = next((code for code in listed.valid if _hurts(code)), None)
            if pain in _OF_KNOWN_CAUSE and pain != listed.valid[0] and disease:
                message = f"{pain} beside {disease} only if the encounter was for pain control"
                yield self.finding("info", listed.in_sequence(pain, disease), message, section="I.C.6.b.1")


def _hurts(code: str) -> bool:
    """Whether pain belongs to the disease of ``code``."""
    return not code.startswith(_PAINS) and any(symptom.startswith(_PAINS) for symptom in symptoms_of(code))


def _disease_of(draft: Draft, pain: Proposal) -> Proposal | None:
    """The disease that hurts, named in the sentence or the heading of the problem that names the pain."""
    sentences = {mention.found.sentence for mention in pain.mentions}
    for proposal in draft.alive():
        if _hurts(proposal.code) and any(mention.found.sentence in sentences for mention in proposal.mentions):
            return proposal
    return None
