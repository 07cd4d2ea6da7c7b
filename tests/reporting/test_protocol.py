"""Protocols: those that come with the program, and those of users."""

from __future__ import annotations

from pathlib import Path

import pytest

from wardround.errors import InputError
from wardround.reporting.prompts import looking
from wardround.reporting.protocol import load, names

BASE = """
name = "mine"
title = "My examination"
exam = "an image"
regions = ["All"]
[[structures]]
id = "one"
name = "first thing"
region = "All"
observations = [{ id = "spot", name = "spot" }, { id = "line", name = "line", words = ["stripe"] }]
"""

BROKEN = [
    ("name = \n", "no valid TOML: Invalid value (at "),
    ("\x00", "no valid TOML"),
    (BASE.replace('title = "My examination"', ""), "title: field required"),
    (BASE.replace('id = "one"', 'id = "One two"'), "structures.1.id: string should match"),
    (BASE.replace('region = "All"', 'region = "Some"'), "structures: 'one' is in 'Some', which is not in regions"),
    (BASE.replace('id = "line"', 'id = "spot"'), "observations: 'spot' is there twice"),
    (BASE.replace('"stripe"', '"spots"'), "line: 'spots' stands for 'spot' already"),
    (BASE.replace('"stripe"', '"…"'), "line: '…' has no word"),
    (
        BASE.replace('name = "spot"', 'name = "spot", sides = ["up"]'),
        "structures.1.observations.1.sides.1: input should",
    ),
    (BASE.replace('name = "spot"', 'name = "spot", size = 3'), "structures.1.observations.1.size: extra inputs"),
    (BASE.replace('name = "mine"', 'name = "mine"\nrequired = ["dot"]'), "required: there is no observation 'dot'"),
    (BASE.replace('name = "mine"', 'name = "mine"\nextends = "none"'), "extends: there is no protocol 'none'"),
    (
        BASE + '[[differential]]\ncondition = "X"\nsupports = ["dot"]',
        "differential.X.supports: there is no observation",
    ),
    (BASE + '[[recommendations]]\nwhen = ["dot"]\ntext = "Do."', "recommendations.when: there is no observation 'dot'"),
    (BASE + '[[structures]]\nid = "one"', "structures.2.name: field required"),
    ("x = " + "[" * 3000, "no valid TOML"),
]


@pytest.mark.parametrize("name", names())
def test_those_that_come_with_the_program(name: str) -> None:
    protocol = load(name)
    assert protocol.name == name
    assert protocol.required
    assert protocol.limitations
    assert len(protocol.digest) == 64
    for condition in protocol.differential:
        hidden = [each for each in protocol.cannot_show if each.name.lower() == condition.condition.lower()]
        assert condition.supports or hidden, f"{condition.condition}: nothing on the image can support it"
        assert not (hidden and (condition.supports or condition.expected))


def test_there_is_one_for_each_case() -> None:
    assert {
        "chest-xray", "chest-xray-pneumonia", "acute-respiratory-distress", "heart-failure", "chronic-respiratory",
        "pelvic-ultrasound", "ct-chest", "ct-head", "ct-abdomen", "mr", "slide-pathology", "fundus", "skin", "general",
    } <= set(names())  # fmt: skip


@pytest.mark.parametrize("name", [name for name in names() if load(name).extends])
def test_the_history_decides_nothing_of_what_is_looked_at(name: str) -> None:
    """A protocol that the history can choose asks what the one asks that it builds on."""
    own, base = load(name), load(load(name).extends)
    assert own.selects.named
    assert (own.structures, own.exam) == (base.structures, base.exam)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(BASE)
    assert [observation.id for observation in load(path).observations] == ["spot", "line"]
    assert load(str(path)) == load(path)


def test_a_file_that_builds_on_another(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        'name = "ours"\ntitle = "Our chest film"\nextends = "chest-xray"\n'
        '[[structures]]\nid = "heart"\nname = "heart"\nregion = "Heart"\nobservations = '
        '[{ id = "cardiomegaly", name = "enlarged heart" }, { id = "globular_heart", name = "globular heart" },'
        ' { id = "normal_heart_size", name = "normal heart size", normal = true },'
        ' { id = "valve", name = "artificial valve" }]\n'
        '[[limitations]]\ntext = "Ours."\n'
    )
    own, base = load(path), load("chest-xray")
    assert [structure.id for structure in own.structures] == [structure.id for structure in base.structures]
    assert "valve" in [observation.id for observation in own.observations]
    assert own.limitations[0].text == "Ours."
    assert own.differential == base.differential
    assert own.selects != base.selects


@pytest.mark.parametrize(("text", "said"), BROKEN, ids=[said[:40] for _, said in BROKEN])
def test_what_is_wrong_is_named_by_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        load(path)
    assert said in raised.value.what
    assert raised.value.where == "mine.toml"


@pytest.mark.parametrize(
    ("source", "said"),
    [("no-such", "there is no protocol 'no-such'"), ("no-such.toml", "cannot be read"), (".", "there is no protocol")],
)
def test_there_is_none(source: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load(source)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_text("#" * 300_000)
    with pytest.raises(InputError, match="at most"):
        load(path)


def test_every_question_fits_its_answer() -> None:
    from reporting.made import film
    from wardround.reporting.pictures import shown

    pictures = shown(film())
    for name in names():
        for structure in load(name).structures:
            assert looking(pictures, load(name), structure).max_tokens <= 2048
