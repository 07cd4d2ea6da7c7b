"""A server that codes as a site's people do: in its own process, in those beside it, and with a model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("sklearn", reason="the extra wardround[learn] is not installed")

from learning.notes import learned
from wardround.coding.result import Encounter
from wardround.errors import InputError
from wardround.server import Config
from wardround.server.drafting import Drafting

if TYPE_CHECKING:
    from pathlib import Path

NOTE = "ASSESSMENT AND PLAN\n1. Pt w/ sugar trouble. Same tablets.\n"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    learned().save(tmp_path / "site.model")
    return tmp_path / "site.model"


def test_drafts_and_documents_are_coded_with_it(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.server.drafting._AT_ONCE", 2)
    drafting = Drafting(Config(site=model))
    try:
        model.unlink()  # it was read at the start
        here = drafting.code(NOTE, Encounter())
        assert [each.code for each in here.codes] == ["E11.9"]
        assert here.provenance.site == learned().digest
        document = drafting.code_document(NOTE, Encounter(), lambda *step: None)
        assert document.codes == here.codes
        mentions = drafting.code(NOTE, Encounter(), scope="mentions")
        assert mentions.provenance.site is None
        drafting.spread()
        coders = drafting._coders
        assert coders is not None
        while not coders.ready:
            time.sleep(0.05)
        there = drafting.code(NOTE, Encounter())
        assert there.model_dump(exclude={"timings"}) == here.model_dump(exclude={"timings"})
    finally:
        drafting.close()
    without = Drafting(Config())
    try:
        assert [each.code for each in without.code(NOTE, Encounter()).codes] == []
    finally:
        without.close()


def test_a_target_precision_decides_what_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.server.drafting._AT_ONCE", 2)
    note = "ASSESSMENT\nAcute appendicitis.\n"
    usual, strict = Drafting(Config()), Drafting(Config(target_precision=0.99))
    try:
        (code,) = usual.code(note, Encounter()).codes
        assert code.status == "accepted"
        here = strict.code(note, Encounter())
        assert [each.status for each in here.codes] == ["review"]
        assert here.provenance.target_precision == 0.99
        document = strict.code_document(note, Encounter(), lambda *step: None)
        assert document.codes == here.codes
        strict.spread()
        coders = strict._coders
        assert coders is not None
        while not coders.ready:
            time.sleep(0.05)
        assert strict.code(note, Encounter()).codes == here.codes
    finally:
        usual.close()
        strict.close()


def test_a_model_that_cannot_be_used_is_found_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Drafting(Config(site=tmp_path / "none.model"))


@pytest.mark.parametrize(("scope", "fits"), [("encounter", True), ("mentions", False)])
def test_tools_for_agents(tmp_path: Path, scope: str, fits: bool) -> None:
    pytest.importorskip("mcp", reason="the extra wardround[mcp] is not installed")
    from wardround.server.mcp import create_server

    learned().model_copy(update={"scope": scope}).save(tmp_path / "site.model")
    if not fits:
        with pytest.raises(InputError):
            create_server(site=tmp_path / "site.model")
        return
    _, close = create_server(site=tmp_path / "site.model")
    close()
