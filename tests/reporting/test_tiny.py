"""The whole way with a real runtime: a tiny random Gemma 3 reads a film, a CT series, an ultrasound and a pair.

What it says is noise; that the report is whole and valid all the same is what is tested.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engines.tiny import IMAGE_TOKENS
from reporting.made import film, kind_of, slices, sonogram, write_film
from wardround.cli.app import run
from wardround.engines import Engine, Raw, Request, open_engine
from wardround.errors import EngineError
from wardround.export.reports import report_exporter
from wardround.images.study import Study
from wardround.reporting import DraftReport, Protocol, Reader, load
from wardround.reporting.pictures import shown

SMALL = """
name = "small"
title = "Small examination"
exam = "an image"
regions = ["All"]
required = ["spot"]
structures = [
  { id = "one", name = "one", region = "All", observations = [{ id = "spot", name = "spot", sides = ["left"] }] },
  { id = "two", name = "two", region = "All", observations = [{ id = "line", name = "line", critical = true }] },
]
"""
Asked = list[Request]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Protocol:
    path = tmp_path_factory.mktemp("protocols") / "small.toml"
    path.write_text(SMALL)
    return load(path)


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Iterator[Engine]:
    with open_engine(f"transformers:{tiny_model}") as opened:
        yield opened


@pytest.fixture
def asked(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Every request that the engine gets."""
    requests: Asked = []
    generate = engine.generate

    def told(batch: Sequence[Request]) -> Iterator[tuple[int, Raw | EngineError]]:
        requests.extend(batch)
        return generate(batch)

    monkeypatch.setattr(engine, "generate", told)
    return requests


def digests(engine: Engine, request: Request) -> list[str]:
    """The image of each soft token that the model gets, in order."""
    prompt = engine._row(request).prompt  # type: ignore[attr-defined]
    return [symbol[0] for symbol in prompt.symbols if isinstance(symbol, tuple)]


@pytest.mark.parametrize(
    ("study", "prior"),
    [
        (slices(5, 16), None),
        (sonogram(), None),
        (film(1, date=datetime.date(2026, 11, 3)), film(2, date=datetime.date(2026, 8, 14))),
    ],
    ids=["ct", "ultrasound", "pair"],
)
def test_a_random_model_reads(engine: Engine, asked: Asked, small: Protocol, study: Study, prior: Study | None) -> None:
    draft = Reader(engine).read(
        study, "", prior, small, id="study", locate=study.series[0].kind == "radiograph" and prior is None
    )
    own = [picture.image.digest for picture in shown(study).each]
    for request in asked:
        seen = digests(engine, request)
        if not request.images:
            assert seen == []
        elif kind_of(request) == "comparing":
            assert prior is not None
            both = [picture.image.digest for picture in shown(prior).each] + own
            assert seen == [digest for digest in both for _ in range(IMAGE_TOKENS)]
        elif kind_of(request) == "looking":
            assert seen == [digest for digest in own for _ in range(IMAGE_TOKENS)]
    assert [finding.observation for finding in draft.findings] == ["spot", "line"]
    assert draft.provenance.prompt_tokens > 0
    assert draft.provenance.engine_digest
    assert len(draft.images) == (1 if prior is None else 2)
    assert draft.impression
    assert draft.regions
    assert DraftReport.model_validate_json(draft.model_dump_json()) == draft
    for form in ("markdown", "json", "html", "pdf", "fhir"):
        assert report_exporter(form).export(draft)


def test_the_command_reads(
    tiny_model: Path, small: Protocol, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pydicom", reason="the extra wardround[images] is not installed")
    image, protocol = write_film(tmp_path / "chest.dcm"), tmp_path / "small.toml"
    protocol.write_text(SMALL)
    boxes = tmp_path / "boxes.png"
    engine = f"transformers:{tiny_model}"
    status = run(["read", str(image), "--engine", engine, "--protocol", str(protocol), "--json", "--boxes", str(boxes)])
    draft = DraftReport.model_validate_json(capsys.readouterr().out)
    assert status == 0
    assert boxes.read_bytes().startswith(b"\x89PNG")
    assert (draft.id, draft.provenance.protocol_digest) == ("chest.dcm", small.digest)


def test_a_full_protocol_fits_the_room_of_a_prompt(engine: Engine) -> None:
    """85 slices and every question of a built-in protocol, prepared but not answered."""
    from wardround.reporting.prompts import Writing, looking

    protocol = load("ct-chest")
    pictures = shown(slices(120, 16))
    requests = [looking(pictures, protocol, structure) for structure in protocol.structures]
    for request in requests[:2]:
        assert len(digests(engine, request)) == 85 * IMAGE_TOKENS
    assert all(engine._grammar().constraint(request.schema) for request in requests)  # type: ignore[attr-defined]
    for part in ("clinical information", "findings", "impression", "differential"):
        schema = Writing(protocol, (), None).request(part).schema
        assert schema is not None
