"""What decisions make of a draft, and that no sequence of them can make anything wrong of it."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from export.reports import samples
from wardround import documents
from wardround.coding import Coder, CodingResult
from wardround.errors import InputError, StoreConflict, UnknownCode, WardroundError
from wardround.reporting.report import DraftReport
from wardround.server import reviewing
from wardround.store.records import Decision, Review

if TYPE_CHECKING:
    from wardround.icd10 import CodeSet

NOTE = """HPI
51-year-old with three days of cough. Mother had breast cancer.

ASSESSMENT
1. Essential hypertension, well controlled.
2. Type 2 diabetes mellitus with hyperglycemia.
3. No evidence of pneumonia.
"""
NOW = datetime.datetime(2026, 11, 3, tzinfo=datetime.UTC)
REPORT = samples.RICH.model_dump(mode="json")


@pytest.fixture(scope="module")
def draft() -> dict[str, Any]:
    return Coder("2026-04-01").code(NOTE).to_json()


def review_of(*decisions: tuple[str, str, Any]) -> Review:
    return Review(
        case="c" * 32, round=1, result=1, version=1 + len(decisions), opened=NOW, opened_by="maria", reason="",
        signed=None, signed_by="",
        decisions=tuple(
            Decision(number=number, item=item, verb=verb, value=value, reason="", by="maria", at=NOW)  # type: ignore[arg-type]
            for number, (item, verb, value) in enumerate(decisions, 1)
        ),
    )  # fmt: skip


def decided(content: dict[str, Any], codes: CodeSet | None, *decisions: tuple[str, str, Any]) -> Review:
    """The review after decisions, each as it would be kept."""
    review = review_of()
    for item, verb, value in decisions:
        kept = reviewing.checked(content, review, item, verb, value, codes, lambda: documents.read(NOTE))
        review = review_of(*((each.item, each.verb, each.value) for each in review.decisions), (item, verb, kept))
    return review


def test_a_rewritten_question_is_signed_and_never_required(codes: CodeSet) -> None:
    text = "ASSESSMENT\nHeart failure, LVEF 35 %.\nDementia."
    draft = Coder("2026-04-01").code(text).to_json()
    assert draft["queries"]
    accepted = [(item.id, "accept", None) for item in reviewing.items(draft)]
    plain = reviewing.final(draft, decided(draft, codes, *accepted), codes)
    assert isinstance(plain, CodingResult)
    assert {query.letter for query in plain.queries} == {None}
    written = ("query:1", "change", {"text": "Please say of what kind it is."})
    signed = reviewing.final(draft, decided(draft, codes, *accepted, written), codes)
    assert isinstance(signed, CodingResult)
    assert [query.letter for query in signed.queries] == [written[2]["text"], *[None] * (len(plain.queries) - 1)]
    again = reviewing.final(draft, decided(draft, codes, *accepted, written, ("query:1", "withdraw", None)), codes)
    assert again == plain
    for item, verb, value in [
        (f"query:{len(plain.queries) + 1}", "change", {"text": "x"}),
        ("query:1", "accept", None),
        ("query:1", "change", {"text": " \n"}),
        ("query:1", "change", {"text": "x" * 10_001}),
        ("query:1", "change", {"code": "I10"}),
    ]:
        with pytest.raises(InputError):
            decided(draft, codes, (item, verb, value))


def span(words: str) -> dict[str, int]:
    start = NOTE.index(words)
    return {"start": start, "end": start + len(words)}


def test_the_note_has_what_these_tests_need(draft: dict[str, Any]) -> None:
    assert [each["code"] for each in draft["codes"]] == ["I10", "E11.65"]


CODES = [
    pytest.param([], ["I10", "E11.65"], ["I10", "E11.65"], id="nothing is decided"),
    pytest.param([("I10", "accept", None)], ["E11.65"], ["I10", "E11.65"], id="one of two"),
    pytest.param([("I10", "accept", None), ("E11.65", "reject", None)], [], ["I10"], id="rejected"),
    pytest.param(
        [("I10", "accept", None), ("E11.65", "accept", None), ("E11.65", "withdraw", None)],
        ["E11.65"], ["I10", "E11.65"], id="withdrawn",
    ),
    pytest.param(
        [("I10", "reject", None), ("E11.65", "reject", None), ("I10", "withdraw", None), ("I10", "accept", None)],
        [], ["I10"], id="withdrawn and accepted",
    ),
    pytest.param(
        [("I10", "accept", None), ("E11.65", "change", {"code": "e119"})], [], ["I10", "E11.9"], id="changed",
    ),
    pytest.param(
        [("I10", "accept", None), ("E11.65", "accept", None), ("sequence", "change", {"codes": ["E11.65", "J18.9"]})],
        [], ["E11.65", "I10"], id="another principal",
    ),
    pytest.param(
        [("R05.9", "add", {"code": "r059", **span("cough")}), ("I10", "accept", None), ("E11.65", "accept", None)],
        [], ["I10", "E11.65", "R05.9"], id="added",
    ),
    pytest.param(
        [("R05.9", "add", {"code": "R05.9", **span("cough")}), ("R05.9", "withdraw", None), ("I10", "accept", None)],
        ["E11.65"], ["I10", "E11.65"], id="added and withdrawn",
    ),
    pytest.param(
        [("I10", "change", {"code": "E11.65"}), ("E11.65", "accept", None)], [], ["E11.65"], id="two become one",
    ),
    pytest.param(
        [("I10", "accept", None), ("E11.65", "accept", None),
         ("span:0-200", "mark", {"assertion": "absent"})],
        ["I10", "E11.65"], ["I10", "E11.65"], id="accepted, and all that is quoted is marked as absent",
    ),
    pytest.param(
        [("I10", "accept", None), ("E11.65", "accept", None),
         ("span:0-200", "mark", {"assertion": "absent"}), ("span:0-200", "withdraw", None)],
        [], ["I10", "E11.65"], id="unmarked",
    ),
    pytest.param(
        [("I10", "reject", None), ("E11.65", "accept", None), ("span:0-200", "mark", {"assertion": "possible"})],
        [], ["E11.65"], id="marked as possible",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("decisions", "missing", "listed"), CODES)
def test_codes(
    draft: dict[str, Any], codes: CodeSet, decisions: list[tuple[str, str, Any]], missing: list[str], listed: list[str]
) -> None:
    review = decided(draft, codes, *decisions)
    assert [item.id for item in reviewing.undecided(draft, review)] == missing
    preview = reviewing.preview(draft, review, codes)
    assert isinstance(preview, CodingResult)
    assert [code.code for code in preview.codes] == listed
    if missing:
        with pytest.raises(StoreConflict) as refused:
            reviewing.final(draft, review, codes)
        assert refused.value.where == missing[0]
    else:
        assert reviewing.final(draft, review, codes) == preview
        assert all(code.status == "accepted" for code in preview.codes)


REFUSED = [
    ("J18.9", "accept", None, "item"),
    ("I10", "mark", {"assertion": "absent"}, "verb"),
    ("I10", "withdraw", None, "item"),
    ("I10", "accept", {"code": "I10"}, "value"),
    ("I10", "change", None, "value"),
    ("I10", "change", {}, "value"),
    ("I10", "change", {"code": "E11"}, "value.code"),
    ("I10", "change", {"start": 3}, "value"),
    ("I10", "change", {"start": 3, "end": 3}, "value"),
    ("I10", "change", {"colour": "red"}, "value"),
    ("R05.9", "add", {"code": "R05.9"}, "value.start"),
    ("R05.9", "add", {"code": "R05.8", "start": 0, "end": 3}, "item"),
    ("R05.9", "add", {"code": "R05.9", "start": 0, "end": len(NOTE) + 1}, "value"),
    ("R05.9", "add", {"code": "R05.9", "start": NOTE.index("\n\n"), "end": NOTE.index("\n\n") + 2}, "value"),
    ("span:0-9999999", "mark", {"assertion": "absent"}, "value"),
    ("span:0-9", "mark", {"assertion": "perhaps"}, "value.assertion"),
    ("span:0-9", "accept", None, "verb"),
    ("sequence", "change", {"codes": "I10"}, "value.codes"),
    ("sequence", "accept", None, "verb"),
    ("report", "accept", None, "item"),
]


@pytest.mark.parametrize(("item", "verb", "value", "where"), REFUSED)
def test_codes_refused(draft: dict[str, Any], codes: CodeSet, item: str, verb: str, value: Any, where: str) -> None:
    with pytest.raises(InputError) as refused:
        decided(draft, codes, (item, verb, value))
    assert refused.value.where == where


def test_a_code_that_is_none_is_refused_with_the_nearest(draft: dict[str, Any], codes: CodeSet) -> None:
    with pytest.raises(UnknownCode) as refused:
        decided(draft, codes, ("I10", "change", {"code": "E11.66"}))
    assert "E11.65" in refused.value.hint


def test_what_changed_says_so(draft: dict[str, Any], codes: CodeSet) -> None:
    review = decided(
        draft,
        codes,
        ("I10", "reject", None),
        ("E11.65", "change", {"code": "E11.9", **span("Type 2 diabetes mellitus")}),
        ("J18.9", "add", {"code": "J18.9", **span("pneumonia")}),
    )
    result = reviewing.final(draft, review, codes)
    assert isinstance(result, CodingResult)
    diabetes, pneumonia = result.codes
    assert diabetes.description == codes.title("E11.9")
    assert [quote.text for quote in diabetes.evidence] == ["Type 2 diabetes mellitus"]
    assert diabetes.route[-1] == "changed in the review from E11.65 to E11.9"
    assert (pneumonia.evidence[0].assertion, pneumonia.evidence[0].section) == ("present", "assessment")
    (turned_down,) = [code for code in result.rejected if code.code == "I10"]
    assert (turned_down.status, turned_down.findings[-1].rule) == ("rejected", "review")


def test_an_added_suggestion_is_accepted_with_both_quotes(draft: dict[str, Any], codes: CodeSet) -> None:
    review = decided(draft, codes, ("I10", "add", {"code": "I10", **span("hypertension, well")}))
    result = reviewing.preview(draft, review, codes)
    assert isinstance(result, CodingResult)
    assert (result.codes[0].status, len(result.codes[0].evidence)) == ("accepted", 2)


def test_decisions_that_were_not_checked_are_found(draft: dict[str, Any], codes: CodeSet) -> None:
    for item, verb, value in (
        ("I10", "change", {"code": "X99.999"}),
        ("E11", "add", {"code": "E11", "evidence": draft["codes"][0]["evidence"][0]}),
        ("R05.9", "add", {"code": "R05.9"}),
    ):
        with pytest.raises(StoreConflict) as found:
            reviewing.preview(draft, review_of((item, verb, value)), codes)
        assert found.value.where == item


def test_the_same_code_twice_is_two_items(draft: dict[str, Any], codes: CodeSet) -> None:
    twice = {**draft, "codes": [draft["codes"][0], draft["codes"][0]]}
    assert [item.id for item in reviewing.items(twice)] == ["I10", "I10#2"]
    review = decided(twice, codes, ("I10", "reject", None), ("I10#2", "accept", None))
    result = reviewing.final(twice, review, codes)
    assert isinstance(result, CodingResult)
    assert [code.code for code in result.codes] == ["I10"]


REPORTS = [
    pytest.param([], [], True, id="nothing is decided"),
    pytest.param(["accept all"], [], False, id="all accepted"),
    pytest.param(["accept all", ("F1", "reject", None)], ["report"], False, id="one removed"),
    pytest.param(["accept all", ("F1", "reject", None), ("report", "accept", None)], [], False, id="text confirmed"),
    pytest.param(
        ["accept all", ("F1", "reject", None), ("report", "accept", None), ("F1", "change", {"side": "right"})],
        ["report"], False, id="changed after the text was confirmed",
    ),
    pytest.param(
        ["accept all", ("F1", "reject", None), ("F1", "withdraw", None), ("F1", "accept", None)], [], False,
        id="removed and taken back",
    ),
    pytest.param(["accept all", ("A1", "add", {"name": "nodule"})], ["report"], False, id="added"),
    pytest.param(["accept all", ("A1", "add", {"name": "mass"}), ("A1", "withdraw", None)], [], False, id="taken back"),
]  # fmt: skip


def with_all(decisions: list[Any]) -> list[tuple[str, str, Any]]:
    everything = [(item.id, "accept", None) for item in reviewing.items(REPORT)]
    return [step for each in decisions for step in (everything if each == "accept all" else [each])]


@pytest.mark.parametrize(("decisions", "missing", "all_missing"), REPORTS)
def test_reports(decisions: list[Any], missing: list[str], all_missing: bool) -> None:
    review = decided(REPORT, None, *with_all(decisions))
    wanted = [item.id for item in reviewing.items(REPORT)] if all_missing else missing
    assert [item.id for item in reviewing.undecided(REPORT, review)] == wanted


def test_an_untouched_report_stays_as_it_is() -> None:
    review = decided(REPORT, None, *with_all(["accept all"]))
    assert reviewing.final(REPORT, review, None) == samples.RICH


def test_a_removed_finding_is_said_nowhere() -> None:
    report = reviewing.preview(REPORT, decided(REPORT, None, ("F1", "reject", None)), None)
    assert isinstance(report, DraftReport)
    assert "F1" not in report.model_dump_json()


def test_a_changed_finding_is_said_as_it_is_now() -> None:
    change = {"side": "right", "size": "moderate"}
    report = reviewing.preview(REPORT, decided(REPORT, None, ("F1", "change", change)), None)
    assert isinstance(report, DraftReport)
    assert "left" not in " ".join(said.text for said in report.impression if "effusion" in said.text)
    assert any("oderate right" in said.text for region in report.regions for said in region.statements)
    absent = reviewing.preview(REPORT, decided(REPORT, None, ("F1", "change", {"presence": "absent"})), None)
    assert isinstance(absent, DraftReport)
    assert not absent.findings[0].critical


def test_an_added_finding_is_said() -> None:
    value = {"name": "pulmonary nodule", "side": "left", "area": {"left": 1, "top": 2, "right": 3, "bottom": 4}}
    report = reviewing.preview(REPORT, decided(REPORT, None, ("A1", "add", value)), None)
    assert isinstance(report, DraftReport)
    assert report.findings[-1].id == "A1"
    assert "Left pulmonary nodule." in [said.text for region in report.regions for said in region.statements]
    assert "Left pulmonary nodule." in [said.text for said in report.impression]


def test_the_reviewers_words_take_the_place_of_the_drafts() -> None:
    first = samples.RICH.impression[0]
    value = {"impression": [first.text, "Follow-up in two weeks is advised."], "regions": []}
    report = reviewing.preview(REPORT, decided(REPORT, None, ("report", "change", value)), None)
    assert isinstance(report, DraftReport)
    kept, own = report.impression
    assert kept == first
    assert own.written_by == "reviewer"
    assert report.regions == ()
    assert report.recommendations == samples.RICH.recommendations


REFUSED_OF_REPORTS = [
    ("F99", "accept", None, "item"),
    ("F1", "add", {"name": "nodule"}, "verb"),
    ("F1", "change", {"presence": "perhaps"}, "value.presence"),
    ("F1", "change", {}, "value"),
    ("A1", "add", {}, "value.name"),
    ("A1", "add", {"name": "x", "area": {"left": 5, "top": 0, "right": 1, "bottom": 9}}, "value.area"),
    ("F1", "change", {"area": {"left": 0, "top": 0, "right": float("inf"), "bottom": 9}}, "value.area"),
    ("A0", "add", {"name": "nodule"}, "item"),
    ("report", "change", {"impression": "text"}, "value.impression"),
    ("report", "change", {}, "value"),
    ("report", "reject", None, "verb"),
    ("report", "accept", {}, "value"),
]


@pytest.mark.parametrize(("item", "verb", "value", "where"), REFUSED_OF_REPORTS)
def test_reports_refused(item: str, verb: str, value: Any, where: str) -> None:
    with pytest.raises(InputError) as refused:
        decided(REPORT, None, (item, verb, value))
    assert refused.value.where == where


def test_which_review_holds() -> None:
    first, second = review_of(), replace(review_of(), round=2, reading="second")
    assert reviewing.in_force([first, second]) is None
    signed = [replace(each, signed=NOW) for each in (first, second)]
    assert reviewing.in_force(signed) == signed[0]
    assert reviewing.in_force([first, signed[1]]) == signed[1]
    adjudicated = replace(signed[0], round=3, reading="adjudication")
    assert reviewing.in_force([*signed, adjudicated]) == adjudicated


SOME_CODES = st.sampled_from(["I10", "E11.65", "e119", "R05.9", "J18.9", "E11", "S72.001A", "X99.9", "S72.001", ""])
SPANS = st.fixed_dictionaries({"start": st.integers(-3, len(NOTE) + 3), "end": st.integers(-3, len(NOTE) + 3)})
CODE_DECISIONS = st.one_of(
    st.tuples(SOME_CODES, st.sampled_from(["accept", "reject", "withdraw"]), st.none()),
    st.tuples(
        SOME_CODES,
        st.sampled_from(["add", "change"]),
        st.builds(lambda code, span: {"code": code, **span}, SOME_CODES, SPANS | st.just({})),
    ),
    st.tuples(
        st.builds(lambda span: f"span:{span['start']}-{span['end']}", SPANS),
        st.just("mark"),
        st.builds(lambda said: {"assertion": said}, st.sampled_from(["absent", "present", "family", "?"])),
    ),
    st.tuples(st.just("sequence"), st.just("change"), st.builds(lambda codes: {"codes": codes}, st.lists(SOME_CODES))),
    st.tuples(st.sampled_from(["sequence", "span:0-200", "span:5-9"]), st.just("withdraw"), st.none()),
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def try_all(content: dict[str, Any], codes: CodeSet | None, decisions: list[tuple[str, str, Any]]) -> Review:
    """The review after those decisions that can be."""
    note = documents.read(NOTE)
    review = review_of()
    for item, verb, value in decisions:
        try:
            kept = reviewing.checked(content, review, item, verb, value, codes, lambda: note)
        except WardroundError:
            continue
        review = review_of(*((each.item, each.verb, each.value) for each in review.decisions), (item, verb, kept))
    return review


@QUICK
@given(st.lists(CODE_DECISIONS, max_size=12))
def test_no_decisions_make_a_wrong_result(
    draft: dict[str, Any], codes: CodeSet, decisions: list[tuple[str, str, Any]]
) -> None:
    review = try_all(draft, codes, decisions)
    preview = reviewing.preview(draft, review, codes)
    assert isinstance(preview, CodingResult)
    assert CodingResult.model_validate(preview.to_json()) == preview
    listed = [code.code for code in preview.codes]
    assert len(set(listed)) == len(listed)
    for place, code in enumerate(preview.codes):
        assert codes.billable(code.code)
        assert code.description == codes.title(code.code)
        assert code.role == ("secondary" if place else "principal")
        assert code.evidence
    for code in (*preview.codes, *preview.rejected):
        for quote in code.evidence:
            assert NOTE[quote.start : quote.end] == quote.text
    for item, decision in review.standing.items():  # no decision is lost
        turned_down = [code.code for code in preview.rejected]
        if decision.verb in ("accept", "add", "change") and item != "sequence":
            assert (decision.value or {}).get("code", item) in listed
        elif decision.verb == "reject":
            assert (item in turned_down) != (item in listed)
    suggested = {code["code"] for code in draft["codes"]}
    assert suggested - review.standing.keys() == {
        item.id for item in reviewing.undecided(draft, review) if item.id not in review.standing
    }
    if not reviewing.undecided(draft, review):
        assert reviewing.final(draft, review, codes) == preview
        assert all(code.status == "accepted" for code in preview.codes)
    everything = [(item, "withdraw", None) for item in review.standing]
    decided_before = [(each.item, each.verb, each.value) for each in review.decisions]
    taken_back = reviewing.preview(draft, review_of(*decided_before, *everything), codes)
    assert taken_back == reviewing.preview(draft, review_of(), codes)


FINDINGS = st.sampled_from([item.id for item in reviewing.items(REPORT)])
SENTENCES = st.lists(st.text(max_size=20), max_size=3)
REPORT_DECISIONS = st.one_of(
    st.tuples(FINDINGS, st.sampled_from(["accept", "reject", "withdraw"]), st.none()),
    st.tuples(
        FINDINGS,
        st.just("change"),
        st.fixed_dictionaries(
            {},
            optional={
                "presence": st.sampled_from(["present", "absent", "not assessable"]),
                "side": st.sampled_from(["left", "right", "north"]),
                "critical": st.booleans(),
                "location": st.text(max_size=9),
            },
        ),
    ),
    st.tuples(
        st.sampled_from(["A1", "A2"]),
        st.just("add"),
        st.fixed_dictionaries({"name": st.text(max_size=9)}, optional={"critical": st.booleans()}),
    ),
    st.tuples(st.sampled_from(["A1", "A2", "report"]), st.just("withdraw"), st.none()),
    st.tuples(st.just("report"), st.just("accept"), st.none()),
    st.tuples(
        st.just("report"),
        st.just("change"),
        st.fixed_dictionaries({}, optional={"impression": SENTENCES, "title": st.text(max_size=9)}),
    ),
)


@QUICK
@given(st.lists(REPORT_DECISIONS, max_size=12))
def test_no_decisions_make_a_wrong_report(decisions: list[tuple[str, str, Any]]) -> None:
    review = try_all(REPORT, None, decisions)
    preview = reviewing.preview(REPORT, review, None)
    assert isinstance(preview, DraftReport)
    assert DraftReport.model_validate(preview.model_dump(mode="json")) == preview
    have = {finding.id: finding for finding in preview.findings}
    assert len(have) == len(preview.findings)
    for item, decision in review.standing.items():
        if item != "report":
            assert (item in have) == (decision.verb != "reject")
            for name, value in (decision.value or {}).items():
                told = getattr(have[item], name)
                assert told == value or (name == "critical" and have[item].presence != "present")
    text = review.standing.get("report")
    if text is None:  # every sentence rests on findings that are there
        for said in (*preview.impression, *(each for region in preview.regions for each in region.statements)):
            assert {source.finding for source in said.sources if source.kind == "image" and source.finding} <= set(have)
    everything = [(item, "withdraw", None) for item in review.standing]
    decided_before = [(each.item, each.verb, each.value) for each in review.decisions]
    assert reviewing.preview(REPORT, review_of(*decided_before, *everything), None) == samples.RICH
