"""Z codes that may only be the principal or first-listed diagnosis (Guidelines I.C.21.c.16)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList

__all__ = ["FirstListedOnly", "is_first_listed_only"]

_ONLY_FIRST = tuple(
    "Z00 Z01 Z02 Z04 Z31.81 Z31.83 Z31.84 Z33.2 Z34 Z38 Z39 Z40 Z42 Z51.0 Z51.1 Z52 Z76.1 Z76.2 Z99.12".split()
)
_BUT_NOT = ("Z00.6", "Z52.9")
# Parts of one thing, which may stand together: treatments of a neoplasm (I.C.2.e.2), preprocedural examinations.
_TOGETHER = (("Z51.0", "Z51.1"), ("Z01.81",))


def is_first_listed_only(code: str) -> bool:
    """Whether a code may only be the principal or first-listed diagnosis."""
    return code.startswith(_ONLY_FIRST) and not code.startswith(_BUT_NOT)


class FirstListedOnly(Rule):
    """An encounter for an examination, a birth, a donation or a treatment is named by its first code, or by none.

    The guidelines list the Z codes that may only be principal or first-listed: general, special and administrative
    examinations, observation, supervision of normal pregnancy, liveborn infants, prophylactic surgery, radiation and
    chemotherapy, donors and a few more. In a note the coder puts such a code first. In a list one of them in a later
    place, or two of them together, asks for review: the guidelines allow it where several encounters of one day are
    combined in one record, which a list does not tell. More than one treatment of a neoplasm may be listed together,
    and so may the parts of one preprocedural examination.
    """

    name = "first-listed-only"
    section = "I.C.21.c.16"
    title = "some Z codes are first or not at all"
    severity = "review"
    prefixes = _ONLY_FIRST

    def check(self, listed: CodeList) -> Iterator[Finding]:
        first = listed.valid[0]
        for code in dict.fromkeys(listed.valid[1:]):
            if not is_first_listed_only(code) or code == first:
                continue
            if any(code.startswith(parts) and first.startswith(parts) for parts in _TOGETHER):
                continue
            if is_first_listed_only(first):
                message = f"{first} and {code} may each only be first: both only if encounters of one day are combined"
                yield self.finding("review", [first, code], message)
            else:
                message = f"{code} may only be first: either the encounter was for it, or it is not coded"
                yield self.finding("review", [code], message)
