"""Malignant neoplasms: primary and secondary, present and past (Guidelines I.C.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.personal_history import history_of
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["Neoplasm"]

_SECONDARY = ("C77", "C78", "C79", "C7B")
_SOMEWHERE = "C79.9"
_UNKNOWN = "C80.1"
_BLOOD = tuple(f"C{n}" for n in (81, 82, 83, 84, 85, 86, 88, 90, 91, 92, 93, 94, 95, 96))
_ORGANS = ("C15", "C16", "C18", "C25", "C32", "C34", "C50", "C53", "C54", "C67", "C71")  # with parts side by side
_UNKNOWN_PRIMARY = ("unknown primary", "primary unknown", "unknown primary site", "occult primary", "primary not known")

_GONE = re.compile(
    r"\bNED\b|\bno (?:clinical |radiographic )?evidence of (?:disease|recurren|malignan|cancer|tumou?r|residual)"
    r"|\b(?:cancer|disease|tumou?r|recurrence)[\s-]free\b",
    re.IGNORECASE,
)
_TREATED = re.compile(
    r"\b(?:s/p|status[\s-]post|after|underwent|had)\b[^.;\n]{0,40}(?:ectomy|resection|excision|surgery|removal)"
    r"|\b(?:completed|finished|s/p|status[\s-]post)\b[^.;\n]{0,30}(?:chemo|radiation|radiotherapy|treatment|therapy)",
    re.IGNORECASE,
)
_CURRENT = re.compile(
    r"\b(?:tamoxifen|raloxifene|anastrozole|letrozole|exemestane|arimidex|femara|aromasin|fulvestrant|leuprolide|lupron"
    r"|androgen deprivation|ADT|trastuzumab|herceptin|pembrolizumab|keytruda|nivolumab|opdivo|imatinib"
    r"|undergoing|receiving|ongoing|currently|cycle|active|progress\w+|metasta\w+|newly diagnosed|stage (?:IV|4)"
    r"|planned|scheduled|awaiting|will (?:start|need|undergo|proceed)|refer\w*|watchful waiting|on (?:chemo|radia)\w*"
    r"|continu\w+ (?:chemo|radiation|immuno|hormon|endocrine|treatment|therapy)\w*)\b"
    r"|(?<!of )\brecurren(?:t|ce)\b(?!-free)",
    re.IGNORECASE,
)
_SPREAD_TO = re.compile(r"\bmetasta\w+\b[^.;\n]*?\bto\b(?P<sites>[^.;\n]+)", re.IGNORECASE)
_METASTATIC = re.compile(r"\bmetastatic\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
_NOW = re.compile(r"\b(?:now|new|currently?)\W+(?:with\W+)?(?:\w+\W+)?$", re.IGNORECASE)
_NEARBY = 40  # characters before a mention


@cache
def _sites() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern for the sites of metastases, the longest first, and their codes."""
    codes = {row["site"]: row["code"] for row in data.rows("metastases")}
    names = "|".join(re.escape(site) for site in sorted(codes, key=len, reverse=True))
    return re.compile(rf"\b({names})(?:e?s)?\b", re.IGNORECASE), codes


def _is_primary(code: str) -> bool:
    return code[0] == "C" and not code.startswith((*_SECONDARY, *_BLOOD, "C80"))


def _side_by_side(one: str, other: str) -> bool:
    """Whether two codes are two stated parts of one organ, on the same side."""
    parts = {one[4:5], other[4:5]}
    same = one[:3] == other[:3] and one[5:] == other[5:]
    return same and one.startswith(_ORGANS) and len(parts) == 2 and parts.isdisjoint(("", "8", "9"))


