"""A list of codes as a program checks it, without a note."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.coding import Checker, Coder, Encounter, Finding
from wardround.errors import UnknownRelease
from wardround.icd10 import CodeSet


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker()


LISTS = [
    ("I10", ""),
    ("I10 E11.9 J44.9", ""),
    ("E11.6", "valid-code:reject"),
    ("S72.001", "seventh-character:reject"),
    ("I10 I10", "duplicate-code:reject"),
    ("E10.9 E11.9", "excludes1:review"),
    ("F02.80 G30.9", "manifestation:reject"),
    ("D63.1 N18.4", "code-first:review"),
]


@pytest.mark.parametrize(("codes", "expected"), LISTS)
def test_lists(checker: Checker, codes: str, expected: str) -> None:
    found = {f"{finding.rule}:{finding.severity}" for finding in checker.check(codes.split())}
    assert set(expected.split()) <= found
    assert bool(found) == bool(expected)


def test_a_finding_says_what_is_wrong_and_where_it_is_written(checker: Checker) -> None:
    (finding,) = checker.check(["n184", "D631", "D631"])
    assert finding == Finding(
        rule="duplicate-code",
        section="I.B.12",
        severity="reject",
        codes=("D63.1",),
        message="D63.1 is listed 2 times",
    )


def test_the_encounter_counts(checker: Checker) -> None:
    assert not checker.check(["N40.0"], Encounter(sex="male"))
    assert [finding.rule for finding in checker.check(["N40.0"], Encounter(sex="female"))] == ["sex"]


def test_the_release_is_chosen_as_the_coder_chooses_it(checker: Checker) -> None:
    covered, before = datetime.date(2026, 5, 11), datetime.date(1999, 5, 11)
    assert checker.release().id == Coder().newest.id == "2026-04-01"
    assert checker.release(Encounter(date=covered)).id == "2026-04-01"
    with pytest.raises(UnknownRelease, match="covers 1999"):
        checker.check(["I10"], Encounter(date=before))
    assert Checker("2026-04-01").check(["I10"], Encounter(date=before)) == ()
    with pytest.raises(UnknownRelease):
        Checker("1999-10-01")


def test_a_text_is_no_list(checker: Checker) -> None:
    with pytest.raises(TypeError, match="not a text"):
        checker.check("I10 E11.9")


def test_what_a_coder_gives_for_a_note_is_whole(checker: Checker) -> None:
    note = "Assessment:\n1. Type 2 diabetes with CKD stage 3\n2. Hypertension\n3. Right wrist sprain, healing"
    codes = [code.code for code in Coder().code(note).codes]
    found = checker.check(codes)
    assert codes
    assert not [finding for finding in found if finding.severity == "reject"]


SOME = "I10 I11.0 I13.0 E11.9 E11.22 E10.9 N18.30 N18.4 D63.1 I50.9 F02.80 G30.9 S72.001A S72.001D W19.XXXA O80 Z37.0"
CODES = st.one_of(st.sampled_from(SOME.split()), st.sampled_from(["E11", "S72.001", "W01.0A", "", "x"]), st.text())


@settings(max_examples=50, deadline=None)
@given(st.lists(CODES, max_size=15))
def test_no_list_of_texts_is_too_odd(checker: Checker, codes: list[str]) -> None:
    for finding in checker.check(codes):
        assert finding.rule
        assert finding.message
        assert "\n" not in finding.message


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(min_size=25), min_size=1, max_size=3))
def test_what_is_no_code_is_not_repeated_in_words(checker: Checker, codes: list[str]) -> None:
    for finding in checker.check(codes):
        assert all(code not in finding.message for code in codes)
        assert all(len(code) <= 24 for code in finding.codes)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(SOME.split()), max_size=12))
def test_checking_again_says_the_same(checker: Checker, codes: list[str]) -> None:
    assert checker.check(codes) == checker.check(list(codes)) == checker.check([code.lower() for code in codes])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(SOME.split()), unique=True, max_size=10).flatmap(
        lambda c: st.tuples(st.just(c), st.permutations(c))
    )
)
def test_what_excludes_and_what_is_twice_depends_on_no_order(
    checker: Checker, orders: tuple[list[str], list[str]]
) -> None:
    def found(codes: list[str]) -> set[tuple[str, frozenset[str]]]:
        rules = ("excludes1", "duplicate-code", "seventh-character", "valid-code")
        return {(f.rule, frozenset(f.codes)) for f in checker.check(codes) if f.rule in rules}

    assert found(orders[0]) == found(orders[1])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(SOME.split()), unique=True, max_size=8))
def test_a_code_given_twice_adds_only_that_it_is_there_twice(checker: Checker, codes: list[str]) -> None:
    once, twice = checker.check(codes), checker.check([*codes, *codes])
    repeated = {finding.codes for finding in twice if finding.rule == "duplicate-code"}
    assert {(code,) for code in codes} <= repeated
    excludes = [{f.codes for f in found if f.rule == "excludes1"} for found in (once, twice)]
    assert excludes[0] == excludes[1]


def test_every_code_of_the_release_is_a_whole_code(checker: Checker, codes: CodeSet) -> None:
    some = [code for number, code in enumerate(codes.billable_codes()) if number % 97 == 0]
    rules = {finding.rule for code in some for finding in checker.check([code])}
    assert rules.isdisjoint({"valid-code", "seventh-character", "duplicate-code", "excludes1"})
