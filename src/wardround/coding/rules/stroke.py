"""Stroke: acute, past, or what it left behind (Guidelines I.C.9.c, I.C.9.d, I.C.18.i)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from wardround.coding.draft import Draft, Mention, Proposal
from wardround.coding.elapsed import nearest
from wardround.coding.result import Finding
from wardround.coding.rules import data
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.documents import AssertionStatus
from wardround.spans import Span

__all__ = ["Stroke"]

_ACUTE = ("I60", "I61", "I62", "I63")
_INFARCTION, _HISTORY, _NOS = "I63", "Z86.73", "I63.9"
_HISTORY_OF_BLEEDING = "Z86.79"
_RECENT = 28  # days; the guidelines set no limit, but an acute stroke is not treated as one for longer
_LINK = 60  # characters between a deficit and the stroke that left it
_NIHSS = re.compile(
    r"\b(?:NIHSS|NIH stroke scale|National Institutes? of Health Stroke Scale)\b"
    r"[^\d\n.;]{0,25}(?P<score>\d{1,2})(?!\d)",
    re.IGNORECASE,
)
_PROCEDURE = re.compile(r"\b(?:intra-?operative|peri-?operative|post-?operative|post-?procedural)\b", re.IGNORECASE)

# The digit of each mechanism for precerebral and for cerebral arteries.
_MECHANISMS = (
    (re.compile(r"\b(?:cardio|athero)?embol(?:us|ism|ic|i)\b", re.IGNORECASE), "1", "4"),
    (re.compile(r"\bthrombo(?:sis|tic)\b|\bthrombus\b", re.IGNORECASE), "0", "3"),
    (re.compile(r"\b(?:occlusion|stenosis|occluded)\b", re.IGNORECASE), "2", "5"),
)
# The digit of each artery, and whether it is a cerebral one.
_ARTERIES = (
    (re.compile(r"\bvertebral arter", re.IGNORECASE), "1", False),
    (re.compile(r"\bbasilar\b", re.IGNORECASE), "2", False),
    (re.compile(r"\bcarotid\b|\bICA\b", re.IGNORECASE), "3", False),
    (re.compile(r"\bmiddle cerebral\b|\bMCA\b", re.IGNORECASE), "1", True),
    (re.compile(r"\banterior cerebral\b|\bACA\b", re.IGNORECASE), "2", True),
    (re.compile(r"\bposterior cerebral\b|\bPCA\b", re.IGNORECASE), "3", True),
    (re.compile(r"\bcerebellar arter|\b(?:PICA|AICA|SCA)\b", re.IGNORECASE), "4", True),
)
_BASILAR = "2"
_VESSEL_ALONE = ("I65", "I66", "I74.9", "I82.90")  # what "embolism" or "stenosis" of the same sentence was read as
_SIDE = re.compile(r"\b(right|left|bilateral|both)\b", re.IGNORECASE)
_SIDES = {"right": "1", "left": "2", "bilateral": "3", "both": "3"}

_STROKE = re.compile(
    r"\b(?:strokes?|CVAs?|cerebrovascular accident|cerebral infarct(?:ion)?s?)\b"
    r"|(?P<bleeding>\b(?:intracerebral|subarachnoid|subdural|intracranial) h[a]?emorrhage\b|\bICH\b|\bSAH\b)",
    re.IGNORECASE,
)
_NEW = re.compile(r"\b(?:acute|subacute|new|current)\b", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?:old|prior|previous|remote|past|history|h/o|hx|s/p|status post|ago|residuals?|sequelae?|late effects?"
    r"|following|after|post|last year|chronic|since|(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_LEFT_BY = re.compile(
    r"\W*(?:is |are )?(?:a |an )?"
    r"(?:due to|secondary to|2/2|from|following|after|s/p|status post|residual|sequelae? of|of|post)\b",
    re.IGNORECASE,
)
_LEAVES = re.compile(
    r"\b(?:with|w/|residuals?|sequelae?|late effects?|causing|leading to|resulting in|left)\b|[:\-–]", re.IGNORECASE
)
_HANDED = re.compile(r"\b(right|left)[- ](?:handed|hand dominant|hand dominance)\b", re.IGNORECASE)
_DOMINANT = re.compile(r"\b(?P<non>non-?\s?)?dominant\b", re.IGNORECASE)


class Stroke(Rule):
    """A stroke that is treated is acute (I60 to I63). Once over it is history (Z86.73) if it left nothing behind, and
    I69 with each deficit if it did; a patient with a new stroke and deficits of an old one has both. The stroke scale
    follows the infarction. A stroke in or after surgery needs the provider's word that the surgery caused it.

    In a note a stroke said to be months or years ago becomes history, a deficit that the note ties to an old stroke
    becomes its I69 code (the right side counts as dominant and the left does not, unless the note says otherwise,
    I.C.6.a), the mechanism and artery of an infarction are read off its sentence, also when words stand between, and a
    score of the stroke scale is coded.

    In a list an unspecified infarction or sequela beside a specified one is for review. How old a stroke is a list does
    not say.
    """

    name = "stroke"
    section = "I.C.9.d"
    title = "a stroke is acute, history, or known by what it left"
    severity = "reject"
    prefixes = ("I63", "I69")

    # -- a note -------------------------------------------------------------------------------------------------

    def apply(self, draft: Draft) -> None:
        if draft.first("I6", _HISTORY, *_sequelae()) is None:
            return
        for sequela in draft.alive("I69"):
            sequela.as_present()
        self._code_sequelae(draft)
        self._settle_age(draft)
        for proposal in list(draft.alive(_INFARCTION)):
            self._settle_artery(draft, proposal)
        self._add_score(draft)

    def _settle_age(self, draft: Draft) -> None:
        for proposal in list(draft.alive(*_ACUTE)):
            times = [
                nearest(draft.stream.note.text, mention.span, _sentence(draft, mention), draft.encounter.date)
                for mention in proposal.mentions
            ]
            if all(time is not None and time.least > _RECENT for time in times):
                proposal.as_present()
                code = _HISTORY if proposal.code.startswith(_INFARCTION) else _HISTORY_OF_BLEEDING
                draft.recode(
                    proposal, code, self.name, "I.C.9.d.3", "a stroke of the past, without what it may have left"
                )

    def _code_sequelae(self, draft: Draft) -> None:
        """Tie the deficits of a sentence to the old stroke that it names."""
        tied: set[int] = set()
        for proposal in list(draft.alive(*_sequelae())):
            suffix, stays = next(row for prefix, row in _sequelae().items() if proposal.code.startswith(prefix))
            for mention in proposal.mentions:
                kind = _left_by(draft, mention)
                code = kind and _sequela(draft, proposal.code, mention, kind + suffix)
                if not code:
                    continue
                tied.add(mention.found.sentence)
                message = f"{draft.codes.title(proposal.code).lower()}, left by an old stroke"
                proposal.as_present()
                if stays:
                    draft.add(code, proposal, self.name, self.section, message, before=proposal)
                else:
                    draft.recode(proposal, code, self.name, self.section, message)
                break
        for proposal in list(draft.alive("I69")):
            if proposal.code[-1] == "9" and proposal.code[5:6] in ("3", "4", "5"):
                self._settle_side(draft, proposal)
        if tied:
            code = next(draft.alive("I69")).code
            for stroke in draft.alive(*_ACUTE, _HISTORY, "I69.30", "R58"):
                if all(mention.found.sentence in tied for mention in stroke.mentions):
                    stroke.reject(self.name, self.section, f"{code} says what it left")

    def _settle_side(self, draft: Draft, proposal: Proposal) -> None:
        side = _side(draft, proposal.mentions[0])
        if side is not None:
            message = "the side that is said; the right one is dominant, the left one not, unless said otherwise"
            draft.recode(proposal, proposal.code[:-1] + side, self.name, "I.C.6.a", message)

    def _settle_artery(self, draft: Draft, proposal: Proposal) -> None:
        """Choose by mechanism and artery said in the sentence, also when words stand between."""
        mention = proposal.mentions[0]
        if mention.status is not AssertionStatus.PRESENT or proposal.code[:5] not in (_NOS, "I63.2", "I63.5"):
            return
        near = _sentence(draft, mention).quote(draft.stream.note.text)
        if procedure := _PROCEDURE.search(near):
            message = f"{procedure[0].lower()}: I97.81- or I97.82- if the provider says that the procedure caused it"
            proposal.doubt(self.name, "I.C.9.c", message)
        code = _by_artery(near)
        if code is None or code == proposal.code or draft.codes.get(code) is None:
            return
        draft.recode(proposal, code, self.name, "I.B.2", "mechanism and artery are said in its sentence")
        for vessel in draft.alive(*_VESSEL_ALONE):
            if all(other.found.sentence == mention.found.sentence for other in vessel.mentions):
                vessel.reject(self.name, "I.B.9", f"contained in {code}")

    def _add_score(self, draft: Draft) -> None:
        infarction = next(
            (p for p in draft.alive(_INFARCTION) if p.mentions[0].status is AssertionStatus.PRESENT), None
        )
        if infarction is None or draft.first("R29.7") is not None:
            return
        for found in _NIHSS.finditer(draft.stream.note.text):
            if int(found["score"]) <= 42:
                code = f"R29.7{int(found['score']):02d}"
                span = Span(*found.span())
                draft.add(code, [span], self.name, "I.C.18.i", f"the score of {infarction.code}", confidence=0.8)
                return  # at least the first one

    # -- a list -------------------------------------------------------------------------------------------------

    def check(self, listed: CodeList) -> Iterator[Finding]:
        for vague, section in ((_NOS, "I.B.2"), ("I69.30", self.section)):
            if vague[:3] in listed.categories and vague in listed.valid:
                better = next(
                    (code for code in listed.starting(vague[: 3 if vague == _NOS else 5]) if code != vague), None
                )
                if better is not None:
                    codes = sorted((vague, better), key=listed.valid.index)
                    yield self.finding("review", codes, f"{better} says what {vague} leaves open", section=section)


@cache
def _sequelae() -> dict[str, tuple[str, bool]]:
    """Prefix of a deficit's code → end of the code of the sequela, and whether the deficit is coded too."""
    return {
        prefix: (row["sequela"], bool(row["stays"]))
        for row in data.rows("stroke")
        for prefix in row["codes"].split("|")
    }


