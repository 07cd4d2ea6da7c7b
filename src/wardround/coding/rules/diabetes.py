"""Diabetes: its type, its cause, what it is presumed to have caused, and its drugs (Guidelines I.C.4.a, I.A.15).

``data/diabetes_with.tsv`` has what the Index lists under "diabetes, with" by name: the codes of the complication, what
is appended to the category of the diabetes, the endings that say the same, and whether the complication's own code is
contained in the combination. ``data/diabetes_due_to.tsv`` has causes, ``data/diabetes_drugs.tsv`` the drugs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import SectionKind
from wardround.spans import Span

__all__ = ["DiabetesWith"]

_DIABETES = ("E08", "E09", "E10", "E11", "E13")
_PLAIN = (".9", ".A")  # without complications; .A: in remission
_TYPE_2 = ("type 2", "type ii", "t2dm", "t2d", "dm2", "dm 2", "dmii", "niddm")
_UNCONTROLLED = (
    "uncontrolled diabetes",
    "uncontrolled dm",
    "uncontrolled type 2 diabetes",
    "uncontrolled type 1 diabetes",
    "diabetes uncontrolled",
    "diabetes is uncontrolled",
)
_DIABETIC = re.compile(r"diabet|\bT?[12]?DM|sugar|glyc", re.IGNORECASE)
_SECONDARY_TO = re.compile(r"secondary\s+to\b", re.IGNORECASE)
_LINKS = ("due to {}", "secondary to {}", "caused by {}", "from {}", "after {}", "{} induced", "{} related")
_TAKEN = re.compile(r"\b(?:on|takes|taking|continu\w+|with|home|uses|using)\W+(?:\w+\W+){0,2}$", re.IGNORECASE)
_INSULIN = "Z79.4"
_TEMPORARY = re.compile(r"sliding|drip|infusion|gtt|\bSSI\b|correction|temporar|inpatient", re.IGNORECASE)
_NEARBY = 60  # characters around a drug


class _Link(NamedTuple):
    """A row of ``diabetes_with.tsv``."""

    complication: tuple[str, ...]
    suffix: str
    same: tuple[str, ...]
    contained: bool


@cache
def _links() -> tuple[_Link, ...]:
    return tuple(
        _Link(tuple(row["codes"].split("|")), row["suffix"], tuple(row["same"].split("|")), row["contained"] == "yes")
        for row in data.rows("diabetes_with")
    )


def _told_by(cause: str) -> tuple[str, str]:
    """The words without which a cause is not named: "chronic pancreatitis", "postpancreatectomy"."""
    last = cause.rpartition(" ")[2]
    return last, f"post{last}"


@cache
def _cause_words() -> frozenset[str]:
    return frozenset(word for row in data.rows("diabetes_due_to") for word in _told_by(row["cause"]))


@cache
def _drugs() -> dict[str, tuple[str, ...]]:
    return {row["drug"]: tuple(row["codes"].split("|")) for row in data.rows("diabetes_drugs")}


@cache
def _link_of(code: str) -> _Link | None:
    """The row of a complication of diabetes; None if it is none."""
    return next((link for link in _links() if code.startswith(link.complication)), None)


def _sentences(draft: Draft, proposal: Proposal) -> list[Span]:
    """The sentences in which a proposal is named."""
    return [draft.stream.note.sentences[mention.found.sentence] for mention in proposal.mentions]


def _has_another_cause(draft: Draft, complication: Proposal) -> bool:
    """Whether the note denies the link with diabetes, or says that something else is the cause."""
    cause = draft.due_to(complication)
    return draft.denies_link(complication, "diabetes", "diabetic") or (
        cause is not None and _DIABETIC.search(cause) is None
    )


class DiabetesWith(Rule):
    """Diabetes is coded with its type, its cause and everything it is presumed to have caused.

    Chronic kidney disease, neuropathy, a foot ulcer and the other conditions that the Index lists under "diabetes,
    with" are presumed to be linked, even where the provider does not say so. In a note wardround gives the combination
    codes, as many as there are complications, unless the note says that a complication has another cause; where the
    combination says all, the complication's own code goes, and so does "without complications". What the Index lists
    only as "NEC", such as an arthropathy, is not presumed and left alone, and so is diabetes in remission. Diabetes due
    to a disease or a drug is given with that cause, the disease before the diabetes and the adverse effect behind it.
    Insulin that the note says is taken for long is added (Z79.4), and so are other drugs beside it or in a list of
    medications (Z79.84, Z79.85), not those given for a time in hospital; elsewhere the diabetes carries a reminder. Two
    types in one note are asked about. In a list, wardround asks for review where "without complications" stands beside
    a complication, or a presumed link is not coded; it cannot know of another cause.
    """

    name = "diabetes"
    section = "I.C.4.a"
    title = "diabetes is coded with its type, its cause and what it is presumed to have caused"
    severity = "reject"
    prefixes = _DIABETES

    def apply(self, draft: Draft) -> None:
        if draft.first(*_DIABETES) is None:
            return
        self._read_as_cause(draft)
        self._find_cause(draft)
        self._settle_type(draft)
        self._link_all(draft)
        for category in {proposal.code[:3] for proposal in draft.alive(*_DIABETES)}:
            self._drop_uncomplicated(draft, category)
        self._ask_meaning(draft)
        self._add_drugs(draft)

    def check(self, listed: CodeList) -> Iterator[Finding]:
        stated = listed.starting(*_DIABETES)
        for plain in stated:
            complicated = [code for code in stated if code[:3] == plain[:3] and not code.endswith(_PLAIN)]
            if plain.endswith(_PLAIN) and complicated:
                yield self.finding(
                    "review",
                    listed.in_sequence(plain, complicated[0]),
                    f"{plain} says without complications, {complicated[0]} names one",
                )
        if stated and not stated[0].endswith(".A"):
            yield from self._unlinked(listed, stated[0][:3])

    def _unlinked(self, listed: CodeList, category: str) -> Iterator[Finding]:
        """Complications whose presumed link with the diabetes is not coded, once for each combination code."""
        stated = listed.starting(category)
        missing: dict[str, str] = {}
        for complication in listed.valid:
            link = _link_of(complication)
            if link is None or not link.suffix or listed.starting(*(category + ending for ending in link.same)):
                continue
            if not any(frozenset((code, complication)) in listed.unrelated for code in stated):
                missing.setdefault(category + link.suffix, complication)
        for code, complication in missing.items():
            yield self.finding(
                "review",
                listed.in_sequence(stated[0], complication),
                f"diabetes is presumed to have caused {complication}: {code}, unless the provider gives another cause",
                section="I.A.15",
            )

    # -- the note -----------------------------------------------------------------------------------------------

    def _find_cause(self, draft: Draft) -> None:
        """Diabetes "due to chronic pancreatitis" is E08 behind that disease, "steroid-induced" E09 before the drug."""
        words = draft.words_among(_cause_words())
        if not words:
            return
        named = [row for row in data.rows("diabetes_due_to") if not words.isdisjoint(_told_by(row["cause"]))]
        for diabetes in list(draft.alive("E08", "E09", "E11", "E13")):
            own = _sentences(draft, diabetes)
            if diabetes.code[:3] == "E11" and draft.said(*_TYPE_2, within=own):
                continue
            for row in named:
                cause = draft.said(*(link.format(row["cause"]) for link in _LINKS), within=own)
                if cause is None and row["category"] == "E13":
                    cause = draft.said(f"post{row['cause']}", f"post {row['cause']}", within=own)
                if cause is not None:
                    self._name_cause(draft, diabetes, cause, row["category"], row["codes"].split("|"))
                    break

    def _name_cause(self, draft: Draft, diabetes: Proposal, cause: Span, category: str, partners: list[str]) -> None:
        if diabetes.code[:3] != category:
            code = category + diabetes.code[3:]
            diabetes = draft.recode(diabetes, code, self.name, "I.C.4.a.6", "the note names the cause of the diabetes")
        message = "the cause of the diabetes" if category == "E08" else "goes with diabetes of this cause"
        for code in partners:
            if category == "E08":
                known = draft.first(code[:3])
                partner = known or draft.add(
                    code, [cause], self.name, "I.C.4.a.6", message, confidence=diabetes.confidence, before=diabetes
                )
                draft.move_before(partner, diabetes)
            else:
                draft.add(code, diabetes, self.name, "I.C.4.a.6", message)

    def _read_as_cause(self, draft: Draft) -> None:
        """ "Kidney disease secondary to diabetes" names a cause: the diabetes is not the secondary one."""
        text = draft.stream.note.text
        for proposal in list(draft.alive("E13.9")):
            if all(_SECONDARY_TO.match(mention.span.quote(text)) for mention in proposal.mentions):
                other = draft.first("E08", "E09", "E10", "E11")
                code = f"{other.code[:3] if other else 'E11'}.9"
                draft.recode(proposal, code, self.name, "I.C.4.a.2", "named as a cause, not as secondary diabetes")

    def _settle_type(self, draft: Draft) -> None:
        """A complication of "diabetes" without a type is of the type stated elsewhere; two types are asked about."""
        type_1 = draft.first("E10")
        if type_1 is None:
            return
        for proposal in list(draft.alive("E11")):
            code = "E10" + proposal.code[3:]
            says_type_2 = draft.said(*_TYPE_2, within=_sentences(draft, proposal))
            if says_type_2 is not None:
                draft.ask(
                    "diabetes: type",
                    "Please clarify the type of the patient's diabetes.",
                    ("Type 1 diabetes mellitus", "Type 2 diabetes mellitus"),
                    [type_1.mentions[0].span, says_type_2],
                    rule=self.name,
                    section="I.C.4.a.1",
                    codes=(type_1.code, proposal.code),
                )
            elif not proposal.code.endswith(_PLAIN) and draft.codes.billable(code):
                draft.recode(proposal, code, self.name, "I.C.4.a.1", "the note states type 1")

    def _link_all(self, draft: Draft) -> None:
        stated = sorted(draft.alive(*_DIABETES), key=lambda p: p.code.endswith(".9"))  # with a complication first
        diabetes, category = stated[0], stated[0].code[:3]
        if diabetes.code.endswith(".A"):
            return
        unlinked: list[Proposal] = []
        present = {link for proposal in draft.alive() if (link := _link_of(proposal.code)) is not None}
        for link in sorted(present, key=_links().index):
            complications = list(draft.alive(*link.complication))
            others = [proposal for proposal in complications if _has_another_cause(draft, proposal)]
            unlinked += others
            complication = next((proposal for proposal in complications if proposal not in others), None)
            if complication is None:
                continue
            said = draft.first(*(category + ending for ending in link.same))
            if said is None and link.suffix:
                said = diabetes = self._link(draft, diabetes, complication, category + link.suffix)
            if said is not None and link.contained:
                complication.reject(self.name, "I.A.15", f"contained in {said.code}")
        for proposal in unlinked:
            draft.unrelated |= {frozenset((other.code, proposal.code)) for other in draft.alive(*_DIABETES)}

    def _link(self, draft: Draft, diabetes: Proposal, complication: Proposal, code: str) -> Proposal:
        message = f"diabetes is presumed to be linked with {complication.code}"
        if diabetes.code.endswith(".9"):
            linked = draft.recode(diabetes, code, self.name, "I.A.15", message)
        else:
            linked = draft.add(code, diabetes, self.name, "I.A.15", message)
        draft.move_before(linked, complication)
        return linked

    def _drop_uncomplicated(self, draft: Draft, category: str) -> None:
        plain = draft.first(f"{category}.9")
        complicated = next((p for p in draft.alive(category) if p is not plain), None)
        if plain and complicated:
            plain.reject(self.name, "I.C.4.a", f"{complicated.code} names the complication")

    def _ask_meaning(self, draft: Draft) -> None:
        """The Index has "uncontrolled" only with its meaning: blood sugar too high or too low."""
        uncontrolled = draft.said(*_UNCONTROLLED)
        diabetes = draft.first(*_DIABETES)
        if uncontrolled and diabetes and not draft.said("hyperglycemia", "hypoglycemia", "poorly controlled"):
            draft.ask(
                "diabetes: control",
                'Please clarify what "uncontrolled" means for this patient\'s diabetes.',
                ("With hyperglycemia", "With hypoglycemia"),
                [uncontrolled],
                rule=self.name,
                section=self.section,
                codes=(diabetes.code,),
            )

    def _add_drugs(self, draft: Draft) -> None:
        """The drugs taken for long; type 1 diabetes needs insulin anyway, and no code says so."""
        diabetes = draft.first("E08", "E09", "E11", "E13")
        if diabetes is None:
            return
        taken: dict[str, Span] = {}
        for drug in sorted(draft.words_among(_drugs().keys())):
            said = next((span for span in draft.each_said(drug) if self._is_taken(draft, span)), None)
            if said is not None:
                for code in _drugs()[drug]:
                    taken.setdefault(code, said)
        for code, span in taken.items():
            listed = draft.stream.note.section_of(span.start).kind is SectionKind.MEDICATIONS
            if listed or _INSULIN in taken:
                draft.add(code, [span], self.name, "I.C.4.a.3", "taken for the diabetes", confidence=0.75)
            else:
                message = f"{code} may be added: the drug is named among what is done, not as a long-term one"
                diabetes.remark(self.name, "I.C.4.a.3", message)

    @staticmethod
    def _is_taken(draft: Draft, drug: Span) -> bool:
        """Whether the note says that a drug is taken for long: it is in a list of medications, or continued."""
        text = draft.stream.note.text
        if _TEMPORARY.search(text[max(0, drug.start - _NEARBY) : drug.end + _NEARBY].replace("\n", " ")):
            return False
        if draft.stream.note.section_of(drug.start).kind is SectionKind.MEDICATIONS:
            return True
        before = text[max(0, drug.start - _NEARBY) : drug.start]
        return draft.encounter.setting == "outpatient" and _TAKEN.search(before) is not None
