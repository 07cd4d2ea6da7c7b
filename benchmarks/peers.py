"""Other tools on the same notes: medspaCy with our terms as its rules, and ``icd10-coder``.

Neither is made for this job as it stands; each is wrapped in the way that scored best on the tuning halves.

- **medspaCy**: ``TargetMatcher`` with a literal rule for every title, inclusion term and lexicon row, each leading to
  the code that wardround chooses for the same words without any context, and ``ConText`` with its own rules. Codes of a
  visit come from the assessment and diagnosis sections (found by wardround) and from entities without a modifier; where
  every mention counts, all entities do.
- **icd10-coder**: its search for diagnoses. For the codes of a visit it is asked with each problem that the clinician
  lists (found by wardround), and the best billable hit counts if its title holds half of the words. For every mention
  it is asked with each short phrase of each sentence, and the best billable hit counts if its title says just that:
  anything looser scored less. It has no threshold of its own.
"""

from __future__ import annotations

import importlib.metadata
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator

from benchmarks._data import System, nothing
from wardround import documents, icd10
from wardround.coding import CodingResult, lexicon
from wardround.coding.choose import Chooser
from wardround.coding.result import Evidence, Scope, Suggestion
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import Note, SectionKind
from wardround.icd10 import CodeSet
from wardround.records import Record
from wardround.spans import Span
from wardround.words import cut

__all__ = ["peers", "rules"]

NAMES = ("medspacy", "icd10-coder")

_ASSESSING = frozenset({SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_AND_PLAN, SectionKind.DIAGNOSIS})
_LEFT_OUT = re.compile(r"\([^)]*\)|\[[^\]]*\]|\b(?:unspecified|initial encounter|not elsewhere classified|NOS)\b")
_CONDITIONS = ("", "CAPS", "problem")
_TURNED = re.compile(r"([^,]+?) (?:of|in) ([^,]+)")  # "pain in knee" is written "knee pain"
_LONGEST = 8  # words of a rule; longer titles are not met in a note
_LONGEST_PHRASE = 6
_SMALL = frozenset("the an and of in with was is for to on no patient pt his her she he unspecified".split())
_SPLIT = re.compile(
    r"[,;:()\n]|\b(?:and|or|with|of|for|the|a|an|was|is|had|has|in|on|to|by|at|from|she|he)\b", re.IGNORECASE
)


def peers(say: Callable[[str], None], names: Collection[str] = NAMES) -> Iterator[System]:
    """Those of ``names`` that are installed, built when they are asked for; ``say`` is told of those that are not."""
    for name, build in (("medspacy", _medspacy), ("icd10-coder", _icd10_coder)):
        if name not in names:
            continue
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            say(f"{name} is not installed and is left out (pip install -e '.[bench]')")
            continue
        yield System(name, version, *build())


_Code = Callable[[Record, Scope], CodingResult]


def _medspacy() -> tuple[_Code, tuple[str, ...]]:
    import medspacy
    from loguru import logger
    from medspacy.target_matcher import TargetRule

    logger.remove()  # its tokenizer and sentence splitter log every step
    release = icd10.load()
    literals = rules(release)
    began = time.perf_counter()
    nlp = medspacy.load()
    matcher = nlp.get_pipe("medspacy_target_matcher")
    matcher.add(
        [  # not a generator: it is run through twice
            TargetRule(
                literal, target, pattern=[{"ORTH": word.text} for word in nlp.tokenizer(literal)] if capitals else None
            )
            for (literal, capitals), target in literals.items()
        ]
    )
    prepared = time.perf_counter() - began

    def code(record: Record, scope: Scope) -> CodingResult:
        text = str(record.source)
        entities = list(nlp(text).ents)
        if scope == "encounter":
            note = documents.read(text)
            assessing = any(section.kind in _ASSESSING for section in note.sections)
            entities = [
                entity
                for entity in entities
                if not assessing or note.section_of(entity.start_char).kind in _ASSESSING
                if not any(getattr(entity._, f"is_{status}") for status in _STATUSES)
            ]
        found = (
            (target, Span(entity.start_char, entity.end_char))
            for entity in entities
            for target in entity.label_.split("+")
            if target != "-"
        )
        return _result(scope, text, found)

    return code, (f"{len(literals):,} rules, compiled in {prepared:.0f} s at every start",)


_STATUSES = ("negated", "uncertain", "historical", "hypothetical", "family")