def _sentence(draft: Draft, mention: Mention) -> Span:
    return draft.stream.note.sentences[mention.found.sentence]


def _left_by(draft: Draft, mention: Mention) -> str | None:
    """The digit below I69 for the old stroke that left the deficit of a mention; None if its sentence names none."""
    if mention.status not in (AssertionStatus.PRESENT, AssertionStatus.HISTORICAL):
        return None
    text, sentence = draft.stream.note.text, _sentence(draft, mention)
    said = sentence.quote(text)
    if _NEW.search(said) or not _PAST.search(said):
        return None
    for stroke in _STROKE.finditer(text, *sentence):
        if stroke.start() >= mention.span.end:
            linked = _LEFT_BY.match(text[mention.span.end : stroke.start()])
            apart = stroke.start() - mention.span.end
        else:
            between = text[stroke.end() : mention.span.start]
            linked = _LEAVES.search(between) or re.match(r"\s*$", between)
            apart = mention.span.start - stroke.end()
        if linked and apart <= _LINK:
            return _kind(stroke["bleeding"])
    return None


def _kind(bleeding: str | None) -> str:
    """The digit below I69: what an infarction left, unless a bleeding is said."""
    if not bleeding:
        return "3"
    said = bleeding.lower()
    if said.startswith(("subarachnoid", "sah")):
        return "0"
    return "1" if said.startswith(("intracerebral", "ich")) else "2"


