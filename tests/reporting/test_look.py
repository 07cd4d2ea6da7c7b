"""The first pass: what is asked, what is made of the answers, and what it never hears of."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reporting.made import ABSENT, NO_ANSWER, Seeing, answers, film, kind_of, present, slices, sonogram
from wardround.engines import Image, Raw, Request
from wardround.errors import EngineError, EngineFailed
from wardround.images.study import Study
from wardround.reporting import Reader
from wardround.reporting.asking import Questions
from wardround.reporting.look import Seen, look
from wardround.reporting.pictures import shown
from wardround.reporting.protocol import load
from wardround.reporting.report import Finding, ImageSource

SECRET = "Xylophone Quagga, born 1931-02-03, MRN 557799, orthopnea and leg swelling with heart failure for zzz weeks."


def seen(engine: Seeing, study: Study | None = None, protocol: str = "chest-xray") -> Seen:
    return look(Questions(engine), shown(study or film()), load(protocol))


def finding(found: Seen, observation: str) -> Finding:
    return next(each for each in found.findings if each.observation == observation)


def texts(request: Request) -> str:
    return " ".join(part for message in request.messages for part in message.parts if isinstance(part, str))


def test_every_observation_has_one_finding_in_order() -> None:
    found = seen(Seeing(seen={"pleural_effusion": present(side="left", size="small", location="base")}))
    protocol = load("chest-xray")
    assert [each.observation for each in found.findings] == [each.id for each in protocol.observations]
    assert [each.id for each in found.findings] == [f"F{n}" for n in range(1, len(found.findings) + 1)]
    effusion = finding(found, "pleural_effusion")
    assert (effusion.side, effusion.size, effusion.location, effusion.certainty) == (
        "left",
        "small",
        "base",
        "definite",
    )
    assert effusion.sources == (ImageSource(series=1, frame=1),)
    assert not found.contradictions
    assert not found.warnings


def test_the_history_is_withheld() -> None:
    """The questions about the image are the same, byte for byte, whatever the history says."""
    asked = []
    for history in ("", SECRET):
        engine = Seeing()
        Reader(engine).read(film(), history)
        looking = engine.requests("looking")
        asked.append([request.key for request in looking])
        for request in looking:
            said = texts(request).lower()
            assert not [word for word in ("xylophone", "quagga", "1931", "557799", "orthopnea", "zzz") if word in said]
    assert asked[0] == asked[1]


def test_nothing_of_the_header_is_told() -> None:
    engine = Seeing()
    study = film(uid="9.8.7.6.5", warnings=())
    Reader(engine).read(study)
    assert "9.8.7.6.5" not in json.dumps([request.to_json() for request in engine.asked])


def test_the_image_comes_first_and_the_question_last() -> None:
    engine = Seeing()
    seen(engine)
    requests = engine.requests("looking")
    assert len(requests) == len(load("chest-xray").structures)
    for request in requests:
        (message,) = request.messages
        assert message.role == "user"
        assert [isinstance(part, Image) for part in message.parts] == [True, False]
    assert len({request.messages[0].parts[0] for request in requests}) == 1  # a shared beginning


def test_slices_are_numbered_behind_each_and_the_question_is_last() -> None:
    engine = Seeing()
    seen(engine, slices(3), "ct-chest")
    parts = engine.requests("looking")[0].messages[0].parts
    assert [part if isinstance(part, str) else "image" for part in parts[1:-1]] == [
        "image", "SLICE 1", "image", "SLICE 2", "image", "SLICE 3",
    ]  # fmt: skip
    assert str(parts[0]).startswith("You see axial CT slices of the chest")
    assert str(parts[-1]).startswith("Look at the 3 slices above")


def test_at_most_85_slices_are_shown_and_numbers_lead_back_to_frames() -> None:
    engine = Seeing(seen={"consolidation": present(side="left", numbers=[85, 1])})
    found = seen(engine, slices(200, 8), "ct-chest")
    assert len(engine.requests("looking")[0].images) == 85
    frames = [source.frame for source in finding(found, "consolidation").sources if isinstance(source, ImageSource)]
    assert frames[0] == 200
    assert frames[1] is not None
    assert 1 <= frames[1] <= 4


def test_numbers_that_do_not_exist_are_left_out_and_counted() -> None:
    found = seen(Seeing(seen={"consolidation": present(numbers=[0, 2, 9, 2])}), slices(5), "ct-chest")
    assert finding(found, "consolidation").sources == (ImageSource(series=1, frame=2),)
    assert found.out_of_range == 2


ANSWERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (present(), {"presence": "present", "certainty": "definite", "side": "not stated"}),
    ({"presence": "present"}, {"certainty": "probable"}),
    (present(side="left", location="Left base."), {"side": "left", "location": "Left base"}),
    (present(side="left", location="right base"), {"side": "not stated", "location": "", "certainty": "possible"}),
    (present(side="right", location="lingula"), {"side": "not stated", "certainty": "possible"}),
    (present(location="middle lobe"), {"side": "right"}),
    (present(side="bilateral", location="left more than right"), {"side": "bilateral"}),
    (present(location="none", size="N/A"), {"location": "", "size": ""}),
    (present(size="large\u202e\x1b[31m\n\n"), {"size": "large [31m"}),
    ({**ABSENT, "side": "left", "location": "base", "size": "big"}, {"presence": "absent", "side": "not stated"}),
    ({"presence": "not assessable", "side": "left"}, {"presence": "not assessable", "side": "not stated"}),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), ANSWERS)
def test_answers(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    found = seen(Seeing(seen={"consolidation": answer, "clear_lungs": ABSENT}))
    told = finding(found, "consolidation").model_dump()
    assert {name: told[name] for name in expected} == expected
    sides = [each for each in found.contradictions if each.kind == "side"]
    assert bool(sides) is (expected.get("certainty") == "possible")


EXCLUSIVE = [
    ("cardiomegaly", present(), "normal_heart_size", present(), "possible"),
    ("pleural_effusion", present(side="left"), "sharp_angles", present(), "possible"),
    ("pleural_effusion", present(side="left"), "sharp_angles", ABSENT, "definite"),
    ("consolidation", present(), "clear_lungs", present(), "possible"),
]


@pytest.mark.parametrize(("one", "first", "other", "second", "certainty"), EXCLUSIVE)
def test_what_cannot_be_together_is_doubted_and_shown(
    one: str, first: dict[str, Any], other: str, second: dict[str, Any], certainty: str
) -> None:
    found = seen(Seeing(seen={one: first, other: second}))
    doubted = certainty == "possible"
    assert finding(found, one).certainty == certainty
    assert (finding(found, other).presence == "not assessable") is doubted
    assert [each.kind for each in found.contradictions] == (["normality"] if doubted else [])


def test_neither_normal_nor_abnormal_is_shown() -> None:
    found = seen(Seeing(seen={"normal_heart_size": ABSENT}))
    (shown_one,) = found.contradictions
    assert shown_one.kind == "normality"
    assert "neither heart size within normal limits nor enlarged heart" in shown_one.message


@pytest.mark.parametrize(("view", "certainty"), [("PA", "definite"), ("AP", "possible")])
def test_the_heart_of_an_ap_film_is_at_most_possibly_large(view: str, certainty: str) -> None:
    found = seen(Seeing(seen={"cardiomegaly": present()}), film(view=view))
    assert finding(found, "cardiomegaly").certainty == certainty


def test_what_has_no_side_gets_none() -> None:
    engine = Seeing(seen={"cardiomegaly": present(location="left")})
    assert finding(seen(engine), "cardiomegaly").side == "not stated"


def of_heart(reply: Raw | str | EngineError) -> Callable[[Request], Raw | str | EngineError]:
    """Says this of the heart, and what is usual of all else."""
    usual = answers()
    return lambda request: reply if "cardiomegaly" in json.dumps(request.schema) else usual(request)


UNUSABLE: list[tuple[str, Raw | str | EngineError]] = [
    ("refusal", "I'm sorry, but I can't interpret medical images."),
    ("thinking without end", NO_ANSWER),
    ("cut off", Raw(text='{"cardiomegaly": {"presence": "pre', finish="length")),
    ("loop", '{"cardiomegaly": {"location": "' + "heart, " * 200),
    ("another shape", '{"heart": "large"}'),
    ("an unknown presence", '{"cardiomegaly": {"presence": "maybe"}, "globular_heart": {}, "normal_heart_size": {}}'),
    ("breakdown", EngineFailed("the model broke down")),
    ("breakdown, to be tried again", EngineFailed("the server is busy", retryable=True)),
]


@pytest.mark.parametrize("reply", [reply for _, reply in UNUSABLE], ids=[name for name, _ in UNUSABLE])
def test_what_is_not_answered_is_not_assessable(reply: Raw | str | EngineError) -> None:
    engine = Seeing(of_heart(reply))
    found = seen(engine)
    assert {each.presence for each in found.findings if each.structure == "heart"} == {"not assessable"}
    assert {each.presence for each in found.findings if each.structure == "lungs"} == {"absent", "present"}
    assert found.warnings == ("the model gave no usable answer about: heart size and shape",)
    assert len(engine.asked) <= len(load("chest-xray").structures) + 1  # asked again once, and not for ever


def test_an_answer_behind_a_thought_is_an_answer() -> None:
    told = {"cardiomegaly": present(), "globular_heart": ABSENT, "normal_heart_size": ABSENT}
    engine = Seeing(of_heart(f"<unused94>thought\nhm<unused95>{json.dumps(told)}"))
    assert finding(seen(engine), "cardiomegaly").presence == "present"


def test_an_engine_that_only_breaks_down_is_an_error() -> None:
    with pytest.raises(EngineFailed, match="broke down"):
        seen(Seeing(lambda _: EngineFailed("the model broke down")))


@pytest.mark.parametrize("reply", [reply for _, reply in UNUSABLE[:5]], ids=[name for name, _ in UNUSABLE[:5]])
def test_a_model_that_answers_nothing_gives_no_report(reply: Raw | str | EngineError) -> None:
    with pytest.raises(EngineFailed, match="no usable answer to any question") as failed:
        seen(Seeing(lambda _: reply))
    assert "models check" in failed.value.hint


def test_words_in_the_image_or_the_protocol_are_no_history() -> None:
    engine = Seeing()
    seen(engine, sonogram(), "pelvic-ultrasound")
    assert {kind_of(request) for request in engine.asked} == {"looking"}
    assert all("no instructions" in texts(request) for request in engine.asked)