def rules(release: CodeSet) -> dict[tuple[str, bool], str]:
    """wardround's terms as literals: ``(literal, in capitals only)`` → codes joined by ``+``, or ``-`` for no code.

    Rows of the lexicon whose condition a literal cannot express (words nearby, age, sex, circumstances of an injury)
    are left out; those that hold for items of a problem list only are in.
    """
    vocabulary = Vocabulary.load(release)
    chooser = Chooser(release, vocabulary)

    def target_of(text: str, header: str | None) -> str | None:
        words = vocabulary.canonical_words(text)
        if header is None:
            same = [group for first, last, group in vocabulary.phrases(words) if last - first == len(words)]
            terms = [term for group in same for term in vocabulary.terms(group) if term.when in _CONDITIONS]
            term = terms[0] if terms else vocabulary.term_of(frozenset(words))
            header = term.target if term else None
        if header is None or header == "-":
            return header
        codes = [chooser.choose(part, set(words), [], set(words))[0].code for part in header.split("+")]
        return "+".join(_completed(release, code) for code in codes)

    literals: dict[tuple[str, bool], str] = {}

    def add(text: str, header: str | None, capitals: bool = False) -> None:
        literal = " ".join(text.split()).strip(" ,;")
        key = (literal.upper() if capitals else literal.lower(), capitals)
        if literal and len(literal.split()) <= _LONGEST and key not in literals:
            target = target_of(text, header)
            if target is not None:
                literals[key] = target

    for entry in lexicon.entries():
        if entry.when in _CONDITIONS:
            add(entry.term, None if entry.codes.startswith("=") else entry.codes, entry.when == "CAPS")
    wordings = [(code, title) for code, title, _, _ in release.entries()] + list(release.inclusion_terms())
    for code, text in wordings:
        if " " in text:
            add(text, code)
    for _, text in wordings:
        plain = _LEFT_OUT.sub(" ", text)
        add(plain, None)
        if turned := _TURNED.fullmatch(" ".join(plain.split())):
            add(f"{turned[2]} {turned[1]}", None)
    return literals


def _completed(release: CodeSet, code: str) -> str:
    """``code`` with the seventh character for an initial encounter, where it asks for one."""
    return next(
        (full for full in (code, *(_extended(release, code))) if release.billable(full)),
        code,
    )


def _extended(release: CodeSet, code: str) -> Iterator[str]:
    characters = release.code(code).seventh_characters
    for character in ("A", "0", *characters):
        if character in characters:
            yield release.with_seventh(code, character)


def _icd10_coder() -> tuple[_Code, tuple[str, ...]]:
    from icd10_coder import coder as peer

    connection = peer.get_conn(peer.CM_DB)

    def best(query: str, scope: Scope) -> str | None:
        asked = _words(query)
        for code, title, billable in peer.cm_search(connection, query):
            said = _words(title)
            if billable and (2 * len(asked & said) >= len(asked) if scope == "encounter" else asked == said):
                return str(code)
        return None

    def code(record: Record, scope: Scope) -> CodingResult:
        text = str(record.source)
        asked = ((best(span.quote(text), scope), span) for span in _queries(documents.read(text), scope))
        return _result(scope, text, ((code, span) for code, span in asked if code))

    return code, ()


def _words(text: str) -> set[str]:
    return {word for word in cut(text).folded if len(word) > 1} - _SMALL


def _queries(note: Note, scope: Scope) -> Iterator[Span]:
    """What is asked for: the problems that are listed, or the phrases of all sentences."""
    if scope == "encounter":
        yield from (problem.heading for problem in note.problems)
        return
    for sentence in note.sentences:
        start = sentence.start
        for match in (*_SPLIT.finditer(note.text, sentence.start, sentence.end), None):
            end = match.start() if match else sentence.end
            if 1 <= len(note.text[start:end].split()) <= _LONGEST_PHRASE:
                yield Span(start, end)
            start = match.end() if match else end


def _result(scope: Scope, text: str, found: Iterable[tuple[str, Span]]) -> CodingResult:
    """Codes and the words they came from, in the shape that is scored."""
    codes: dict[str, Suggestion] = {}
    for code, span in found:
        if code not in codes:
            quote = Evidence(
                start=span.start, end=span.end, text=span.quote(text), section="other", assertion="present"
            )
            codes[code] = Suggestion(
                code=code,
                description="",
                status="accepted",
                role="secondary",
                confidence=1,
                evidence=(quote,),
                route=(),
            )
    return nothing(scope).model_copy(update={"codes": tuple(codes.values())})
