"""Aftercare of an injury is coded with the injury, not with a Z code (Guidelines I.C.21.c.7)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["Aftercare"]

_AFTERCARE = ("Z47.1", "Z47.8", "Z48.0", "Z48.8")
_PATHOLOGICAL_FRACTURES = ("M80", "M84.3", "M84.4", "M84.5", "M84.6")
_FRACTURES = ("S12", "S22", "S32", "S42", "S52", "S62", "S72", "S82", "S92", *_PATHOLOGICAL_FRACTURES)


def _is_injury(code: str) -> bool:
    """Whether a code is that of an injury or a fracture with a 7th character, its sequela left out."""
    return ("S" <= code < "T35" or code.startswith(_PATHOLOGICAL_FRACTURES)) and len(code) == 8 and code[-1] != "S"


def _is_aftercare_of(aftercare: str, injury: str) -> bool:
    """A joint replacement is aftercare of an injury where it treated a fracture."""
    return injury.startswith(_FRACTURES) if aftercare == "Z47.1" else True


class Aftercare(Rule):
    """A healing injury is coded with its own code and the 7th character of a subsequent encounter.

    Aftercare codes (orthopedic Z47, surgical Z48) are for diseases after their treatment. For an injury or a fracture
    they are not used: the injury's code with 7th character D, or one of its kind, says that it is healing. In a note
    the coder turns the aftercare code down and gives an injury that still has the character of active treatment the one
    of routine healing; in a list the two together ask for review. Removal of an internal fixation device (Z47.2) and
    aftercare after surgery for a neoplasm (Z48.3) or a transplant (Z48.2) are left alone. Whether the aftercare was for
    another condition than the injury a list does not tell.
    """

    name = "aftercare"
    section = "I.C.21.c.7"
    title = "aftercare of an injury is the injury's code with 7th character D"
    severity = "reject"
    prefixes = _AFTERCARE

    def apply(self, draft: Draft) -> None:
        for aftercare in draft.alive(*_AFTERCARE):
            for injury in list(draft.alive("S", "T", "M8")):
                if not _is_injury(injury.code) or not _is_aftercare_of(aftercare.code, injury.code):
                    continue
                healing = f"{injury.code[:-1]}D"
                if injury.code.endswith("A") and draft.codes.billable(healing):
                    injury = draft.recode(injury, healing, self.name, self.section, "in aftercare it is healing")
                message = f"aftercare of an injury is coded with the injury: {injury.code}"
                aftercare.reject(self.name, self.section, message)
                break

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for aftercare in dict.fromkeys(listed.starting(*_AFTERCARE)):
            for injury in listed.valid:
                if _is_injury(injury) and _is_aftercare_of(aftercare, injury):
                    message = f"{aftercare} is not for injuries: {injury[:-1]} with the 7th character of its healing"
                    yield self.finding("review", listed.in_sequence(aftercare, injury), message)
                    break
