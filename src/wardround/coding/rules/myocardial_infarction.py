"""Myocardial infarction: acute for four weeks, by wall or artery and type; then old (Guidelines I.C.9.e)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wardround.coding.draft import Draft, Mention, Proposal
from wardround.coding.elapsed import Elapsed, nearest
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["MyocardialInfarction"]

_ACUTE = 28  # days
_REACH = 50  # characters between the infarction and its time, wall or artery
_STEMI = ("I21.0", "I21.1", "I21.2", "I21.3")
_OLD, _NSTEMI, _STEMI_NOS, _NOS, _TYPE_2, _DEMAND = "I25.2", "I21.4", "I21.3", "I21.9", "I21.A1", "I24.89"
_AGAIN = {"I21.0": "I22.0", "I21.1": "I22.1", "I21.2": "I22.8", "I21.3": "I22.9", "I21.4": "I22.2", "I21.9": "I22.9"}

# An artery says more than a wall. Each with the codes that it may replace, besides those without any site.
_ARTERIES = (
    (re.compile(r"\bleft main\b", re.IGNORECASE), "I21.01", "I21.09"),
    (re.compile(r"\bleft anterior descending\b|\bLAD\b|\bdiagonal\b", re.IGNORECASE), "I21.02", "I21.09"),
    (re.compile(r"\bright coronary\b|\bRCA\b", re.IGNORECASE), "I21.11", "I21.19"),
    (re.compile(r"\bcircumflex\b|\bLCX\b|\b(?:obtuse|oblique) marginal\b", re.IGNORECASE), "I21.21", "I21.29"),
)
_WALLS = (
    (re.compile(r"\banter(?:ior|oapical|olateral|oseptal)\b", re.IGNORECASE), "I21.09"),
    (re.compile(r"\binfer(?:ior|olateral|oposterior)\b|\bdiaphragmatic\b", re.IGNORECASE), "I21.19"),
    (re.compile(r"\blateral\b|\bposter(?:ior|obasal|olateral|oseptal)\b|\bseptal\b", re.IGNORECASE), "I21.29"),
)
_ST_ELEVATION = re.compile(r"\bSTEMI\b|\bST[- ]?(?:segment )?elevation|\btransmural\b|\bQ[- ]wave\b", re.IGNORECASE)
_NON_ST = re.compile(r"\bNSTEMI\b|\bnon[- ]?ST\b", re.IGNORECASE)
_INDICATORS = re.compile(
    r"(?:\btroponins?\b|\bST[- ](?:segment )?(?:elevations?|depressions?)\b|\bT[- ]wave inversions?\b)"
    r"(?:[^.,;\n]|[.,]\d){0,40}",
    re.IGNORECASE,
)
_SUPPLY = ("supply demand mismatch", "supply and demand", "demand ischemia", "oxygen supply")


class MyocardialInfarction(Rule):
    """An infarction is acute (I21) for four weeks from its onset, whatever the place of care; after that it is old
    (I25.2), or aftercare while it is still treated. With ST elevation the wall or artery decides the code; without it
    the site changes nothing (I21.4). A new infarction within the four weeks is I22, and never without I21. Type 2 is
    I21.A1 alone, however its tracing is described, behind its cause.

    In a note the age of the infarction is read off the words beside it ("two weeks ago", "last year", a date together
    with the date of the encounter), and so are wall and artery, also when other words stand between. An infarction
    without ST elevation that evolves into one with it is the latter. Where the type is open and troponins or the
    tracing are on record, a question to the provider is drafted.

    In a list it finds I22 without I21, infarctions with and without ST elevation together, and an unspecified one
    beside a specified one. A list does not say when the infarction was.
    """

    name = "myocardial-infarction"
    section = "I.C.9.e"
    title = "an infarction is acute for four weeks, coded by wall or artery and type"
    severity = "reject"
    prefixes = ("I21", "I22")

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.first("I21", _OLD) is None:
            return
        recent = self._settle_age(draft)
        for proposal in _counting(draft, "I21"):
            self._settle_site(draft, proposal)
        self._settle_sequel(draft, recent)
        self._settle_type(draft)
        self._ask_for_type(draft)

    def _settle_age(self, draft: Draft) -> list[Proposal]:
        """Make infarctions acute or old by the time that is said of them; those said to be recent are returned."""
        recent = []
        for proposal in list(draft.alive("I21", _OLD)):
            times = [_time_of(draft, mention) for mention in proposal.mentions]
            if None in times:
                continue
            stated = [time for time in times if time is not None]
            if all(time.most <= _ACUTE for time in stated):
                proposal.as_present()
                message = "said to be no older than four weeks: still acute"
                if proposal.code == _OLD:
                    proposal = draft.recode(proposal, _type_of(draft, proposal), self.name, "I.C.9.e.1", message)
                recent.append(proposal)
            elif all(time.least > _ACUTE for time in stated) and proposal.code != _OLD:
                proposal.as_present()
                message = "older than four weeks: old, or aftercare if it is still treated"
                draft.recode(proposal, _OLD, self.name, "I.C.9.e.1", message)
        return recent

    def _settle_site(self, draft: Draft, proposal: Proposal) -> None:
        """Choose by the wall or artery said near it, also when other words stand between."""
        code = proposal.code
        if code not in (_STEMI_NOS, _NOS, "I21.09", "I21.19", "I21.29"):
            return
        near = " ".join(_near(draft, mention).quote(draft.stream.note.text) for mention in proposal.mentions)
        if _NON_ST.search(near):
            return
        site = _site(near, code)
        if site is None or site == code:
            return
        settled = draft.recode(proposal, site, self.name, "I.C.9.e.1", "the wall or artery is said beside it")
        if code == _NOS and not _ST_ELEVATION.search(near):
            settled.doubt(self.name, "I.C.9.e.2", "the wall is said, but not that it was with ST elevation")

    def _settle_sequel(self, draft: Draft, recent: list[Proposal]) -> None:
        """A second type 1 infarction within four weeks of one said to be recent is a subsequent one."""
        first = next((p for p in recent if p.alive and p.code[:5] in _AGAIN), None)
        if first is None:
            return
        for proposal in _counting(draft, "I21"):
            if proposal not in recent and proposal.code[:5] in _AGAIN:
                message = f"a new infarction within four weeks of {first.code}"
                draft.recode(proposal, _AGAIN[proposal.code[:5]], self.name, "I.C.9.e.4", message)

    def _settle_type(self, draft: Draft) -> None:
        infarctions = _counting(draft, "I21")
        by_code = {proposal.code: proposal for proposal in infarctions}
        stemi = next((p for p in infarctions if p.code.startswith(_STEMI)), None)
        nstemi, type_2, unspecified = by_code.get(_NSTEMI), by_code.get(_TYPE_2), by_code.get(_NOS)
        if nstemi and type_2 and _share_a_sentence(nstemi, type_2):
            nstemi.reject(self.name, "I.C.9.e.5", f"type 2, however its tracing is described: {_TYPE_2} alone")
        elif nstemi and stemi:
            nstemi.reject(self.name, "I.C.9.e.1", f"one that evolves into {stemi.code} is coded as that")
            if draft.said("evolved", "evolving", "progressed", "converted", "developed") is None:
                stemi.doubt(self.name, "I.C.9.e.1", "the note says both with and without ST elevation")
        if unspecified and len(infarctions) > 1:
            unspecified.reject(
                self.name, self.section, f"{infarctions[infarctions[0] is unspecified].code} says the type"
            )
        if type_2:
            for demand in draft.alive(_DEMAND):
                demand.reject(self.name, "I.C.9.e.5", f"contained in {_TYPE_2}")
            self._put_cause_first(draft, type_2)

    def _put_cause_first(self, draft: Draft, type_2: Proposal) -> None:
        cause = draft.due_to(type_2)
        if cause is None:
            return
        text = draft.stream.note.text
        for proposal in list(draft.alive()):
            if proposal is not type_2 and any(mention.span.quote(text) in cause for mention in proposal.mentions):
                draft.move_before(proposal, type_2)

    def _ask_for_type(self, draft: Draft) -> None:
        open_type = next((p for p in _counting(draft, _NOS) if p.alive), None)
        if open_type is None:
            return
        said = [Span(*found.span()) for found in _INDICATORS.finditer(draft.stream.note.text)]
        indicators = [span for span in said if draft.assertions.at(span).status is AssertionStatus.PRESENT]
        if not indicators:
            return
        options = [
            "ST elevation myocardial infarction (wall or artery, if known)",
            "Non-ST elevation myocardial infarction",
        ]
        mismatch = draft.said(*_SUPPLY)
        if mismatch is not None:
            indicators.append(mismatch)
            options.append("Type 2 myocardial infarction (with its cause)")
        draft.ask(
            "myocardial infarction: type",
            "Please clarify the type of the myocardial infarction, if it is known.",
            options,
            [open_type.mentions[0].span, *indicators],
            rule=self.name,
            section="I.C.9.e.2",
            codes=[open_type.code],
        )

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        first = listed.starting("I21")
        again = listed.starting("I22")
        if again and not first:
            message = f"{again[0]} is only used together with I21 for the first infarction"
            yield self.finding("reject", again, message, section="I.C.9.e.4")
        stemi = [code for code in first if code.startswith(_STEMI)]
        if stemi and _NSTEMI in first:
            codes = sorted((stemi[0], _NSTEMI), key=listed.valid.index)
            yield self.finding(
                "review", codes, "one that evolves into ST elevation is coded as that", section="I.C.9.e.1"
            )
        for vague, others in ((_NOS, first), (_STEMI_NOS, stemi)):
            better = next((code for code in others if code != vague), None)
            if vague in first and better and not (vague == _NOS and better == _TYPE_2):
                codes = sorted((vague, better), key=listed.valid.index)
                yield self.finding("review", codes, f"{better} says what {vague} leaves open")


def _counting(draft: Draft, prefix: str) -> list[Proposal]:
    """The proposals at least one of whose mentions is said of this patient, now."""
    return [
        proposal
        for proposal in draft.alive(prefix)
        if any(mention.status is AssertionStatus.PRESENT for mention in proposal.mentions)
    ]


def _near(draft: Draft, mention: Mention) -> Span:
    sentence = draft.stream.note.sentences[mention.found.sentence]
    start, end = mention.span
    return Span(max(sentence.start, start - _REACH), min(sentence.end, end + _REACH))


def _time_of(draft: Draft, mention: Mention) -> Elapsed | None:
    """How long ago the infarction was: the nearest time in its sentence."""
    return nearest(draft.stream.note.text, mention.span, _near(draft, mention), draft.encounter.date)


def _type_of(draft: Draft, proposal: Proposal) -> str:
    """The code of the acute infarction that a note calls past though it is recent."""
    near = _near(draft, proposal.mentions[0]).quote(draft.stream.note.text)
    if _NON_ST.search(near):
        return _NSTEMI
    return _STEMI_NOS if _ST_ELEVATION.search(near) else _NOS


def _site(near: str, code: str) -> str | None:
    """The code for the artery or wall that is said; None where none or several are said."""
    arteries = [
        artery for pattern, artery, wall in _ARTERIES if code in (_STEMI_NOS, _NOS, wall) and pattern.search(near)
    ]
    if arteries:
        return arteries[0] if len(arteries) == 1 else None
    walls = [wall for pattern, wall in _WALLS if pattern.search(near)]
    if len(walls) == 2 and walls[1] == "I21.29":  # "inferior and lateral" is inferolateral
        walls.pop()
    return walls[0] if len(walls) == 1 else None


def _share_a_sentence(one: Proposal, other: Proposal) -> bool:
    sentences = {mention.found.sentence for mention in one.mentions}
    return any(mention.found.sentence in sentences for mention in other.mentions)
