"""The words that lead to codes: titles, inclusion terms and the lexicon, compiled once and kept in the cache.

A *term* is a run of content words with a target. Titles are reduced to what a clinician would write: parentheses,
"without …", "unspecified", the side and the encounter go, because those are chosen later from the context
(:mod:`wardround.coding.choose`). Titles that reduce to the same words share one term, whose target is the nearest
header above them: "Pain in right knee" and "Pain in left knee" become *pain knee* → ``M25.56``.

Each term can be found in two ways: as a phrase, its words in order and side by side, through one automaton; or as a
*bag*, its words in any order within a short stretch of one sentence.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import pickle
import re
import sys
import tempfile
import threading
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from pathlib import Path
from typing import NamedTuple

from wardround.coding import lexicon
from wardround.icd10 import CodeSet
from wardround.settings import cache_folder
from wardround.words import Match, Phrases, cut

__all__ = ["DEFAULTED", "FREE", "SIDES", "Canonical", "Term", "Vocabulary", "content_words"]

_VERSION = 9  # raise it when what is compiled changes
_LONGEST_BAG = 7

SKIPPED = frozenset({""}) | frozenset(
    "a an and any are as at be been both but by due for from had has have having her his in into is it its my of on or our "
    "she he that the their there these this those to type was were which who will with your level stage some".split()
) - {"both", "type", "level", "stage"}
"""Words that neither a term nor a note is matched by."""

SIDES = frozenset({"right", "left", "bilateral", "unilateral"})

_UNSAID = SIDES | frozenset(
    "unspecified other specified nos nec classified elsewhere encounter initial displaced closed uncomplicated".split()
)
"""Words of a title that a note leaves out."""

FREE = _UNSAID | frozenset(
    "disease simple multiple single kind cause body region classifiable underlying condition part site organism".split()
)
"""Words of a title which do not have to be said for the title's condition to be meant."""

DEFAULTED = re.compile(
    r"\([^)]*\)|\[[^\]]*\]"
    r"|\b(?:without|except|unless|excluding|not (?!elsewhere))[^,;]*?(?=\bof (?:right|left|bilateral|unspecified|other)\b|[,;]|$)"
    r"|\bnot elsewhere classified\b|\bnot otherwise specified\b|\b(?:NOS|NEC)\b|\binitial encounter.*$",
    re.IGNORECASE,
)

_OTHER = re.compile(r"(?:other|certain)\b(?! and unspecified)", re.IGNORECASE)

# Reduced to one word these titles would match ordinary speech.
_NOT_ALONE = frozenset(
    "accident activity aftercare alcohol allergy arrest attack atlas axis blizzard blood calme care cell change cloudburst cocaine collision complication "
    "contact counseling cyclone death defect deformity delinquency delivery disorder disturbance donor dye earthquake effect examination explosion exposure "
    "fit fitting flood follow hanging history homicide hostility hr hurricane immersion immunization infantilism legal level litigation loss maintenance manslaughter mis "
    "murder newborn observation pin pim poisoning pr pre presence prosecution ptp rar rash relationship reaction removal replacement screaming screening sexual shot sighing "
    "starvation status sterilization storm stress symptom syndrome tidalwave tornado transplant tsunami twister typhoon vaccination volcanic worry "
    "abnormality absence adjustment anomaly brain breast chest eye foot hand head heart hip kidney knee leg lip liver lung malformation neck "
    "pregnancy valve still ventricle needle gas cavity septum vessel disease condition organ cord nail hair tooth muscle tendon infection tumor male female child adult drowning his falling runaway unhappiness problem test assassination terrorism electrocution "
    "anxious terminal acute chronic primary secondary congenital acquired benign malignant labor birth single twin triplet".split()
)

# Titles here describe circumstances and reasons for a visit in words of their own; the lexicon has what notes say.
_CIRCUMSTANCES = ("V", "W", "X", "Y", "Z0", "Z1", "Z2", "Z3", "Z4", "Z5", "Z6", "Z7")


