"""How a site model changes a draft, with a model made by hand."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.coding.conftest import codes_of

from wardround.coding import Coder
from wardround.coding.calibration import Calibration
from wardround.coding.result import Scope
from wardround.coding.site import SiteModel
from wardround.coding.site.habits import Habits, Strongest, chapter, logit, shrunk
from wardround.coding.site.model import Figures

_EVEN = {"agreed": {"": 1.0}, "offered": {"": 1.0}, "doubted": {"": -1.0}, "shown": {"": -1.0}}


def by_hand(
    scope: Scope = "encounter", *, weights: dict[str, dict[str, float]] | None = None, **habits: Any
) -> SiteModel:
    """A model of twenty charts; what the coder offers stands, and nothing else is added, but for ``weights``."""
    counts: dict[str, Any] = {
        "charts": 20,
        "codes": {},
        "offers": (40, 30),
        "chapters": {},
        "offered_categories": {},
        "offered": {},
        "terms": {},
        "phrases": {},
    } | habits
    return SiteModel.model_validate(
        {
            "scope": scope,
            "release": "2026-04-01",
            "charts": 20,
            "figures": Figures(precision=0.8, recall=0.8, f1=0.8, without=(0.7, 0.7, 0.7)),
            "threshold": 0.5,
            "calibration": Calibration(points=((0.0, 0.1), (1.0, 0.9)), curve=(), codes=40),
            "weights": _EVEN | (weights or {}),
            "habits": Habits(**counts),
        }
    )


def test_a_model_that_was_used_goes_to_another_process_as_its_file_alone() -> None:
    unused, used = by_hand(), by_hand()
    Coder(site=used).code("Gout.")
    sent = pickle.dumps(used)
    assert len(sent) < 2 * len(pickle.dumps(unused))
    assert pickle.loads(sent) == unused


def test_a_phrase_of_the_site_brings_its_code_with_its_words() -> None:
    site = by_hand(
        weights={"shown": {"": -1.0, "best sign": 2.0}},
        codes={"E11.9": 9},
        phrases={"sugar trouble": (9, {"E11.9": 9})},
    )
    note = "ASSESSMENT\n1. Sugar trouble, well controlled.\n2. Gout.\n"
    assert codes_of(Coder().code(note)) == ["M10.9"]
    result = Coder(site=site).code(note)
    assert set(codes_of(result)) == {"E11.9", "M10.9"}
    [diabetes] = [code for code in result.codes if code.code == "E11.9"]
    assert [evidence.text for evidence in diabetes.evidence] == ["Sugar trouble"]
    assert diabetes.route == ("site: 'sugar trouble' → E11.9, 9 of 9 charts",)


@pytest.mark.parametrize("note", ["No sugar trouble.", "Mother has sugar trouble."])
def test_what_is_not_said_of_the_patient_now_brings_nothing(note: str) -> None:
    site = by_hand(weights={"shown": {"": 9.0}}, codes={"E11.9": 9}, phrases={"sugar trouble": (9, {"E11.9": 9})})
    assert codes_of(Coder(site=site).code(f"ASSESSMENT\n1. {note}\n")) == []


def test_what_a_site_does_not_code_is_turned_down_and_says_why() -> None:
    site = by_hand(
        weights={"offered": {"": 0.0, "term borne out": 1.0}}, terms={"gout": (12, {"M10.9": 0})}, offers=(40, 20)
    )
    result = Coder(site=site).code("ASSESSMENT\n1. Gout.\n2. Asthma.\n")
    assert "M10.9" not in codes_of(result)
    [gout] = [code for code in result.rejected if code.code == "M10.9"]
    assert [finding.rule for finding in gout.findings if finding.severity == "reject"] == ["site"]


def test_a_site_may_code_what_was_only_mentioned_but_never_what_is_denied() -> None:
    site = by_hand(weights={"doubted": {"": 2.0}})
    note = "PAST MEDICAL HISTORY\nGout.\n\nEXAM\nNo jaundice.\n\nASSESSMENT\n1. Asthma.\n"
    assert "M10.9" not in codes_of(Coder().code(note))
    result = Coder(site=site).code(note)
    assert "M10.9" in codes_of(result)
    assert "R17" not in codes_of(result)


def test_terms_inside_longer_ones_are_the_sites_to_judge() -> None:
    note = "The biopsy showed metastatic carcinoma of the lung."
    plain = set(codes_of(Coder(scope="mentions").code(note)))
    more = set(codes_of(Coder(scope="mentions", site=by_hand("mentions", weights={"doubted": {"": 2.0}})).code(note)))
    assert plain < more


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.integers(1, 2),
            st.dictionaries(st.sampled_from("ABC"), st.sampled_from([0.2, 0.4, 0.6, 0.8]), max_size=2),
        )
    )
)
def test_the_rival_of_a_code_is_the_strongest_other_one_on_its_words(
    signs: list[tuple[int, int, dict[str, float]]],
) -> None:
    strongest = Strongest(5)
    said: dict[str, float] = {}
    for first, length, shares in signs:
        strongest.add([(first, first + length)], [(share, code) for code, share in shares.items()])
        if first <= 2 < first + length:
            said |= {code: max(share, said.get(code, 0.0)) for code, share in shares.items()}
    for code in "ABC":
        others = [share for other, share in said.items() if other != code]
        assert strongest.rival([(2, 3)], code) == max(others, default=0.0)


@pytest.mark.parametrize(("right", "of", "toward", "weight", "share"), [(0, 0, 0.3, 2, 0.3), (9, 9, 0.1, 1, 0.91)])
def test_shares_are_drawn_to_the_whole(right: int, of: int, toward: float, weight: float, share: float) -> None:
    assert shrunk(right, of, toward, weight) == pytest.approx(share)


def test_log_odds_stay_within_bounds() -> None:
    assert logit(0.5) == 0
    assert logit(0) == logit(0.001) < 0 < logit(0.99) == logit(1)


@pytest.mark.parametrize(
    ("code", "letter"), [("W19.XXXA", "V"), ("Y93.53", "V"), ("T14.8", "S"), ("B20", "A"), ("I10", "I")]
)
def test_letters_of_one_chapter_are_one(code: str, letter: str) -> None:
    assert chapter(code) == letter
