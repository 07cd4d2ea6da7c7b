"""What a site model learns from the charts of a hospital of our own, and what it must never give away."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.learning.notes import LOCAL, made

from wardround import icd10
from wardround.coding import Coder
from wardround.coding.evaluation import evaluate
from wardround.coding.site import SiteModel
from wardround.errors import InputError
from wardround.learning import Chart, cross_validated, learn
from wardround.words import cut


@pytest.fixture(scope="module")
def charts() -> list[Chart]:
    return made(60)


@pytest.fixture(scope="module")
def model(charts: list[Chart]) -> SiteModel:
    return learn(charts)


def test_words_of_the_site_lead_to_its_codes(model: SiteModel) -> None:
    coder = Coder(site=model)
    for words, code in LOCAL.items():
        note = f"ASSESSMENT\n1. Longstanding {words}.\n"
        suggested = {suggestion.code: suggestion for suggestion in coder.code(note).codes}
        assert code in suggested
        evidence = suggested[code].evidence
        assert all(note[each.start : each.end] == each.text for each in evidence)
        assert any(set(words.split()) & set(each.text.lower().split()) for each in evidence)
        assert any(step.startswith("site: ") and "charts" in step for step in suggested[code].route)


def test_a_result_names_the_model_that_took_part(model: SiteModel) -> None:
    note = "ASSESSMENT\n1. Gout.\n"
    assert Coder(site=model).code(note).provenance.site == model.digest
    assert "site" not in Coder().code(note).to_json()["provenance"]  # type: ignore[operator]


def test_the_order_of_the_charts_does_not_matter(charts: list[Chart], model: SiteModel) -> None:
    assert learn([*reversed(charts), charts[0]]).to_json() == model.to_json()


def test_it_does_better_than_nothing_learned_on_charts_it_has_not_seen(charts: list[Chart]) -> None:
    charts = [*charts, charts[0]]  # one is there twice
    unseen = list(cross_validated(charts, folds=3))
    assert sorted(note.id for note in unseen) == sorted(chart.id for chart in charts)
    plain = Coder()
    without = sum(
        len(chart.codes ^ {code.code for code in plain.code(chart.text, chart.encounter).codes}) for chart in charts
    )
    assert sum(len(note.gold ^ note.suggested) for note in unseen) < without
    assert evaluate(unseen).invalid_codes == 0
    assert evaluate(unseen).inexact_quotes == 0


@pytest.mark.parametrize("count", [0, 5, 19])
def test_it_does_not_learn_from_a_handful(charts: list[Chart], count: int) -> None:
    with pytest.raises(InputError, match="too few to learn from"):
        learn(charts[:count])


def test_a_note_may_hold_half_of_a_surrogate_pair() -> None:
    with pytest.raises(InputError, match="1 reviewed charts are too few"):
        learn([Chart(id="1", text="ASSESSMENT\nGout \ud83d today.\n", codes=frozenset({"M10.9"}))])


def test_the_file_can_be_kept_and_read(model: SiteModel, tmp_path: Path) -> None:
    path = tmp_path / "site.model"
    model.save(path)
    again = SiteModel.load(path)
    assert again == model
    assert again.digest == model.digest
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == "wardround.site/1"
    assert max(map(len, path.read_text(encoding="utf-8").splitlines())) < 4000


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema": "wardround.site/9"}'])
def test_a_file_of_another_kind_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "site.model"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="site model"):
        SiteModel.load(path)
    with pytest.raises(InputError, match="cannot read"):
        SiteModel.load(tmp_path / "nothing")


def test_a_model_serves_its_own_scope_only(model: SiteModel) -> None:
    with pytest.raises(InputError, match="encounter"):
        Coder(scope="mentions", site=model)


def test_what_is_suggested_is_billable_in_the_release_of_the_visit(model: SiteModel) -> None:
    for release in {release.id for release in icd10.releases()}:
        codes = icd10.load(release)
        result = Coder(release, site=model).code("ASSESSMENT\n1. Sugar trouble and tired pump.\n2. Asthma.\n")
        assert all(codes.billable(code.code) for code in result.codes)


# -- privacy -------------------------------------------------------------------------------------------------------

_SECRETS = (
    "Mrs Quillfeather of Larchmont Terrace keeps two grey parrots",
    "call her son Bartholomew on 555 0173 any evening",
    "record number 88412907 was opened in Winterbourne",
    "gout flared after the Harborough regatta dinner",
)


def _with_secrets(charts: list[Chart], copies: int) -> list[Chart]:
    """The charts, with each secret in ``copies`` of them."""
    marked = list(charts)
    for number, secret in enumerate(_SECRETS):
        for copy in range(copies):
            place = 5 * number + copy
            chart = marked[place]
            marked[place] = Chart(
                id=chart.id, text=f"{chart.text}\n{secret}.\n", codes=chart.codes, encounter=chart.encounter
            )
    return marked


def _runs(words: list[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[first : first + length]) for first in range(len(words) - length + 1)}


@pytest.mark.parametrize("scope", ["encounter", "mentions"])
@pytest.mark.parametrize("copies", [1, 2, 4])
def test_nothing_of_a_few_charts_is_in_the_file(charts: list[Chart], scope: str, copies: int) -> None:
    marked = _with_secrets(charts, copies)
    text = learn(marked, scope="mentions" if scope == "mentions" else "encounter").to_json()
    words = set(re.findall(r"\w+", text.lower()))
    names = "quillfeather larchmont bartholomew 0173 88412907 winterbourne harborough".split()
    assert words.isdisjoint(names)  # in four charts too: nobody writes them in small letters
    runs = _runs(cut(text).folded, 2)
    if copies < 3:
        for secret in _SECRETS:
            own = cut(secret).folded
            unheard = _runs(own, 2) - {run for chart in charts for run in _runs(cut(chart.text).folded, 2)}
            assert runs.isdisjoint(unheard)


def test_no_five_words_of_a_chart_stand_together(charts: list[Chart], model: SiteModel) -> None:
    runs = _runs(cut(model.to_json()).folded, 5)
    for chart in charts:
        assert runs.isdisjoint(_runs(cut(chart.text).folded, 5))


def test_every_count_is_of_three_charts_or_more(model: SiteModel) -> None:
    habits = model.habits
    assert min(habits.codes.values()) >= 3
    for table in (habits.phrases, habits.terms, habits.offered):
        for sign, (of, given) in table.items():
            assert of >= 3, sign
            assert all(right == 0 or 3 <= right <= of for right in given.values()), sign
