"""The embedded coder: a note in, its ICD-10-CM codes out, without a model.

    note → stream of words → finds → mentions (section, assertion, basis) → proposals (a code each) → rules → result

Nothing here is random, nothing is learned at run time: same note, release and encounter → same codes.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from wardround import __version__, documents, icd10
from wardround.coding import lexicon
from wardround.coding.basis import basis_of
from wardround.coding.choose import Choice, Chooser
from wardround.coding.confidence import ACCEPTED_FROM, confidence_of
from wardround.coding.context import Context
from wardround.coding.draft import Basis, Draft, Mention, Proposal
from wardround.coding.external import circumstances
from wardround.coding.find import Found, Patient, Stream, find
from wardround.coding.result import (
    CodingResult,
    Encounter,
    Evidence,
    Provenance,
    ReleaseInfo,
    Scope,
    Suggestion,
)
from wardround.coding.rules import RULES
from wardround.coding.rules.integral_symptoms import is_integral, symptoms_of
from wardround.coding.sequence import in_sequence
from wardround.coding.seventh import seventh_character
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import Assertions, AssertionStatus, Note
from wardround.icd10 import CodeSet

__all__ = ["Coder"]

_UNKNOWN_ENCOUNTER = Encounter()


class Coder:
    """Codes notes. Built once, shared between threads; :meth:`code` has no side effects.

    Args:
        release: id of an installed release, such as ``2026-04-01``; overrides the encounter's date.
        scope: ``encounter`` gives the codes for the visit, ``mentions`` one for everything the note mentions.

    Raises:
        UnknownRelease: no such release is installed.

    >>> result = Coder().code("Assessment: Acute uncomplicated appendicitis.")
    >>> [code.code for code in result.codes]
    ['K35.80']
    """

    def __init__(self, release: str | None = None, *, scope: Scope = "encounter") -> None:
        if scope not in ("encounter", "mentions"):
            raise ValueError(f"scope must be 'encounter' or 'mentions', not {scope!r}")
        self.scope = scope
        self._release = release
        self._prepared: dict[str, tuple[CodeSet, Vocabulary, Chooser]] = {}
        self._prepare(None)

    def _prepare(self, date: datetime.date | None) -> tuple[CodeSet, Vocabulary, Chooser]:
        codes = icd10.load(release=self._release) if self._release or date is None else icd10.load(date=date)
        prepared = self._prepared.get(codes.release.id)
        if prepared is None:
            vocabulary = Vocabulary.load(codes)
            prepared = self._prepared.setdefault(codes.release.id, (codes, vocabulary, Chooser(codes, vocabulary)))
        return prepared

    def code(
        self, note: Note | str | Path | bytes, encounter: Encounter | None = None, *, id: str | None = None
    ) -> CodingResult:
        """The codes of one note.

        Args:
            note: the note, its text, or the file or bytes that hold it.
            encounter: what is known of the visit; unknown fields constrain nothing.
            id: handed through to the result.

        Raises:
            NoteError: the note cannot be read.
            UnknownRelease: no installed release covers the encounter's date.
        """
        encounter = encounter or _UNKNOWN_ENCOUNTER
        began = time.perf_counter()
        if not isinstance(note, Note):
            note = documents.read(note)
        read = time.perf_counter()
        codes, vocabulary, chooser = self._prepare(encounter.date)
        warnings: list[str] = []
        proposals: list[Proposal] = []
        draft: Draft | None = None
        if not note.language_is_english:
            warnings.append("the note does not seem to be in English; wardround reads English only and coded nothing")
        else:
            stream = Stream(note, vocabulary, Patient(encounter.age, encounter.sex))
            finds = find(stream, vocabulary)
            assertions = documents.assertions(note)
            mentions = _mentions(stream, assertions, finds)
            work = _Work(codes, vocabulary, chooser, stream, assertions, encounter)
            draft = Draft(stream, encounter, codes, [])
            if self.scope == "encounter":
                work.encounter_scope(draft, mentions)
            else:
                work.mentions_scope(draft, mentions)
            proposals = draft.proposals
        coded = time.perf_counter()
        kept = in_sequence(codes, [p for p in proposals if p.alive], self.scope)
        return CodingResult(
            id=id,
            release=_release_info(codes),
            scope=self.scope,
            setting=encounter.setting,
            codes=tuple(_suggestion(note, codes, p, first=i == 0) for i, p in enumerate(kept)),
            rejected=tuple(_suggestion(note, codes, p, first=False) for p in proposals if not p.alive),
            warnings=tuple(warnings),
            provenance=_provenance(codes),
            timings={"read": (read - began) * 1000, "code": (coded - read) * 1000},
        )


class _Work:
    """One note's way from mentions to proposals."""

    def __init__(
        self,
        codes: CodeSet,
        vocabulary: Vocabulary,
        chooser: Chooser,
        stream: Stream,
        assertions: Assertions,
        encounter: Encounter,
    ) -> None:
        self.codes = codes
        self.vocabulary = vocabulary
        self.assertions = assertions
        self.chooser = chooser
        self.stream = stream
        self.encounter = encounter
        self.context = Context(stream, vocabulary, assertions)

    def encounter_scope(self, draft: Draft, mentions: list[Mention]) -> None:
        """Propose codes for what this visit assessed or treated; everything else is kept as turned down."""
        bases = {mention.basis for mention in mentions if _codable(mention)}
        wanted = {Basis.PROBLEM} if Basis.PROBLEM in bases else {Basis.ASSESSMENT}
        if not wanted & bases:
            wanted = {Basis.COMPLAINT, Basis.NARRATIVE, Basis.PAST}
        if self.encounter.setting == "inpatient":
            wanted |= {Basis.PAST}
        chosen = [mention for mention in mentions if mention.basis in wanted]
        others = [mention for mention in mentions if mention.basis not in wanted]
        draft.proposals = self._propose(chosen, near_problem=True)
        for rule in RULES:
            rule.apply(draft)
        self._symptoms_of_uncertain(draft, others)
        circumstances(draft, self.vocabulary, self.assertions)
        for proposal in draft.proposals:
            if proposal.status == "accepted" and proposal.confidence < ACCEPTED_FROM:
                proposal.status = "review"
        have = {proposal.code for proposal in draft.proposals}
        for proposal in self._propose(others, near_problem=False):
            if proposal.code not in have:
                _turn_down(proposal, draft)
                draft.proposals.append(proposal)

    def mentions_scope(self, draft: Draft, mentions: list[Mention]) -> None:
        """Propose a code for every mention, whatever its assertion."""
        draft.proposals = self._propose(mentions, near_problem=False)
        for proposal in draft.proposals:
            if proposal.confidence < ACCEPTED_FROM:
                proposal.status = "review"

    def _propose(self, mentions: Sequence[Mention], *, near_problem: bool) -> list[Proposal]:
        proposals: dict[str, Proposal] = {}
        for mention in mentions:
            for code, route, complete in self._codes_of(mention, near_problem):
                known = proposals.get(code)
                if known is None:
                    confidence = confidence_of(mention, complete, code)
                    known = Proposal(code, [], mention.basis, confidence, route, complete)
                    proposals[code] = known
                else:
                    known.confidence = max(known.confidence, confidence_of(mention, complete, code))
                known.mentions.append(mention)
        return list(proposals.values())

    def _codes_of(
        self, mention: Mention, near_problem: bool
    ) -> Iterable[tuple[str, tuple[str, ...], bool]]:
        found = mention.found
        term = found.term
        target, site_words = self.context.with_site(mention) if near_problem else (term.target, ())
        said, near, sides = self.context.words_around(mention, target, near_problem)
        how = "phrase" if found.phrase else "words nearby"
        for header in target.split("+"):
            for choice in self._choose(mention, header, {*said, *site_words}, near, sides):
                code = seventh_character(self.codes, choice.code, self.stream, mention)
                if code is None:
                    continue
                route = [f"{term.source}: {' '.join(term.words)} ({how}) → {header}"]
                if site_words:
                    route.append(f"site from context: {' '.join(site_words)}")
                if choice.code != header:
                    used = " ".join(sorted(choice.used - said - set(term.words))) or "no further detail"
                    route.append(f"{header} → {choice.code} ({used})")
                if code != choice.code:
                    route.append(f"7th character → {code}")
                yield code, tuple(route), choice.complete

    def _choose(
        self, mention: Mention, header: str, said: set[str], near: list[set[str]], sides: set[str]
    ) -> list[Choice]:
        """Choose below ``header``; a word that the context denies or only fears adds no detail."""
        while True:
            choices = self.chooser.choose(header, said, near, sides)
            used = {word for choice in choices for word in choice.used} - said
            offered = {word for words in near for word in words}
            denied = {word for word in used & offered if self.context.denies(word, mention)}
            if not denied:
                return choices
            near = [words - denied for words in near]

    def _symptoms_of_uncertain(self, draft: Draft, others: list[Mention]) -> None:
        """Where an uncertain diagnosis was turned down, code the certain symptoms it was to explain (IV.H, IV.D)."""
        uncertain = [
            proposal
            for proposal in draft.proposals
            if not proposal.alive and proposal.findings and proposal.findings[-1].rule == "uncertain-diagnosis"
        ]
        if not uncertain:
            return
        wanted = tuple({prefix for proposal in uncertain for prefix in symptoms_of(proposal.code)})
        have = {proposal.code for proposal in draft.proposals}
        narrated = [m for m in others if m.basis in (Basis.COMPLAINT, Basis.NARRATIVE) and m.status == AssertionStatus.PRESENT]
        for proposal in self._propose(narrated, near_problem=False):
            is_symptom = proposal.code.startswith(wanted or ("-",)) or (
                proposal.code.startswith("R") and any(m.basis == Basis.COMPLAINT for m in proposal.mentions)
            )
            if proposal.code not in have and is_symptom:
                proposal.remark("symptom-of-uncertain", "IV.H", f"coded instead of the uncertain {uncertain[0].code}")
                proposal.confidence = 0.65
                draft.proposals.append(proposal)
        for rule in RULES:
            if rule.name in ("level-of-detail", "integral-symptom"):
                rule.apply(draft)


