"""``wardround code --ocr engine``: a model beside the OCR program"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from documents.readers.files import OCR, encoded, slip
from engines.scripted import Scripted
from wardround.engines import Capabilities

if TYPE_CHECKING:
    from cli.conftest import Run


class Seeing(Scripted):
    """A scripted model that is shown images."""

    capabilities = Capabilities(images=True)


SAID = ("Diagnosis: iron deficiency anemia.", "No fever, no weight loss.")


@pytest.fixture
def page(tmp_path: Path) -> str:
    path = tmp_path / "page.png"
    path.write_bytes(encoded(slip(*SAID), "PNG"))
    return str(path)


@OCR
def test_what_the_model_reads_otherwise_is_for_review(
    wardround: Run, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def codes(said: str) -> dict[str, str]:
        monkeypatch.setattr("wardround.engines.open_engine", lambda *_, **__: Seeing(lambda _: said))
        ran = wardround("code", "--json", "--engine", "scripted", "--ocr", "engine", page)
        assert ran.status == 0, ran.err
        return {code["code"]: code["status"] for code in json.loads(ran.out)["codes"]}

    assert codes("\n".join(SAID)) == {"D50.9": "accepted"}
    assert codes("\n".join(SAID).replace("iron", "folate")) == {"D50.9": "review"}
    assert codes("\n".join(SAID) + "\nAcute sepsis. " * 3) == {"D50.9": "accepted"}


def test_it_takes_a_model_that_sees_images(wardround: Run, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = wardround("code", "--ocr", "engine", page)
    assert ran.status == 2
    assert "sees images" in ran.err
    monkeypatch.setattr("wardround.engines.open_engine", lambda *_, **__: Scripted(lambda _: ""))
    ran = wardround("code", "--ocr", "engine", "--engine", "scripted", page)
    assert ran.status == 2
    assert "does not see images" in ran.err
