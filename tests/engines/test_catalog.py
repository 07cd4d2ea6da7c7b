"""Which model something is, and what lies in the hub's cache."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from wardround.engines.catalog import MODELS, cached, found, hub_cache, known, recognise

SMALL, NEWER, LARGE, TEXT = (
    "google/medgemma-4b-it",
    "google/medgemma-1.5-4b-it",
    "google/medgemma-27b-it",
    "google/medgemma-27b-text-it",
)


def gguf(path: Path, **pairs: str) -> Path:
    """A GGUF file that has texts and no weights."""
    told = {"general.architecture": "gemma3", **{name.replace("__", "."): value for name, value in pairs.items()}}
    packed = b"".join(
        struct.pack("<Q", len(name.encode()))
        + name.encode()
        + struct.pack("<IQ", 8, len(value.encode()))
        + value.encode()
        for name, value in told.items()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(told)) + packed)
    return path


def folder(path: Path, config: dict[str, object] | None = None, weights: int = 100) -> Path:
    path.mkdir(parents=True)
    (path / "config.json").write_text(json.dumps(config or {"model_type": "gemma3"}))
    (path / "model.safetensors").write_bytes(bytes(weights))
    return path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (SMALL, SMALL),
        ("medgemma-4b-it", SMALL),
        ("Medgemma 4B It", SMALL),
        ("medgemma-4b-it-Q4_K_M.gguf", SMALL),
        ("google_medgemma-4b-it-bf16", SMALL),
        ("models--google--medgemma-4b-it", SMALL),
        ("unsloth/medgemma-1.5-4b-it-GGUF", NEWER),
        ("medgemma-v1.5-4b", NEWER),
        ("medgemma-27b-it", LARGE),
        ("medgemma-27b-text-it-Q8_0", TEXT),
        ("medgemma-4b-pt", None),
        ("medgemma", None),
        ("gemma-3-4b-it", None),
        ("medgemma-1.5-27b-it", None),
        ("", None),
    ],
)
def test_a_model_is_known_by_its_name(name: str, expected: str | None) -> None:
    model = known(name)
    assert (model and model.id) == expected


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_model_knows_itself(model) -> None:
    assert known(model.id) is model
    assert all(known(repository) is model for repository in model.gguf)
    assert model.memory["4-bit"] < model.memory["8-bit"] < model.memory["bfloat16"]
    assert model.thinking or model.id == SMALL
    assert model.images or "text" in model.id


@pytest.mark.parametrize(
    ("name", "pairs", "expected"),
    [
        ("medgemma-4b-it-Q4_K_M.gguf", {}, SMALL),
        ("model.gguf", {"general__name": "Medgemma 1.5 4B It"}, NEWER),
        ("model.gguf", {"general__base_model__0__name": "Medgemma 27b Text It"}, TEXT),
        ("medgemma-4b-it.gguf", {"general__name": "Medgemma 27B It"}, LARGE),
        ("unsloth/medgemma-27b-it-GGUF/Q4_K_M.gguf", {}, LARGE),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", {"general__name": "Smollm2 135M"}, None),
    ],
)
def test_a_gguf_file_is_recognised(tmp_path: Path, name: str, pairs: dict[str, str], expected: str | None) -> None:
    model = recognise(gguf(tmp_path / name, **pairs))
    assert (model and model.id) == expected


@pytest.mark.parametrize(
    ("place", "config", "expected"),
    [
        ("medgemma-4b-it", {}, SMALL),
        ("mine", {"_name_or_path": "google/medgemma-1.5-4b-it"}, NEWER),
        ("models--google--medgemma-27b-text-it/snapshots/0123", {}, TEXT),
        ("mine", {}, None),
    ],
)
def test_a_folder_is_recognised(tmp_path: Path, place: str, config: dict[str, object], expected: str | None) -> None:
    model = recognise(folder(tmp_path / place, config))
    assert (model and model.id) == expected


def test_what_lies_in_a_folder(tmp_path: Path) -> None:
    sees = found(folder(tmp_path / "a", {"vision_config": {}}))
    blind = found(folder(tmp_path / "b", weights=7))
    assert sees is not None
    assert blind is not None
    assert (sees.spec, sees.size, sees.images) == (f"transformers:{tmp_path / 'a'}", 100, True)
    assert (blind.size, blind.images) == (7, False)


def test_a_gguf_file_sees_with_its_projector(tmp_path: Path) -> None:
    path = gguf(tmp_path / "medgemma-4b-it-Q4_K_M.gguf")
    alone = found(path)
    projector = gguf(tmp_path / "mmproj-F16.gguf", **{"general.architecture": "clip"})
    beside = found(path)
    assert alone is not None
    assert beside is not None
    assert (alone.images, beside.images) == (False, True)
    assert found(projector) is None, "a projector is no model"


@pytest.mark.parametrize("name", ["nothing", "empty", "text.txt", "damaged.gguf"])
def test_what_is_no_model(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("text")
    (tmp_path / "damaged.gguf").write_text("no")
    assert found(tmp_path / name) is None


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HF_HUB_CACHE": "there"}, "there"),
        ({"HF_HOME": "home"}, "home/hub"),
        ({"XDG_CACHE_HOME": "xdg"}, "xdg/huggingface/hub"),
        ({"HF_HUB_CACHE": "there", "HF_HOME": "home"}, "there"),
    ],
)
def test_the_hubs_cache_is_where_the_hub_looks(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert hub_cache() == Path(expected)


def test_what_is_in_the_hubs_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert list(cached()) == []
    folder(tmp_path / "models--google--medgemma-4b-it" / "snapshots" / "0123")
    (tmp_path / "models--google--medgemma-27b-it" / "snapshots" / "begun").mkdir(parents=True)
    path = gguf(tmp_path / "models--unsloth--medgemma-1.5-4b-it-GGUF" / "snapshots" / "45" / "medgemma-Q4_K_M.gguf")
    here = {each.spec: each.model and each.model.id for each in cached()}
    assert here == {"transformers:google/medgemma-4b-it": SMALL, f"llamacpp:{path}": NEWER}
