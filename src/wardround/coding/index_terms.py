"""Terms from the Alphabetic Index and the Table of Neoplasms: their paths, as words that lead to codes.

"Calculus, kidney" and "kidney calculus" become one bag of words that leads where the path leads. What titles and the
lexicon already say is not said again. Most of the Index cannot be matched word by word: it has "Pattern", "Lesion"
and "Skin" as terms because a coder looks up what she has understood. So a path counts only if it says enough by
itself: every level of it must add a word of its own, a main term alone must have the form of a disease's name, and
main terms that are everyday words, reasons for a visit or circumstances are left to the lexicon.

Source: ICD-10-CM Guidelines I.A.7 (non-essential modifiers), I.A.16 (see), I.A.18 (default codes), I.B.1.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence, Set
from functools import lru_cache
from itertools import islice, product

from wardround.coding.terms import Term, common_header
from wardround.coding.titles import DENYING, FREE, unsaid
from wardround.icd10 import CodeSet
from wardround.icd10.index import AlphabeticIndex, IndexEntry
from wardround.words import cut

__all__ = ["index_terms", "shown"]

Canonical = Callable[[list[str]], tuple[str, ...]]

# Reasons for a visit, status, circumstances: the lexicon has what notes say of them.
_REASONS = frozenset(
    "absence admission aftercare attention carrier complication contact counseling delivery donor encounter "
    "examination exposure fitting history labor maltreatment maternal newborn observation operation outcome position "
    "pregnancy presence presentation problem procedure prophylactic puerperal removal screening sequelae status "
    "surgery test vaccination".split()
)
# Main terms that are common words of any note: what they mean, a coder has to understand first.
_EVERYDAY = frozenset(
    "abuse anesthesia antibody axilla collateral decrease dependence displacement distortion drug ectopic elevated "
    "findings increase injury irregular karyotype lack late lesion level loop mass may middle milk positive reaction "
    "transplant use".split()
)
_CHAPTERS_LEFT = ("V", "W", "X", "Y", "Z")
# Endings that Greek and Latin give to the names of diseases and signs, and to little else.
_NAME = re.compile(
    r".{3,}(?:aneurysm|asthenia|ascites|cele|cyst|cytosis|dynia|ectasia|ectasis|edema|emia|esthesia|iasis|ism|itis|"
    r"kinesia|lith|lithiasis|lysis|malacia|mania|megaly|oma|opia|opsia|oses|osis|oxia|paresis|pathy|penia|phagia|"
    r"phasia|philia|phobia|plasia|plegia|pnea|praxia|ptosis|ptysis|rrhagia|rrhea|rrhexis|schisis|sclerosis|spasm|"
    r"stenosis|syncope|thorax|thrombus|tonia|toxicosis|trophy|uria|algia)$"
)
# Titles that only lead on to what stands below them.
_PASSED = re.compile(
    r"(?:associated with|by|caused by|due to|following|from|in|in diseases classified elsewhere|multiple sites|of|"
    r"other|secondary to|specified|specified (?:site|type)|type|unspecified|with|with (?:mention of|or without))",
    re.IGNORECASE,
)
_UNCLASSIFIED = re.compile(r"\b(?:NEC|NOS)\b")
_LONGEST = 6  # words; longer paths are never said in one breath
_FORMS = 12  # of one path, where its titles have several forms each
_BEHAVIORS = {  # column of the Table of Neoplasms → what notes call a growth of that behavior
    "malignant_primary": (
        "adenocarcinoma",
        "cancer",
        "carcinoma",
        "malignancy",
        "malignant neoplasm",
        "malignant tumor",
    ),
    "malignant_secondary": ("metastasis", "secondary malignant neoplasm"),
    "in_situ": ("carcinoma in situ",),
    "benign": ("benign neoplasm", "benign tumor"),
    "uncertain": ("neoplasm of uncertain behavior",),
}


def index_terms(codes: CodeSet, index: AlphabeticIndex, canonical: Canonical, known: Set[frozenset[str]]) -> list[Term]:
    """The terms that the Index adds, in printed order.

    Args:
        codes: the release; paths to codes that it does not have are left out.
        index: its Index.
        canonical: rewrites folded words to the Tabular's vocabulary.
        known: the words of the terms there are; they are not said again.
    """
    found: dict[frozenset[str], list[tuple[int, tuple[str, ...], str, str]]] = defaultdict(list)
    for depth, forms, code, path in (*_paths(codes, index), *_neoplasms(codes, index)):
        for form in forms:
            words = _words(form, canonical)
            if words and frozenset(words) not in known and _says_enough(words, depth, form):
                found[frozenset(words)].append((depth, words, code, path))
    return [term for ways in found.values() if (term := _term(codes, ways)) is not None]


def shown(path: Sequence[str]) -> str:
    """A path for people: ``Calculus, calculi, calculous > kidney``."""
    return " > ".join(path)


def _paths(codes: CodeSet, index: AlphabeticIndex) -> Iterator[tuple[int, Iterator[tuple[str, ...]], str, str]]:
    """Depth, forms, code and shown path of every entry of the Index proper that may be matched."""
    if "index" not in index.tables:
        return
    for entry in index.entries("index"):
        lead = re.split(r"[ ,]", entry.path[0].lower(), maxsplit=1)[0]
        if lead in _REASONS or lead in _EVERYDAY or any("without" in title for title in entry.path):
            continue
        code = _code_of(index, entry)
        if code is not None and not code.startswith(_CHAPTERS_LEFT) and codes.get(code) is not None:
            yield len(entry.path), islice(product(*map(_forms, entry.path)), _FORMS), code, shown(entry.path)


def _code_of(index: AlphabeticIndex, entry: IndexEntry) -> str | None:
    """Its own code, or the default of the one term that it sends to."""
    if entry.code is not None or entry.see is None or len(entry.see.entries) != 1 or entry.see.open:
        return entry.code
    return index.entry(entry.see.entries[0]).code


def _neoplasms(codes: CodeSet, index: AlphabeticIndex) -> Iterator[tuple[int, Iterator[tuple[str, ...]], str, str]]:
    """The same for every cell of the Table of Neoplasms: a behavior and a site."""
    if "neoplasm" not in index.tables:
        return
    for entry in index.entries("neoplasm"):
        sites = [_forms(title) for title in entry.path[1:]]
        for column, names in _BEHAVIORS.items():
            code = entry.cells.get(column)
            if sites and code is not None and codes.get(code) is not None:
                path = f"{shown(entry.path)}, {column.replace('_', ' ')}"
                yield len(entry.path), islice(product(names, *sites), 4 * _FORMS), code, path


@lru_cache(maxsize=65536)
def _forms(title: str) -> tuple[str, ...]:
    """The forms of a title ("femur, femoral"); one empty form for a title that only leads on."""
    plain = _UNCLASSIFIED.sub("", title).strip(" ,")
    if _PASSED.fullmatch(plain):
        return ("",)
    parts = [part.strip() for part in plain.split(",")]
    same = all(" " not in part and part[:3].lower() == parts[0][:3].lower() for part in parts)
    return tuple(parts[:4]) if same else (plain.replace(",", " "),)


def _words(form: tuple[str, ...], canonical: Canonical) -> tuple[str, ...]:
    """The words of one form of a path; none if a level of it adds nothing, or there are too many."""
    levels = [canonical(cut(level).folded) for level in form if level]
    if not all(any(word not in FREE for word in level) for level in levels):
        return ()
    words = tuple(dict.fromkeys(word for level in levels for word in level if not unsaid(word)))
    return words if len(words) <= _LONGEST and DENYING.isdisjoint(words) else ()


def _says_enough(words: tuple[str, ...], depth: int, form: tuple[str, ...]) -> bool:
    return len(words) > 1 or (depth == 1 and " " not in form[0] and _NAME.fullmatch(words[0]) is not None)


def _term(codes: CodeSet, ways: list[tuple[int, tuple[str, ...], str, str]]) -> Term | None:
    """The one term of several paths with the same words: the shortest, or what its equals have in common."""
    shortest = min(depth for depth, *_ in ways)
    equal = [way for way in ways if way[0] == shortest]
    target: str | None = equal[0][2]
    if any(code != target for _, _, code, _ in equal):
        target = common_header(codes, list(dict.fromkeys(code for _, _, code, _ in equal)))
    return None if target is None else Term(equal[0][1], target, "", f"Index {equal[0][3]}")
