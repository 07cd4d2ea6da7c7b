"""medspaCy with our terms as its rules.

``TargetMatcher`` has a literal rule for every title, inclusion term and lexicon row, each leading to the code that
wardround chooses for the same words without any context, and ``ConText`` its own rules. Codes of a visit come from the
assessment and diagnosis sections (found by wardround) and from entities without a modifier; where every mention counts,
all entities do.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import TYPE_CHECKING

from wardround import icd10
from wardround.coding import lexicon
from wardround.coding.choose import Chooser
from wardround.coding.peers.peer import Peer
from wardround.coding.vocabulary import Vocabulary
from wardround.documents import SectionKind
from wardround.spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.coding.result import Scope
    from wardround.documents import Note
    from wardround.icd10 import CodeSet

__all__ = ["Medspacy", "literals"]

_ASSESSING = frozenset({SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_AND_PLAN, SectionKind.DIAGNOSIS})
_LEFT_OUT = re.compile(r"\([^)]*\)|\[[^\]]*\]|\b(?:unspecified|initial encounter|not elsewhere classified|NOS)\b")
_CONDITIONS = ("", "CAPS", "problem")
_TURNED = re.compile(r"([^,]+?) (?:of|in) ([^,]+)")  # "pain in knee" is written "knee pain"
_LONGEST = 8  # words of a rule; longer titles are not met in a note
_STATUSES = ("negated", "uncertain", "historical", "hypothetical", "family")


class Medspacy(Peer):
    """See the module."""

    name = "medspacy"

    def __init__(self, release: str | None, scope: Scope) -> None:
        """Compile the rules."""
        super().__init__(release, scope)
        import medspacy
        from loguru import logger
        from medspacy.target_matcher import TargetRule

        logger.remove()  # its tokenizer and sentence splitter log every step
        targets = literals(icd10.load(release))
        began = time.perf_counter()
        self._nlp = medspacy.load()
        self._nlp.get_pipe("medspacy_target_matcher").add(
            [  # not a generator: it is run through twice
                TargetRule(
                    literal,
                    target,
                    pattern=[{"ORTH": word.text} for word in self._nlp.tokenizer(literal)] if capitals else None,
                )
                for (literal, capitals), target in targets.items()
            ]
        )
        took = time.perf_counter() - began
        self.remarks = (f"{len(targets):,} rules, compiled in {took:.0f} s at every start",)

    def _found(self, note: Note) -> Iterator[tuple[str, Span]]:
        entities = list(self._nlp(note.text).ents)
        if self._scope == "encounter":
            assessing = any(section.kind in _ASSESSING for section in note.sections)
            entities = [
                entity
                for entity in entities
                if not assessing or note.section_of(entity.start_char).kind in _ASSESSING
                if not any(getattr(entity._, f"is_{status}") for status in _STATUSES)
            ]
        for entity in entities:
            for target in entity.label_.split("+"):
                if target != "-":
                    yield target, Span(entity.start_char, entity.end_char)


@lru_cache(maxsize=1)  # they take a minute
def literals(release: CodeSet) -> dict[tuple[str, bool], str]:
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

    targets: dict[tuple[str, bool], str] = {}

    def add(text: str, header: str | None, capitals: bool = False) -> None:
        literal = " ".join(text.split()).strip(" ,;")
        key = (literal.upper() if capitals else literal.lower(), capitals)
        if literal and len(literal.split()) <= _LONGEST and key not in targets:
            target = target_of(text, header)
            if target is not None:
                targets[key] = target

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
    return targets


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
