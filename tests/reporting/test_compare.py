"""The present study beside an earlier one."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from reporting.made import NO_ANSWER, Seeing, answers, film, kind_of, present, slices
from wardround.engines import Image, Raw, Request
from wardround.reporting import DraftReport, Reader
from wardround.reporting.pictures import shown

SEEN = {"pleural_effusion": present(side="left")}
NOW, BEFORE = datetime.date(2026, 11, 3), datetime.date(2026, 8, 14)


def compared(engine: Seeing | None = None, **changes: str) -> DraftReport:
    return Reader(engine or Seeing(seen=SEEN, changes=changes)).read(film(1, date=NOW), "", film(2, date=BEFORE))


def test_the_earlier_study_comes_first() -> None:
    engine = Seeing(seen=SEEN)
    compared(engine)
    (request,) = engine.requests("comparing")
    images = [part for part in request.messages[0].parts if isinstance(part, Image)]
    assert images == [shown(film(2)).each[0].image, shown(film(1)).each[0].image]
    assert isinstance(request.messages[0].parts[-1], str)
    assert all(request.images == (images[1],) for request in engine.requests("looking"))


@pytest.mark.parametrize("direction", ["better", "worse", "same", "new", "not comparable"])
def test_directions(direction: str) -> None:
    draft = compared(pleural_effusion=direction)
    (change,) = [each for each in draft.changes if each.name == "pleural effusion"]
    assert change.direction == direction
    assert {source.study for source in change.statement.sources if source.kind == "image"} == {"current", "prior"}
    assert draft.comparison[0].text == "Compared with the study of 2026-08-14."
    assert change.statement in draft.comparison
    assert not draft.contradictions


def test_what_is_absent_cannot_be_worse() -> None:
    draft = compared(pneumothorax="worse", consolidation="resolved")
    assert [(each.kind, each.message) for each in draft.contradictions] == [
        ("comparison", "pneumothorax (F10) is absent, and called worse")
    ]


def test_with_an_earlier_study_sentences_may_compare() -> None:
    sentence: dict[str, Any] = {"region": "Pleura", "findings": ["F9"], "text": "Unchanged left pleural effusion."}
    engine = Seeing(seen=SEEN, written={"findings": {"sentences": [sentence]}})
    draft = compared(engine)
    assert "Unchanged left pleural effusion." in [each.text for region in draft.regions for each in region.statements]
    alone = Reader(engine).read(film(1))
    assert [removed.reason for removed in alone.removed] == ["compares with a study that was not given"]
    assert [each.text for each in alone.comparison] == ["No earlier study was given."]


def test_what_has_resolved_may_be_said_to_have() -> None:
    sentence: dict[str, Any] = {
        "region": "Lungs and airways",
        "findings": ["F1"],
        "text": "The consolidation has resolved.",
    }
    told = {"findings": {"sentences": [sentence]}}
    for changes, stands in (({"consolidation": "resolved"}, True), ({"consolidation": "same"}, False)):
        draft = compared(Seeing(seen=SEEN, written=told, changes=changes))
        texts = [each.text for region in draft.regions for each in region.statements]
        assert (sentence["text"] in texts) is stands


def test_no_answer_is_no_comparison() -> None:
    usual = answers(seen=SEEN)

    def answer(request: Request) -> Raw | str:
        return NO_ANSWER if kind_of(request) == "comparing" else usual(request)

    draft = compared(Seeing(answer))
    assert not draft.changes
    assert "the model gave no usable answer about the earlier study" in draft.warnings
    assert draft.comparison[0].text == "There is the study of 2026-08-14; nothing was compared."


def test_what_cannot_be_compared() -> None:
    draft = Reader(Seeing()).read(film(), "", slices())
    assert "a radiograph is not compared with a ct" in draft.warnings
    volumes = Reader(Seeing()).read(slices(30), "", slices(30))
    assert "volumes are not compared; read the two reports side by side" in volumes.warnings


def test_the_order_of_the_dates_is_checked() -> None:
    draft = Reader(Seeing()).read(film(date=BEFORE), "", film(date=NOW))
    assert "the study that was given as the earlier one is the later one by its date" in draft.warnings
    assert [image.study for image in draft.images] == ["current", "prior"]
