"""Importing images costs nothing, and what is missing is told with the one command that gets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["numpy", "pydicom", "PIL", "nibabel", "tifffile", "openslide", "imagecodecs", "gdcm", "pydantic"]


@pytest.mark.parametrize("module", ["wardround", "wardround.images", "wardround.images.study"])
def test_nothing_heavy_is_imported(module: str) -> None:
    program = f"import {module}, sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == []


@pytest.mark.parametrize("package", ["pydicom", "nibabel"])
def test_a_missing_package(package: str) -> None:
    program = f"""
import sys
sys.modules["{package}"] = None
from wardround.images import read, ImageError
try:
    read(b"anything")
except ImageError as error:
    print(error.hint)
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "pip install 'wardround[images]'"