def _sequela(draft: Draft, deficit: str, mention: Mention, end: str) -> str | None:
    """The code of a sequela; None where it needs a side that is not said."""
    if not end.endswith("s"):
        return f"I69.{end}"
    own = deficit[5:6] if deficit.startswith("G8") else ""
    side = own if own in ("1", "2", "3", "4") else _side(draft, mention)
    if side is None and deficit == "R53.1":
        return None
    return f"I69.{end[:-1]}{side or '9'}"


def _side(draft: Draft, mention: Mention) -> str | None:
    """1 right and dominant, 2 left and dominant, 3 right and not, 4 left and not (I.C.6.a); None if no side is said."""
    text, sentence = draft.stream.note.text, _sentence(draft, mention)
    said = sentence.quote(text)
    sides = {found[1].lower() for found in _SIDE.finditer(said)} & {"right", "left"}
    if len(sides) != 1:
        return None
    side = sides.pop()
    dominance = _DOMINANT.search(said)
    handed = _HANDED.search(text)
    if dominance is not None:
        dominant = not dominance["non"]
    elif handed is not None:
        dominant = handed[1].lower() == side
    else:
        dominant = side == "right"
    return ("1" if dominant else "3") if side == "right" else ("2" if dominant else "4")


def _by_artery(said: str) -> str | None:
    """The code of an infarction whose artery is said; None where none or several are."""
    arteries = [(digit, cerebral) for pattern, digit, cerebral in _ARTERIES if pattern.search(said)]
    if len(arteries) != 1:
        return None
    digit, cerebral = arteries[0]
    precerebral_form, cerebral_form = next(
        ((a, b) for pattern, a, b in _MECHANISMS if pattern.search(said)), ("2", "5")
    )
    stem = f"I63.{cerebral_form if cerebral else precerebral_form}{digit}"
    if not cerebral and digit == _BASILAR:
        return stem
    sides = {_SIDES[found[1].lower()] for found in _SIDE.finditer(said)}
    return stem + (sides.pop() if len(sides) == 1 else "3" if sides == {"1", "2"} else "9")
