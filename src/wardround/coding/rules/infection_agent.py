"""The organism of an infection that is classified elsewhere (Guidelines I.C.1.b, I.C.1.e).

``data/organisms.tsv`` has the names, ``data/named_agents.tsv`` the codes that name their organism themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.sepsis import localized_infections
from wardround.spans import Span

__all__ = ["InfectionAgent"]

_AGENTS = ("B95", "B96", "B97")
_NO_SITE = ("A49.0", "A49.1", "A49.2", "A49.3", "A49.8", "A49.9")
# Chapters without infections; beside nothing but these an agent has caused nothing.
_NO_INFECTION = tuple("B95 B96 B97 E0 E2 E3 E4 E5 E6 E7 E8 F I1 I2 I4 I5 I6 Q R0 R1 R2 R4 R9 V W X Y Z".split())
# Codes of infections that name an organism or a kind of it, or for which it is not asked.
_NAMES_ITS_OWN = tuple("G00.0 G00.1 G00.2 G00.3 J09 J10 J11 J12 J13 J14 J15 J16 J17 J20 J21.0 J21.1 L00 M00.0".split())
_ALSO_INFECTED = ("E11.62", "L89", "L97", "R78.81", "T8")
_CAUSED_BY = re.compile(
    r"\b(?:due to|secondary to|caused by|from|with|positive for|grew|grows|growing|infected by)\W+(?:\w+\W+){0,2}$",
    re.IGNORECASE,
)
_CULTURE = re.compile(r"cultur|grew|\bPCR\b", re.IGNORECASE)
_BETWEEN = re.compile(r"[ -]+(?:(?!coloni)[\w-]+ ){0,2}", re.IGNORECASE)


@cache
def _named() -> Mapping[str, tuple[str, ...]]:
    """The codes that name an agent themselves, by the agent's code."""
    return {row["agent"]: tuple(row["codes"].split("|")) for row in data.rows("named_agents")}


@cache
def _organisms() -> tuple[tuple[str, str], ...]:
    """``(name, code)`` of the organisms, the longest names first."""
    rows = ((row["organism"], row["codes"]) for row in data.rows("organisms"))
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


def _last(name: str) -> str:
    return name.rpartition(" ")[2]


@cache
def _last_words() -> frozenset[str]:
    return frozenset(_last(name) for name, _ in _organisms())


@cache
def _names_itself(agent: str) -> tuple[str, ...]:
    return next((codes for prefix, codes in _named().items() if agent.startswith(prefix)), ())


class InfectionAgent(Rule):
    """An infection whose code does not name its organism has the organism's code (B95–B97) behind it.

    In a note wardround adds the organism that the note links with an infection: "MRSA cellulitis", "due to Klebsiella",
    a culture of that problem that grew it. Where the infection's code names the organism itself, as J15.212 and A41.02
    do, a second code for it goes (I.C.1.e.1.a). In a list, it asks for review where an organism stands beside nothing
    that it could have caused or only beside a code that names it, and where an infection of unspecified site (A49.-)
    stands beside one with a site. Which of several infections an organism has caused, and whether a culture grew a
    mere contaminant, a list cannot tell.
    """

    name = "infection-agent"
    section = "I.C.1.b"
    title = "an infection is followed by its organism, unless its code names it"
    severity = "reject"
    prefixes = (*_AGENTS, "A49")

    def apply(self, draft: Draft) -> None:
        words = draft.words_among(_last_words())
        if words:
            organisms = [(name, code) for name, code in _organisms() if _last(name) in words]
            for infection in list(draft.alive(*localized_infections())):
                if not infection.code.startswith(_NAMES_ITS_OWN):
                    self._add_agent(draft, infection, organisms)
        for agent in list(draft.alive(*_AGENTS)):
            names = _names_itself(agent.code)
            named = draft.first(*names) if names else None
            if named and all(other is named for other in draft.alive(*localized_infections(), *_ALSO_INFECTED)):
                agent.reject(self.name, "I.C.1.e.1.a", f"{named.code} names the organism")

    def _add_agent(self, draft: Draft, infection: Proposal, organisms: list[tuple[str, str]]) -> None:
        around = draft.around(infection)
        for organism, code in organisms:
            for span in draft.each_said(organism, within=around):
                if _causes(draft, span, infection):
                    message = f"the organism of {infection.code}"
                    draft.add(code, [span], self.name, self.section, message, confidence=infection.confidence)
                    return

    def check(self, listed: CodeList) -> Iterator[Finding]:
        localized = listed.starting(*localized_infections())
        for agent in listed.starting(*_AGENTS):
            named = listed.starting(*_names_itself(agent))
            if all(code.startswith(_NO_INFECTION) for code in listed.valid):
                yield self.finding("review", (agent,), f"{agent} is the cause of an infection, and none is coded")
            elif named and all(code in named for code in localized) and not listed.starting(*_ALSO_INFECTED):
                message = f"{named[0]} names the organism: {agent} adds nothing"
                yield self.finding("review", listed.in_sequence(named[0], agent), message, section="I.C.1.e.1.a")
        for unspecified in listed.starting(*_NO_SITE)[:1]:
            if localized:
                message = f"if it caused {localized[0]}, its organism is B95.- or B96.-, not {unspecified}"
                yield self.finding("review", listed.in_sequence(unspecified, localized[0]), message)


def _causes(draft: Draft, organism: Span, infection: Proposal) -> bool:
    """Whether the note links an organism with an infection: beside it, named as its cause, or grown from it."""
    text = draft.stream.note.text
    sentence = draft.stream.note.sentence_of(organism.start)
    for mention in infection.mentions:
        if mention.span.covers(organism) or _BETWEEN.fullmatch(text[organism.end : mention.span.start]):
            return True
    before = text[sentence.start : organism.start]
    return _CAUSED_BY.search(before) is not None and (
        _CULTURE.search(before) is not None or any(sentence.covers(m.span) for m in infection.mentions)
    )
