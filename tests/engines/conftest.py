"""The tiny models, built once per session."""

from pathlib import Path

import pytest
from engines import tiny


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Gemma 3 that sees images."""
    pytest.importorskip("transformers", reason="the extra wardround[transformers] is not installed")
    return tiny.build(tmp_path_factory.mktemp("models") / "tiny-gemma3")


@pytest.fixture(scope="session")
def tiny_text_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Gemma 3 of text alone."""
    pytest.importorskip("transformers", reason="the extra wardround[transformers] is not installed")
    return tiny.build(tmp_path_factory.mktemp("models") / "tiny-gemma3-text", images=False)
