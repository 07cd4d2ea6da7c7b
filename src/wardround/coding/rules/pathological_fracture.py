"""A fracture of diseased bone is coded with its disease (Guidelines I.C.13.c and I.C.2.l.6)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.titles import sides_of

__all__ = ["PathologicalFracture"]

_UNSPECIFIED, _NEOPLASTIC, _OTHER_DISEASE = "M84.4", "M84.5", "M84.6"
_NEOPLASMS = ("C", "D0", "D1", "D2", "D3", "D4")
_IN_BONE = ("C40", "C41", "C79.51", "C90.0")  # a tumor of bone or marrow, which breaks bones
_BONE_DISEASES = ("M83", "M85", "M86", "M88", "M90", "N25.0", "E21", "E55.0", "Q78.0", "Q78.2")
_TREATS_NEOPLASM = ("Z51.0", "Z51.1")
_SECTION = "I.C.2.l.6"
# Of the pathological codes the character after M84.4 to M84.6, of injuries the category: the same bone.
_BONES = {"1": ("S42.0", "S42.1"), "2": ("S42.2", "S42.3", "S42.4"), "3": ("S52",), "4": ("S62",), "5": ("S72",)}
_BONES |= {"6": ("S82",), "7": ("S92",)}


class PathologicalFracture(Rule):
    """A fracture of bone that a disease has weakened is no injury. In a neoplasm it is M84.5, in another bone disease
    M84.6, each with the code of the disease; M84.4 is for a disease that is not known. If the encounter is for the
    fracture its code comes first, if it is for the neoplasm, the neoplasm.

    In a note wardround turns M84.4 into M84.5 or M84.6 where the fracture is said to be due to the neoplasm or the
    bone disease, keeps the order in which the note names them, and puts the neoplasm first where radiation or
    chemotherapy was given. In a list it asks for review of M84.4 beside a tumor of bone, of M84.5 without a neoplasm,
    and of an injury beside a pathological fracture of the same bone. Osteoporosis has a rule of its own.

    What the treatment was directed at cannot be seen in a list.
    """

    name = "pathological-fracture"
    section = "I.C.13.c"
    title = "a pathological fracture is coded with the disease of the bone, and not as an injury"
    severity = "review"
    prefixes = (_UNSPECIFIED, _NEOPLASTIC, _OTHER_DISEASE)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for fracture in list(draft.alive(_UNSPECIFIED)):
            neoplasm = self._cause(draft, fracture, *_NEOPLASMS) or draft.first(*_IN_BONE)
            disease = None if neoplasm else self._cause(draft, fracture, *_BONE_DISEASES)
            if neoplasm is not None:
                self._in_disease(draft, fracture, _NEOPLASTIC, neoplasm, _SECTION)
            elif disease is not None:
                self._in_disease(draft, fracture, _OTHER_DISEASE, disease, self.section)
        broken, neoplasm = draft.first(_NEOPLASTIC), draft.first(*_NEOPLASMS)
        if broken is not None and neoplasm is not None and draft.first(*_TREATS_NEOPLASM) is not None:
            draft.move_before(neoplasm, broken)

    @staticmethod
    def _cause(draft: Draft, fracture: Proposal, *prefixes: str) -> Proposal | None:
        """A condition that is named with the fracture, where the note says what that is due to."""
        if draft.due_to(fracture) is None:
            return None
        sentences = [draft.stream.note.sentences[mention.found.sentence] for mention in fracture.mentions]
        for other in draft.alive(*prefixes):
            if any(sentence.covers(mention.span) for sentence in sentences for mention in other.mentions):
                return other
        return None

    def _in_disease(self, draft: Draft, fracture: Proposal, header: str, disease: Proposal, section: str) -> None:
        code = _of_same_bone(draft, fracture.code, header)
        if code is not None:
            message = f"the fracture of a bone that {disease.code} has weakened"
            draft.recode(fracture, code, self.name, section, message)

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        in_bone = listed.starting(*_IN_BONE)
        for code in listed.starting(_UNSPECIFIED):
            if in_bone:
                message = f"{code} beside {in_bone[0]}: M84.5 if the neoplasm has weakened the bone"
                yield self.finding("review", _in_order(listed, code, in_bone[0]), message, section=_SECTION)
        for code in listed.starting(_NEOPLASTIC):
            if not listed.starting(*_NEOPLASMS):
                yield self.finding("review", [code], f"{code} needs the code of the neoplasm", section=_SECTION)
        for code in listed.starting(*self.prefixes):
            for injury in listed.starting(*_BONES.get(code[5], ("S no bone",))):
                if injury[-1] != "S" and _may_be_one(listed, code, injury):
                    message = f"{code} and {injury}: a fracture is pathological or an injury, not both"
                    yield self.finding("review", _in_order(listed, code, injury), message)


def _of_same_bone(draft: Draft, code: str, header: str) -> str | None:
    """The code below another header with the same bone, side and 7th character."""
    bone = code[len(header) : -1]
    for other in (bone, {"54": "50", "77": "74", "78": "75", "79": "76"}.get(bone, bone)):
        if draft.codes.billable(f"{header}{other}{code[-1]}"):
            return f"{header}{other}{code[-1]}"
    return None


def _may_be_one(listed: CodeList, code: str, injury: str) -> bool:
    """Whether two fractures of a bone may be the same: not if one is on the right and the other on the left."""
    here, there = (sides_of(listed.title(each)) & {"right", "left"} for each in (code, injury))
    return not (here and there and here.isdisjoint(there))


def _in_order(listed: CodeList, *codes: str) -> list[str]:
    return sorted(codes, key=listed.valid.index)
