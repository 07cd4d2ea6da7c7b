"""Pregnancy, childbirth, puerperium (Guidelines I.C.15, I.C.21.c.11)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from wardround.coding.draft import Draft, Proposal
from wardround.coding.gestation import Gestation, gestation, trimester
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.trimesters import TRIMESTERS, in_phase, phase_of
from wardround.documents import AssertionStatus, SectionKind
from wardround.spans import Span

__all__ = ["Pregnancy"]

_ABORTIVE = ("O00", "O01", "O02", "O03", "O04", "O05", "O06", "O07", "O08")
_AFTERWARDS = ("O85", "O86", "O87", "O88", "O89", "O90", "O91", "O92", "O94")
_PLAIN, _CESAREAN, _HIGH_RISK, _GESTATIONAL_DIABETES = "O80", "O82", "O09", "O24.4"
_PREGNANT, _NORMAL, _WEEKS, _OUTCOME, _LIVE, _TERMINATION = "Z33.1", "Z34", "Z3A", "Z37", "Z37.0", "Z33.2"
_CONTROL = {"Z79.4": "4", "Z79.84": "5", "Z79.85": ""}  # of gestational diabetes: insulin, oral drugs, others
_HYPERTENSION_OF_PREGNANCY = ("O11", "O13", "O14", "O15", "O16")
_MAY_HAVE_WEEKS = ("Z03.7", "Z32", "Z33", "Z34", "Z36")
_INCIDENTAL = re.compile(r"\bincidental", re.IGNORECASE)
_TOLD_IN = frozenset({SectionKind.HISTORY_PRESENT_ILLNESS, SectionKind.HOSPITAL_COURSE, SectionKind.PROCEDURE})
_LIVEBORN = re.compile(
    r"\b(?:live ?born|live birth|(?:viable|healthy|vigorous) (?:male|female|infant|baby|newborn|boy|girl))\b",
    re.IGNORECASE,
)
_MULTIPLE = re.compile(r"\b(?:twins?|triplets?|quadruplets?)\b", re.IGNORECASE)


class Pregnancy(Rule):
    """Codes of chapter 15 come first, stand on the mother's record only, and say the trimester: less than 14 weeks,
    less than 28, or more. The weeks are coded with Z3A, but not for an abortion, a termination or after the delivery.
    Whatever the mother has is presumed to complicate the pregnancy, unless the provider says that the pregnancy is
    incidental (Z33.1). A delivery has its outcome (Z37); O80 stands for one without any complication, of one live
    child. Gestational diabetes excludes other diabetes of pregnancy and the codes for its drugs.

    In a note the weeks, the last period or the due date choose the trimester and Z3A, conditions of the mother get
    their code of chapter 15 from a table that follows the Index ("pregnancy, complicated by"), codes move to "in
    childbirth" when she delivers, and O80 goes when a complication is coded.

    In a list it finds weeks and trimester that contradict each other, O80 with complications or another outcome, a
    delivery without outcome, weeks where there is no ongoing pregnancy, and another chapter before this one. Whether a
    condition complicates the pregnancy a list does not show.
    """

    name = "pregnancy"
    section = "I.C.15"
    title = "pregnancy comes first, with trimester, weeks and outcome"
    severity = "reject"
    prefixes = ("O", _OUTCOME, _WEEKS)

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.encounter.sex == "male" or draft.first("O", _WEEKS, _PREGNANT, _OUTCOME) is None:
            return
        if draft.encounter.age is not None and draft.encounter.age < 1:
            return  # a newborn's record
        self._gestational_diabetes(draft)
        stage, delivered = self._stage(draft), _is_delivered(draft)
        phases = ["childbirth"] * delivered + ([TRIMESTERS[stage.trimester]] if stage else [])
        self._supervision(draft)
        self._complications(draft, phases)
        self._settle_phase(draft, phases, delivered=delivered)
        self._weeks(draft, stage)
        self._delivery(draft, delivered=delivered)

    def _supervision(self, draft: Draft) -> None:
        """A pregnancy with a code of chapter 15 is not supervised as a normal one."""
        complication = draft.first("O")
        if complication is not None:
            for normal in draft.alive(_NORMAL):
                normal.reject(self.name, "I.C.15.b.1", f"not with {complication.code}")

    def _stage(self, draft: Draft) -> Gestation | None:
        note = draft.stream.note
        own = [p for p in draft.alive("O", _WEEKS, _PREGNANT) if not p.code.startswith(_ABORTIVE)]
        return gestation(draft, [note.sentences[m.found.sentence] for p in own for m in p.mentions])

    def _complications(self, draft: Draft, phases: Sequence[str]) -> None:
        """Give the conditions of the mother their code of chapter 15, unless the pregnancy is incidental or normal."""
        pregnant = draft.first(_PREGNANT)
        pregnancy = next((p for p in draft.alive("O") if not p.code.startswith((*_ABORTIVE, *_AFTERWARDS))), None)
        base = pregnancy or draft.first(_WEEKS) or pregnant
        if base is None or draft.first(_NORMAL, _PLAIN) is not None or _is_incidental(draft, pregnant):
            return
        added = False
        for proposal in list(draft.alive()):
            found = _complicating(proposal.code)
            if found is None or (proposal.code == "I10" and draft.first(*_HYPERTENSION_OF_PREGNANCY) is not None):
                continue
            code, stays = found
            if draft.first(code[:-1]) is not None:  # the note has it already, perhaps with its trimester
                continue
            code = in_phase(draft.codes, code, *phases)
            message = f"{proposal.code} is presumed to complicate the pregnancy"
            added = True
            if stays:
                draft.add(code, proposal, self.name, "I.C.15.a.1", message, before=proposal)
            else:
                draft.recode(proposal, code, self.name, "I.C.15.a.1", message)
        if pregnant is not None and (added or pregnancy is not None):
            pregnant.reject(self.name, "I.C.15.a.1", "only where the provider says that the pregnancy is incidental")

    def _settle_phase(self, draft: Draft, phases: Sequence[str], *, delivered: bool) -> None:
        for proposal in list(draft.alive("O")):
            phase = phase_of(draft.codes.title(proposal.code))
            if phase == "unspecified":
                code = in_phase(draft.codes, proposal.code, *phases)
            elif delivered and phase in ("pregnancy", *TRIMESTERS):
                code = in_phase(draft.codes, proposal.code, "childbirth")
            else:
                continue
            if code != proposal.code:
                message = f"{phase_of(draft.codes.title(code))}: by what the note says of weeks and delivery"
                draft.recode(proposal, code, self.name, "I.C.15.a.3", message)

    def _weeks(self, draft: Draft, stage: Gestation | None) -> None:
        ongoing = next((p for p in draft.alive("O") if not p.code.startswith((*_ABORTIVE, *_AFTERWARDS))), None)
        if ongoing is None:
            over = draft.first(*_ABORTIVE, *_AFTERWARDS, _TERMINATION)
            if over is not None:
                for weeks in draft.alive(_WEEKS):
                    weeks.reject(self.name, "I.C.21.c.11", f"not with {over.code}: the pregnancy does not go on")
        elif stage is not None and draft.first(_WEEKS) is None:
            draft.add(stage.code, [stage.span], self.name, "I.C.21.c.11", "the weeks of gestation", confidence=0.8)

    def _delivery(self, draft: Draft, *, delivered: bool) -> None:
        plain = draft.first(_PLAIN)
        if plain is not None:
            other = next((p for p in draft.alive("O") if p is not plain), None)
            if other is not None:
                plain.reject(self.name, "I.C.15.n.1", f"not with a complication: {other.code}")
        if not delivered or draft.first(_OUTCOME) is not None:
            return
        text = draft.stream.note.text
        born = _LIVEBORN.search(text)
        if born and not _MULTIPLE.search(text) and _is_stated(draft, Span(*born.span())):
            draft.add(
                _LIVE, [Span(*born.span())], self.name, "I.C.15.b.5", "the outcome of the delivery", confidence=0.8
            )

    def _gestational_diabetes(self, draft: Draft) -> None:
        diabetes = draft.first(_GESTATIONAL_DIABETES)
        if diabetes is None:
            return
        for drug in list(draft.alive(*_CONTROL)):
            control = _CONTROL[drug.code]
            if control and diabetes.code[-1] in ("0", "9", "5" if control == "4" else "9"):
                code = diabetes.code[:-1] + control
                diabetes = draft.recode(diabetes, code, self.name, "I.C.15.i", f"controlled with what {drug.code} says")
            drug.reject(self.name, "I.C.15.i", f"not with {diabetes.code}, which says how it is controlled")

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        own = [code for code in dict.fromkeys(listed.valid) if code[0] == "O"]
        outcome, weeks = listed.starting(_OUTCOME), listed.starting(_WEEKS)
        if outcome and not own:
            message = f"{outcome[0]} stands beside the delivery, which is missing"
            yield self.finding("review", outcome, message, section="I.C.15.b.5")
        if weeks and (listed.valid[0] in weeks or not (own or listed.starting(*_MAY_HAVE_WEEKS))):
            message = f"{weeks[0]} stands behind a code of the pregnancy"
            yield self.finding("review", weeks[:1], message, section="I.C.21.c.11")
        if not own:
            return
        if listed.valid[0][0] not in "OZ" and own != ["O94"]:
            message = f"{own[0]}: codes of pregnancy come before those of other chapters"
            yield self.finding("review", [listed.valid[0], own[0]], message, section="I.C.15.a.1")
        phases = {code: phase_of(listed.title(code)) for code in own}
        yield from self._weeks_findings(listed, own, phases)
        yield from self._delivery_findings(listed, own, phases, outcome)
        yield from self._diabetes_findings(listed, own)

    def _weeks_findings(self, listed: CodeList, own: list[str], phases: dict[str, str | None]) -> Iterator[Finding]:
        weeks = list(dict.fromkeys(listed.starting(_WEEKS)))
        staged = [code for code in own if phases[code] in TRIMESTERS[1:]]
        if not weeks:
            if len({phases[code] for code in staged}) > 1 and listed.encounter.setting == "outpatient":
                yield self.finding("review", staged, "one visit is in one trimester", section="I.C.15.a.3")
            return
        if len(weeks) > 1:
            yield self.finding("review", weeks, "one pregnancy is of one age", section="I.C.21.c.11")
        abortive = [code for code in own if code.startswith(_ABORTIVE)]
        over = abortive or ([] if any(not _is_afterwards(code, phases) for code in own) else own[:1])
        if over and not listed.starting(_OUTCOME):
            message = f"{weeks[0]} is not for {over[0]}: the pregnancy does not go on"
            codes = sorted((over[0], weeks[0]), key=listed.valid.index)
            yield self.finding("reject" if abortive else "review", codes, message, section="I.C.21.c.11")
        stated = _trimester_of(weeks[0])
        for code in staged:
            number = TRIMESTERS.index(str(phases[code]))
            if stated and number != stated and not (listed.encounter.setting == "inpatient" and number > stated):
                codes = sorted((code, weeks[0]), key=listed.valid.index)
                message = f"{weeks[0]} is in the {TRIMESTERS[stated]} trimester, {code} in the {phases[code]}"
                yield self.finding("review", codes, message, section="I.C.15.a.3")

    def _delivery_findings(
        self, listed: CodeList, own: list[str], phases: dict[str, str | None], outcome: list[str]
    ) -> Iterator[Finding]:
        delivery = [code for code in own if code in (_PLAIN, _CESAREAN) or phases[code] == "childbirth"]
        if delivery and not outcome:
            message = f"{delivery[0]} is a delivery: its outcome (Z37) is missing"
            yield self.finding("review", delivery[:1], message, section="I.C.15.b.5")
        if _PLAIN in own:
            others = [code for code in own if code != _PLAIN]
            if others:
                message = f"{_PLAIN} is only for a delivery without complications"
                yield self.finding("reject", own, message, section="I.C.15.n.1")
            elif listed.valid[0] != _PLAIN:
                yield self.finding("review", [_PLAIN], f"{_PLAIN} is always first", section="I.C.15.n.1")
            if outcome and outcome[0] != _LIVE:
                codes = sorted((_PLAIN, outcome[0]), key=listed.valid.index)
                yield self.finding("reject", codes, f"{_PLAIN} has no other outcome than {_LIVE}", section="I.C.15.n.3")
        risk = [code for code in own if code.startswith(_HIGH_RISK)]
        if risk and outcome:
            codes = sorted((risk[0], outcome[0]), key=listed.valid.index)
            message = f"{risk[0]} is for the time before the delivery"
            yield self.finding("review", codes, message, section="I.C.15.b.2")

    def _diabetes_findings(self, listed: CodeList, own: list[str]) -> Iterator[Finding]:
        gestational = [code for code in own if code.startswith(_GESTATIONAL_DIABETES)]
        if not gestational:
            return
        others = [code for code in own if code.startswith("O24") and code not in gestational]
        if others:
            codes = sorted((gestational[0], others[0]), key=listed.valid.index)
            yield self.finding("reject", codes, "gestational diabetes excludes other diabetes", section="I.C.15.i")
        for drug in dict.fromkeys(code for code in listed.valid if code in _CONTROL):
            codes = sorted((gestational[0], drug), key=listed.valid.index)
            message = f"{drug} is not reported with {gestational[0]}"
            yield self.finding("reject", codes, message, section="I.C.15.i")


@cache
def _table() -> tuple[tuple[str, str, str, bool], ...]:
    """First and last condition, the code of chapter 15, whether the condition stays; in the order of the table."""
    return tuple(
        (first, last or first, row["code"], bool(row["stays"]))
        for row in data.rows("pregnancy")
        for first, _, last in (part.partition("-") for part in row["conditions"].split("|"))
    )


@lru_cache(maxsize=4096)
def _complicating(code: str) -> tuple[str, bool] | None:
    """The code of chapter 15 for a condition, and whether the condition is coded too; None if there is none."""
    return next(
        (
            (found, stays)
            for first, last, found, stays in _table()
            if first <= code[: len(first)] and code[: len(last)] <= last
        ),
        None,
    )


def _is_incidental(draft: Draft, pregnant: Proposal | None) -> bool:
    """Whether the provider says that the pregnancy does not matter here."""
    if pregnant is None:
        return False
    text = draft.stream.note.text
    return any(_INCIDENTAL.search(draft.stream.note.sentences[m.found.sentence].quote(text)) for m in pregnant.mentions)


def _is_delivered(draft: Draft) -> bool:
    """Whether the child is born at this encounter: in a stay any part of the note may tell it."""
    if draft.first(_OUTCOME, _PLAIN, _CESAREAN) is not None:
        return True
    return draft.encounter.setting == "inpatient" and any(
        mention.found.term.target.startswith((_OUTCOME, _PLAIN, _CESAREAN))
        and mention.status is AssertionStatus.PRESENT
        and mention.section in _TOLD_IN
        for mention in draft.mentions
    )


def _is_stated(draft: Draft, span: Span) -> bool:
    return draft.assertions.at(span).status is AssertionStatus.PRESENT


def _is_afterwards(code: str, phases: dict[str, str | None]) -> bool:
    return code.startswith(_AFTERWARDS) or phases[code] == "puerperium"


def _trimester_of(weeks: str) -> int:
    """The trimester of a code of Z3A; 0 if it does not say the weeks."""
    number = int(weeks[4:])
    return trimester(number) if number else 0
