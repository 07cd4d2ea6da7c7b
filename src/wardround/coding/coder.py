"""The coder: a note in, its ICD-10-CM codes out, without a model unless it is given one.

    note → stream of words → finds → mentions (section, assertion, basis) → proposals (a code each) → rules → result

Nothing here is random, nothing is learned at run time: same note, release and encounter → same codes.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from wardround import __version__, documents, icd10
from wardround.coding import lexicon
from wardround.coding.assisted import Assistant, Assisted, Method
from wardround.coding.assisted.transcription import transcriber
from wardround.coding.choose import Chooser
from wardround.coding.context import Context
from wardround.coding.draft import Draft, Mention, Proposal
from wardround.coding.find import Patient, Stream, find
from wardround.coding.index_route import IndexRoutes
from wardround.coding.legibility import doubt_quotes, pages_of, to_confirm
from wardround.coding.mentions import mentions_of
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
from wardround.documents import Note
from wardround.engines import Engine
from wardround.errors import InputError
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
        engine: a model to help; the caller opens and closes it.
        method: ``assisted`` adds for review what the model finds beside us; ``direct`` asks the model alone for the
            codes, as a baseline.
        budget: seconds that the model may take for a note; None for no limit.

    Attributes:
        scope: as given.
        newest: the release for an encounter without a date: the one named, else the newest that has taken effect.

    Raises:
        UnknownRelease: no such release is installed.

    >>> result = Coder().code("Assessment: Acute uncomplicated appendicitis.")
    >>> [code.code for code in result.codes]
    ['K35.80']
    """

    def __init__(
        self,
        release: str | None = None,
        *,
        scope: Scope = "encounter",
        engine: Engine | None = None,
        method: Method = "assisted",
        budget: float | None = None,
    ) -> None:
        if scope not in ("encounter", "mentions"):
            raise ValueError(f"scope must be 'encounter' or 'mentions', not {scope!r}")
        self.scope = scope
        self._assistant = None if engine is None else Assistant(engine, method, budget)
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
        self,
        note: Note | str | Path | bytes,
        encounter: Encounter | None = None,
        *,
        id: str | None = None,
        ocr: str = "auto",
        on_page: Callable[[int, int], None] | None = None,
    ) -> CodingResult:
        """The codes of one note.

        Args:
            note: the note, its text, or the file or bytes that hold it: see `wardround.documents.read`.
            encounter: what is known of the visit; unknown fields constrain nothing.
            id: handed through to the result.
            ocr: what reads the characters of pictures, as `wardround.documents.read` takes it; or ``"engine"``, for
                the model beside the program that is there.
            on_page: told after each page that is read how many are done, and how many there are.

        Raises:
            NoteError: the note cannot be read.
            InputError: ``ocr`` is ``"engine"``, and there is no model, or one that does not see images.
            UnknownRelease: no installed release covers the encounter's date.
            EngineError: the model that is asked alone broke down; beside the coder that costs a warning only.
        """
        encounter = encounter or Encounter()
        began = time.perf_counter()
        if not isinstance(note, Note):
            note = self._read(note, ocr, on_page)
        read = time.perf_counter()
        prepared = self._prepare(encounter.date)
        codes = prepared.codes
        stream = Stream(note, prepared.vocabulary, Patient(encounter.age, encounter.sex))
        empty = Draft(stream, encounter, codes, documents.assertions(note))
        if note.language_is_english:
            drafted = self._drafted(empty, prepared)
        else:
            drafted = Assisted(empty, (_NOT_ENGLISH,), 0, 0.0)
        draft = drafted.draft
        if note.layout is not None:
            doubt_quotes(draft, note.layout)
        took = time.perf_counter() - read
        timings = {"read": (read - began) * 1000, "code": (took - drafted.seconds) * 1000}
        if self._assistant is not None:
            timings["model"] = drafted.seconds * 1000
        kept = list(draft.alive())
        return CodingResult(
            id=id,
            release=_release_info(codes),
            scope=self.scope,
            setting=encounter.setting,
            codes=tuple(_suggestion(draft, p, prepared.routes, first=i == 0) for i, p in enumerate(kept)),
            rejected=tuple(_suggestion(draft, p, None, first=False) for p in draft.proposals if not p.alive),
            queries=tuple(draft.queries),
            warnings=note.notices + drafted.warnings,
            confirm=to_confirm(note),
            pages=pages_of(note),
            provenance=_provenance(codes, self._assistant, drafted.tokens, note.reader),
            timings=timings,
        )

    def _read(self, source: str | Path | bytes, ocr: str, on_page: Callable[[int, int], None] | None) -> Note:
        if ocr != "engine":
            return documents.read(source, ocr=ocr, on_page=on_page)
        if self._assistant is None or not self._assistant.engine.capabilities.images:
            raise InputError("reading pages with a model takes one that sees images", hint="name one with --engine")
        return documents.read(source, transcribe=transcriber(self._assistant.engine), on_page=on_page)

    def _drafted(self, empty: Draft, prepared: _Prepared) -> Assisted:
        """The draft of a note, from ``empty``, with the model's part in it if there is a model."""
        codes, vocabulary, chooser, _ = prepared
        stream, encounter, assertions = empty.stream, empty.encounter, empty.assertions
        assistant = self._assistant
        if assistant is not None and assistant.method == "direct":
            return assistant.directly(empty)
        proposer = Proposer(codes, chooser, Context(stream, vocabulary, assertions))

        def drafted(mentions: Sequence[Mention]) -> Draft:
            draft = Draft(stream, encounter, codes, assertions, mentions)
            if self.scope == "encounter":
                encounter_scope(draft, proposer, vocabulary)
            else:
                mentions_scope(draft, proposer)
            return draft

        embedded = drafted(mentions_of(stream, assertions, find(stream, vocabulary)))
        if assistant is None:
            return Assisted(embedded, (), 0, 0.0)
        return assistant.beside(embedded, drafted, proposer, vocabulary, self.scope)


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
        evidence=tuple([evidence[span] for span in sorted(evidence)]),
        route=route,
        findings=tuple(dict.fromkeys(proposal.findings) if len(proposal.findings) > 1 else proposal.findings),
    )


@lru_cache(maxsize=16)
def _release_info(codes: CodeSet) -> ReleaseInfo:
    release = codes.release
    return ReleaseInfo(
        id=release.id,
        title=release.title,
        fiscal_year=release.fiscal_year,
        valid_from=release.valid_from,
        valid_to=release.valid_to,
    )


def _provenance(codes: CodeSet, assistant: Assistant | None, tokens: int, reader: str) -> Provenance:
    provenance = Provenance(
        wardround=__version__,
        coder="embedded",
        release_digest=codes.release.digest,
        lexicon_digest=lexicon.digest(),
        index_digest=None if codes.index is None else codes.index.digest,
        reader=reader or None,
    )
    if assistant is None:
        return provenance
    model = {
        "coder": assistant.method,
        "engine": assistant.engine.name,
        "engine_digest": assistant.engine.digest or None,
        "prompt_digest": assistant.prompt_digest,
        "tokens": tokens,
    }
    return provenance.model_copy(update=model)
