"""One condition, one code, at the detail the note gives (Guidelines I.A.9.b, I.B.2, I.B.12, I.B.18)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import permutations

from wardround.coding.draft import Basis, Draft, Mention, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.personal_history import is_lasting
from wardround.coding.titles import DEFAULTED, FREE, content_words, sides_of
from wardround.documents import AssertionStatus

__all__ = ["LevelOfDetail"]

_ILLNESS = "R69"
_FIRST_PART = re.compile(r"\b(?:with|due to|following|complicating|in)\b.*", re.IGNORECASE)
_ABSENT = re.compile(r"\bwithout\b|\buncomplicated\b", re.IGNORECASE)
_OTHER = re.compile(r"other\b(?! and unspecified)", re.IGNORECASE)
# What these say more is another thing (heart or kidney, severity, spread, a history): the disease keeps its own code.
_STAGE_BESIDE = ("I11", "I12", "I13", "R65", "T81.44", "C77", "C78", "C79", "Z8")
_OWN_RULES = ("E08", "E09", "E10", "E11", "E13", "F1", "I25", "I48", "I50", "J96", "Z")  # other rules compare them
_COMPARED_ELSEWHERE = (*_STAGE_BESIDE, *_OWN_RULES)
_ONE_BY_ONE = ("G43.0", "S", "T", "O")  # two kinds of attack, two wounds, two fetuses may be there
_TOLD = frozenset({Basis.COMPLAINT, Basis.NARRATIVE, Basis.PAST, Basis.ASSESSMENT})


class LevelOfDetail(Rule):
    """A condition is coded once, to the highest detail that is documented. "Osteoarthritis" beside "osteoarthritis of
    the right knee" says nothing more, nor does "asthma" beside "asthma with acute exacerbation". An unspecified code is
    right where the record has no detail, and never wrong merely for being unspecified.

    In a note an unspecified code is turned down when another one names the same condition, on the same side, with more
    detail, and so is "without …" when another says "with …". If only the history tells the kind ("chronic kidney
    disease, stage 3b") and the assessment does not, the assessed problem takes the kind over.

    In a list two codes of one category are for review when one is unspecified or "without …" and the other says the
    same with more detail. Whether they are two conditions after all only the record shows.
    """

    name = "level-of-detail"
    section = "I.A.9.b"
    title = "one condition, one code, at the detail that the note gives"
    severity = "reject"

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        for proposal in list(draft.alive()):
            title = draft.codes.title(proposal.code)
            if "nspecified" in title and proposal.code != _ILLNESS:
                self._take_detail(draft, proposal, title)
        titles = {proposal.code: draft.codes.title(proposal.code) for proposal in draft.alive()}
        for proposal in draft.alive():
            code, title = proposal.code, titles[proposal.code]
            if "nspecified" not in title and not _ABSENT.search(title) and code != _ILLNESS:
                continue
            beside = _STAGE_BESIDE if code[0] == "O" else (*_STAGE_BESIDE, "O")  # O99 adds that there is a pregnancy
            others = [other for other in titles if other != code and not other.startswith(beside)]
            better = next((o for o in others if _says_more(code, title, titles[o]) or _lacks(code, o, titles)), None)
            if better:
                proposal.reject(self.name, self.section, f"{better} says the same with more detail")
                del titles[code]

    def _take_detail(self, draft: Draft, proposal: Proposal, title: str) -> None:
        """Give an unspecified code the detail that the same condition has elsewhere in the note, if only one fits."""
        category = proposal.code[:3]
        told: dict[str, list[Mention]] = defaultdict(list)
        for mention in draft.mentions:
            code = mention.found.term.target
            if not code.startswith(category) or mention.basis not in _TOLD:
                continue
            past = mention.status is AssertionStatus.HISTORICAL and is_lasting(code)  # what does not end is still there
            if not (past or mention.status is AssertionStatus.PRESENT) or not draft.codes.billable(code):
                continue
            if _says_more(proposal.code, title, draft.codes.title(code)):
                told[code].append(mention)
        if len(told) == 1:
            ((better, mentions),) = told.items()
            detailed = draft.recode(proposal, better, self.name, self.section, "the note tells the detail elsewhere")
            detailed.mentions.extend(mention for mention in mentions if mention not in detailed.mentions)

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        if len(listed.categories) == len(listed.valid):
            return
        titles = {brief.code: brief.title for brief in listed.briefs}
        entries = {brief.code: brief.entry for brief in listed.briefs}
        together = Counter(code[:3] for code in titles)
        for code, other in permutations([code for code in titles if together[code[:3]] > 1], 2):
            if code[:3] != other[:3] or entries[code] == entries[other] or code.startswith(_COMPARED_ELSEWHERE):
                continue
            if _says_more(code, titles[code], titles[other]) or _lacks(code, other, titles):
                pair = [each for each in titles if each in (code, other)]
                yield self.finding("review", pair, f"{other} says what {code} says, with more detail")


def _says_more(code: str, title: str, other: str) -> bool:
    """Whether ``other`` is the title of a code for the condition of ``code``, on the same side, with more detail."""
    if code == _ILLNESS:
        return True
    if "nspecified" not in title or not _keeps_side(title, other):
        return False
    if _OTHER.match(other) and not _OTHER.match(title):
        return False
    core, other_core = _core(title), _named_by(other)
    if core in (other_core, _core(other)):
        return title.lower().count("unspecified") > other.lower().count("unspecified")
    return bool(core) and core < other_core


def _lacks(code: str, other: str, titles: dict[str, str]) -> bool:
    """Whether ``code`` says "without" of the condition of ``other``, and ``other`` "with", in one category."""
    title, with_it = titles[code], titles[other]
    if code[:3] != other[:3] or code.startswith((*_OWN_RULES, *_ONE_BY_ONE)) or not _ABSENT.search(title):
        return False
    if not _core(title) == _named_by(with_it) < _core(with_it) or not _keeps_side(title, with_it):
        return False
    return _FIRST_PART.sub("", with_it).lower().count("unspecified") <= title.lower().count("unspecified")


def _keeps_side(title: str, other: str) -> bool:
    """Whether ``other`` says the side that ``title`` has; a title without one leaves it free."""
    sides = sides_of(title)
    return not sides or sides == sides_of(other)


@lru_cache(maxsize=4096)
def _core(title: str) -> frozenset[str]:
    """The words of a title that name the condition."""
    return frozenset(content_words(DEFAULTED.sub(" ", title))) - FREE


@lru_cache(maxsize=4096)
def _named_by(title: str) -> frozenset[str]:
    """The words that name the condition in the first part of a title: what comes "with" it is another."""
    return _core(_FIRST_PART.sub(" ", DEFAULTED.sub(" ", title)))
