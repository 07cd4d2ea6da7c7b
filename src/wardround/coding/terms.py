"""The terms of a release: what leads to its codes, from titles, inclusion terms and the lexicon.

A *term* is a run of content words with a target. Titles are reduced to what a clinician would write
(:mod:`wardround.coding.titles`); what they leave out is chosen later from the context
(:mod:`wardround.coding.choose`). Titles that reduce to the same words share one term, whose target is the nearest
header above them: "Pain in right knee" and "Pain in left knee" become *pain knee* → ``M25.56``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wardround.coding.lexicon import Entry
from wardround.coding.titles import DENYING, content_words, reductions, stands_alone
from wardround.icd10 import CodeSet
from wardround.words import cut

__all__ = ["Term", "common_header", "compile_terms"]

# Titles here tell circumstances and reasons for a visit in words of their own: the lexicon has what notes say, and a
# title counts only when it is written out.
_CIRCUMSTANCES = ("V", "W", "X", "Y")
_REASONS = ("Z0", "Z1", "Z2", "Z3", "Z4", "Z5", "Z6", "Z7")

# "Other asthma" is no way to say asthma; it counts only when it is written out.
_OTHER = re.compile(r"(?:other|certain)\b(?! and unspecified)", re.IGNORECASE)


class Term(NamedTuple):
    """Words that lead to a code.

    ``target`` is a code, a header, several joined by ``+``, or ``-`` for a term that blocks what it covers;
    ``when`` the lexicon's conditions; ``source`` ``lexicon``, ``title``, ``inclusion`` or ``Index`` with the path.
    """

    words: tuple[str, ...]
    target: str
    when: str
    source: str


def compile_terms(
    codes: CodeSet, entries: Sequence[Entry], canonical: Callable[[list[str]], tuple[str, ...]]
) -> list[Term]:
    """All terms, those that win first: the lexicon's with a condition, those without, then titles and inclusion terms.

    Args:
        codes: the release.
        entries: the rows of the lexicon; synonyms among them are passed over.
        canonical: rewrites folded words to the Tabular's vocabulary.
    """
    conditional: dict[tuple[tuple[str, ...], str], Term] = {}
    plain: dict[tuple[tuple[str, ...], str], Term] = {}
    for entry in entries:
        if not entry.codes.startswith("="):
            words = canonical(cut(entry.term).folded)
            target = _in_release(codes, entry.codes)
            if words and target:
                rows = conditional if entry.when else plain
                rows.setdefault((words, entry.when), Term(words, target, entry.when, "lexicon"))
    return [*conditional.values(), *plain.values(), *_from_titles(codes, canonical)]


def _in_release(codes: CodeSet, target: str) -> str | None:
    """The target in this release: each code that it does not have yet or no longer, as the header that would hold it.

    The lexicon is written for the newest release. None where not even the category is there.
    """
    if target == "-":
        return target
    found = []
    for code in target.split("+"):
        while len(code) >= 3 and code not in codes:
            code = code[:-1].rstrip(".")
        if len(code) < 3:
            return None
        found.append(code)
    return "+".join(found)


def _from_titles(codes: CodeSet, canonical: Callable[[list[str]], tuple[str, ...]]) -> Iterator[Term]:
    named: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    order: dict[frozenset[str], tuple[str, ...]] = {}
    for code, source, text in _wordings(codes):
        written_out = code.startswith(_REASONS) or _OTHER.match(text)
        for reduced in [content_words(text)] if written_out else reductions(text):
            words = canonical(reduced)
            if len(words) > 1 or (words and stands_alone(words[0])):
                if DENYING.isdisjoint(words):
                    words = order.setdefault(frozenset(words), words)
                named[words].setdefault(code, source)
    for words, sources in named.items():
        yield Term(words, *_target(codes, sources))


def _wordings(codes: CodeSet) -> Iterator[tuple[str, str, str]]:
    """``(code, source, text)`` of every title and inclusion term that a note may repeat."""
    inclusions: dict[str, list[str]] = defaultdict(list)
    for code, text in codes.inclusion_terms():
        inclusions[code].append(text)
    for code, title, _parent, _is_leaf in codes.entries():
        if code.startswith(_CIRCUMSTANCES) or (code.startswith(_REASONS) and not title.startswith("Encounter for")):
            continue
        yield code, "title", title
        for text in inclusions[code]:
            yield code, "inclusion", text


def _target(codes: CodeSet, sources: Mapping[str, str]) -> tuple[str, str, str]:
    """Target, condition and source of one run of words, from the codes that it names.

    The header above all of them; where they are far apart, the one that is unspecified or else the shortest.
    """
    titled = [code for code, source in sources.items() if source == "title"]
    named = titled or list(sources)
    source = "title" if titled else "inclusion"
    header = common_header(codes, named)
    if header is None:
        unspecified = [code for code in named if "unspecified" in codes.title(code).lower()]
        header = min(unspecified or named, key=lambda code: (len(code), code))
    return header, "", source


def common_header(codes: CodeSet, named: Sequence[str]) -> str | None:
    """The lowest entry that stands above all of ``named`` (or is it); None if they share no category."""
    paths = []
    for code in named:
        path = [code]
        while (parent := codes.parent(path[-1])) is not None:
            path.append(parent)
        paths.append(path[::-1])
    common = None
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        common = level[0]
    return common