def _codable(mention: Mention) -> bool:
    return mention.status not in (AssertionStatus.NEGATED, AssertionStatus.FAMILY, AssertionStatus.HYPOTHETICAL)


def _turn_down(proposal: Proposal, draft: Draft) -> None:
    """Say why a mention outside the assessment gives no code."""
    statuses = {mention.status for mention in proposal.mentions}
    if not statuses & {AssertionStatus.PRESENT, AssertionStatus.POSSIBLE}:
        why = {
            AssertionStatus.NEGATED: "the note denies it",
            AssertionStatus.FAMILY: "it is said of a relative",
            AssertionStatus.HYPOTHETICAL: "it is only feared, screened for or to be watched for",
            AssertionStatus.HISTORICAL: "it is past and not part of this encounter's assessment",
        }
        proposal.reject("stated-as-present", "III", why[proposal.mentions[0].status])
        return
    for diagnosis in draft.alive():
        if is_integral(draft.codes, proposal.code, diagnosis.code):
            proposal.reject("integral-symptom", "I.B.5", f"integral to {diagnosis.code}")
            return
    proposal.reject("not-assessed", "IV.J", "mentioned, but not assessed or treated at this encounter")


def _mentions(stream: Stream, assertions: Assertions, finds: list[Found]) -> list[Mention]:
    note = stream.note
    mentions: list[Mention] = []
    for found in finds:
        assertion = assertions.at(found.span)
        if assertion.cue is not None and found.span.covers(assertion.cue):
            assertion = documents.Assertion(AssertionStatus.PRESENT, None)  # "family history of …" is the term itself
        section = note.section_of(found.span.start)
        problem = stream.problem_at(found.span.start)
        mentions.append(Mention(found, section.kind, assertion, basis_of(section.kind, problem, found.span), problem))
    return mentions


