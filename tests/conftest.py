"""What is made once for the whole test session: a compiled code set in a cache of its own, PostgreSQL, a browser."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import tempfile
from typing import TYPE_CHECKING

import hypothesis
import pytest
import typer.main

from wardround.icd10 import CodeSet, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

_OWN = pytest.StashKey[tempfile.TemporaryDirectory]()

# The same examples each time, however busy the machine is; --hypothesis-profile=default tries others.
hypothesis.settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")

typer.main.get_command = functools.cache(typer.main.get_command)  # builds all commands anew each time one is run


def pytest_configure(config: pytest.Config) -> None:
    # Before collection: doctests and subprocesses must find these folders too.
    config.stash[_OWN] = tempfile.TemporaryDirectory(prefix="wardround-tests-", ignore_cleanup_errors=True)
    own = config.stash[_OWN].name
    if not hasattr(config, "workerinput"):  # the workers of pytest-xdist use what the first of them compiled
        os.environ["WARDROUND_CACHE"] = os.path.join(own, "cache")
    os.environ["WARDROUND_DATA"] = os.path.join(own, "data")  # what its user installed stays out
    os.environ["WARDROUND_CONFIG"] = os.path.join(own, "config")  # and what they chose
    os.environ.pop("WARDROUND_ENGINE", None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in the background of a shell; processes would inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_OWN].cleanup()


@pytest.fixture(scope="session")
def codes() -> CodeSet:
    """The bundled release of April 2026."""
    return load("2026-04-01")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server, without a database."""
    from store import postgres

    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.running() as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests: a process can have Playwright's synchronous interface open only once.

    It keeps an event loop running in the main thread; a test that needs one of its own runs it in another thread.
    """
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not installed: scripts/system-packages.sh test")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
