"""A real PostgreSQL for the tests: Debian's package, in a folder of its own, on a free port of this machine only.

``python tests/store/postgres.py`` starts one, prints its address, and stops it when standard input ends.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPTIONS = "-U wardround -A scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync".split()
_PATIENCE = 120  # seconds until it must answer


def programs() -> Path | None:
    """The folder of the newest initdb and postgres; None if there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def why_not() -> str:
    """Why there is no PostgreSQL here; empty if there is."""
    if os.name != "posix" or programs() is None:
        return "PostgreSQL is not installed (apt-get install postgresql)"
    if os.getuid() == 0 and _user() is None:
        return "PostgreSQL does not run as root, and there is no other user"
    return ""


def _user() -> str | None:
    """Who runs it in place of root."""
    names = {each.pw_name for each in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in names), None)


@contextmanager
def running() -> Iterator[str]:
    """A server; gives the address of it, to which the name of a database is added."""
    folder = programs()
    assert folder is not None
    home = Path(tempfile.mkdtemp(prefix="wardround-postgres-"))
    user = _user() if os.getuid() == 0 else None
    if user:
        shutil.chown(home, user)
    password = secrets.token_hex(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = home / "password"
    secret.write_text(password)
    if user:
        shutil.chown(secret, user)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    data = home / "data"
    settings = ["fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=32MB"]
    server = None
    try:
        subprocess.run(
            [folder / "initdb", "-D", data, "--pwfile", secret, *_OPTIONS],
            check=True,
            user=user,
            cwd=home,
            **quiet,  # type: ignore[call-overload]
        )
        options = [part for setting in settings for part in ("-c", setting)]
        server = subprocess.Popen(  # type: ignore[call-overload]
            [folder / "postgres", "-D", data, "-p", str(port), *options], user=user, cwd=home, **quiet
        )
        _wait(port, server)
        yield f"postgresql+psycopg://wardround:{password}@127.0.0.1:{port}/"
    finally:
        if server is not None:
            server.terminate()
            server.wait(_PATIENCE)
        shutil.rmtree(home, ignore_errors=True)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("PostgreSQL does not answer")


if __name__ == "__main__":
    with running() as address:
        print(f"{address}postgres", flush=True)
        sys.stdin.read()
