"""Boxes of findings, from the padded square that a model sees to pixels as stored."""

from __future__ import annotations

from typing import Any

import pytest

from reporting.made import NO_ANSWER, Seeing, answers, film, kind_of, present, slices
from wardround.engines import Raw, Request
from wardround.reporting import DraftReport, Reader
from wardround.reporting.report import Area, Finding

ROWS, COLUMNS = 100, 80  # padded by 10 columns on each side


def located(*boxes: list[int], **more: Any) -> DraftReport:
    told = [{"box_2d": box, "label": "effusion"} for box in boxes]
    engine = Seeing(seen={"pleural_effusion": present(side="left")}, boxes=told)
    return Reader(engine).read(film(rows=ROWS, columns=COLUMNS, view=""), locate=True, **more)


def areas(draft: DraftReport) -> list[Area]:
    (finding,) = [each for each in draft.findings if each.observation == "pleural_effusion"]
    return [source.area for source in finding.sources if source.kind == "image" and source.area is not None]


BOXES: list[tuple[list[int], tuple[float, ...] | None]] = [
    ([0, 100, 500, 500], (0, 0, 40, 50)),
    ([200, 300, 400, 700], (20, 20, 60, 40)),
    ([400, 700, 200, 300], (20, 20, 60, 40)),  # corners swapped
    ([0, 0, 500, 300], (0, 0, 20, 50)),  # reaches into the padding
    ([0, 0, 500, 90], None),  # nothing but padding
    ([0, 0, 1000, 1000], None),  # everything
    ([500, 500, 500, 600], None),  # no height
    ([0, 0, 1500, 500], None),  # outside
    ([-10, 100, 500, 500], None),
]


@pytest.mark.parametrize(("box", "expected"), BOXES)
def test_boxes(box: list[int], expected: tuple[float, ...] | None) -> None:
    draft = located(box)
    found = [(area.left, area.top, area.right, area.bottom) for area in areas(draft)]
    assert found == ([expected] if expected is not None else [])
    assert [removed.count for removed in draft.removed] == ([] if expected is not None else [1])


def test_the_finding_keeps_its_frame() -> None:
    draft = located([200, 300, 400, 700], [200, 300, 400, 700], [0, 0, 0, 0])
    (finding,) = [each for each in draft.findings if each.observation == "pleural_effusion"]
    assert [(source.kind, getattr(source, "frame", 0)) for source in finding.sources] == [("image", 1)]
    without = located([0, 0, 0, 0])
    (finding,) = [each for each in without.findings if each.observation == "pleural_effusion"]
    assert [(source.kind, getattr(source, "area", 0)) for source in finding.sources] == [("image", None)]


def test_only_what_is_present_and_abnormal_is_looked_for() -> None:
    engine = Seeing(
        seen={"pleural_effusion": present(side="left", location="base"), "rib_fracture": {"presence": "not assessable"}}
    )
    Reader(engine).read(film(), locate=True)
    (request,) = engine.requests("locating")
    assert "Where is the pleural effusion on the left, base?" in str(request.messages[0].parts[-1])
    assert len(request.images) == 1


def test_only_radiographs_are_asked_about() -> None:
    engine = Seeing(seen={"pleural_effusion": present(side="left")})
    Reader(engine).read(slices(), locate=True)
    assert not engine.requests("locating")


def test_no_answer_costs_no_finding() -> None:
    usual = answers(seen={"pleural_effusion": present(side="left")})

    def answer(request: Request) -> Raw | str:
        return NO_ANSWER if kind_of(request) == "locating" else usual(request)

    draft = Reader(Seeing(answer)).read(film(), locate=True)
    assert not areas(draft)
    assert any(isinstance(each, Finding) and each.presence == "present" for each in draft.findings)
    assert "the model gave no usable answer about where 1 finding is" in draft.warnings


@pytest.mark.parametrize(
    ("view", "side", "box", "kept"),
    [
        ("PA", "left", [200, 600, 400, 800], True),  # the patient's left is on the right of the picture
        ("PA", "left", [200, 200, 400, 400], False),
        ("AP", "right", [200, 600, 400, 800], False),
        ("PA", "right", [200, 200, 400, 400], True),
        ("PA", "left", [200, 300, 400, 700], True),  # across the middle
        ("PA", "bilateral", [200, 200, 400, 400], True),
        ("LATERAL", "left", [200, 200, 400, 400], True),
        ("", "left", [200, 200, 400, 400], True),  # who knows how it lies
    ],
)
def test_a_box_on_the_other_side_is_taken_out_and_shown(view: str, side: str, box: list[int], kept: bool) -> None:
    told = [{"box_2d": box, "label": "effusion"}]
    engine = Seeing(seen={"pleural_effusion": present(side=side)}, boxes=told)
    draft = Reader(engine).read(film(rows=ROWS, columns=COLUMNS, view=view), locate=True)
    assert bool(areas(draft)) is kept
    assert ("side" in [each.kind for each in draft.contradictions]) is not kept
