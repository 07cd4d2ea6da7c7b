"""Burns and corrosions: each site with its highest degree, the deepest first, and the extent (Guidelines I.C.19.d)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["Burn"]

_SITED = ("T20", "T21", "T22", "T23", "T24", "T25")
_EXTENT = ("T31", "T32")
_UNSITED = "T30"
_CORROSION = 4  # added to the degree of a burn, the fifth character
_EAR = "T20.{}1"
_DEGREES = {
    1: ("first degree", "1st degree"),
    2: ("second degree", "2nd degree", "partial thickness"),
    3: ("third degree", "3rd degree", "full thickness", "fourth degree", "4th degree"),
}
_NOT_HEALING = ("non healing", "nonhealing", "not healing", "necrosis of burned skin")
_SURFACE = r"(?:TBSA|BSA|(?:total )?body surface(?: area)?)"
_TOTAL = re.compile(
    rf"(?P<before>\d{{1,3}})(?:\.\d+)?\s*%\s*(?:of (?:the |his |her |their )?)?{_SURFACE}"
    rf"|{_SURFACE}\W{{0,3}}(?:of |is |was |about |approximately )*(?P<after>\d{{1,3}})(?:\.\d+)?\s*%",
    re.IGNORECASE,
)
_THIRD = re.compile(
    r"(\d{1,3})(?:\.\d+)?\s*%(?:\s*TBSA)?[\s,]*(?:third[ -]degree|3rd[ -]degree|full[ -]thickness)", re.I
)


class Burn(Rule):
    """Burns of one site and side are one code, of the highest degree; of several burns the deepest comes first. One
    that does not heal, or whose skin is necrotic, is coded as acute. The extent of the body surface (T31, for
    corrosions T32) is an additional code, and alone only where no site is known; T30, a burn without a site, is the
    last resort.

    In a note wardround reads the degrees said of a site, keeps the highest, puts the deepest burn first, and adds the
    extent where the note gives a percentage of the body surface; without a percentage of third degree burns it counts
    as less than ten. In a list it asks for review of burns out of order, of one site with two degrees, of T30 or the
    extent before burns with a site, and of an extent with third degree burns that no code of a site names.
    """

    name = "burn"
    section = "I.C.19.d"
    title = "a burn is coded by its site and highest degree, the deepest first"
    severity = "reject"
    prefixes = (*_SITED, *_EXTENT, _UNSITED)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.first(*_SITED, _UNSITED) is None:
            return
        for burn in list(draft.alive(*_SITED)):
            self._settle(draft, burn)
        self._keep_highest(draft)
        burns = list(draft.alive(*_SITED))
        if burns:
            deepest = max(burns, key=lambda burn: _degree(burn.code))
            lower = [burn for burn in burns if _degree(burn.code) < _degree(deepest.code)]
            if lower:
                draft.move_before(deepest, *lower)
        self._add_extent(draft)

    def _settle(self, draft: Draft, burn: Proposal) -> None:
        """Degree, site and 7th character by what is said of this burn."""
        sentences = [draft.stream.note.sentences[mention.found.sentence] for mention in burn.mentions]
        others = [other for other in draft.alive(*_SITED) if other is not burn]
        alone = not any(span.covers(m.span) for span in sentences for other in others for m in other.mentions)
        said = _said_degree(draft, sentences if alone else [mention.span for mention in burn.mentions])
        if said is None and _degree(burn.code) == 0:
            said = _said_degree(draft, draft.around(burn))
        code = burn.code
        if said is not None and said > _degree(code):
            code = f"{code[:4]}{said + (_CORROSION if _is_corrosion(code) else 0)}{code[5:]}"
            burn = self._recode(draft, burn, code, "I.C.19.d.2", "the highest degree that the note gives")
        if burn.code.startswith(_EAR.format(burn.code[4])) and not draft.said(
            "ear", "auricle", within=draft.around(burn)
        ):
            code = f"{burn.code[:5]}0X{burn.code[-1]}"
            burn = self._recode(draft, burn, code, "I.A.9.b", "the note does not say which part of the head")
        if burn.code.endswith("D") and draft.said(*_NOT_HEALING, within=sentences, statuses=frozenset(AssertionStatus)):
            self._recode(draft, burn, f"{burn.code[:-1]}A", "I.C.19.d.3", "a burn that does not heal is coded as acute")

    def _recode(self, draft: Draft, burn: Proposal, code: str, section: str, why: str) -> Proposal:
        return draft.recode(burn, code, self.name, section, why) if draft.codes.billable(code) else burn

    def _keep_highest(self, draft: Draft) -> None:
        highest: dict[tuple[str, ...], Proposal] = {}
        for burn in sorted(draft.alive(*_SITED), key=lambda burn: -_degree(burn.code)):
            deeper = highest.setdefault(_site(burn.code), burn)
            if deeper is not burn:
                burn.reject(self.name, "I.C.19.d.2", f"{deeper.code} is the highest degree of this site")

    def _add_extent(self, draft: Draft) -> None:
        """The part of the body surface, where the note gives it."""
        text = draft.stream.note.text
        match = next((m for m in _TOTAL.finditer(text) if _is_stated(draft, Span(*m.span()))), None)
        if match is None:
            return
        total = min(int(match["before"] or match["after"]) // 10, 9)
        third = _THIRD.search(text)
        deep = min(int(third[1]) // 10, total) if third and _is_stated(draft, Span(*third.span())) else 0
        header = "T32" if all(_is_corrosion(burn.code) for burn in draft.alive(*_SITED)) else "T31"
        if draft.first(*_SITED) is None:
            header = "T31"
        code = f"{header}.{total}{deep}" if total else f"{header}.0"
        if draft.codes.billable(code):
            quotes = [Span(*match.span())]
            draft.add(code, quotes, self.name, "I.C.19.d.6", "the extent that the note gives", confidence=0.75)

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        burns = [code for code in listed.starting(*_SITED) if code[-1] != "S"]
        extents = listed.starting(*_EXTENT)
        if not burns:
            return
        yield from self._degrees(listed, burns)
        for code in listed.starting(_UNSITED):
            message = f"{code} is for a burn whose site is not known; {burns[0]} names one"
            yield self.finding("review", _in_order(listed, code, burns[0]), message, section="I.C.19.d.5")
        for code in extents:
            if listed.valid.index(code) < listed.valid.index(burns[0]):
                message = f"{code}, the extent, comes after the burns with a site"
                yield self.finding("review", [code, burns[0]], message, section="I.C.19.d.6")
            if code[5:6] not in ("", "0") and all(_degree(burn) < 3 for burn in burns):
                message = f"{code} tells of third degree burns, and no code of a site does"
                yield self.finding("review", _in_order(listed, code, burns[0]), message, section="I.C.19.d.6")

    def _degrees(self, listed: CodeList, burns: Sequence[str]) -> Iterator[Finding]:
        by_site: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for code in dict.fromkeys(burns):
            by_site[_site(code)].append(code)
        for codes in by_site.values():
            if len(codes) > 1:
                message = f"{' and '.join(codes)}: one site has its highest degree only"
                yield self.finding("review", codes, message, section="I.C.19.d.2")
        deepest = max(burns, key=_degree)
        if _degree(burns[0]) < _degree(deepest):
            message = f"{deepest}, the deepest burn, comes before {burns[0]}"
            yield self.finding("review", [burns[0], deepest], message, section="I.C.19.d.1")


def _degree(code: str) -> int:
    """0 unspecified, 1 to 3."""
    return int(code[4]) % _CORROSION


def _is_corrosion(code: str) -> bool:
    return int(code[4]) >= _CORROSION


def _site(code: str) -> tuple[str, ...]:
    """What two codes of one site and side share: all but the degree and the 7th character."""
    return code[:3], code[5:7], str(_is_corrosion(code))


def _said_degree(draft: Draft, within: Sequence[Span]) -> int | None:
    return max((degree for degree, phrases in _DEGREES.items() if draft.said(*phrases, within=within)), default=None)


def _is_stated(draft: Draft, span: Span) -> bool:
    return draft.assertions.at(span).status is AssertionStatus.PRESENT


def _in_order(listed: CodeList, *codes: str) -> list[str]:
    return sorted(codes, key=listed.valid.index)
