"""Active treatment, healing, or healing badly: the 7th character of an injury (Guidelines I.C.19.a, I.C.19.c.1)."""

from __future__ import annotations

from wardround.coding.draft import Draft, Proposal
from wardround.coding.rules.base import Rule
from wardround.documents import SectionKind

__all__ = ["InjuryPhase"]

# Closed or not open at all, open of type I or II, open of type III: the 7th characters in active treatment, in routine
# healing, in delayed healing, with nonunion, with malunion.
_KINDS = ("ADGKP", "BEHMQ", "CFJNR")
_ACTIVE, _ROUTINE, _DELAYED, _NONUNION, _MALUNION = range(5)

_PATHOLOGICAL = ("M48.4", "M48.5", "M80", "M84.3", "M84.4", "M84.5", "M84.6")
_COMPLICATIONS = tuple(f"T8{number}" for number in range(9))
_FOREIGN_BODIES = ("T15", "T16", "T17", "T18", "T19")

_HEALS_BADLY = {
    _NONUNION: ("nonunion", "non union"),
    _MALUNION: ("malunion", "mal union"),
    _DELAYED: ("delayed union", "delayed healing"),
}
_HEALS = (
    "healing well",
    "healing appropriately",
    "healing nicely",
    "healing as expected",
    "routine healing",
    "interval healing",
    "continues to heal",
    "still healing",
    "callus formation",
    "cast removed",
    "sutures removed",
    "staples removed",
    "sutures were removed",
    "staples were removed",
    "subsequent encounter",
    "aftercare",
)
_VISIT = (
    "for follow up",
    "in follow up",
    "follow up visit",
    "follow up of",
    "for recheck",
    "for a recheck",
)
_VISIT_AFTER_TREATMENT = (
    "for suture removal",
    "for staple removal",
    "for cast removal",
    "suture removal",
    "cast removal",
    "post op visit",
    "postoperative visit",
    "post op check",
    "weeks post op",
    "weeks postop",
    "weeks status post",
    "weeks s/p",
    "weeks out from",
    "weeks after surgery",
    "months status post",
    "months s/p",
    "months out from",
)
_TOLD_IN = frozenset({SectionKind.CHIEF_COMPLAINT, SectionKind.HISTORY_PRESENT_ILLNESS, SectionKind.OTHER})
_LATER = frozenset("after arrange call if in return schedule scheduled should will".split())
_NEW = ("today", "yesterday", "this morning", "last night", "hours ago")
_INITIAL = ("initial encounter", "initial visit")
_SURE = frozenset("aftercare healed healing subsequent union".split())  # beside the injury they mean that it heals


class InjuryPhase(Rule):
    """The 7th character of an injury says whether it is actively treated (A; B and C for open fractures), heals (D, E,
    F) or heals badly: delayed (G, H, J), nonunion (K, M, N), malunion (P, Q, R). Active treatment is surgery, the
    emergency department, and evaluation by the same or a new physician; it is not a matter of the first visit.

    In a note wardround takes an injury as healing where the note says so of it ("healing well", "callus formation"),
    or tells that the visit was a follow-up. A plan to follow up or to remove sutures later is no healing. A
    complication of care (T80–T88) and a foreign body that is removed are under active treatment, and so is an injury
    operated on during an inpatient stay. In a list, one injury with two 7th characters is found by the rule
    seventh-character.

    What a single code's 7th character should have been cannot be seen without the note.
    """

    name = "injury-phase"
    section = "I.C.19.a"
    title = "the 7th character of an injury says how far its treatment is"
    severity = "info"

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive("S", "T", *_PATHOLOGICAL)):
            kind = _kind(proposal.code)
            if kind is None:
                continue
            now = _KINDS[kind].index(proposal.code[-1])
            stated, why = _stated(draft, proposal, now)
            if stated == now:
                continue
            for character in (_KINDS[kind][stated], _KINDS[0][stated]):
                code = proposal.code[:-1] + character
                if draft.codes.billable(code):
                    draft.recode(proposal, code, self.name, self.section, why)
                    break


def _kind(code: str) -> int | None:
    """Which of `_KINDS` a code's 7th character belongs to; None for a code without one of a phase."""
    injury = code[0] in "SM" or code < "T35" or code.startswith(_COMPLICATIONS)
    if len(code) != 8 or not injury:
        return None
    return next((number for number, characters in enumerate(_KINDS) if code[-1] in characters), None)


def _stated(draft: Draft, proposal: Proposal, now: int) -> tuple[int, str]:
    """How far the treatment is by what the note says, and why."""
    around = draft.around(proposal)
    if draft.said(*_INITIAL, within=around):
        return _ACTIVE, "the note says that it is the initial encounter"
    if proposal.code.startswith(_COMPLICATIONS):
        heals = now != _ACTIVE and _beside(draft, proposal)
        return (now if heals else _ACTIVE), "the complication itself is under treatment"
    for phase, cues in _HEALS_BADLY.items():
        if draft.said(*cues, within=around):
            return phase, "the note says that it heals badly"
    if draft.said(*_HEALS, within=around):
        return max(now, _ROUTINE), "the note says that it is healing"
    if now == _ACTIVE and draft.encounter.setting == "outpatient" and _is_follow_up(draft):
        return _ROUTINE, "the visit was for follow-up"
    if now == _ROUTINE and not _beside(draft, proposal):
        if draft.encounter.setting == "inpatient":
            return _ACTIVE, "treated by surgery during this stay"
        if proposal.code.startswith(_FOREIGN_BODIES):
            return _ACTIVE, "its removal is the treatment"
    return now, ""


def _beside(draft: Draft, proposal: Proposal) -> bool:
    """Whether a word in the sentence of the injury means that it heals."""
    sentences = (draft.stream.note.sentences[mention.found.sentence] for mention in proposal.mentions)
    return any(not _SURE.isdisjoint(draft.words_in(sentence)) for sentence in sentences)


def _is_follow_up(draft: Draft) -> bool:
    """Whether the complaint or the history says that the visit is for follow-up of injuries, not that one is planned.

    A mere follow-up may be that of another condition, if one is coded.
    """
    only_injuries = all(_kind(proposal.code) is not None or proposal.code[0] in "RVWXYZ" for proposal in draft.alive())
    cues = _VISIT_AFTER_TREATMENT + (_VISIT if only_injuries else ())
    visits = draft.each_said(*cues, sections=_TOLD_IN)
    if all(not _LATER.isdisjoint(draft.words_in(draft.stream.note.sentence_of(visit.start))) for visit in visits):
        return False
    return draft.said(*_NEW, sections=_TOLD_IN) is None
