"""Where a server is, and whether notes may go there.

This machine is always allowed. Any other needs consent (``allow_remote``) and ``https``: notes are patient data. A key
is read from the environment when it is needed, and kept nowhere: ``WARDROUND_API_KEY`` for any server, as vLLM on this
machine may want one too, and ``OPENAI_API_KEY``, which is worth money to others, for OpenAI alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from wardround.errors import EngineRefused

__all__ = ["Address"]


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a server that may be asked.

    Attributes:
        url: where its API begins, without a slash at the end: ``"http://127.0.0.1:8000/v1"``.
        root: the same without a path: ``"http://127.0.0.1:8000"``.
        host: host and port, for people and provenance.
        loopback: whether it is this machine.
    """

    url: str
    root: str
    host: str
    loopback: bool

    @classmethod
    def of(cls, text: str, *, allow_remote: bool = False) -> Address:
        """The address that ``text`` names; ``/v1`` is added where it has no path.

        Raises:
            EngineRefused: no web address, one with a password in it, or one that notes may not be sent to.

        >>> Address.of("http://127.0.0.1:8000").url
        'http://127.0.0.1:8000/v1'
        """
        try:
            parts = urlsplit(text)
            name, port = parts.hostname, parts.port
        except ValueError:
            parts, name, port = urlsplit(""), None, None
        if parts.scheme not in ("http", "https") or not name:
            raise EngineRefused(
                "this is no address of a server", hint="it looks like http://127.0.0.1:8000/v1", where="address"
            )
        if parts.username is not None or parts.password is not None or parts.query:
            raise EngineRefused(
                "an address may not hold a password or key", where=name, hint="set WARDROUND_API_KEY instead"
            )
        host = f"[{name}]" if ":" in name else name
        host += "" if port is None else f":{port}"
        loopback = _is_loopback(name)
        if not loopback and not allow_remote:
            hint = "--allow-remote sends notes and images to it; ask whoever is answerable for them first"
            raise EngineRefused("this server is not on this machine", where=host, hint=hint)
        if not loopback and parts.scheme != "https":
            hint = f"use https, or a tunnel: ssh -L {port or 80}:127.0.0.1:{port or 80} {name}"
            raise EngineRefused("notes may not travel unencrypted", where=host, hint=hint)
        root = f"{parts.scheme}://{host}"
        return cls(root + (parts.path.rstrip("/") or "/v1"), root, host, loopback)

    def key(self) -> str | None:
        """The key to show the server; None if it gets none."""
        name = urlsplit(self.root).hostname or ""
        if name == "openai.com" or name.endswith(".openai.com"):
            return os.environ.get("WARDROUND_API_KEY") or os.environ.get("OPENAI_API_KEY") or None
        return os.environ.get("WARDROUND_API_KEY") or None


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