class Term(NamedTuple):
    """Words that lead to a code.

    ``target`` is a code, a header, several joined by ``+``, or ``-`` for a term that blocks what it covers;
    ``when`` the lexicon's conditions; ``source`` ``lexicon``, ``title`` or ``inclusion``.
    """

    words: tuple[str, ...]
    target: str
    when: str
    source: str


class _Content(NamedTuple):
    """What is kept of the terms: their lines, the first line of each group, and the bags by their rarest word."""

    terms: str
    groups: tuple[int, ...]
    bags: dict[str, str]


class Canonical(NamedTuple):
    """A note's content words in the Tabular's vocabulary; item ``i`` of each list belongs to canonical word ``i``.

    ``first``/``last``: the range ``[first, last)`` of words of the note it stands for.
    """

    words: list[str]
    first: list[int]
    last: list[int]


# After these "a" is a letter and no article.
_LETTERED = frozenset("hepatitis influenza flu hemophilia vitamin group type immunoglobulin streptococcus strep".split())


def _skipped(words: Sequence[str], i: int) -> bool:
    return words[i] in SKIPPED and not (words[i] == "a" and i > 0 and words[i - 1] in _LETTERED)


def content_words(text: str) -> list[str]:
    """The folded words of ``text`` without those that nothing is matched by."""
    words = cut(text).folded
    return [word for i, word in enumerate(words) if not _skipped(words, i)]


def _reductions(title: str) -> Iterable[list[str]]:
    """The ways a title may be written in a note, as lists of words, the fullest first."""
    plain = DEFAULTED.sub(" ", title)
    words = [word for word in content_words(plain) if word not in _UNSAID]
    if words:
        yield words
    parts = re.split(r"\band\b", plain)
    if len(parts) == 2 and all(len(content_words(part)) == 1 for part in parts):
        yield from ([word for word in content_words(part) if word not in _UNSAID] for part in parts)
    if title.lower().startswith("personal history of "):
        yield [word for word in words if word != "personal"]


