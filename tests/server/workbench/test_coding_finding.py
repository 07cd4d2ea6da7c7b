"""Codes for words that one types, from a release that has an Alphabetic Index."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from icd10.official import write_zip
from wardround.coding import Coder, CodingResult, Encounter
from wardround.icd10 import load
from wardround.icd10.importing import install
from wardround.server.workbench.coding.finding import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wardround.icd10 import CodeSet

RELEASE = "2026-10-01"


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CodeSet]:
    """A small release with an Index."""
    folder = tmp_path_factory.mktemp("installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARDROUND_DATA", str(folder / "data"))
        patch.setenv("WARDROUND_CACHE", str(folder / "cache"))
        install(write_zip(folder / "official.zip", RELEASE))
        yield load(release=RELEASE)


def before(words: str) -> CodingResult:
    """What the coder makes of words in the release before."""
    return Coder("2026-04-01").code(words, Encounter(date=datetime.date(2026, 5, 4)))


@pytest.mark.parametrize(
    ("words", "code", "route"),
    [
        ("cough acute", "R05.1", ("Index", "Cough", "acute")),
        ("COPD with acute exacerbation", "J44.1", ("Index", "COPD", "see Disease, lung, obstructive")),
        ("type 2 diabetes with hyperglycemia", "E11.65", ("Index", "Diabetes, diabetic", "type 2", "with")),
        ("hypertens", "I10", ("Index", "Hypertension, hypertensive")),
        ("r05", "R05.1", ("Tabular List: below R05",)),
    ],
)
def test_the_way_through_the_index_is_told(indexed: CodeSet, words: str, code: str, route: tuple[str, ...]) -> None:
    hits = find(indexed, before, words)
    hit = next(each for each in hits if each.code == code)
    assert all(any(step in told for told in hit.route) for step in route)
    assert hit.route[0].startswith(route[0])
    assert indexed.title(code) == hit.description
    assert len({each.code for each in hits}) == len(hits)


def test_what_the_words_do_not_say_is_told(indexed: CodeSet) -> None:
    (hit,) = (each for each in find(indexed, before, "lung cancer") if each.code == "C34.90")
    assert hit.missing[0] == "laterality is not said"


def test_what_is_coded_in_another_release_is_no_hit(indexed: CodeSet) -> None:
    assert before("gout").codes
    assert find(indexed, before, "gout") == ()
    assert find(indexed, before, "  ") == ()
