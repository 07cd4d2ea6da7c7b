"""The report as a whole: what it is made of, and that the same input makes the same."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import jsonschema
import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import BaseModel

from engines.scripted import Scripted
from reporting.made import Seeing, answers, film, present, slices, sonogram, study
from wardround.engines import Capabilities
from wardround.errors import EngineRefused, ImageError, InputError
from wardround.images.study import Level, Notice
from wardround.reporting import DISCLAIMER, DraftReport, Reader
from wardround.reporting.report import Area, HistorySource

HISTORY = "Orthopnea and leg swelling. Known left pleural effusion."
SEEN = {"pleural_effusion": present(side="right"), "cardiomegaly": present()}


def read(**more: Any) -> DraftReport:
    return Reader(Seeing(seen=SEEN)).read(film(), HISTORY, id="chest.dcm", **more)


def without_time(draft: DraftReport) -> DraftReport:
    return draft.model_copy(update={"provenance": draft.provenance.model_copy(update={"seconds": 0.0})})


def test_the_same_input_makes_the_same_report() -> None:
    assert without_time(read()).model_dump_json() == without_time(read()).model_dump_json()


def test_threads_wait_for_each_other() -> None:
    reader = Reader(Seeing(seen=SEEN))
    drafts: list[DraftReport] = []
    threads = [threading.Thread(target=lambda: drafts.append(reader.read(film(), HISTORY))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({without_time(draft).model_dump_json() for draft in drafts}) == 1
    assert len(drafts) == 4


def test_it_is_a_draft_of_the_published_shape() -> None:
    draft = read()
    assert (draft.status, draft.disclaimer) == ("preliminary", DISCLAIMER)
    jsonschema.validate(draft.model_dump(mode="json"), DraftReport.model_json_schema(mode="serialization"))
    assert draft.title == "Chest radiograph, suspected heart failure, PA"


def test_where_it_comes_from() -> None:
    provenance = read().provenance
    assert (provenance.protocol, provenance.engine, provenance.remote) == ("heart-failure", "scripted", False)
    assert "orthopnea" in provenance.protocol_reason
    assert len(provenance.prompt_digests) == 4
    assert provenance.prompt_tokens > 0
    (image,) = read().images
    assert (image.rows, image.columns, image.frames_seen, image.view) == (100, 80, (1,), "PA")
    assert any("pad" in step for step in image.steps)


def test_every_source_of_the_history_is_a_slice_of_it() -> None:
    def sources(value: Any) -> list[HistorySource]:
        if isinstance(value, HistorySource):
            return [value]
        if isinstance(value, tuple):
            return [found for each in value for found in sources(each)]
        return sources(tuple(value.__dict__.values())) if isinstance(value, BaseModel) else []

    found = sources(tuple(read().__dict__.values()))
    assert found
    assert all(HISTORY[each.start : each.end] == each.text for each in found)


def test_image_and_history_disagree() -> None:
    (found,) = [each for each in read().contradictions if each.kind == "image and history"]
    assert found.message == "the history says “pleural effusion” is left; on the image it is right (F9)"
    assert "the report contradicts itself or the history; see its contradictions" in read().warnings


def test_what_is_known_of_the_study_is_said() -> None:
    marked = film(warnings=(Notice("mirrored", "the marker is mirrored"),), left_out=("3 localizers",))
    draft = Reader(Seeing()).read(marked)
    assert "the marker is mirrored" in draft.warnings
    assert "3 localizers." in draft.limitations


def test_volumes_say_what_was_not_shown() -> None:
    volume = slices(200, 8)
    two = dataclasses.replace(volume, series=volume.series * 2)
    draft = Reader(Seeing()).read(two)
    assert "1 other series was not looked at." in draft.limitations
    assert "115 of 200 frames were not shown." in draft.limitations
    assert len(draft.images[0].frames_seen) == 85
    assert draft.technique[0].text.endswith("400 slices, of which the model was shown 85.")


def test_films_of_one_study_are_seen_together() -> None:
    front, side = film(1).series[0], dataclasses.replace(film(2).series[0], view="LATERAL")
    both = dataclasses.replace(film(), series=(front, side))
    engine = Seeing(seen={"pleural_effusion": present(side="left", numbers=[2])})
    draft = Reader(engine).read(both)
    assert {len(request.images) for request in engine.requests("looking")} == {2}
    (finding,) = [each for each in draft.findings if each.observation == "pleural_effusion"]
    (source,) = finding.sources
    assert source.kind == "image"
    assert (source.series, source.frame) == (2, 1)
    assert draft.title.endswith("PA and LATERAL")
    assert [image.view for image in draft.images] == ["PA", "LATERAL"]


def test_a_clip_is_shown_in_part() -> None:
    pictures = [np.full((8, 8), number, np.uint8) for number in range(40)]
    clip = study(*pictures, kind="ultrasound", modality="US", body_part="PELVIS", units="display")
    engine = Seeing()
    draft = Reader(engine).read(clip)
    assert {len(request.images) for request in engine.requests("looking")} == {12}
    assert "28 of 40 frames were not shown." in draft.limitations


class Painted:
    """A slide of 4 patches, all tissue."""

    levels = (Level(1792, 1792, 1.0),)
    mpp = 1.0

    def region(self, level: int, x: int, y: int, width: int, height: int) -> NDArray[np.uint8]:
        return np.full((height, width, 3), (220, 120, x // 896 * 2 + y // 896), np.uint8)


def test_a_finding_on_a_slide_lies_in_its_patch() -> None:
    overview = np.full((100, 100, 3), (220, 120, 170), np.uint8)
    slide = study(overview, kind="slide", modality="SM", body_part="", units="display", colour=True, slide=Painted())
    engine = Seeing(seen={"atypia": present(numbers=[2])})
    draft = Reader(engine).read(slide)
    (finding,) = [each for each in draft.findings if each.observation == "atypia"]
    (source,) = finding.sources
    assert source.kind == "image"
    assert source.area == Area(left=896, top=0, right=1792, bottom=896)
    assert draft.technique[0].text == "Histopathology slide: 4 patches of a whole slide."
    assert {len(request.images) for request in engine.requests("looking")} == {4}


def test_a_model_that_sees_nothing_is_refused() -> None:
    with pytest.raises(EngineRefused, match="sees no images") as refused:
        Reader(Scripted(answers()))
    assert "wardround models install" in refused.value.hint


class Elsewhere(Seeing):
    name = "vLLM at models.example.org: medgemma"
    capabilities = Capabilities(images=True, remote=True)


def test_pictures_are_made_safe_before_they_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned: list[int] = []

    def clean(pictures: Any, *, one_acquisition: bool) -> Any:
        cleaned.append(len(pictures))
        return tuple(np.zeros_like(each) for each in pictures)

    monkeypatch.setattr("wardround.images.deidentify.clean_for_sending", clean)
    engine = Elsewhere()
    draft = Reader(engine).read(film(), HISTORY, film(3))
    assert cleaned == [1, 1]
    sent = {image.digest for request in engine.asked for image in request.images}
    plain = Seeing()
    Reader(plain).read(film(), HISTORY, film(3))
    assert not sent & {image.digest for request in plain.asked for image in request.images}
    assert draft.provenance.remote
    assert any("models.example.org" in warning for warning in draft.warnings)


def test_a_picture_that_cannot_be_made_safe_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(pictures: Any, *, one_acquisition: bool) -> Any:
        raise EngineRefused("the picture is not sent")

    monkeypatch.setattr("wardround.images.deidentify.clean_for_sending", refuse)
    engine = Elsewhere()
    with pytest.raises(EngineRefused, match="not sent"):
        Reader(engine).read(film(), HISTORY)
    assert engine.asked == []


def test_steps_are_told() -> None:
    steps: list[str] = []
    Reader(Seeing(seen=SEEN)).read(film(), HISTORY, film(2), locate=True, on_step=steps.append)
    begun = [step for step in steps if "(" not in step]
    assert begun == ["preparing the image", "looking", "locating", "comparing", "writing"]
    assert "looking (7 of 7)" in steps


def test_a_history_that_is_too_long_is_cut_for_the_model() -> None:
    engine = Seeing()
    draft = Reader(engine).read(sonogram(), "Heavy bleeding with clots. " * 1000)
    assert "the model was shown the first 12,000 characters of the history" in draft.warnings
    assert all(len(str(request.messages[1].parts[0])) < 16_000 for request in engine.requests("findings"))


@pytest.mark.parametrize("history", ["", "  \n", "\ufeff"])
def test_an_empty_history_is_none(history: str) -> None:
    assert Reader(Seeing()).read(film(), history).clinical_information == ()


def test_what_cannot_be_read() -> None:
    reader = Reader(Seeing())
    with pytest.raises(ImageError, match="no pictures"):
        reader.read(dataclasses.replace(film(), series=()))
    with pytest.raises(InputError, match="there is no protocol"):
        reader.read(film(), protocol="chest")
