"""One compiled code set for the whole test session, in a cache folder of its own."""

import os
import tempfile

import pytest

from wardround.icd10 import CodeSet, load

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
