"""A fracture in known osteoporosis is one code of both (Guidelines I.C.13.d).

``data/fracture_sites.tsv`` has where the category of osteoporosis with fracture puts the bone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wardround.coding.draft import Draft, Proposal
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.titles import sides_of
from wardround.documents import AssertionStatus
from wardround.icd10 import CodeSet
from wardround.spans import Span

__all__ = ["Osteoporosis"]

_KNOWN = ("M80", "M81")
_KINDS = {"M81.0": "M80.0", "M81.6": "M80.8", "M81.8": "M80.8"}
_PATHOLOGICAL = ("M48.5", "M84.4")  # said to be no injury, the disease left open
_SIDES = {"right": "1", "left": "2"}
# The 7th character of an injury, and that of a fracture without an open wound.
_PHASES = {
    "A": "ABC",
    "D": "DEF",
    "G": "GHJ",
    "K": "KMN",
    "P": "PQR",
}
_SAID_PATHOLOGICAL = ("fragility", "osteoporotic", "pathological", "pathologic", "insufficiency")
_BREAKS_HEALTHY_BONE = (
    "motor vehicle",
    "mva",
    "mvc",
    "car accident",
    "car crash",
    "motorcycle",
    "struck by",
    "pedestrian",
    "assault",
    "assaulted",
    "crushed",
    "gunshot",
    "fall from height",
    "fell from height",
    "ladder",
    "roof",
    "scaffold",
    "thrown from",
    "high energy",
)
_MINOR = (
    "fall from standing",
    "fell from standing",
    "standing height",
    "ground level fall",
    "same level fall",
    "mechanical fall",
    "minor fall",
    "minor trauma",
    "low energy",
    "low impact",
    "tripped",
    "slipped",
    "out of bed",
    "bending",
    "lifting",
    "coughing",
    "sneezing",
    "atraumatic",
    "no trauma",
    "without trauma",
    "no injury",
    "denies trauma",
)
_SECTION = "I.C.13.d.2"
_HEAVY_CAUSES = ("V", "W11", "W12", "W13", "W14", "W15", "W16", "W17", "W2", "W3", "X", "Y0")


@dataclass(frozen=True, slots=True)
class _Disease:
    """Known osteoporosis: the first characters of its code with a fracture, and the words that name it."""

    header: str
    span: Span


class Osteoporosis(Rule):
    """A patient with known osteoporosis who breaks a bone has one code for both (M80), also after a minor fall, if
    that fall would not break a normal, healthy bone. Neither osteoporosis without a fracture (M81) nor an injury is
    coded with it. A healed fracture of osteoporosis is Z87.310 behind M81.

    In a note wardround turns a fracture into M80 with its bone, its side and its 7th character where osteoporosis is
    known, be it from the past history. Where the note calls the fracture pathological, or names both in one breath,
    that is all; after a minor fall it asks for review; where nothing is said of a trauma it drafts a question to the
    provider too. A trauma that breaks any bone (traffic, a height, a blow) leaves the injury as it is.

    In a list it asks for review of a fracture beside M81, unless an external cause tells of such a trauma, and of an
    injury beside M80 of the same bone. It cannot know from a list how the bone broke.
    """

    name = "osteoporosis"
    section = "I.C.13.d"
    title = "a fracture in known osteoporosis is M80, and no injury"
    severity = "reject"
    prefixes = _KNOWN

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        fractures = [p for p in draft.alive("S", *_PATHOLOGICAL) if _site(p.code) and p.code[-1] != "S"]
        disease = _known(draft) if fractures else None
        if disease is not None:
            for fracture in fractures:
                self._settle(draft, fracture, disease)
        broken = draft.first("M80")
        if broken is not None:
            for plain in draft.alive("M81"):
                plain.reject(self.name, _SECTION, f"{broken.code} names the osteoporosis too")
        self._remark_on_history(draft)

    def _settle(self, draft: Draft, fracture: Proposal, disease: _Disease) -> None:
        code = _with_fracture(draft.codes, fracture.code, disease.header)
        if code is None:
            return
        sentences = [draft.stream.note.sentences[mention.found.sentence] for mention in fracture.mentions]
        named_together = any(sentence.covers(disease.span) for sentence in sentences)
        if named_together or draft.said(*_SAID_PATHOLOGICAL, within=sentences):
            draft.recode(fracture, code, self.name, _SECTION, "a fracture in known osteoporosis")
            return
        heavy = draft.said(*_BREAKS_HEALTHY_BONE)
        if heavy is not None:
            message = "osteoporosis is known, but the trauma breaks a healthy bone too: an injury"
            fracture.remark(self.name, _SECTION, message)
            return
        minor = draft.said(*_MINOR, statuses=frozenset(AssertionStatus))
        names = fracture.mentions[0].span
        broken = draft.recode(fracture, code, self.name, _SECTION, "a fracture in known osteoporosis")
        if minor is not None:
            broken.doubt(self.name, _SECTION, "the trauma was minor: would it have broken a healthy bone?")
            return
        broken.doubt(self.name, _SECTION, "osteoporosis is known, and no trauma is told")
        draft.ask(
            "fracture: traumatic or pathological",
            "Please clarify the nature of the fracture.",
            ("Pathological fracture due to osteoporosis", "Traumatic fracture"),
            [names, disease.span],
            rule=self.name,
            section=_SECTION,
            codes=(code,),
        )

    def _remark_on_history(self, draft: Draft) -> None:
        if draft.first("M81") is not None:
            for healed in draft.alive("Z87.81"):
                healed.remark(
                    self.name, "I.C.13.d.1", "Z87.310 instead, if the osteoporosis caused the healed fracture"
                )

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        fractures = [code for code in listed.valid if code[-1] != "S" and _site(code)]
        if not fractures:
            return
        plain = listed.starting("M81")
        if plain and not listed.starting(*_HEAVY_CAUSES):
            for fracture in fractures:
                should = _with_fracture(listed.codes, fracture, _KINDS.get(plain[0], "M80.0"))
                message = f"{fracture} in known osteoporosis is {should}, unless the trauma breaks a healthy bone too"
                yield self.finding("review", _in_order(listed, plain[0], fracture), message, section=_SECTION)
        for broken in listed.starting("M80"):
            for fracture in fractures:
                if _with_fracture(listed.codes, fracture, broken[:5]) == broken:
                    message = f"{broken} and {fracture} are one fracture, of the disease or of an injury"
                    yield self.finding("review", _in_order(listed, broken, fracture), message, section=_SECTION)


def _known(draft: Draft) -> _Disease | None:
    """The osteoporosis that the note knows of, coded or in the past history."""
    coded = draft.first(*_KNOWN)
    if coded is not None:
        return _Disease(_KINDS.get(coded.code, coded.code[:5]), coded.mentions[0].span)
    for mention in draft.mentions:
        lasting = mention.status in (AssertionStatus.PRESENT, AssertionStatus.HISTORICAL)
        if lasting and mention.found.term.target.startswith(_KNOWN):
            target = mention.found.term.target
            return _Disease(_KINDS.get(target, "M80.0"), mention.span)
    return None


def _site(code: str) -> str:
    """The character of M80 for the bone of a fracture; empty for what is none."""
    row = data.row_of("fracture_sites", code) if code[0] in "SM" else None
    return row["site"] if row is not None else ""


def _with_fracture(codes: CodeSet, fracture: str, header: str) -> str | None:
    """The code of osteoporosis with this fracture: its bone, its side and its 7th character."""
    bone = f"{header}{_site(fracture)}"
    title = codes.title(fracture)
    side = next((_SIDES[side] for side in sides_of(title) if side in _SIDES), "9")
    phase = next((phase for phase, characters in _PHASES.items() if fracture[-1] in characters), "A")
    for entry in (f"{bone}{side}", bone):
        if entry in codes and not codes.children(entry):
            return codes.with_seventh(entry, phase)
    return None


def _in_order(listed: CodeList, *codes: str) -> list[str]:
    return sorted(codes, key=listed.valid.index)
