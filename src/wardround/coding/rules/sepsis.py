"""Sepsis, its severity, its source and what it is mistaken for (Guidelines I.C.1.d, I.C.18.g).

A note's sepsis is in one of three states: sepsis (the systemic infection's code), severe sepsis (R65.20 beside it)
once an acute organ dysfunction is linked with it, and septic shock (R65.21, or T81.12- after a procedure).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["Sepsis", "localized_infections"]

_BACTERIAL = ("A40", "A41")
_SYSTEMIC = (
    *_BACTERIAL,
    *"A02.1 A20.7 A21.7 A22.7 A24.1 A26.7 A28.0 A28.2 A32.7 A39.1 A39.2 A39.3 A39.4 A42.7 A48.3 A54.86".split(),
    *"B00.7 B37.7 O03.37 O03.87 O04.87 O07.37 O08.82 O75.3 O85 O86.04 P36 T80.2 T81.44 T88.0".split(),
)
_COMPLICATIONS = tuple("T80.2 T81.4 T82.6 T82.7 T83.5 T83.6 T84.5 T84.6 T84.7 T85.7 T87.4 T88.0".split())
_PROCEDURE_SITES = ("T81.40", "T81.41", "T81.42", "T81.43", "T81.49")
_ORGANS = tuple("N17 J96.0 J96.2 J80 G93.40 G93.41 D65 K72.0 G62.81 G72.81".split())
_ALSO_ORGANS = tuple("R57 I95 E87.2 D69.5 D69.6 R41.82 R41.0 R40 I21.A1 I50 K72 K76.7 J96 R09.02 R34 G93.4 N19".split())
_SYSTEMIC_CAUSES = ("B", "O", "P", "T", "U", "J09", "J10", "J11")  # R65.2 may also stand behind a virus, a device …

_SEPTIC = re.compile(r"\bsep(?:sis|tic)\b", re.IGNORECASE)
_VIRUS = re.compile(r"\bvir(?:al|us)|covid|sars-?cov|influenza|\bflu\b|\bRSV\b", re.IGNORECASE)
_PROCEDURE = re.compile(r"surg|operat|procedur|incision|\bwound|\bSSI\b", re.IGNORECASE)
_LEADS_TO = re.compile(
    r"\bsep(?:sis|tic shock)[\s-]+(?:with|complicated by|causing|leading to|resulting in|induced|associated|related)\b"
    r"[^.;]*$"
    r"|\bseptic\W+(?:\w+\W+)?$",
    re.IGNORECASE,
)
_AFTER_PROCEDURE = (
    *("postoperative sepsis", "post operative sepsis", "post op sepsis", "postprocedural sepsis"),
    *("sepsis following surgery", "sepsis after surgery", "sepsis following a procedure", "sepsis due to surgery"),
)
_LATER = (
    *("developed sepsis", "sepsis developed", "became septic", "progressed to sepsis", "evolved into sepsis"),
    *("hospital acquired sepsis", "sepsis on hospital day"),
)
_NAMES = frozenset({"sepsis", "septic", "urosepsis"})
_SYSTEMIC_SIGNS = (
    ("fever", "febrile"),
    ("tachycardia", "tachycardic"),
    ("tachypnea", "tachypneic"),
    ("leukocytosis", "leukopenia", "bandemia"),
)
_SEVERE_SIGNS = (
    ("hypotension", "hypotensive"),
    ("lactic acidosis", "elevated lactate", "lactate elevated"),
    ("altered mental status", "encephalopathy"),
)


@cache
def localized_infections() -> tuple[str, ...]:
    """Prefixes of the codes of infections of one part of the body."""
    return tuple(code for row in data.rows("localized_infections") for code in row["codes"].split("|"))


class Sepsis(Rule):
    """Sepsis is coded with the systemic infection first, then its severity, its source and the failing organs.

    In a note wardround puts the code of the systemic infection before a localized infection, unless sepsis developed
    later, and behind a complication of care that caused it. Severe sepsis (R65.20) is added where the provider links an
    acute organ dysfunction with the sepsis; where the note leaves the link open it is asked about. Septic shock has the
    sepsis before it, and after a procedure it is T81.12-. Bacteremia and non-infectious SIRS (R65.1-) go where there is
    sepsis. "Urosepsis" has no code: the provider is asked what is meant, and so is an inpatient's infection with
    systemic and severe signs but without a word on sepsis, or a positive blood culture whose organism is not linked.
    In a list, wardround says where R65.2- is first, alone or doubled, and asks for review where a localized infection
    precedes an inpatient's sepsis or a part of postprocedural sepsis is missing. Whether sepsis was present on
    admission, or clinically valid, it does not know.
    """

    name = "sepsis"
    section = "I.C.1.d"
    title = "sepsis is coded with its infection first, then its severity, source and organ dysfunction"
    severity = "reject"
    prefixes = (*_BACTERIAL, "R65", "T81.44")

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        severe = listed.starting("R65.2")
        sepsis = listed.starting(*_SYSTEMIC)
        if severe:
            yield from self._severity(listed, severe, sepsis)
        if listed.first.startswith("R65.1"):
            message = "the condition that caused the SIRS comes before it"
            yield self.finding("review", listed.valid[:1], message, section="I.C.18.g")
        after_procedure = listed.starting("T81.44")
        if after_procedure and "R65.21" in severe:
            message = "septic shock after a procedure is T81.12-, not R65.21"
            yield self.finding("review", listed.in_sequence(*after_procedure[:1], "R65.21"), message)
        bacterial = listed.starting(*_BACTERIAL)
        site = listed.starting(*_PROCEDURE_SITES)
        if bacterial and site and not after_procedure:
            message = f"if the sepsis is due to {site[0]}, T81.44- stands between them"
            yield self.finding("review", listed.in_sequence(site[0], bacterial[0]), message, section="I.C.1.d.5.b")
        first = listed.valid[0]
        if bacterial and listed.encounter.setting == "inpatient" and first.startswith(localized_infections()):
            message = f"{bacterial[0]} comes first if it was present on admission"
            yield self.finding("review", (first, bacterial[0]), message, section="I.C.1.d.4")

    def _severity(self, listed: CodeList, severe: list[str], sepsis: list[str]) -> Iterator[Finding]:
        if listed.first in severe:
            yield self.finding("reject", severe[:1], f"{severe[0]} is never first: the infection comes before it")
        elif not sepsis and not listed.starting(*_SYSTEMIC_CAUSES):
            yield self.finding("review", severe[:1], f"{severe[0]} needs the code of the systemic infection before it")
        elif sepsis and listed.valid.index(sepsis[0]) > listed.valid.index(severe[0]):
            yield self.finding("review", (severe[0], sepsis[0]), f"{sepsis[0]} comes before {severe[0]}")
        if {"R65.20", "R65.21"} <= set(severe):
            yield self.finding(
                "reject", listed.in_sequence("R65.20", "R65.21"), "R65.20 is without the shock of R65.21"
            )
        elif severe[0] == "R65.20" and not listed.starting(*_ORGANS, *_ALSO_ORGANS):
            yield self.finding("review", severe[:1], "severe sepsis needs the code of its acute organ dysfunction")

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        self._ask_urosepsis(draft)
        severe = draft.first("R65.2")
        sepsis = draft.first(*_SYSTEMIC)
        if severe and sepsis is None:
            message = f"{severe.code} needs the code of the systemic infection before it"
            sepsis = draft.add("A41.9", severe, self.name, "I.C.1.d.1.b", message, before=severe)
        if sepsis is None:
            self._without_sepsis(draft)
            return
        for proposal in draft.alive("R78.81", "R65.1"):
            proposal.reject(self.name, self.section, f"{sepsis.code} is sepsis, and says more")
        self._name_virus(draft, sepsis)
        self._after_procedure(draft, sepsis)
        self._find_severity(draft, sepsis)
        self._ask_organism(draft, sepsis)
        self._order(draft)

    def _name_virus(self, draft: Draft, sepsis: Proposal) -> None:
        """Sepsis due to a virus is sepsis of another specified organism; the virus keeps its own code."""
        if sepsis.code == "A41.9" and _VIRUS.search(draft.due_to(sepsis) or ""):
            draft.recode(sepsis, "A41.89", self.name, self.section, "sepsis due to a virus")

    def _after_procedure(self, draft: Draft, sepsis: Proposal) -> None:
        """Sepsis due to a postprocedural infection: the infection, T81.44-, the sepsis, and a shock of its own."""
        site = draft.first(*_PROCEDURE_SITES)
        cause = draft.due_to(sepsis)
        linked = cause is not None and _PROCEDURE.search(cause) is not None
        said = draft.said(*_AFTER_PROCEDURE)
        if draft.first("T81.44") is None and sepsis.code.startswith(_BACTERIAL) and (said or (site and linked)):
            message = "sepsis due to an infection after a procedure"
            draft.add("T81.44XA", sepsis, self.name, "I.C.1.d.5.b", message, before=sepsis)
        shock = draft.first("R65.21")
        if shock and draft.first("T81.44"):
            draft.recode(shock, "T81.12XA", self.name, "I.C.1.d.5.c", "septic shock after a procedure")

    def _find_severity(self, draft: Draft, sepsis: Proposal) -> None:
        shock = draft.first("R65.21", "T81.12")
        for proposal in draft.alive("R65.20"):
            if shock:
                proposal.reject(self.name, "I.C.1.d.2", f"{shock.code} is severe sepsis with shock")
        if draft.first("R65.2", "T81.12"):
            return
        organs = list(draft.alive(*_ORGANS))
        linked = [organ for organ in organs if _is_linked(draft, organ)]
        open_ = [organ for organ in organs if draft.due_to(organ) is None and organ not in linked]
        if linked:
            message = f"{linked[0].code} is an acute organ dysfunction due to the sepsis"
            draft.add("R65.20", linked[0], self.name, "I.C.1.d.1.a.iii", message)
        elif open_:
            draft.ask(
                "sepsis: organ dysfunction",
                "Please clarify what caused the acute organ dysfunction.",
                ("Due to the sepsis", "Due to another condition, not the sepsis"),
                [sepsis.mentions[0].span, *(organ.mentions[0].span for organ in open_)],
                rule=self.name,
                section="I.C.1.d.1.a.iv",
                codes=("R65.20", *(organ.code for organ in open_)),
            )

    def _order(self, draft: Draft) -> None:
        """Complications of care, the sepsis, its severity, then its source and the failing organs."""
        sources = () if draft.said(*_LATER) else localized_infections()
        groups: list[list[Proposal]] = [[], [], [], []]
        for proposal in draft.alive():
            order = (_COMPLICATIONS, _SYSTEMIC, ("R65.2", "T81.12"), (*_ORGANS, *sources))
            place = next((n for n, prefixes in enumerate(order) if proposal.code.startswith(prefixes)), None)
            if place is not None:
                groups[place].append(proposal)
        for place, leaders in enumerate(groups):
            followers = [proposal for group in groups[place + 1 :] for proposal in group]
            for leader in leaders:
                if followers:
                    draft.move_before(leader, *followers)

    def _without_sepsis(self, draft: Draft) -> None:
        infection = draft.first(*localized_infections())
        if infection is None:
            return
        sirs = draft.first("R65.1")
        if sirs and not any(p.code.startswith(("S", "T", "K85")) for p in draft.alive()):
            sirs.reject(
                self.name, "I.C.18.g", f"R65.1- is not of infectious origin, and {infection.code} is infectious"
            )
            self._ask_response(draft, infection, [sirs.mentions[0].span])
        elif draft.encounter.setting == "inpatient" and not draft.words_among(_NAMES):
            systemic = [span for signs in _SYSTEMIC_SIGNS if (span := draft.said(*signs))]
            grave = [span for signs in _SEVERE_SIGNS if (span := draft.said(*signs))]
            if len(systemic) >= 2 and grave:
                self._ask_response(draft, infection, [*systemic, *grave])

    # -- questions ----------------------------------------------------------------------------------------------

    def _ask_response(self, draft: Draft, infection: Proposal, signs: list[Span]) -> None:
        draft.ask(
            "infection: systemic findings",
            "Please clarify the diagnosis, if any, that these findings represent.",
            ("Sepsis due to the infection", "Localized infection without sepsis"),
            [infection.mentions[0].span, *signs],
            rule=self.name,
            section=self.section,
            codes=(infection.code,),
        )

    def _ask_urosepsis(self, draft: Draft) -> None:
        if not draft.words_among({"urosepsis"}):
            return
        urosepsis = draft.said("urosepsis", statuses=frozenset({AssertionStatus.PRESENT, AssertionStatus.POSSIBLE}))
        if urosepsis:
            draft.ask(
                "urosepsis: meaning",
                'Please clarify the diagnosis meant by "urosepsis"; the term has no code.',
                ("Sepsis due to a urinary tract infection", "Urinary tract infection without sepsis"),
                [urosepsis],
                rule=self.name,
                section="I.C.1.d.1.a.ii",
                codes=tuple(p.code for p in draft.alive("N39.0", *_BACTERIAL)),
            )

    def _ask_organism(self, draft: Draft, sepsis: Proposal) -> None:
        grown = draft.said(
            "blood cultures grew", "blood cultures growing", "blood cultures positive", "positive blood cultures"
        )
        if grown and sepsis.code == "A41.9":
            draft.ask(
                "sepsis: organism",
                "Please clarify the organism that caused the sepsis, if it is known.",
                ("The organism of the blood cultures (please name it)", "Organism not determined"),
                [sepsis.mentions[0].span, grown],
                rule=self.name,
                section="I.C.1.d.1.a",
                codes=(sepsis.code,),
            )


def _is_linked(draft: Draft, organ: Proposal) -> bool:
    """Whether the note says that an organ dysfunction is due to the sepsis: "AKI due to sepsis", "sepsis with AKI"."""
    cause = draft.due_to(organ)
    if cause is not None:
        return _SEPTIC.search(cause) is not None
    text = draft.stream.note.text
    for mention in organ.mentions:
        sentence = draft.stream.note.sentences[mention.found.sentence]
        if _LEADS_TO.search(text[sentence.start : mention.span.start]):
            return True
        if mention.span.quote(text).lower().startswith("septic"):
            return True
    return False
