"""Pressure ulcers: site and stage of each, and what becomes of them (Guidelines I.C.12.a)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["PressureUlcer"]

_ULCER = "L89"
_UNSTAGEABLE, _DEEP_TISSUE, _UNSPECIFIED = "0", "6", "9"
_STAGES = {
    "1": ("stage 1", "stage i"),
    "2": ("stage 2", "stage ii"),
    "3": ("stage 3", "stage iii"),
    "4": ("stage 4", "stage iv"),
    _UNSTAGEABLE: ("unstageable",),
    _DEEP_TISSUE: ("deep tissue injury", "deep tissue pressure injury", "deep tissue damage"),
}
# What notes call the sites that the codes name.
_SITES = {
    "L89.0": ("elbow",),
    "L89.15": ("sacral", "sacrum", "coccyx", "coccygeal", "sacrococcygeal", "tailbone"),
    "L89.2": ("hip", "trochanter", "trochanteric"),
    "L89.3": ("buttock", "ischium", "ischial", "gluteal"),
    "L89.5": ("ankle", "malleolus", "malleolar"),
    "L89.6": ("heel",),
    "L89.81": ("head", "occiput", "occipital"),
}
_OTHER_SIDE = {"1": "left", "2": "right"}  # by the character for the side
_EVOLVED = re.compile(
    r"stage\s+(?P<first>[1-4]|I{1,3}V?|IV)\b[^.\n]{0,60}?"
    r"\b(?:progress|evolv|worsen|advanc|deteriorat)\w*\b[^.\n]{0,40}?stage\s+(?P<last>[1-4]|I{1,3}V?|IV)\b",
    re.IGNORECASE,
)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


class PressureUlcer(Rule):
    """A pressure ulcer has one code for its site, side and stage, and each ulcer has its own. Unstageable is an ulcer
    whose stage cannot be seen (eschar, a graft); unspecified is one whose stage nobody has written down. A healed
    ulcer has no code, a healing one that of its stage. One that gets worse during an inpatient stay has two: the stage
    at admission and the highest one reached.

    The stage may come from a nurse's note, so wardround looks for it in the whole note where the assessment has none,
    and drafts a question to the provider where nobody has written it. It takes the stage that debridement has
    revealed, both stages of an ulcer that got worse in hospital and the last one otherwise, and turns a healed ulcer
    down.

    In a list it asks for review of one site with several stages, and remarks on a missing stage. Two ulcers of one
    site, and what was healed on admission, a list does not tell.
    """

    name = "pressure-ulcer"
    section = "I.C.12.a"
    title = "a pressure ulcer is coded with its site and stage"
    severity = "reject"
    prefixes = (_ULCER,)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for ulcer in list(draft.alive(_ULCER)):
            if not self._is_healed(draft, ulcer):
                self._settle_stage(draft, ulcer)

    def _is_healed(self, draft: Draft, ulcer: Proposal) -> bool:
        sentences = [draft.stream.note.sentences[mention.found.sentence] for mention in ulcer.mentions]
        if not draft.said("healed", within=sentences):
            return False
        if draft.encounter.setting == "inpatient":
            message = "healed: no code if it was on admission, the stage at admission if it healed during the stay"
            ulcer.doubt(self.name, "I.C.12.a.5", message)
        else:
            ulcer.reject(self.name, "I.C.12.a.4", "a healed pressure ulcer has no code")
        return True

    def _settle_stage(self, draft: Draft, ulcer: Proposal) -> None:
        around = draft.around(ulcer)
        evolved = next((match for span in around if (match := _EVOLVED.search(draft.stream.note.text, *span))), None)
        if evolved is not None:
            self._evolve(draft, ulcer, _stage(evolved["first"]), _stage(evolved["last"]))
            return
        stage = ulcer.code[-1]
        near = _stages(draft, around)
        if stage == _UNSTAGEABLE and draft.said("debridement", "debrided", within=around):
            revealed = [each for each in near if each not in (_UNSTAGEABLE, _DEEP_TISSUE)]
            if len(revealed) == 1:
                self._recode(draft, ulcer, revealed[0], "I.C.12.a.2", "the stage that debridement has revealed")
        elif stage == _UNSPECIFIED and len(near) == 1:
            self._recode(draft, ulcer, next(iter(near)), self.section, "the stage that the note gives")
        elif stage == _UNSPECIFIED and not near:
            self._look_elsewhere(draft, ulcer)

    def _evolve(self, draft: Draft, ulcer: Proposal, first: str, last: str) -> None:
        if draft.encounter.setting == "outpatient":
            self._recode(draft, ulcer, last, self.section, "the stage that it has now")
            return
        ulcer = self._recode(draft, ulcer, first, "I.C.12.a.6", "the stage at admission")
        code = ulcer.code[:-1] + last
        if draft.codes.billable(code):
            draft.add(code, ulcer, self.name, "I.C.12.a.6", "the highest stage during the stay")

    def _look_elsewhere(self, draft: Draft, ulcer: Proposal) -> None:
        """Take the stage from another part of the note that names the site, such as a nurse's examination."""
        words = next((words for start, words in _SITES.items() if ulcer.code.startswith(start)), ())
        places = [draft.stream.note.sentence_of(span.start) for span in draft.each_said(*words)] if words else []
        side = _OTHER_SIDE.get(ulcer.code[5])
        found = _stages(draft, [place for place in places if side not in draft.words_in(place)])
        if len(found) == 1:
            ((stage, span),) = found.items()
            ulcer = self._recode(draft, ulcer, stage, "I.B.14", "the stage that another part of the note gives")
            ulcer.mentions.append(draft.mention(span, ulcer.code))
            return
        draft.ask(
            f"{draft.codes.title(ulcer.code).split(',')[0].lower()}: stage",
            "Please clarify the stage of the pressure ulcer.",
            ("Stage 1", "Stage 2", "Stage 3", "Stage 4", "Unstageable", "Deep tissue pressure injury"),
            [ulcer.mentions[0].span, *found.values()],
            rule=self.name,
            section="I.C.12.a.3",
            codes=(ulcer.code,),
        )

    def _recode(self, draft: Draft, ulcer: Proposal, stage: str, section: str, why: str) -> Proposal:
        code = ulcer.code[:-1] + stage
        if code == ulcer.code or not draft.codes.billable(code):
            return ulcer
        return draft.recode(ulcer, code, self.name, section, why)

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        by_site: defaultdict[str, list[str]] = defaultdict(list)
        for code in dict.fromkeys(listed.starting(_ULCER)):
            by_site[code[:-1]].append(code)
        for codes in by_site.values():
            stages = {code[-1] for code in codes}
            names = " and ".join(codes)
            if len(codes) == 1 and _UNSPECIFIED in stages:
                yield self.finding("info", codes, f"{names}: the stage may come from a nurse's note", section="I.B.14")
            elif len(codes) == 2 and listed.encounter.setting == "inpatient" and not stages & {"0", "9"}:
                message = f"{names}: the stage at admission and the highest one reached"
                yield self.finding("info", codes, message, section="I.C.12.a.6")
            elif len(codes) > 1:
                yield self.finding("review", codes, f"{names}: one ulcer has one stage")


def _stage(said: str) -> str:
    return _ROMAN.get(said.lower(), said)


def _stages(draft: Draft, within: list[Span]) -> dict[str, Span]:
    """The stages that the note gives in some places, each with its words. A suspected deep tissue injury is one."""
    stated = frozenset({AssertionStatus.PRESENT, AssertionStatus.POSSIBLE})
    found = {}
    for stage, phrases in _STAGES.items():
        said = draft.said(*phrases, within=within, statuses=stated)
        if said is not None:
            found[stage] = said
    return found