def _suggestion(note: Note, codes: CodeSet, proposal: Proposal, *, first: bool) -> Suggestion:
    evidence: dict[tuple[int, int], Evidence] = {}
    for mention in proposal.mentions:
        span = mention.found.span
        evidence[span] = Evidence(
            start=span.start,
            end=span.end,
            text=span.quote(note.text),
            section=mention.section.value,
            assertion=mention.status.value,
        )
    return Suggestion(
        code=proposal.code,
        description=codes.title(proposal.code),
        status=proposal.status,
        role="principal" if first else "secondary",
        confidence=round(min(max(proposal.confidence, 0.0), 1.0), 3),
        evidence=tuple(evidence[key] for key in sorted(evidence)),
        route=proposal.route,
        findings=tuple(dict.fromkeys(proposal.findings)),
    )


def _release_info(codes: CodeSet) -> ReleaseInfo:
    release = codes.release
    return ReleaseInfo(
        id=release.id,
        title=release.title,
        fiscal_year=release.fiscal_year,
        valid_from=release.valid_from,
        valid_to=release.valid_to,
    )


def _provenance(codes: CodeSet) -> Provenance:
    return Provenance(
        wardround=__version__,
        coder="embedded",
        release_digest=codes.release.digest,
        lexicon_digest=lexicon.digest(),
    )

