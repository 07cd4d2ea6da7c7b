"""Every row of the lexicon is well formed and means codes that exist."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from wardround.coding import lexicon
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10 import CodeSet
from wardround.words import cut

_CONDITION = re.compile(r"CAPS|problem|female|male|child|adult|near:[^|,\s]+(?:\|[^|,\s]+)*")


@pytest.fixture(scope="module")
def entries() -> list[lexicon.Entry]:
    return list(lexicon.entries())


def place(entry: lexicon.Entry) -> str:
    return f"{entry.file}:{entry.line} {entry.term!r}"


def test_there_are_terms_of_every_room(entries: list[lexicon.Entry]) -> None:
    counts = Counter(entry.file for entry in entries)
    assert len(counts) >= 20
    assert min(counts.values()) > 10


def test_codes_exist(entries: list[lexicon.Entry], codes: CodeSet) -> None:
    wrong = [
        f"{place(entry)}: {code}"
        for entry in entries
        if entry.codes != "-" and not entry.codes.startswith("=")
        for code in entry.codes.split("+")
        if codes.get(code) is None
    ]
    assert not wrong


def test_synonyms_are_words(entries: list[lexicon.Entry]) -> None:
    wrong = [
        place(entry)
        for entry in entries
        if entry.codes.startswith("=") and not cut(entry.codes.removeprefix("=")).folded
    ]
    assert not wrong


def test_terms_are_words_in_lower_case(entries: list[lexicon.Entry]) -> None:
    wrong = [
        place(entry)
        for entry in entries
        if not cut(entry.term).folded or entry.term != entry.term.lower() or entry.term != entry.term.strip()
    ]
    assert not wrong


def test_conditions_are_known(entries: list[lexicon.Entry]) -> None:
    wrong = [
        f"{place(entry)}: {entry.when!r}"
        for entry in entries
        if entry.when and not all(_CONDITION.fullmatch(condition) for condition in entry.when.split(","))
    ]
    assert not wrong


def test_words_that_must_be_near_are_single_and_folded(entries: list[lexicon.Entry]) -> None:
    wrong = [
        f"{place(entry)}: {word}"
        for entry in entries
        for condition in entry.when.split(",")
        if condition.startswith("near:")
        for word in condition.removeprefix("near:").split("|")
        if len(cut(word).folded) != 1
    ]
    assert not wrong


def test_short_terms_give_a_reason(entries: list[lexicon.Entry]) -> None:
    wrong = [
        place(entry) for entry in entries if len(entry.term) <= 3 and entry.term.isalpha() and not entry.reason.strip()
    ]
    assert not wrong


def test_no_term_stands_twice_under_one_condition(entries: list[lexicon.Entry]) -> None:
    places: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for entry in entries:
        places.setdefault((tuple(cut(entry.term).folded), entry.when), []).append(place(entry))
    assert not [found for found in places.values() if len(found) > 1]


def test_a_reason_is_a_clause(entries: list[lexicon.Entry]) -> None:
    assert not [place(entry) for entry in entries if len(entry.reason) > 200 or "\t" in entry.reason]


def test_circumstances(codes: CodeSet) -> None:
    """A code of one cause, activity or place; complete but for the seventh character."""
    starts = {"cause": ("V", "W", "X", "Y"), "activity": ("Y93",), "place": ("Y92",)}
    wrong = []
    for line, (term, code, kind, *_) in lexicon.rows("external.tsv"):
        known = codes.get(code)
        complete = known is not None and (codes.billable(code) or codes.billable(codes.with_seventh(code, "A")))
        if not cut(term).folded or not complete or not code.startswith(starts.get(kind, ("-",))):
            wrong.append((line, term, code, kind))
    assert not wrong


@pytest.fixture(scope="module")
def prefixes(codes: CodeSet) -> set[str]:
    """The beginnings of all codes."""
    return {code[:length] for code, *_ in codes.entries() for length in range(1, len(code) + 1)}


def test_integral_symptoms(prefixes: set[str]) -> None:
    wrong = [
        (line, prefix)
        for line, columns in lexicon.rows("integral.tsv")
        for prefix in "|".join(columns[:2]).split("|")
        if prefix not in prefixes
    ]
    assert not wrong


def test_history(codes: CodeSet, prefixes: set[str]) -> None:
    wrong = []
    for line, (diagnoses, code, *_) in lexicon.rows("history.tsv"):
        wrong += [(line, prefix) for prefix in diagnoses.split("|") if prefix not in prefixes]
        if code and not codes.billable(code):
            wrong.append((line, code))
    assert not wrong


def test_no_diagnosis_has_two_history_codes() -> None:
    prefixes = Counter(prefix for _, columns in lexicon.rows("history.tsv") for prefix in columns[0].split("|"))
    assert not [prefix for prefix, count in prefixes.items() if count > 1]


def test_a_term_leads_to_the_code_of_its_row(entries: list[lexicon.Entry], codes: CodeSet) -> None:
    """Every unconditional row can be found by its own words; none is lost to a synonym or to another row."""
    vocabulary = Vocabulary.load(codes)
    rows = [entry for entry in entries if not entry.when and not entry.codes.startswith("=")]
    words = vocabulary.canonical([word for entry in rows for word in (*cut(entry.term).folded, "|")]).words
    ends = [i for i, word in enumerate(words) if word == "|"]
    starts = [0, *(end + 1 for end in ends)]
    found = {match[:2]: match[2] for match in vocabulary.phrases(words)}
    lost = []
    for entry, run in zip(rows, zip(starts, ends, strict=False), strict=True):
        targets = {term.target for term in vocabulary.terms(found[run]) if not term.when} if run in found else set()
        if run[0] < run[1] and entry.codes not in targets:
            lost.append(f"{place(entry)} → {entry.codes}, found {sorted(targets)}")
    assert not lost


def test_the_digest_is_that_of_the_files() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", lexicon.digest())
    assert lexicon.digest() == lexicon.digest()
