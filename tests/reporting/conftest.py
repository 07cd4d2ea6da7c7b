"""A tiny model that sees, built once per session."""

from pathlib import Path

import pytest

from engines import tiny


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Gemma 3 that sees images, of random weights."""
    pytest.importorskip("transformers", reason="the extra wardround[transformers] is not installed")
    return tiny.build(tmp_path_factory.mktemp("models") / "tiny-gemma3")
