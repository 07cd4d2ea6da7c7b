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
from wardround.coding.assisted.examples import Examples
from wardround.coding.assisted.transcription import transcriber
from wardround.coding.calibration import ACCEPTED_FROM, Acceptance, Calibration, shipped
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
from wardround.coding.site import SiteModel
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
        examples: words with the codes that people of the site gave them, shown to a model that assists.
        site: what the reviewed charts of a site have taught: codes are added, turned down and weighed as it says.
        target_precision: accept as many codes as can promise this precision, above 0 and at most 1, and no code where
            none can; None to accept what is right with a probability of at least 0.7.
        calibration: what makes probabilities of scores; the site model's or wardround's own if not given.

    Attributes:
        scope: as given.
        site: as given.
        calibration: as given, or the site's, or wardround's own for the scope.
        operating: from which probability on codes are accepted, and what precision and coverage are expected of that.
        newest: the release for an encounter without a date: the one named, else the newest that has taken effect.

    Raises:
        UnknownRelease: no such release is installed.
        InputError: ``site`` was fitted for another scope.

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
        examples: Examples | None = None,
        site: SiteModel | None = None,
        target_precision: float | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        if scope not in ("encounter", "mentions"):
            raise ValueError(f"scope must be 'encounter' or 'mentions', not {scope!r}")
        if site is not None and site.scope != scope:
            raise InputError(
                f"the site model was fitted for the scope {site.scope}, and does not serve for {scope}",
                hint=f"code with --scope {site.scope}, or without the site model",
            )
        self.site = site
        self.scope = scope
        self._shipped = shipped(scope)
        self.calibration = calibration or (self._shipped.calibration if site is None else site.calibration)
        self.operating = (
            self.calibration.at(ACCEPTED_FROM)
            if target_precision is None
            else self.calibration.operating(target_precision)
        )
        self._target_precision = target_precision
        self._acceptance = Acceptance(
            calibration=self.calibration,
            operating=self.operating,
            turned_down=self._shipped.turned_down if site is None else 1.0,
        )
        self._assistant = None if engine is None else Assistant(engine, method, budget, examples)
        self._release = release
        self._prepared: dict[str, _Prepared] = {}
        self._prepare = lru_cache(1024)(self._prepare_for)
        self.newest = self._prepare(None).codes.release

    def has_index(self) -> bool:
        """Whether the newest release has its Alphabetic Index; without it there are fewer routes to codes."""
        return self._prepare(None).codes.index is not None

    def _prepare_for(self, date: datetime.date | None) -> _Prepared:
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
        rejected: bool = True,
    ) -> CodingResult:
        """The codes of one note.

        Args:
            note: the note, its text, or the file or bytes that hold it: see `wardround.documents.read`.
            encounter: what is known of the visit; unknown fields constrain nothing.
            id: handed through to the result.
            ocr: what reads the characters of pictures, as `wardround.documents.read` takes it; or ``"engine"``, for
                the model beside the program that is there.
            on_page: told after each page that is read how many are done, and how many there are.
            rejected: whether the result holds what was turned down; without it a note is coded faster, to the same
                codes.

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
        empty = _empty(note, encounter, prepared)
        if note.language_is_english:
            drafted = self._drafted(empty, prepared, rejected=rejected)
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
        turned_down = [proposal for proposal in draft.proposals if not proposal.alive] if rejected else []
        return CodingResult(
            id=id,
            release=_release_info(codes),
            scope=self.scope,
            setting=encounter.setting,
            codes=tuple(self._suggestion(draft, p, prepared.routes, first=i == 0) for i, p in enumerate(kept)),
            rejected=tuple(self._suggestion(draft, p, None, first=False) for p in turned_down),
            queries=tuple(draft.queries),
            warnings=note.notices + drafted.warnings,
            confirm=to_confirm(note),
            pages=pages_of(note),
            provenance=self._provenance(codes, drafted.tokens, note.reader),
            timings=timings,
        )

    def draft(self, note: Note, encounter: Encounter, speak: Callable[[Draft], None]) -> Draft:
        """What the embedded coder alone makes of a note; for what learns from it.

        Args:
            note: the note.
            encounter: what is known of the visit.
            speak: sees the draft where a site model would change it.

        Raises:
            UnknownRelease: no installed release covers the encounter's date.
        """
        prepared = self._prepare(encounter.date)
        empty = _empty(note, encounter, prepared)
        return self._drafter(empty, prepared, _proposer(empty, prepared), speak)(_found(empty))

    def _read(self, source: str | Path | bytes, ocr: str, on_page: Callable[[int, int], None] | None) -> Note:
        if ocr != "engine":
            return documents.read(source, ocr=ocr, on_page=on_page)
        if self._assistant is None or not self._assistant.engine.capabilities.images:
            raise InputError("reading pages with a model takes one that sees images", hint="name one with --engine")
        return documents.read(source, transcribe=transcriber(self._assistant.engine), on_page=on_page)

    def _drafted(self, empty: Draft, prepared: _Prepared, *, rejected: bool) -> Assisted:
        """The draft of a note, from ``empty``, with the model's part in it if there is a model."""
        assistant = self._assistant
        if assistant is not None and assistant.method == "direct":
            return assistant.directly(empty)
        proposer = _proposer(empty, prepared)
        speak = None if self.site is None else self.site.speak
        drafted = self._drafter(empty, prepared, proposer, speak, rejected=rejected or assistant is not None)
        embedded = drafted(_found(empty))
        if assistant is None:
            return Assisted(embedded, (), 0, 0.0)
        return assistant.beside(embedded, drafted, proposer, prepared.vocabulary, self.scope)

    def _drafter(
        self,
        empty: Draft,
        prepared: _Prepared,
        proposer: Proposer,
        speak: Callable[[Draft], None] | None,
        *,
        rejected: bool = True,
    ) -> Callable[[Sequence[Mention]], Draft]:
        """What makes a draft of the mentions of a note."""

        def drafted(mentions: Sequence[Mention]) -> Draft:
            draft = Draft(empty.stream, empty.encounter, prepared.codes, empty.assertions, mentions)
            if self.scope == "encounter":
                encounter_scope(draft, proposer, prepared.vocabulary, self._acceptance, speak, rejected=rejected)
            else:
                mentions_scope(draft, proposer, self._shipped.weights, self._acceptance, speak)
            return draft

        return drafted

    def _suggestion(self, draft: Draft, proposal: Proposal, routes: IndexRoutes | None, *, first: bool) -> Suggestion:
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
            confidence=self._acceptance.confidence(proposal.confidence, turned_down=not proposal.alive),
            evidence=tuple([evidence[span] for span in sorted(evidence)]),
            route=route,
            findings=tuple(dict.fromkeys(proposal.findings) if len(proposal.findings) > 1 else proposal.findings),
        )

    def _provenance(self, codes: CodeSet, tokens: int, reader: str) -> Provenance:
        provenance = Provenance(
            wardround=__version__,
            coder="embedded",
            release_digest=codes.release.digest,
            lexicon_digest=lexicon.digest(),
            index_digest=None if codes.index is None else codes.index.digest,
            reader=reader or None,
            site=None if self.site is None else self.site.digest,
            target_precision=self._target_precision,
        )
        assistant = self._assistant
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


def _empty(note: Note, encounter: Encounter, prepared: _Prepared) -> Draft:
    stream = Stream(note, prepared.vocabulary, Patient(encounter.age, encounter.sex))
    return Draft(stream, encounter, prepared.codes, documents.assertions(note))


def _found(empty: Draft) -> list[Mention]:
    return mentions_of(empty.stream, empty.assertions, find(empty.stream, empty.stream.vocabulary))


def _proposer(empty: Draft, prepared: _Prepared) -> Proposer:
    return Proposer(prepared.codes, prepared.chooser, Context(empty.stream, prepared.vocabulary, empty.assertions))


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
