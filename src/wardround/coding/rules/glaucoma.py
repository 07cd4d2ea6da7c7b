"""Glaucoma: type, eye and stage (Guidelines I.C.7.a)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.icd10 import CodeSet

__all__ = ["Glaucoma"]

# The types with a stage; an eye's digit and the placeholders and stage follow.
_STAGED = ("H40.11", "H40.12", "H40.13", "H40.14", "H40.22", "H40.3", "H40.4", "H40.5", "H40.6")
_BOTH = "3"
_EYES = {"right": "1", "od": "1", "left": "2", "os": "2", "both": _BOTH, "bilateral": _BOTH, "ou": _BOTH}
_STAGES = {"mild": "1", "moderate": "2", "severe": "3", "advanced": "3", "indeterminate": "4"}
_SAID = re.compile(
    r"\b(?:(?P<eye>(?i:right|left|both|bilateral)|OD|OS|OU)|(?P<stage>(?i:mild|moderate|severe|advanced|indeterminate)))\b"
)


class Glaucoma(Rule):
    """Glaucoma is coded by type, eye and stage. Both eyes with the same type and stage are the one code for both; where
    the stages differ each eye has its own code. Indeterminate is what the provider says of a stage that cannot be told;
    unspecified is a stage that the record does not say. If the stage advances during a stay the highest is coded.

    In a note eyes and stages that are said one by one in a sentence ("right eye moderate, left eye mild") give a code
    each. A single stage is that of all eyes named with it. In a list one eye with two stages, or one eye beside the
    code for both, is for review. Right and left of the same stage are the rule laterality.
    """

    name = "glaucoma"
    section = "I.C.7.a"
    title = "glaucoma is coded by type, eye and stage, each eye by its own"
    severity = "review"
    prefixes = ("H40",)

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive(*_STAGED)):
            stages = _stages(draft, proposal)
            wanted = [code for eye, stage in stages if (code := _code(draft.codes, proposal.code, eye, stage))]
            if wanted and proposal.code not in wanted:
                proposal = draft.recode(proposal, wanted[0], self.name, "I.C.7.a.1", "eye and stage as said")
            for code in wanted:
                if code != proposal.code:
                    draft.add(code, proposal, self.name, "I.C.7.a.3", "the other eye is at another stage")

    def check(self, listed: CodeList) -> Iterator[Finding]:
        staged = list(dict.fromkeys(listed.starting(*_STAGED)))
        for one, other in combinations(staged, 2):
            stem, eye, stage = _parts(listed.codes, one)
            other_stem, other_eye, other_stage = _parts(listed.codes, other)
            if stem != other_stem:
                continue
            if eye == other_eye and stage != other_stage:
                yield self.finding("review", [one, other], "one eye has one stage, the highest", section="I.C.7.a.4")
            elif _BOTH in (eye, other_eye) and eye != other_eye:
                message = "a code for both eyes beside one for a single eye"
                yield self.finding("review", [one, other], message, section="I.C.7.a.3")


def _stages(draft: Draft, proposal: Proposal) -> list[tuple[str, str]]:
    """``(eye, stage)`` as the sentence of a proposal pairs them; empty where it does not."""
    note = draft.stream.note
    sentence = note.sentences[proposal.mentions[0].found.sentence]
    said = list(_SAID.finditer(note.text, *sentence))
    eyes = [_EYES[found["eye"].lower()] for found in said if found["eye"]]
    stages = [_STAGES[found["stage"].lower()] for found in said if found["stage"]]
    if len(stages) == 1 and eyes:
        stages *= len(eyes)
    if len(eyes) != len(stages):
        return []
    pairs = list(dict.fromkeys(zip(eyes, stages, strict=True)))
    if {eye for eye, _ in pairs} == {"1", "2"} and len({stage for _, stage in pairs}) == 1:
        return [(_BOTH, pairs[0][1])]
    return pairs


def _parts(codes: CodeSet, code: str) -> tuple[str, str, str]:
    """Type, eye and stage of a code."""
    brief = codes.brief(code)
    assert brief is not None
    return brief.entry[:-1], brief.entry[-1], brief.seventh


def _code(codes: CodeSet, code: str, eye: str, stage: str) -> str | None:
    """The code for the type of ``code`` in this eye at this stage."""
    entry = _parts(codes, code)[0] + eye
    return codes.with_seventh(entry, stage) if codes.get(entry) is not None else None
