"""Right, left, both: the side that the note says, and one code for both where there is one (Guidelines I.B.13)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.unspecified_side import sided
from wardround.coding.sites import LOCATED
from wardround.coding.titles import SIDES, content_words, sides_of
from wardround.documents import AssertionStatus, SectionKind
from wardround.icd10 import Brief, CodeSet
from wardround.spans import Span

__all__ = ["Laterality"]

_OPPOSITE = {"right": "left", "left": "right"}
_PAIRED = frozenset({"ear", "eye"})  # said of one side, and left out of both
_ORGANS = LOCATED - {"artery", "bone", "joint", "limb", "skin", "vein"}  # a body has many of these on each side
_REACH = 2  # words from a side to its site
_ELSEWHERE = frozenset(
    {
        SectionKind.CHIEF_COMPLAINT,
        SectionKind.HISTORY_PRESENT_ILLNESS,
        SectionKind.HOSPITAL_COURSE,
        SectionKind.PHYSICAL_EXAM,
        SectionKind.RESULTS,
        SectionKind.OTHER,
    }
)
_TOLD = frozenset({SectionKind.CHIEF_COMPLAINT, SectionKind.HISTORY_PRESENT_ILLNESS})
_SIDES_OF = ("Right", "Left", "Both sides")


class Laterality(Rule):
    """A condition of a paired organ is coded with its side, and with the code for both sides where both have it. Where
    there is no such code, each side has its own. The side may stand in any part of the record.

    In a note a code without a side takes the one that the rest of the note says of its organ, if it says only one.
    Right and left of one condition become the code for both. Where the assessment names one side and the complaint,
    history and examination only the other, a person decides and a question to the provider is drafted; so it is where
    no part of the note names a side. In a list right and left of one condition are for review where there is a code
    for both. A side left open in a list is the rule unspecified-side, one side beside both the rule duplicate-code.
    """

    name = "laterality"
    section = "I.B.13"
    title = "the side is the one that the note says, and both sides are one code where there is one"
    severity = "reject"

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        briefs = ((proposal, draft.codes.brief(proposal.code)) for proposal in draft.alive())
        paired = [(proposal, brief) for proposal, brief in briefs if brief and _is_paired(draft.codes, brief)]
        if not paired:
            return
        said = _said(draft)
        for proposal, brief in paired:
            if sides_of(brief.title):
                self._compare(draft, proposal, brief, said)
            else:
                self._choose(draft, proposal, brief, said)
        self._join(draft)

    def _choose(self, draft: Draft, proposal: Proposal, brief: Brief, said: _Said) -> None:
        """Give a code without a side the only side that the note says of its organ."""
        entries = sided(draft.codes, brief.entry)
        if draft.first(*entries) is not None:
            return
        siblings = {side: entry for entry in entries for side in sides_of(draft.codes.title(entry))}
        organs = frozenset[str]().union(*(_organs(draft.codes.title(entry)) for entry in entries))
        told = {side: spans for organ in organs for side, spans in said[organ].items()}
        others: set[str] = set()
        for title in (draft.codes.title(other.code) for other in draft.alive(proposal.code[:3])):
            if not organs.isdisjoint(_organs(title)):
                others |= sides_of(title)
        sides = set(told) | others
        if len(sides) == 1 and (entry := siblings.get(side := sides.pop())):
            code = draft.codes.with_seventh(entry, brief.seventh) if brief.seventh else entry
            spans = told.get(side, [])
            complaint = others or any(draft.stream.note.section_of(span.start).kind in _TOLD for span in spans)
            proposal = draft.recode(proposal, code, self.name, self.section, f"the note says {side}")
            proposal.mentions.extend(draft.mention(span, code) for span in spans[:1])
            if not complaint:
                proposal.doubt(self.name, self.section, "only examination or results say the side")
            return
        spans = [span for spans in told.values() for span in spans]
        self._ask(draft, proposal, "Please clarify which side is affected.", spans)

    def _compare(self, draft: Draft, proposal: Proposal, brief: Brief, said: _Said) -> None:
        """Doubt a side if everywhere else the note says the other."""
        for side in sides_of(brief.title) & _OPPOSITE.keys():
            for site in _organs(brief.title):
                opposite = said[site].get(_OPPOSITE[side])
                if opposite and said[site].keys() <= {_OPPOSITE[side], "unilateral"}:
                    proposal.doubt(self.name, self.section, f"elsewhere the note says {_OPPOSITE[side]}")
                    question = "The note names one side in one place and the other side in another. Please clarify."
                    self._ask(draft, proposal, question, opposite)

    def _ask(self, draft: Draft, proposal: Proposal, question: str, spans: Sequence[Span]) -> None:
        indicators = [*(mention.span for mention in proposal.mentions), *spans]
        draft.ask(
            f"affected side ({proposal.code})",
            question,
            _SIDES_OF,
            indicators,
            rule=self.name,
            section=self.section,
            codes=(proposal.code,),
        )

    def _join(self, draft: Draft) -> None:
        """Make right and left of one condition the code for both."""
        proposals = {proposal.code: proposal for proposal in draft.alive()}
        briefs = [brief for code in proposals if (brief := draft.codes.brief(code))]
        for one, other, both in _pairs(draft.codes, briefs):
            message = f"{one} and {other}: one code for both sides"
            kept = draft.recode(proposals[one], both, self.name, self.section, message)
            kept.mentions.extend(proposals[other].mentions)
            proposals[other].reject(self.name, self.section, f"contained in {both}")

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        if len(listed.categories) < len(listed.valid):
            for one, other, both in _pairs(listed.codes, listed.briefs):
                yield self.finding("review", [one, other], f"{both} instead of {one} and {other}: both sides")


_Said = Mapping[str, Mapping[str, Sequence[Span]]]


def _said(draft: Draft) -> _Said:
    """Site → side → where the note says it outside its assessment."""
    stream, note = draft.stream, draft.stream.note
    found: defaultdict[str, dict[str, list[Span]]] = defaultdict(dict)
    for position, word in enumerate(stream.words):
        if word not in _ORGANS:
            continue
        first = max(stream.sentence_ranges[stream.sentence_of[position]].start, position - _REACH)
        side = next((p for p in range(position - 1, first - 1, -1) if stream.words[p] in SIDES), None)
        if side is None:
            continue
        span = stream.span((side, position))
        told = note.section_of(span.start).kind in _ELSEWHERE
        if told and draft.assertions.at(span).status is AssertionStatus.PRESENT:
            found[word].setdefault(stream.words[side], []).append(span)
    return found


def _is_paired(codes: CodeSet, brief: Brief) -> bool:
    """Whether a code names a side, or leaves it open where there are codes for the sides."""
    if not sides_of(brief.title).isdisjoint(_OPPOSITE):
        return True
    return "nspecified" in brief.title and bool(sided(codes, brief.entry))


@lru_cache(maxsize=4096)
def _organs(title: str) -> frozenset[str]:
    """The organs and limbs that a title names."""
    return _ORGANS.intersection(content_words(title))


def _pairs(codes: CodeSet, briefs: Sequence[Brief]) -> Iterator[tuple[str, str, str]]:
    """``(one side, other side, both)`` of one condition among the codes, where there is a code for both."""
    different = list(dict.fromkeys(briefs))
    together = Counter(brief.code[:3] for brief in different)
    sides = {each: sides_of(each.title) - {"unilateral"} for each in different if together[each.code[:3]] > 1}
    rights, lefts = ([each for each in sides if sides[each] == {side}] for side in _OPPOSITE)
    for right, left in product(rights, lefts):
        if right.code[:3] == left.code[:3] and right.seventh == left.seventh and _same(right.title, left.title):
            both = _both(codes, right.entry)
            if both is not None:
                code = codes.with_seventh(both, right.seventh) if right.seventh else both
                first, second = sorted((right, left), key=briefs.index)
                yield first.code, second.code, code


@lru_cache(maxsize=4096)
def _condition(title: str) -> frozenset[str]:
    return frozenset(content_words(title)) - SIDES


def _same(title: str, other: str) -> bool:
    return _condition(title) == _condition(other)


@lru_cache(maxsize=4096)
def _both(codes: CodeSet, entry: str) -> str | None:
    """The entry for both sides of the condition of a one-sided one."""
    words = _condition(codes.title(entry))
    for leaf in codes.leaves(entry[:3]):
        title = codes.title(leaf)
        if "bilateral" in sides_of(title) and _condition(title) <= words <= _condition(title) | _PAIRED:
            return leaf
    return None
