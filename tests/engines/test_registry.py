"""Which engine a short text opens."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

from engines.test_catalog import folder, gguf
from wardround.engines import open_engine, registry
from wardround.engines.machine import Gpu
from wardround.engines.registry import best, hindrance, resolve
from wardround.errors import EngineMissing, EngineRefused
from wardround.settings import Chosen, write_chosen

GB = 10**9


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 16 GB, no card, every package, and no model; its hub's cache is returned."""
    monkeypatch.setenv("WARDROUND_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(registry, "gpus", lambda: ())
    monkeypatch.setattr(registry, "memory", lambda: 16 * GB)
    monkeypatch.setattr(registry, "find_spec", lambda _: True)
    return tmp_path / "hub"


def put(hub: Path, *, size: int = 1000) -> None:
    """MedGemma 1.5 for transformers in the cache."""
    place = folder(hub / "models--google--medgemma-1.5-4b-it" / "snapshots" / "01")
    with (place / "model.safetensors").open("wb") as file:
        file.truncate(size)  # a hole: takes no space


def put_gguf(hub: Path, name: str = "medgemma-4b-it-Q4_K_M.gguf") -> Path:
    return gguf(hub / "models--unsloth--medgemma-4b-it-GGUF" / "snapshots" / "01" / name)


@pytest.mark.parametrize(
    ("spec", "kind", "rest"),
    [
        ("transformers:google/medgemma-4b-it", "transformers", "google/medgemma-4b-it"),
        ("google/medgemma-27b-it", "transformers", "google/medgemma-27b-it"),
        ("medgemma-4b-it", "transformers", "google/medgemma-4b-it"),
        ("llamacpp:a/b.gguf", "llamacpp", "a/b.gguf"),
        ("http://127.0.0.1:8000/v1#m", "openai", "http://127.0.0.1:8000/v1#m"),
        ("https://example.org/v1", "openai", "https://example.org/v1"),
        ("openai:http://[::1]:80/v1#m", "openai", "http://[::1]:80/v1#m"),
        (" replay:r.jsonl ", "replay", "r.jsonl"),
        ("mine:x:y", "mine", "x:y"),
    ],
)
def test_what_a_text_names(spec: str, kind: str, rest: str) -> None:
    assert resolve(spec) == (kind, rest)


def test_a_path_alone_is_enough(tmp_path: Path) -> None:
    file, place = gguf(tmp_path / "m.gguf"), folder(tmp_path / "f")
    assert resolve(str(file)) == ("llamacpp", str(file))
    assert resolve(str(place)) == ("transformers", str(place))
    with pytest.raises(EngineMissing, match="no model"):
        resolve(str(tmp_path))


@pytest.mark.parametrize("spec", [None, "", "medgemma"])
def test_without_a_name_it_is_what_was_chosen(spec: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    write_chosen(Chosen(engine="replay:mine.jsonl"))
    assert resolve(spec) == ("replay", "mine.jsonl")
    monkeypatch.setenv("WARDROUND_ENGINE", "llamacpp:other.gguf")
    assert resolve(spec) == ("llamacpp", "other.gguf")


def test_without_a_choice_or_a_model_it_says_what_to_do() -> None:
    with pytest.raises(EngineMissing, match="wardround models install google/medgemma"):
        open_engine()


@pytest.mark.parametrize(
    ("card", "size", "with_gguf", "kind"),
    [
        (24, 9, True, "transformers"),
        (24, 9, False, "transformers"),
        (8, 9, True, "llamacpp"),
        (8, 9, False, "transformers"),
        (0, 9, True, "llamacpp"),
        (0, 9, False, "transformers"),
        (0, 55, True, "llamacpp"),
        (80, 55, True, "transformers"),
    ],
)
def test_the_best_for_a_machine(
    bare: Path, monkeypatch: pytest.MonkeyPatch, card: int, size: int, with_gguf: bool, kind: str
) -> None:
    monkeypatch.setattr(registry, "gpus", lambda: (Gpu("card", card * GB),) if card else ())
    put(bare, size=size * GB)
    if with_gguf:
        put_gguf(bare)
    assert best().spec.startswith(f"{kind}:")
    assert resolve("medgemma")[0] == kind


def test_a_known_model_comes_before_another(bare: Path, tmp_path: Path) -> None:
    write_chosen(Chosen(models=(str(gguf(tmp_path / "other.gguf")),)))
    assert best().path.name == "other.gguf"
    put_gguf(bare)
    assert best().path.name == "medgemma-4b-it-Q4_K_M.gguf"


def test_what_hinders(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bare, size=55 * GB)
    with pytest.raises(EngineMissing, match="it needs 55 GB, and this machine has 16"):
        best()
    monkeypatch.setattr(registry, "memory", lambda: 0)  # it does not say
    model = best()
    for missing in ("torch", "transformers"):
        monkeypatch.setattr(registry, "find_spec", lambda name, missing=missing: None if name == missing else True)
        assert "pip install 'wardround[transformers]'" in hindrance(model)


def test_an_unknown_engine_is_told_what_there_is(bare: Path) -> None:
    path = put_gguf(bare)
    for spec in ("nothing", "nothing:more"):
        with pytest.raises(EngineMissing, match="there is no engine 'nothing'") as caught:
            open_engine(spec)
        assert str(path) in caught.value.hint
        assert "replay:FILE" in caught.value.hint


def test_it_opens_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text('{"schema": "wardround.replies/1", "engine": "e", "digest": "d", "capabilities": {}}\n')
    with open_engine(f"replay:{path}") as engine:
        assert engine.name == "replay of e"


def test_a_server_elsewhere_needs_consent() -> None:
    with pytest.raises(EngineRefused, match="--allow-remote"):
        open_engine("https://models.example.org/v1#medgemma")


def test_a_plugin_is_opened_only_when_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("mine", "engines.test_registry:opened", registry.GROUP)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: EntryPoints([entry]))
    with pytest.raises(EngineRefused, match="plugins are off"):
        open_engine("mine:rest")
    assert open_engine("mine:rest", plugins=True, size=3) == ("rest", {"size": 3})


def opened(rest: str, **options: Any) -> object:
    return rest, options
