"""Labels for an image: both orders are asked, and their probabilities are averaged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reporting.made import Seeing, film
from wardround.engines import Raw, Request
from wardround.reporting.classify import classify
from wardround.reporting.pictures import shown

LABELS = ["normal", "pneumonia", "effusion"]


def by_label(chances: dict[str, float]) -> Callable[[Request], Raw]:
    """A model that reads the labels."""

    def answer(request: Request) -> Raw:
        lines = str(request.messages[-1].parts[-1]).splitlines()
        names = dict(line.split(". ", 1) for line in lines if line[:1].isdigit())
        told = {number: chances[name] for number, name in names.items()}
        return Raw(text=max(told, key=lambda number: told[number]), probabilities=told)

    return answer


def by_place(request: Request) -> Raw:
    """A model that likes what comes first."""
    assert request.choices is not None
    return Raw(text="1", probabilities={number: 0.8 if number == "1" else 0.1 for number in request.choices})


def test_the_label_is_the_one_the_model_holds_likely() -> None:
    engine = Seeing(by_label({"normal": 0.1, "pneumonia": 0.7, "effusion": 0.2}))
    found = classify(engine, shown(film()), LABELS, id="a.png")
    assert found.label == "pneumonia"
    assert [(label.name, label.probability) for label in found.labels] == [
        ("pneumonia", pytest.approx(0.7)),
        ("effusion", pytest.approx(0.2)),
        ("normal", pytest.approx(0.1)),
    ]
    assert found.consistent
    assert len(engine.asked) == 2


def test_a_model_that_likes_a_place_is_found_out() -> None:
    found = classify(Seeing(by_place), shown(film()), LABELS)
    assert not found.consistent
    assert {label.name: label.probability for label in found.labels}["pneumonia"] == pytest.approx(0.1)
    assert [label.probability for label in found.labels[:2]] == [pytest.approx(0.45)] * 2


def test_a_runtime_without_probabilities_gives_none() -> None:
    found = classify(Seeing(lambda _: "2"), shown(film()), LABELS)
    assert found.label == "pneumonia"
    assert {label.probability for label in found.labels} == {None}


@pytest.mark.parametrize("raw", ["", "I refuse.", "7", "<unused94>thought"])
def test_no_usable_answer_is_no_label(raw: str) -> None:
    found = classify(Seeing(lambda _: raw), shown(film()), LABELS)
    assert found.label is None
    assert not found.consistent
    assert "no usable answer" in found.warnings[0]


@pytest.mark.parametrize("labels", [[], ["one"], ["a", "A"], ["a", ""], ["a", "b" * 121], [str(n) for n in range(51)]])
def test_labels_are_few_short_and_different(labels: list[str]) -> None:
    with pytest.raises(ValueError, match="label"):
        classify(Seeing(lambda _: "1"), shown(film()), labels)