class Neoplasm(Rule):
    """A cancer is coded where it started and where it went, as long as it is there or treated; later it is history.

    In a note wardround codes where a cancer spread to ("metastatic to brain and liver"), an unspecified site if it is
    only called metastatic, and an unknown primary (C80.1) where the note says that it is unknown. A cancer that was
    removed or treated and of which there is no evidence becomes its history code (Z85.-); where only one of the two is
    said, a person looks. Hormones, chemotherapy, a planned treatment or active surveillance keep it present. In a list
    metastases without a primary, its history or C80.1, and C80.- or C79.9 beside a stated site ask for review; two
    parts of one organ get a reminder of the codes for overlapping sites. Whether a treatment was directed at the
    primary or at the metastases, and so which comes first, a list does not tell.
    """

    name = "neoplasm"
    section = "I.C.2"
    title = "a cancer is coded where it started and where it went, until it is gone and its treatment ended"
    severity = "review"
    prefixes = ("C",)

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        cancers = list(dict.fromkeys(listed.starting("C")))
        secondary = [code for code in cancers if code.startswith(_SECONDARY)]
        primary = [code for code in cancers if code not in secondary and not code.startswith("C80")]
        unknown = [code for code in cancers if code.startswith("C80")]
        if secondary and not primary and not unknown and not listed.starting("Z85"):
            message = f"{secondary[0]} is secondary: the primary, its history (Z85.-), or {_UNKNOWN} if it is unknown"
            yield self.finding("review", secondary[:1], message)
        solid = [code for code in primary if _is_primary(code)]
        if unknown and solid:
            message = f"{unknown[0]} only while no site is known; {solid[0]} names one"
            yield self.finding("review", listed.in_sequence(unknown[0], solid[0]), message, section="I.C.2.k")
        stated = [code for code in secondary if code != _SOMEWHERE]
        if stated and _SOMEWHERE in secondary:
            message = f"{_SOMEWHERE} is a metastasis of unspecified site; {stated[0]} names one"
            yield self.finding("review", listed.in_sequence(_SOMEWHERE, stated[0]), message)
        for one, other in combinations(primary, 2):
            if _side_by_side(one, other):
                yield self.finding("info", (one, other), f"if one tumor overlaps these sites, it is {one[:3]}.8-")

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.first("C", "Z85", "D49") is None:
            return
        self._revive(draft)
        for proposal in list(draft.alive("C")):
            if _is_primary(proposal.code):
                self._find_spread(draft, proposal)
                self._settle_past(draft, proposal)
        for proposal in draft.alive("D49"):
            if draft.said("uncertain behavior", "uncertain behaviour", within=draft.around(proposal)):
                proposal.doubt(self.name, "I.C.2", "uncertain behavior, which a pathologist finds, is D37 to D48")
        secondary = draft.first(*_SECONDARY)
        unknown = draft.said(*_UNKNOWN_PRIMARY)
        if secondary and unknown and not any(_is_primary(p.code) for p in draft.alive("C")):
            known = draft.add(_UNKNOWN, [unknown], self.name, "I.C.2.k", "the primary is unknown", confidence=0.8)
            draft.move_before(secondary, known)

    def _revive(self, draft: Draft) -> None:
        """ "History of colon cancer, now liver metastases": the metastases are no history."""
        text = draft.stream.note.text
        for proposal in list(draft.alive("Z85")):
            for mention in proposal.mentions:
                target = mention.found.term.target
                before = text[max(0, mention.span.start - _NEARBY) : mention.span.start]
                if target.startswith(_SECONDARY) and draft.codes.billable(target) and _NOW.search(before):
                    proposal.as_present()
                    draft.recode(proposal, target, self.name, self.section, "said to be there now")
                    break

    def _find_spread(self, draft: Draft, primary: Proposal) -> None:
        text = draft.stream.note.text
        for mention in primary.mentions:
            sentence = draft.stream.note.sentences[mention.found.sentence]
            spread = _SPREAD_TO.search(text, *sentence)
            if spread:
                pattern, codes = _sites()
                for site in pattern.finditer(text, *spread.span("sites")):
                    span = Span(*site.span(1))
                    if draft.assertions.at(span).status is AssertionStatus.PRESENT:
                        message = f"{primary.code} has spread to it"
                        code = codes[site[1].lower()]
                        draft.add(code, [span], self.name, self.section, message, confidence=primary.confidence)
            before = text[sentence.start : mention.span.start]
            called = _METASTATIC.search(before) or "metastatic" in mention.span.quote(text).lower()
            if called and mention.status is AssertionStatus.PRESENT and draft.first(*_SECONDARY) is None:
                draft.add(_SOMEWHERE, primary, self.name, self.section, "metastatic, to a site that is not said")

    def _settle_past(self, draft: Draft, primary: Proposal) -> None:
        history = history_of(primary.code)
        around = " ".join(span.quote(draft.stream.note.text) for span in draft.around(primary))
        gone, treated = _GONE.search(around), _TREATED.search(around)
        if not history or not (gone or treated) or _CURRENT.search(around):
            return
        if gone and treated:
            message = "treated, no evidence of it, and no treatment any more"
            draft.recode(primary, history, self.name, "I.C.2.m", message)
        else:
            message = f"if it is gone and no treatment is directed at it, it is history: {history}"
            primary.doubt(self.name, "I.C.2.m", message)
