"""The vocabulary of a release: its terms compiled for finding them, made once and kept in the cache.

Each term can be found in two ways: as a phrase, its words in order and side by side, through one automaton; or as a
*bag*, its words in any order close together in one sentence.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import pickle
import sys
import tempfile
import threading
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from wardround import words as words_module
from wardround.coding import index_terms as index_module
from wardround.coding import lexicon, terms, titles
from wardround.coding.index_terms import index_terms
from wardround.coding.terms import Term, compile_terms
from wardround.coding.titles import DENYING, SKIPPED, content_words, is_skipped
from wardround.icd10 import CodeSet
from wardround.settings import cache_folder
from wardround.words import Match, Phrases, cut

__all__ = ["Bags", "Canonical", "Vocabulary"]

_LONGEST_BAG = 7  # words; a longer title is found as a phrase only
_KEPT_BAGS = 4096  # taken apart and kept so, in the order in which notes ask for them
_KEPT_TERMS = 8192  # groups of terms, those that were asked for last


class Bags(NamedTuple):
    """The terms that may be found in any order and whose rarest word is the same one.

    ``seconds``: the second rarest word of each; ``of``: these → the words besides the two rarest, and the group, of
    each.
    """

    seconds: frozenset[str]
    of: dict[str, list[tuple[frozenset[str], int]]]


class Canonical(NamedTuple):
    """A note's content words in the Tabular's vocabulary; item ``i`` of each list belongs to canonical word ``i``.

    ``first``/``last``: the first and the last of the words of the note that it stands for.
    """

    words: list[str]
    first: list[int]
    last: list[int]


class _BagsByKey(dict[str, Bags]):
    """The bags by the rarest word of each, taken apart when they are first asked for."""

    def __init__(self, rows: Mapping[str, str]) -> None:
        self._rows = rows

    def __missing__(self, key: str) -> Bags:
        of: dict[str, list[tuple[frozenset[str], int]]] = {}
        for row in self._rows[key].split("\n"):
            words, _, group = row.partition("\t")
            second, *rest = words.split(" ")
            of.setdefault(second, []).append((frozenset(rest), int(group)))
        bags = Bags(frozenset(of), of)
        if len(self) < _KEPT_BAGS:
            self[key] = bags
        return bags


class _Synonyms(NamedTuple):
    """The phrases that are rewritten, each with its replacement and the condition under which it is."""

    phrases: Phrases
    replacements: Sequence[tuple[tuple[str, ...], str]]


class _Content(NamedTuple):
    """The terms as they are kept: their lines, the first line of each group, and the bags by their rarest word."""

    lines: str
    groups: Sequence[int]
    bags: dict[str, str]


class Vocabulary:
    """Everything that leads from words to codes in one release. Immutable; safe to share between threads.

    Terms with the same words form a *group*, which has a number. They are kept as few long strings that are taken
    apart where a note touches them, so that loading costs milliseconds; of these only so many are kept that memory
    stays as it is, however many notes there are.

    Attributes:
        bags: the terms that may be found in any order, by the rarest word of each.
        bag_keys: these words.
        terms: the terms that share the words of one group, by its number; rows of the lexicon come first.
    """

    def __init__(self, synonyms: _Synonyms, content: _Content, phrases: Phrases) -> None:
        self._synonyms = synonyms
        self._content = content
        self._phrases = phrases
        self.bag_keys = frozenset(content.bags)
        self.bags = _BagsByKey(content.bags)
        self._lines = content.lines.split("\n")
        self.terms = lru_cache(_KEPT_TERMS)(self._terms_of)

    def __len__(self) -> int:
        return len(self._lines)

    # -- from words to canonical words ------------------------------------------------------------------------

    def canonical(self, words: Sequence[str], allowed: Callable[[str, int, int], bool] | None = None) -> Canonical:
        """Rewrite folded ``words`` to the Tabular's vocabulary and drop those nothing is matched by.

        Args:
            words: as :func:`wardround.words.cut` folds them.
            allowed: says whether a synonym's condition holds for the words ``[first, last)``; without it only
                unconditional synonyms are rewritten.
        """
        out = Canonical([], [], [])
        position = 0
        for first, last, number in self._synonyms.phrases.longest(words):
            replacement, when = self._synonyms.replacements[number]
            if when and not (allowed and allowed(when, first, last)):
                continue
            _keep(out, words, position, first)
            out.words.extend(replacement)
            out.first.extend([first] * len(replacement))
            out.last.extend([last - 1] * len(replacement))
            position = last
        _keep(out, words, position, len(words))
        return out

    def canonical_words(self, text: str) -> list[str]:
        """The content words of ``text`` in the Tabular's vocabulary."""
        return self.canonical(cut(text).folded).words

    # -- from canonical words to terms ------------------------------------------------------------------------

    def phrases(self, words: Sequence[str]) -> list[Match]:
        """Every run of ``words`` that is a term, in order and side by side; the value is its group."""
        return self._phrases.find(words)

    def _terms_of(self, group: int) -> tuple[Term, ...]:
        groups = self._content.groups
        last = groups[group + 1] if group + 1 < len(groups) else len(self._lines)
        lines = (line.split("\t") for line in self._lines[groups[group] : last])
        return tuple(Term(tuple(own.split(" ")), target, when, source) for own, target, when, source in lines)

    def term_of(self, words: frozenset[str]) -> Term | None:
        """The unconditional term that has exactly these words, in whatever order."""
        for key in self.bag_keys & words:
            bags = self.bags[key]
            for second in bags.seconds & words:
                for rest, group in bags.of[second]:
                    if rest | {key, second} == words:
                        return next((term for term in self.terms(group) if not term.when), None)
        return None

    def known_words(self) -> frozenset[str]:
        """Every word of every term."""
        return frozenset(word for line in self._lines for word in line.partition("\t")[0].split(" "))

    # -- building and keeping ---------------------------------------------------------------------------------

    @staticmethod
    def load(codes: CodeSet) -> Vocabulary:
        """The vocabulary of a release, from the cache if it is there and current, else compiled and kept.

        Two processes may compile at once: each writes a file of its own and puts it in place whole.
        """
        key = _key(codes)
        with _LOCK:
            found = _LOADED.get(key)
            if found is None:
                path = cache_folder() / f"terms-{codes.release.id}-{key}.bin"
                found = _read(path) or _compile(codes, path)
                _LOADED[key] = found
            return found


