"""Where a request comes from: the name it calls the server by, and the site whose page sent it.

The name keeps DNS rebinding out: a page of another site whose name was turned to this address still says that name.
The site keeps cross-site request forgery out, without tokens in forms.

Source: Fetch Metadata Request Headers (W3C); the rule of ``Sec-Fetch-Site`` before ``Origin`` is that of Go's
``http.CrossOriginProtection`` and of Datasette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.datastructures import Headers

    from wardround.server.config import Config

__all__ = ["SAFE", "is_here", "known_names", "name_of", "of_another_site"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ANY = frozenset({"0.0.0.0", "::"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""

_PORTS = {"http": 80, "https": 443}


def is_here(address: str) -> bool:
    """Whether an address to go on to is one of this server; browsers take a backslash for a slash.

    >>> is_here("/?status=new"), is_here("//elsewhere.example"), is_here("https://elsewhere.example")
    (True, False, False)
    """
    return address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()


def known_names(config: Config) -> frozenset[str]:
    """The names that requests may call this server by, in lower case."""
    named = {name.lower().rstrip(".") for name in (config.host, *config.names)}
    return (_LOOPBACK | named) - _ANY


def name_of(host: str) -> str:
    """The name in a ``Host`` header, in lower case and without its port; empty if it is none.

    >>> name_of("Wardround.example.:8765"), name_of("[::1]:8765"), name_of("a@b")
    ('wardround.example', '::1', '')
    """
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is no number
    except ValueError:
        return ""
    if parts.netloc != host or "@" in host:
        return ""
    return (parts.hostname or "").rstrip(".")


def of_another_site(method: str, scheme: str, headers: Headers) -> bool:
    """Whether a request would change something, and a page of another site sent it.

    Programs send neither ``Sec-Fetch-Site`` nor ``Origin``, and pass; all browsers since 2023 send the first one.
    """
    if method in SAFE:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and _origin(origin) != _origin(f"{scheme}://{headers.get('host', '')}")


def _origin(address: str) -> tuple[str, str, int | None] | None:
    """Scheme, name and port; None where there are none, as for ``null``, which equals no origin of ours."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
