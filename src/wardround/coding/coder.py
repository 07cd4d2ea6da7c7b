"""The embedded coder: a note in, its ICD-10-CM codes out, without a model.

    note → stream of words → finds → mentions (section, assertion, basis) → proposals (a code each) → rules → result

Nothing here is random, nothing is learned at run time: same note, release and encounter → same codes.
"""

from __future__ import annotations

import datetime
import time
from pathlib import Path
from typing import NamedTuple

from wardround import __version__, documents, icd10
from wardround.coding import lexicon
from wardround.coding.basis import basis_of
from wardround.coding.choose import Chooser
from wardround.coding.context import Context
from wardround.coding.draft import Draft, Mention, Proposal
from wardround.coding.find import Found, Patient, Stream, find
from wardround.coding.index_route import IndexRoutes
from wardround.coding.propose import Proposer
from wardround.coding.result import (
    CodingResult,
    Encounter,
    Provenance,
    ReleaseInfo,
    Scope,
    Suggestion,
)
from wardround.coding.scopes import encounter_scope, mentions_scope
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import Assertion, Assertions, AssertionStatus, Note
from wardround.icd10 import CodeSet

__all__ = ["Coder"]

_NOT_ENGLISH = "the note does not seem to be in English; wardround reads English only and coded nothing"


class _Prepared(NamedTuple):
    """What one release needs to code with; made once."""

    codes: CodeSet
    vocabulary: Vocabulary
    chooser: Chooser
    routes: IndexRoutes | None


class Coder:
    """Codes notes. Built once, shared between threads; :meth:`code` has no side effects.

    Args:
        release: id of an installed release, such as ``2026-04-01``; overrides the encounter's date.
        scope: ``encounter`` gives the codes for the visit, ``mentions`` one for everything the note mentions.

    Attributes:
        scope: as given.
        newest: the release for an encounter without a date: the one named, else the newest that has taken effect.

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
        self._prepared: dict[str, _Prepared] = {}
        self.newest = self._prepare(None).codes.release

    def has_index(self) -> bool:
        """Whether the newest release has its Alphabetic Index; without it there are fewer routes to codes."""
        return self._prepare(None).codes.index is not None

    def _prepare(self, date: datetime.date | None) -> _Prepared:
        codes = icd10.load(release=self._release) if self._release or date is None else icd10.load(date=date)
        prepared = self._prepared.get(codes.release.id)
        if prepared is None:
            vocabulary = Vocabulary.load(codes)
            routes = None if codes.index is None else IndexRoutes(codes.index, vocabulary)
            prepared = _Prepared(codes, vocabulary, Chooser(codes, vocabulary), routes)
            prepared = self._prepared.setdefault(codes.release.id, prepared)
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
        encounter = encounter or Encounter()
        began = time.perf_counter()
        if not isinstance(note, Note):
            note = documents.read(note)
        read = time.perf_counter()
        codes, vocabulary, chooser, routes = self._prepare(encounter.date)
        stream = Stream(note, vocabulary, Patient(encounter.age, encounter.sex))
        draft = Draft(stream, encounter, codes, documents.assertions(note))
        warnings: tuple[str, ...] = ()
        if note.language_is_english:
            draft.mentions = _mentions(stream, draft.assertions, find(stream, vocabulary))
            proposer = Proposer(codes, chooser, Context(stream, vocabulary, draft.assertions))
            if self.scope == "encounter":
                encounter_scope(draft, proposer, vocabulary)
            else:
                mentions_scope(draft, proposer)
        else:
            warnings = (_NOT_ENGLISH,)
        coded = time.perf_counter()
        kept = list(draft.alive())
        return CodingResult(
            id=id,
            release=_release_info(codes),
            scope=self.scope,
            setting=encounter.setting,
            codes=tuple(_suggestion(draft, p, routes, first=i == 0) for i, p in enumerate(kept)),
            rejected=tuple(_suggestion(draft, p, None, first=False) for p in draft.proposals if not p.alive),
            queries=tuple(draft.queries),
            warnings=warnings,
            provenance=_provenance(codes),
            timings={"read": (read - began) * 1000, "code": (coded - read) * 1000},
        )


def _mentions(stream: Stream, assertions: Assertions, finds: list[Found]) -> list[Mention]:
    note = stream.note
    mentions: list[Mention] = []
    for found in finds:
        assertion = assertions.at(found.span)
        if assertion.status is AssertionStatus.HISTORICAL and found.term.target.startswith(("Z8", "Z9")):
            assertion = Assertion(AssertionStatus.PRESENT, None)  # what such a code says is a past that lasts
        section = note.section_of(found.span.start)
        problem = stream.problem_at(found.span.start)
        mentions.append(Mention(found, section.kind, assertion, basis_of(section.kind, problem, found.span), problem))
    return mentions


def _suggestion(draft: Draft, proposal: Proposal, routes: IndexRoutes | None, *, first: bool) -> Suggestion:
    route = proposal.route
    if routes is not None:
        words = {word for mention in proposal.mentions for word in mention.found.term.words}
        through = routes.route(proposal.code, frozenset(words))
        route = route if through is None else (*route, through)
    evidence = {mention.span: draft.evidence(mention.span, mention.status) for mention in proposal.mentions}
    return Suggestion(
        code=proposal.code,
        description=draft.codes.title(proposal.code),
        status=proposal.status,
        role="principal" if first else "secondary",
        confidence=round(min(max(proposal.confidence, 0.0), 1.0), 3),
        evidence=tuple(evidence[span] for span in sorted(evidence)),
        route=route,
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
        index_digest=None if codes.index is None else codes.index.digest,
    )