class Vocabulary:
    """Everything that leads from words to codes in one release. Immutable once built; safe to share between threads.

    Kept as few long strings that are taken apart where a note touches them, so that loading costs milliseconds.
    """

    def __init__(
        self, synonyms: Phrases, rewrites: Sequence[tuple[tuple[str, ...], str]], content: _Content, phrases: Phrases
    ) -> None:
        self._synonyms = synonyms
        self._rewrites = rewrites
        self._content = content
        self._phrases = phrases
        self._terms = content.terms.split("\n")
        self._known_bags: dict[str, tuple[tuple[frozenset[str], int], ...]] = {}
        self._known_terms: dict[int, tuple[Term, ...]] = {}

    def __len__(self) -> int:
        return len(self._terms)

    def terms(self, group: int) -> tuple[Term, ...]:
        """The terms that share the words of one group; rows of the lexicon come first."""
        known = self._known_terms.get(group)
        if known is None:
            groups = self._content.groups
            last = groups[group + 1] if group + 1 < len(groups) else len(self._terms)
            lines = (line.split("\t") for line in self._terms[groups[group] : last])
            known = tuple(Term(tuple(words.split(" ")), *rest) for words, *rest in lines)
            self._known_terms[group] = known
        return known

    @property
    def bag_keys(self) -> Set[str]:
        """The words that :meth:`bags` knows."""
        return self._content.bags.keys()

    def bags(self, key: str) -> tuple[tuple[frozenset[str], int], ...]:
        """``(the other words, group)`` of every term that may be found in any order and whose rarest word is ``key``."""
        known = self._known_bags.get(key)
        if known is None:
            rows = (row.split("\t") for row in self._content.bags.get(key, "").split("\n") if row)
            known = tuple((frozenset(words.split(" ")), int(group)) for words, group in rows)
            if known:
                self._known_bags[key] = known
        return known

    # -- from words to canonical words ------------------------------------------------------------------------

    def canonical(
        self, words: Sequence[str], allowed: Callable[[str, int, int], bool] | None = None
    ) -> Canonical:
        """Rewrite folded ``words`` to the Tabular's vocabulary and drop those nothing is matched by.

        ``allowed``: called with a synonym's condition and its word range; ``None`` allows only unconditional ones.
        """
        out: list[str] = []
        first: list[int] = []
        last: list[int] = []
        position = 0
        for match in self._synonyms.longest(words):
            replacement, when = self._rewrites[match.value]
            if when and not (allowed and allowed(when, match.first, match.last)):
                continue
            for i in range(position, match.first):
                if not _skipped(words, i):
                    out.append(words[i])
                    first.append(i)
                    last.append(i + 1)
            for word in replacement:
                out.append(word)
                first.append(match.first)
                last.append(match.last)
            position = match.last
        for i in range(position, len(words)):
            if not _skipped(words, i):
                out.append(words[i])
                first.append(i)
                last.append(i + 1)
        return Canonical(out, first, last)

    def canonical_words(self, text: str) -> list[str]:
        """The content words of ``text`` in the Tabular's vocabulary."""
        return self.canonical(cut(text).folded).words

    # -- from canonical words to terms ------------------------------------------------------------------------

    def phrases(self, words: Sequence[str]) -> list[Match]:
        """Every run of ``words`` that is a term, in order and side by side; the value is its group."""
        return self._phrases.find(words)

    def term_of(self, words: frozenset[str]) -> Term | None:
        """The unconditional term that has exactly these words, in whatever order."""
        for key in words:
            for rest, group in self.bags(key):
                if len(rest) + 1 == len(words) and rest | {key} == words:
                    return next((term for term in self.terms(group) if not term.when), None)
        return None

    # -- building and keeping ---------------------------------------------------------------------------------

    @classmethod
    def load(cls, codes: CodeSet) -> Vocabulary:
        """The vocabulary of a release, from the cache if it is there and current, else compiled and kept."""
        key = hashlib.sha256(
            f"{_VERSION} {codes.release.digest} {lexicon.digest()} {sys.version_info[:2]}".encode()
        ).hexdigest()[:16]
        path = cache_folder() / f"terms-{codes.release.id}-{key}.bin"
        with _LOCK:
            found = _LOADED.get(key)
            if found is None:
                found = cls._read(path) or cls._compile(codes)._write(path)
                _LOADED[key] = found
            return found

    @classmethod
    def _read(cls, path: Path) -> Vocabulary | None:
        try:
            kept = path.read_bytes()
            if zlib.crc32(kept[4:]).to_bytes(4, "big") != kept[:4]:
                return None
            synonyms, phrases, rewrites, content = marshal.loads(kept[4:])
            return cls(pickle.loads(synonyms), rewrites, _Content(*content), pickle.loads(phrases))
        except (OSError, ValueError, EOFError, TypeError):
            return None

    def _write(self, path: Path) -> Vocabulary:
        body = marshal.dumps(
            (pickle.dumps(self._synonyms), pickle.dumps(self._phrases), self._rewrites, tuple(self._content))
        )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
            with os.fdopen(descriptor, "wb") as file:
                file.write(zlib.crc32(body).to_bytes(4, "big") + body)
            os.replace(temporary, path)
        except OSError:
            pass  # a cache that cannot be written costs the next start a few seconds, nothing else
        return self

    @classmethod
    def _compile(cls, codes: CodeSet) -> Vocabulary:
        entries = list(lexicon.entries())
        synonyms: dict[str, int] = {}
        rewrites: list[tuple[tuple[str, ...], str]] = []
        for entry in entries:
            if entry.codes.startswith("="):
                synonyms[entry.term] = len(rewrites)
                rewrites.append((tuple(content_words(entry.codes[1:])), entry.when))
        compiled = Phrases(synonyms)
        rewriter = cls(compiled, rewrites, _Content("", (), {}), Phrases({}))

        def canonical(words: list[str]) -> tuple[str, ...]:
            return tuple(rewriter.canonical(words).words)

        terms: list[Term] = []
        seen: set[tuple[tuple[str, ...], str]] = set()
        for entry in entries:
            if entry.codes.startswith("="):
                continue
            words = canonical(cut(entry.term).folded)
            if words and (words, entry.when) not in seen:
                seen.add((words, entry.when))
                terms.append(Term(words, entry.codes, entry.when, "lexicon"))

        titled: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
        order: dict[frozenset[str], tuple[str, ...]] = {}
        for code, title, inclusions in _wordings(codes):
            if code.startswith(_CIRCUMSTANCES):
                continue
            for source, text in [("title", title), *(("inclusion", term) for term in inclusions)]:
                if source == "title" and _OTHER.match(text):
                    continue  # nobody writes "other asthma"; what the code holds is found by its inclusion terms
                for words in _reductions(text):
                    key = canonical(words)
                    if not key or (len(key) == 1 and not _stands_alone(key[0])):
                        continue
                    key = order.setdefault(frozenset(key), key)
                    titled[key].setdefault(code, source)
        for key, found in titled.items():
            for target, source in _targets(codes, found):
                terms.append(Term(key, target, "", source))
        return cls(compiled, rewrites, *_packed(terms))


