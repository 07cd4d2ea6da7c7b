"""The order in which a model sees pictures, labels and the question."""

from __future__ import annotations

import pytest

from engines.scripted import Scripted
from reporting.eyes import Eyes, rendering
from wardround.engines import Image
from wardround.errors import EngineRefused
from wardround.reporting.shown import Shown, must_see


def told(parts: tuple[str | Image, ...]) -> list[str]:
    return ["image" if isinstance(part, Image) else part for part in parts]


@pytest.mark.parametrize(
    ("kind", "frames", "order"),
    [
        ("radiograph", 1, ["before", "image", "question"]),
        ("radiograph", 2, ["before", "image", "image", "question"]),
        ("ct", 1, ["before", "image", "question"]),
        ("ct", 2, ["before", "image", "SLICE 1", "image", "SLICE 2", "question"]),
        ("mr", 3, ["before", "image", "SLICE 1", "image", "SLICE 2", "image", "SLICE 3", "question"]),
        ("ultrasound", 2, ["before", "image", "image", "question"]),
    ],
)
def test_pictures_come_first_and_the_question_last(kind: str, frames: int, order: list[str]) -> None:
    shown = Shown(rendering(kind, frames))  # type: ignore[arg-type]
    assert told(shown.message("question", "before").parts) == order
    assert told(shown.message("question").parts) == order[1:]


def test_frames_keep_their_order() -> None:
    shown = Shown(rendering("ct", 5))
    assert len({image.digest for image in shown.images}) == 5
    assert [part for part in shown.message("q").parts if isinstance(part, Image)] == list(shown.images)


def test_a_model_without_eyes_is_refused() -> None:
    must_see(Eyes(lambda _: ""))
    with pytest.raises(EngineRefused, match="cannot see") as refused:
        must_see(Scripted(lambda _: ""))
    assert "models install" in refused.value.hint
