"""Chronic ulcers without pressure: site and depth of each, and what becomes of them (Guidelines I.C.12.b)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.titles import sides_of
from wardround.spans import Span

__all__ = ["NonPressureUlcer"]

_ULCERS = ("L97", "L98.4", "L98.A")
_UNSPECIFIED = "9"
# The last character of the codes, the deepest first, and what notes say for it.
_DEPTHS = {
    "4": ("necrosis of bone", "bone necrosis", "necrotic bone"),
    "3": ("necrosis of muscle", "muscle necrosis", "necrotic muscle"),
    "6": ("bone exposed", "exposed bone", "bone is exposed", "bone involvement"),
    "5": ("muscle exposed", "exposed muscle", "muscle is exposed", "muscle involvement"),
    "2": ("fat layer exposed", "fat layer", "exposed fat", "fat exposed", "subcutaneous tissue exposed"),
    "1": ("limited to breakdown of skin", "breakdown of skin", "skin breakdown only"),
}
_NAMES = ("ulcer", "ulceration", "wound")
_FOOT, _HEEL = "L97.5", "L97.4"


class NonPressureUlcer(Rule):
    """A chronic ulcer of the skin that is not due to pressure has one code for its site, side and depth: breakdown of
    skin, fat, muscle or bone. A healed ulcer has no code; one that gets deeper during an inpatient stay has two, the
    depth at admission and the greatest one. What has caused it, such as diabetes, comes before it.

    The depth may come from a nurse's note, so wardround looks for it in the whole note where the assessment has none,
    and drafts a question to the provider where nobody has written it. An ulcer of the foot that is said to be at the
    heel or midfoot gets their code, and a healed one is turned down. In a list wardround asks for review of one site
    with several depths, and remarks on a missing depth; two ulcers of one site a list does not tell.
    """

    name = "non-pressure-ulcer"
    section = "I.C.12.b"
    title = "a chronic ulcer of the skin is coded with its site and depth"
    severity = "reject"
    prefixes = _ULCERS

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for ulcer in list(draft.alive(*_ULCERS)):
            sentences = [draft.stream.note.sentences[mention.found.sentence] for mention in ulcer.mentions]
            if draft.said("healed", within=sentences) and draft.encounter.setting == "outpatient":
                ulcer.reject(self.name, "I.C.12.b.1", "a healed ulcer has no code")
                continue
            if ulcer.code.startswith(_FOOT) and draft.said("heel", "midfoot", within=sentences):
                self._recode(draft, ulcer, _HEEL + ulcer.code[len(_FOOT) :], "the note names the heel or midfoot")
        unspecified = [ulcer for ulcer in draft.alive(*_ULCERS) if ulcer.code.endswith(_UNSPECIFIED)]
        for ulcer in unspecified:
            self._look_for_depth(draft, ulcer, alone=len(list(draft.alive(*_ULCERS, "L89"))) == 1)

    def _look_for_depth(self, draft: Draft, ulcer: Proposal, *, alone: bool) -> None:
        places = draft.around(ulcer)
        if alone:
            places += [draft.stream.note.sentence_of(span.start) for span in draft.each_said(*_NAMES)]
        others = {"left", "right"} - sides_of(draft.codes.title(ulcer.code))
        places = [place for place in places if len(others) > 1 or others.isdisjoint(draft.words_in(place))]
        for depth, phrases in _DEPTHS.items():
            said = draft.said(*phrases, within=places)
            if said is not None:
                self._recode(draft, ulcer, ulcer.code[:-1] + depth, "the depth that the note gives", said)
                return
        draft.ask(
            f"{draft.codes.title(ulcer.code).split(' with ')[0].lower()}: depth",
            "Please clarify the depth of the ulcer.",
            (
                "Limited to breakdown of skin",
                "Fat layer exposed",
                "Muscle involved, without necrosis",
                "Necrosis of muscle",
                "Bone involved, without necrosis",
                "Necrosis of bone",
            ),
            [mention.span for mention in ulcer.mentions],
            rule=self.name,
            section="I.B.14",
            codes=(ulcer.code,),
        )

    def _recode(self, draft: Draft, ulcer: Proposal, code: str, why: str, words: Span | None = None) -> None:
        if draft.codes.billable(code):
            ulcer = draft.recode(ulcer, code, self.name, self.section, why)
            if words is not None and all(mention.span != words for mention in ulcer.mentions):
                ulcer.mentions.append(draft.mention(words, code))

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        by_site: defaultdict[str, list[str]] = defaultdict(list)
        for code in dict.fromkeys(listed.starting(*_ULCERS)):
            by_site[code[:-1]].append(code)
        for codes in by_site.values():
            unspecified = any(code.endswith(_UNSPECIFIED) for code in codes)
            names = " and ".join(codes)
            if len(codes) == 1 and unspecified:
                yield self.finding("info", codes, f"{names}: the depth may come from a nurse's note", section="I.B.14")
            elif len(codes) == 2 and listed.encounter.setting == "inpatient" and not unspecified:
                message = f"{names}: the depth at admission and the greatest one"
                yield self.finding("info", codes, message, section="I.C.12.b.3")
            elif len(codes) > 1:
                yield self.finding("review", codes, f"{names}: one ulcer has one depth")
