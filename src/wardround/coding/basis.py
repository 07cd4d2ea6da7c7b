"""What a place in a note is worth for coding: an assessed problem, prose, a complaint, or mere support."""

from __future__ import annotations

from wardround.coding.draft import Basis
from wardround.documents import Problem, SectionKind
from wardround.spans import Span

__all__ = ["bases_in", "basis_of"]

_ASSESSING = frozenset(
    {
        SectionKind.ASSESSMENT,
        SectionKind.ASSESSMENT_AND_PLAN,
        SectionKind.DIAGNOSIS,
        SectionKind.PLAN,
    }
)
_BASIS = {
    SectionKind.CHIEF_COMPLAINT: Basis.COMPLAINT,
    SectionKind.HISTORY_PRESENT_ILLNESS: Basis.NARRATIVE,
    SectionKind.HOSPITAL_COURSE: Basis.NARRATIVE,
    SectionKind.OTHER: Basis.NARRATIVE,
    SectionKind.PAST_MEDICAL_HISTORY: Basis.PAST,
    SectionKind.PAST_SURGICAL_HISTORY: Basis.PAST,
    SectionKind.ASSESSMENT: Basis.ASSESSMENT,
    SectionKind.DIAGNOSIS: Basis.ASSESSMENT,
}


def basis_of(section: SectionKind, problem: Problem | None, span: Span) -> Basis:
    """The basis of a mention at ``span``.

    The heading of a listed problem of an assessment, a diagnosis or a plan is the strongest; what stands below it
    explains it and gives detail. Prose of an assessment is next.
    """
    if section in _ASSESSING and problem is not None:
        if not problem.heading.covers(span):
            return Basis.SUPPORT
        return Basis.PROBLEM if problem.listed else Basis.ASSESSMENT
    return _BASIS.get(section, Basis.SUPPORT)


def bases_in(section: SectionKind) -> frozenset[Basis]:
    """The bases, support apart, that a mention in a section of this kind may have."""
    if section in _ASSESSING:
        return frozenset({Basis.PROBLEM, Basis.ASSESSMENT})
    return frozenset({_BASIS.get(section, Basis.SUPPORT)}) - {Basis.SUPPORT}
