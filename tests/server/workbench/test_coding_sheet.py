from __future__ import annotations

import datetime
from functools import cache
from typing import Any

import pytest

from wardround.coding import CodingResult, Encounter
from wardround.coding.coder import Coder
from wardround.documents import Note
from wardround.icd10 import load
from wardround.server.source import Source
from wardround.server.workbench.coding.finding import find
from wardround.server.workbench.coding.history import rounds_of
from wardround.server.workbench.coding.sheet import Sheet, sheet_of
from wardround.store import Actor, Decision, Document, Review

NOTE = "Father had gout. Denies chest pain.\n\nASSESSMENT\n1. Hypothyroidism\n2. Hypertension\n3. Type 2 diabetes"
ENCOUNTER = Encounter(date=datetime.date(2026, 5, 4))
OPENED = datetime.datetime(2026, 5, 4, 9, tzinfo=datetime.UTC)
ANN = Actor(id="ann", role="coder")
CODES = ("E03.9", "I10", "E11.9")


@cache
def draft() -> CodingResult:
    return Coder().code(NOTE, ENCOUNTER)


def test_the_draft_has_the_codes_that_are_reviewed_here() -> None:
    assert tuple(each.code for each in draft().codes) == CODES


def review(*decisions: tuple[str, str, dict[str, Any] | None], **fields: Any) -> Review:
    made = tuple(
        Decision(
            number=number,
            item=item,
            verb=verb,  # type: ignore[arg-type]
            value=value,
            reason="",
            by="ann",
            at=OPENED + datetime.timedelta(seconds=number),
        )
        for number, (item, verb, value) in enumerate(decisions, 1)
    )
    base = {"case": "c", "round": 1, "result": 1, "version": 1, "opened": OPENED, "opened_by": "ann", "reason": ""}
    return Review(**{**base, "signed": None, "signed_by": "", "decisions": made, **fields})


def sheet(made: Review | None, *, result: CodingResult | None = None, text: str = NOTE, may: bool = True) -> Sheet:
    document = Document(id="d", role="note", media_type="text/plain", sha256="", size=0)
    source = Source(Note(text), document, exact=text == NOTE)
    return sheet_of(result or draft(), source, made, ANN, lambda code: f"title of {code}", may=may)


def evidence(words: str) -> dict[str, Any]:
    start = NOTE.index(words)
    end = start + len(words)
    quote = {"start": start, "end": end, "text": words, "section": "assessment", "assertion": "present"}
    return {"start": start, "end": end, "evidence": quote}


@pytest.mark.parametrize(
    ("decision", "state", "left"),
    [
        (None, "open", 3),
        (("accept", None), "accepted", 2),
        (("reject", None), "rejected", 2),
        (("change", {"code": "E03.8"}), "changed", 2),
        (("add", {"code": CODES[0], **evidence("Hypothyroidism")}), "added", 2),
    ],
)
def test_a_card_shows_what_was_decided(
    decision: tuple[str, dict[str, Any] | None] | None, state: str, left: int
) -> None:
    made = sheet(review((CODES[0], *decision)) if decision else review())
    card = made.cards[0]
    assert (card.item, card.state, made.left) == (CODES[0], state, left)
    assert card.principal == (state != "rejected")
    assert made.cards[1].principal == (state == "rejected")
    if state == "changed":
        assert (card.code, card.before, card.description) == ("E03.8", CODES[0], "title of E03.8")


def test_codes_stand_in_the_chosen_sequence() -> None:
    made = sheet(review(("sequence", "change", {"codes": [CODES[2], CODES[0]]})))
    assert [card.code for card in made.cards] == [CODES[2], CODES[0], CODES[1]]


def test_an_accepted_code_whose_words_are_marked_as_negated_is_still_to_be_decided() -> None:
    quote = draft().codes[0].evidence[0]
    mark = (f"span:{quote.start}-{quote.end}", "mark", {"assertion": "absent"})
    made = sheet(review((CODES[0], "accept", None), mark))
    assert made.left == 3
    assert made.cards[0].contradicted
    assert made.quotes[CODES[0]][0].denied
    assert sheet(review((CODES[0], "reject", None), mark)).left == 2


def test_quotes_tell_their_line() -> None:
    made = sheet(review())
    assert [made.quotes[code][0].line for code in CODES] == [
        1 + NOTE[: each.evidence[0].start].count("\n") for each in draft().codes
    ]
    assert {quote.evidence.assertion for quotes in made.quotes.values() for quote in quotes} >= {"present", "family"}


@pytest.mark.parametrize(
    ("made", "may", "mode"),
    [
        (None, True, "reading"),
        (review(), True, "reviewing"),
        (review(), False, "reading"),
        (review(blind=True), True, "blind"),
        (review(blind=True, revealed=OPENED), True, "reviewing"),
        (review(signed=OPENED, signed_by="ann"), True, "signed"),
    ],
)
def test_who_looks_decides_what_can_be_done(made: Review | None, may: bool, mode: str) -> None:
    assert sheet(made, may=may).mode == mode


def test_a_blind_page_holds_only_the_reviewers_own_codes() -> None:
    made = sheet(review(("E03.9", "add", {"code": "E03.9", **evidence("Hypothyroidism")}), blind=True))
    assert [card.item for card in made.cards] == ["E03.9"]
    held = [made.turned_down, made.queries, made.result.codes, made.result.rejected]
    assert not any(held)


def test_a_note_that_reads_differently_now_shows_no_highlight() -> None:
    made = sheet(review(), text="another text")
    assert "reads differently" in made.warnings[0]
    assert all(type(part).__name__ == "Piece" for line in made.lines for part in line.inside)
    assert {quote.line for quotes in made.quotes.values() for quote in quotes} == {0}


def test_a_second_reader_sees_no_other_round() -> None:
    first, second = review((CODES[0], "accept", None)), review(round=2, reading="second", opened_by="ben")
    assert [each.round for each, _ in rounds_of([first, second], second)] == [2]
    assert [each.round for each, _ in rounds_of([first, second], first)] == [2, 1]


@pytest.mark.parametrize(
    ("words", "code", "route"),
    [
        ("e119", "E11.9", "Tabular List"),
        ("K35", "K35.80", "Tabular List: below K35"),
        ("S72.001", "S72.001A", "Tabular List: below S72.001"),
        ("htn", "I10", "lexicon"),
        ("acute append", "K35.80", "lexicon"),
        ("periumbilical", "R10.33", "Tabular List"),
    ],
)
def test_codes_are_found_with_the_way_that_led_to_them(words: str, code: str, route: str) -> None:
    codes = load("2026-04-01")
    mentions = Coder(scope="mentions")
    found = {hit.code: hit for hit in find(codes, lambda said: mentions.code(said, ENCOUNTER), words)}
    assert found[code].route[0].startswith(route)
    assert all(codes.billable(each) for each in found)


@pytest.mark.parametrize("words", ["", "  ", ".", "zzzz", "\u202e"])
def test_nothing_is_found_for_no_words(words: str) -> None:
    assert find(load("2026-04-01"), lambda said: Coder().code(said, ENCOUNTER), words) == ()
