"""What is made once for the whole test session: a compiled code set, in a cache folder of its own, and a browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING

import pytest

from wardround.icd10 import CodeSet, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

_CACHE = pytest.StashKey[tempfile.TemporaryDirectory]()


def pytest_configure(config: pytest.Config) -> None:
    # Before collection: doctests and subprocesses must find this folder too.
    config.stash[_CACHE] = tempfile.TemporaryDirectory(prefix="wardround-tests-", ignore_cleanup_errors=True)
    os.environ["WARDROUND_CACHE"] = config.stash[_CACHE].name
    os.environ["WARDROUND_DATA"] = os.path.join(config.stash[_CACHE].name, "data")  # what its user installed stays out
    os.environ["WARDROUND_CONFIG"] = os.path.join(config.stash[_CACHE].name, "config")  # and what they chose
    os.environ.pop("WARDROUND_ENGINE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_CACHE].cleanup()


@pytest.fixture(scope="session")
def codes() -> CodeSet:
    """The bundled release of April 2026."""
    return load("2026-04-01")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests: a process can have Playwright's synchronous interface open only once."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not installed: scripts/system-packages.sh test")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
