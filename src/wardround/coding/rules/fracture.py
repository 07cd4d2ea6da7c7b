"""Traumatic fractures: closed and displaced unless said otherwise, open ones by their type (Guidelines I.C.19.c)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.titles import sides_of

__all__ = ["Fracture"]

_FRACTURES = ("S02", "S12", "S22", "S32", "S42", "S52", "S62", "S72", "S82", "S92")
# Growth plates, and the bones they belong to.
_PHYSEAL = {
    "S49.0": ("S42.2",),
    "S49.1": ("S42.4",),
    "S59.0": ("S52.6",),
    "S59.1": ("S52.1",),
    "S59.2": ("S52.5",),
    "S79.0": ("S72.0", "S72.1"),
    "S79.1": ("S72.4",),
    "S89.0": ("S82.1",),
    "S89.1": ("S82.3", "S82.5"),
    "S89.2": ("S82.8",),
    "S89.3": ("S82.6", "S82.8"),
    "S99.0": ("S92.0",),
    "S99.1": ("S92.3",),
    "S99.2": ("S92.4", "S92.5"),
}
# 7th character of an open fracture of Gustilo type I or II, and of type III.
_TYPE_3 = {"B": "C", "E": "F", "H": "J", "M": "N", "Q": "R"}
_SAID_TYPE_3 = (
    "type iii",
    "type iiia",
    "type iiib",
    "type iiic",
    "type 3",
    "type 3a",
    "type 3b",
    "type 3c",
    "grade iii",
    "grade iiia",
    "grade iiib",
    "grade iiic",
    "grade 3",
    "grade 3a",
    "grade 3b",
    "grade 3c",
    "gustilo iii",
    "gustilo 3",
    "gustilo iiia",
    "gustilo iiib",
    "gustilo iiic",
)
_OPEN = ("open fracture", "open", "compound fracture", "gustilo")
_CLOSED = ("closed",)
_DISPLACED = ("displaced", "displacement", "minimally displaced")


class Fracture(Rule):
    """A fracture that is not said to be open is coded as closed, one that is not said to be nondisplaced as displaced.
    An open fracture of forearm, femur or lower leg is told by its Gustilo type: C and its like for type III, B and its
    like for types I and II and where no type is said. A fracture through a growth plate has one code, and the bone
    none beside it.

    In a note wardround says where it took one of these defaults, reads the Gustilo type, and turns down the bone
    beside its growth plate. In a list it asks for review of the two together. Whether an injury is still treated or
    heals is the matter of the rule injury-phase; fractures of diseased bone have rules of their own.
    """

    name = "fracture"
    section = "I.C.19.c"
    title = "a fracture is closed and displaced unless said otherwise, an open one has its type"
    severity = "reject"
    prefixes = tuple(_PHYSEAL)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive(*_FRACTURES)):
            if "fracture" in draft.codes.title(proposal.code):
                self._read_type(draft, proposal)
                self._remark_on_defaults(draft, proposal)
        for physis in draft.alive(*_PHYSEAL):
            for bone in draft.alive(*_PHYSEAL[physis.code[:5]]):
                if _same_side(draft.codes.title(physis.code), draft.codes.title(bone.code)):
                    bone.reject(self.name, "I.C.19.c.3", f"{physis.code} says which bone is fractured")

    def _read_type(self, draft: Draft, proposal: Proposal) -> None:
        worse = _TYPE_3.get(proposal.code[-1])
        if worse and draft.said(*_SAID_TYPE_3, within=draft.around(proposal)):
            code = proposal.code[:-1] + worse
            if draft.codes.billable(code):
                draft.recode(proposal, code, self.name, self.section, "open, Gustilo type III")

    def _remark_on_defaults(self, draft: Draft, proposal: Proposal) -> None:
        title, around = draft.codes.title(proposal.code), draft.around(proposal)
        assumed = []
        if "closed fracture" in title and not draft.said(*_CLOSED, within=around):
            assumed.append("closed")
        if title.startswith("Displaced") and not draft.said(*_DISPLACED, within=around):
            assumed.append("displaced")
        if assumed:
            proposal.remark(self.name, self.section, f"coded as {' and '.join(assumed)}: the note does not say")

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for physis in listed.starting(*_PHYSEAL):
            for bone in listed.starting(*_PHYSEAL[physis[:5]]):
                if _same_side(listed.title(physis), listed.title(bone)):
                    codes = sorted((physis, bone), key=listed.valid.index)
                    message = f"{physis} says which bone is fractured; {bone} is not coded beside it"
                    yield self.finding("review", codes, message, section="I.C.19.c.3")


def _same_side(one: str, other: str) -> bool:
    """Whether neither of two titles says right where the other says left."""
    here, there = (sides_of(title) & {"right", "left"} for title in (one, other))
    return not (here and there and here.isdisjoint(there))
