"""The Ray cluster that a batch works on: one that is there, or one that is begun for the run.

Nothing is sent anywhere but to the cluster: Ray's usage statistics are switched off. A cluster that is begun for a run
listens on this machine alone, to those who know its token; by itself Ray would let anyone on the network run programs.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from secrets import token_hex
from typing import Any

from wardround.errors import InputError

__all__ = ["cluster", "usual_address"]

_STORE = 80 << 20  # bytes of shared memory; nothing but parts and counts is in there
_PATIENCE = 10.0  # seconds, with a cluster that does not answer

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_DATA_LOG_LEVEL": "CRITICAL",
}
_ALONE = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # as there, Ray then listens on the loopback interface only
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": token_hex(32),  # which Ray asks for once a process
}


def usual_address() -> str | None:
    """The cluster that programs on this machine are meant to use, as Ray itself finds it; None if there is none.

    That is what ``RAY_ADDRESS`` names, or what ``ray start`` began here, if it still answers.
    """
    if named := os.environ.get("RAY_ADDRESS"):
        return None if named == "local" else named
    folder = Path(os.environ.get("RAY_TMPDIR") or ("/tmp" if os.name == "posix" else tempfile.gettempdir())) / "ray"
    try:
        address = (folder / "ray_current_cluster").read_text().strip()
        _reach(address)
    except OSError:
        return None
    return address or None


@contextmanager
def cluster(address: str | None, processes: int | None) -> Iterator[Any]:
    """Ray, connected or begun, and let go in the end; what it says of itself goes to its logs.

    Args:
        address: as `wardround.batch.ray.run` takes it.
        processes: for how many one that is begun has room; None for one on each core.

    Raises:
        InputError: it is not installed, or there is no cluster at the address.
    """
    if address is not None and "://" in address:  # Ray Data does not work from outside
        hint = "begin the run on a machine of the cluster: ray job submit -- wardround batch IN OUT --ray auto"
        raise InputError("a batch is not begun from outside a Ray cluster", where=address, hint=hint)
    with _environment(_QUIET if address else _QUIET | _ALONE), warnings.catch_warnings(), redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        try:
            import ray
            import ray.data  # which `import ray` leaves out
        except ImportError as error:
            raise InputError("--ray needs Ray", hint="pip install 'wardround[ray]'") from error
        if ray.is_initialized():
            yield ray
            return
        try:
            with _hushed():
                _begin(ray, address, processes)
            yield ray
        finally:
            ray.shutdown()


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """These variables, which the processes of Ray inherit, for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _begin(ray: Any, address: str | None, processes: int | None) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    try:
        if address is None:
            cpus = processes or os.cpu_count() or 1
            ray.init("local", num_cpus=cpus, include_dashboard=False, object_store_memory=_STORE, **quiet)
        else:
            _reach(address)
            ray.init(address, **quiet)
    except Exception as error:  # of many kinds
        if address is None:
            hint = str(error).strip().partition("\n")[0]
            raise InputError("Ray does not begin on this machine", hint=hint) from error
        if _is_refusal(error):
            hint = "set RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH"
            raise InputError("the Ray cluster asks for another token", where=address, hint=hint) from error
        hint = "name it by HOST:PORT, or begin one with ray start --head"
        raise InputError("there is no Ray cluster", where=address, hint=hint) from error


def _is_refusal(error: BaseException | None) -> bool:
    """Whether a cluster refused us for the want of its token."""
    while error is not None:
        if "AuthenticationError" in f"{type(error).__name__} {error}":  # Ray tells of it in a text
            return True
        error = error.__cause__
    return False


def _reach(address: str) -> None:
    """Make sure that somebody listens there: Ray would try for minutes.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.rpartition(":")
    if port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()


@contextmanager
def _hushed() -> Iterator[None]:
    """Nothing reaches standard error, not even from libraries that are not Python."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
