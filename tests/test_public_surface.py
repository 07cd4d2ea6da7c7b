"""What ``import wardround`` gives, and what it does not cost."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import pytest

import wardround

ROOMS = ["errors", "spans", "words", "settings", "icd10", "documents", "images", "engines", "coding", "export"]
ROOMS += ["store", "cli"]
HEAVY = ["pydantic", "rich", "typer", "matplotlib", "sqlite3", "ahocorasick", "torch", "pydicom", "fastapi"]
HEAVY += ["sqlalchemy", "alembic", "cryptography"]
HEAVY += ["transformers", "xllamacpp", "openai", "huggingface_hub", "jsonschema", "PIL", "numpy"]


def imported_by(statement: str) -> set[str]:
    """Top-level packages that are loaded after ``statement`` in a fresh interpreter."""
    program = f"{statement}; import json, sys; print(json.dumps([m.split('.')[0] for m in sys.modules]))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(json.loads(shown.stdout))


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import wardround", set()),
        ("import wardround.errors, wardround.spans, wardround.settings", set()),
        ("import wardround.cli", set()),
        ("import wardround.cli.app", {"typer"}),
        ("import wardround.export", set()),
        ("import wardround.icd10", {"sqlite3", "ahocorasick"}),
        ("import wardround.documents", {"ahocorasick"}),
        ("import wardround.images", set()),
        ("import wardround.engines", set()),
        ("import wardround.store", set()),
    ],
)
def test_import_is_light(statement: str, allowed: set[str]) -> None:
    assert imported_by(statement) & set(HEAVY) <= allowed


def test_the_package_offers_what_it_names() -> None:
    assert sorted(wardround.__all__) == sorted(
        ["Checker", "Coder", "CodingResult", "Encounter", "Finding", "WardroundError", "__version__", "code"]
    )
    for name in wardround.__all__:
        assert getattr(wardround, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = wardround.nothing


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_offers_what_it_names(room: str) -> None:
    module = importlib.import_module(f"wardround.{room}")
    for name in module.__all__:
        assert getattr(module, name) is not None
