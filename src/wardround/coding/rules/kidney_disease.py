"""Chronic kidney disease has one stage; end-stage disease says it all (Guidelines I.C.14.a)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["KidneyDisease"]

_END_STAGE, _STAGE_5, _NOS, _STAGE_3, _DIALYSIS = "N18.6", "N18.5", "N18.9", "N18.30", "Z99.2"
_VAGUE = {_NOS: ("N18.1", "N18.2", "N18.3", "N18.4", "N18.5", "N18.6"), _STAGE_3: ("N18.31", "N18.32")}
_STAGES = {"1": "N18.1", "2": "N18.2", "3": _STAGE_3, "3a": "N18.31", "3b": "N18.32", "4": "N18.4", "5": _STAGE_5}
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iiia": "3a", "iiib": "3b", "iv": "4", "v": "5"}
_STAGE_BEHIND = re.compile(
    r"[\s,(]*(?:stage\s*|st\.?\s*|G)?(?P<stage>[1245]|3[abAB]?|I{1,3}[abAB]?|IV|V)(?![\w/.]|\s*(?:x|days?|weeks?)\b)"
)
_ON_DIALYSIS = re.compile(
    r"\bon (?:chronic |maintenance |home |in-?center )*(?:hemo|peritoneal )?(?:dialysis|HD\b|PD\b)"
    r"|\b(?:hemo)?dialysis[- ]dependent\b|\bdependen(?:t|ce) on (?:renal |hemo)?dialysis\b"
    r"|\b(?:(?:hemo)?dialysis|HD)\b[^.;\n]{0,20}\b(?:MWF|TTh?S|M/W/F|T/Th?/S|three times|3x)"
    r"|\b(?:receives|receiving|undergoes|undergoing|continues?|maintained on) (?:hemo|peritoneal )?dialysis\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\b(?:not|never|no longer|avoid\w*|before|until|prior to)\b[^.;\n]{0,15}$", re.IGNORECASE)
_GFR = re.compile(r"\be?GFR\b[^\d\n;]{0,20}(?P<value>\d{1,3})(?!\d)", re.IGNORECASE)
# The filtration rate, in mL/min/1.73 m², from which on each stage is meant (KDIGO 2024).
_BY_GFR = ((90, "Stage 1"), (60, "Stage 2"), (45, "Stage 3a"), (30, "Stage 3b"), (15, "Stage 4"), (0, "Stage 5"))


class KidneyDisease(Rule):
    """A chronic kidney disease is coded once, at the stage that the provider documents. Where a stage and end-stage
    disease are both documented only N18.6 is coded, and a disease that needs chronic dialysis is end-stage disease. The
    acute kidney failure beside it is a second diagnosis. After a transplant a remaining kidney disease is no
    complication: stage and transplant status are coded.

    In a note the vaguer of two statements goes, dialysis that is said of an end-stage disease is coded (Z99.2), and
    where the note gives two stages, or a filtration rate but no stage, a question to the provider is drafted: a
    laboratory value is not a stage.

    In a list it finds several stages together, dialysis beside a stage that is not end-stage, and dialysis for an acute
    failure only. It cannot know which of two stages is the current one.
    """

    name = "kidney-disease"
    section = "I.C.14.a.1"
    title = "chronic kidney disease has one stage"
    severity = "reject"
    prefixes = ("N18", "N17")

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.first("N18") is None:
            return
        self._read_stage_behind(draft)
        self._settle_dialysis(draft)
        self._drop_vaguer(draft)
        self._ask_for_stage(draft)

    def _read_stage_behind(self, draft: Draft) -> None:
        """ "AKI on CKD 4": the stage stands behind words that were read as something else."""
        text = draft.stream.note.text
        for proposal in list(draft.alive(_NOS)):
            found = [_STAGE_BEHIND.match(text, mention.span.end) for mention in proposal.mentions]
            stages = {_stage(match["stage"]) for match in found if match is not None}
            if len(stages) == 1:
                draft.recode(proposal, stages.pop(), self.name, self.section, "the stage stands behind it")

    def _settle_dialysis(self, draft: Draft) -> None:
        end_stage, stage_5 = draft.first(_END_STAGE), draft.first(_STAGE_5)
        if end_stage is None and stage_5 is None:
            return
        said = _said_dialysis(draft)
        dialysis = draft.first(_DIALYSIS)
        if end_stage is None and stage_5 is not None:
            if draft.first("N17") is not None or not (said or dialysis):
                return
            message = "stage 5 that needs chronic dialysis is end-stage disease"
            end_stage = draft.recode(stage_5, _END_STAGE, self.name, self.section, message)
        if dialysis is None and said is not None and end_stage is not None:
            draft.add(_DIALYSIS, [said], self.name, self.section, f"dialysis of {end_stage.code}", confidence=0.8)

    def _drop_vaguer(self, draft: Draft) -> None:
        end_stage = draft.first(_END_STAGE)
        for proposal in list(draft.alive("N18")):
            if end_stage is not None and proposal is not end_stage:
                proposal.reject(self.name, self.section, f"with end-stage disease only {_END_STAGE} is coded")
            elif proposal.code in _VAGUE:
                better = draft.first(*_VAGUE[proposal.code])
                if better is not None and better is not proposal:
                    proposal.reject(self.name, self.section, f"{better.code} says the stage")

    def _ask_for_stage(self, draft: Draft) -> None:
        stages = list(draft.alive("N18"))
        if len(stages) > 1:
            options = [f"Stage {name}" for name, code in _STAGES.items() if any(p.code == code for p in stages)]
            self._ask(draft, stages, [m.span for p in stages for m in p.mentions], options)
        elif stages and stages[0].code == _NOS:
            text = draft.stream.note.text
            rates = [
                (Span(*found.span()), int(found["value"]))
                for found in _GFR.finditer(text)
                if draft.assertions.at(Span(*found.span())).status is AssertionStatus.PRESENT
            ]
            meant = [next(stage for least, stage in _BY_GFR if value >= least) for _, value in rates]
            if rates:
                options = [stage for _, stage in _BY_GFR if stage in meant]
                self._ask(draft, stages, [stages[0].mentions[0].span, *(span for span, _ in rates)], options)

    def _ask(self, draft: Draft, stages: list[Proposal], indicators: list[Span], options: list[str]) -> None:
        draft.ask(
            "chronic kidney disease: stage",
            "Please clarify the current stage of the chronic kidney disease, if it is known.",
            options,
            indicators,
            rule=self.name,
            section=self.section,
            codes=[proposal.code for proposal in stages],
        )

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        stages = list(dict.fromkeys(listed.starting("N18")))
        if len(stages) > 1:
            if _END_STAGE in stages:
                yield self.finding("reject", stages, f"with end-stage disease only {_END_STAGE} is coded")
            else:
                yield self.finding("review", stages, "one kidney disease has one stage")
        if _DIALYSIS in listed.valid and _END_STAGE not in stages:
            if "N17" in listed.categories:
                acute = listed.starting("N17")[0]
                codes = sorted((acute, _DIALYSIS), key=listed.valid.index)
                yield self.finding("review", codes, f"{_DIALYSIS} is not for the dialysis of an acute failure")
            elif stages:
                codes = sorted((stages[0], _DIALYSIS), key=listed.valid.index)
                yield self.finding("review", codes, f"a disease that needs chronic dialysis is {_END_STAGE}")


def _stage(said: str) -> str:
    return _STAGES[_ROMAN.get(said.lower(), said.lower())]


def _said_dialysis(draft: Draft) -> Span | None:
    """Where the note says that the patient is on dialysis."""
    text = draft.stream.note.text
    for found in _ON_DIALYSIS.finditer(text):
        span = Span(*found.span())
        denied = _NOT_YET.search(text, max(0, span.start - 30), span.start)
        if not denied and draft.assertions.at(span).status is AssertionStatus.PRESENT:
            return span
    return None