def _stands_alone(word: str) -> bool:
    """Whether a title that is down to one word still names a condition: no adjective, no everyday word, no number."""
    return not (
        len(word) < 4 or word.isdigit() or word in _NOT_ALONE or word.endswith(("ic", "al", "ous", "ive", "ary", "ed", "ing"))
    ) or word in {"vomiting", "wheezing", "snoring", "fainting", "sneezing", "flushing", "bloating", "stuttering", "colic", "dfsp", "dvt"}


def _packed(terms: Sequence[Term]) -> tuple[_Content, Phrases]:
    """Terms as they are kept, and the automaton over their words."""
    grouped: dict[tuple[str, ...], list[Term]] = defaultdict(list)
    for term in terms:
        grouped[term.words].append(term)
    frequency: Counter[str] = Counter()
    for words in grouped:
        frequency.update(set(words))
    lines: list[str] = []
    groups: list[int] = []
    bags: dict[str, list[str]] = defaultdict(list)
    for number, (words, same) in enumerate(grouped.items()):
        groups.append(len(lines))
        lines.extend("\t".join((" ".join(words), *term[1:])) for term in same)
        different = set(words)
        if 2 <= len(different) <= _LONGEST_BAG:
            key = min(different, key=lambda word: (frequency[word], word))
            bags[key].append(f"{' '.join(sorted(different - {key}))}\t{number}")
    content = _Content("\n".join(lines), tuple(groups), {key: "\n".join(rows) for key, rows in bags.items()})
    return content, Phrases((" ".join(words), number) for number, words in enumerate(grouped))


def _wordings(codes: CodeSet) -> Iterable[tuple[str, str, Sequence[str]]]:
    """``(code, title, inclusion terms)`` of every entry."""
    inclusions: dict[str, list[str]] = defaultdict(list)
    for code, term in codes.inclusion_terms():
        inclusions[code].append(term)
    for code, title, _parent, _is_leaf in codes.entries():
        yield code, title, inclusions[code]


def _targets(codes: CodeSet, found: dict[str, str]) -> list[tuple[str, str]]:
    """What one run of words leads to: the header above all codes it names, or the best title's code if they are far apart."""
    titles = [code for code, source in found.items() if source == "title"]
    chosen = titles or list(found)
    source = "title" if titles else "inclusion"
    common = _common_header(codes, chosen)
    if common:
        return [(common, source)]
    unspecified = [code for code in chosen if "unspecified" in codes.title(code).lower()]
    return [(min(unspecified or chosen, key=lambda code: (len(code), code)), source)]


def _common_header(codes: CodeSet, chosen: Sequence[str]) -> str | None:
    paths = []
    for code in chosen:
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


_LOCK = threading.Lock()
_LOADED: dict[str, Vocabulary] = {}
