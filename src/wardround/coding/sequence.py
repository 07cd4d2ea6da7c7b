"""The order of the codes: what the visit was for first (Guidelines II and IV.G), circumstances last (I.C.20)."""

from __future__ import annotations

from collections.abc import Sequence

from wardround.coding.draft import Proposal
from wardround.coding.rules.manifestation import is_manifestation
from wardround.icd10 import CodeSet

__all__ = ["in_sequence"]


def in_sequence(codes: CodeSet, proposals: Sequence[Proposal]) -> list[Proposal]:
    """The proposals in the order in which they are reported.

    The order of the assessment stands, but symptoms come behind diagnoses, status and history behind both, then
    manifestations, and external causes at the end.
    """
    return sorted(proposals, key=lambda proposal: _rank(codes, proposal.code))


def _rank(codes: CodeSet, code: str) -> int:
    if code[0] in "VWXY":
        return 4
    if is_manifestation(codes.title(code)):
        return 3
    if code.startswith(("Z0", "Z1", "Z2", "Z3", "Z51")):
        return 1  # a reason for the visit, not a mere status
    if code[0] == "Z":
        return 2
    return 1 if code[0] == "R" else 0