def _keep(out: Canonical, words: Sequence[str], start: int, end: int) -> None:
    kept = [
        i
        for i, word in enumerate(words[start:end], start)
        if word not in SKIPPED or (word == "a" and not is_skipped(words, i))
    ]
    out.words.extend(map(words.__getitem__, kept))
    out.first.extend(kept)
    out.last.extend(kept)


def _key(codes: CodeSet) -> str:
    """Names what a compiled vocabulary depends on: release, lexicon, the code that compiles, and the Python version."""
    index = codes.index.digest if codes.index is not None else ""
    total = hashlib.sha256(f"{codes.release.digest} {index} {lexicon.digest()} {sys.version_info[:2]}".encode())
    for module in (words_module, titles, terms, index_module, sys.modules[__name__]):
        total.update(Path(module.__file__ or "").read_bytes())
    return total.hexdigest()[:16]


def _read(path: Path) -> Vocabulary | None:
    """The vocabulary kept at ``path``; ``None`` if there is none or it is damaged.

    The file lies in the user's own cache folder and is trusted like the user's own Python files.
    """
    try:
        kept = memoryview(path.read_bytes())  # many megabytes, which a slice of bytes would copy
        if zlib.crc32(kept[4:]).to_bytes(4, "big") != kept[:4]:
            return None
        synonyms, replacements, phrases, content = marshal.loads(kept[4:])
        return Vocabulary(_Synonyms(pickle.loads(synonyms), replacements), _Content(*content), pickle.loads(phrases))
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _compile(codes: CodeSet, path: Path) -> Vocabulary:
    """Compile the vocabulary and keep it at ``path``; a cache that cannot be written only costs the next start time."""
    entries = list(lexicon.entries())
    rewritten = [entry for entry in entries if entry.codes.startswith("=")]
    synonyms = _Synonyms(
        Phrases((entry.term, number) for number, entry in enumerate(rewritten)),
        [(tuple(content_words(entry.codes[1:])), entry.when) for entry in rewritten],
    )
    rewriter = Vocabulary(synonyms, _Content("", (), {}), Phrases({}))
    grouped: dict[tuple[str, ...], list[Term]] = defaultdict(list)

    def canonical(words: list[str]) -> tuple[str, ...]:
        return tuple(rewriter.canonical(words).words)

    found = compile_terms(codes, entries, canonical)
    if codes.index is not None:
        found += index_terms(codes, codes.index, canonical, {frozenset(term.words) for term in found})
    for term in found:
        grouped[term.words].append(term)
    content = _pack(grouped)
    phrases = Phrases((" ".join(own), group) for group, own in enumerate(grouped))
    kept = (pickle.dumps(synonyms.phrases), synonyms.replacements, pickle.dumps(phrases), tuple(content))
    with contextlib.suppress(OSError):
        _write(path, marshal.dumps(kept))  # type: ignore[arg-type]
    return Vocabulary(synonyms, content, phrases)


def _pack(grouped: dict[tuple[str, ...], list[Term]]) -> _Content:
    frequency = Counter(word for own in grouped for word in set(own))
    lines: list[str] = []
    groups: list[int] = []
    bags: dict[str, list[str]] = defaultdict(list)
    for group, (own, same) in enumerate(grouped.items()):
        groups.append(len(lines))
        lines.extend("\t".join((" ".join(own), *term[1:])) for term in same)
        different = set(own)
        if 2 <= len(different) <= _LONGEST_BAG and DENYING.isdisjoint(different):
            key, *others = sorted(different, key=lambda word: (frequency[word], word))
            bags[key].append(f"{' '.join(others)}\t{group}")
    return _Content("\n".join(lines), groups, {key: "\n".join(rows) for key, rows in bags.items()})


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(zlib.crc32(body).to_bytes(4, "big") + body)
        os.replace(temporary, path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


_LOCK = threading.Lock()
_LOADED: dict[str, Vocabulary] = {}
