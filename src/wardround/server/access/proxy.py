"""What a proxy before the server tells of the client, taken from that proxy and from nobody else."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from wardround.server.problems import answer, problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from wardround.server.config import Config

__all__ = ["Proxy"]


class Proxy:
    """Middleware that puts client, scheme and host in place as the trusted proxy tells them.

    ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are read by uvicorn's own middleware, ``X-Forwarded-Host`` here. Where
    TLS ends at the proxy, nobody but the proxy and this machine is answered: others would come unencrypted.

    Args:
        app: what comes after it.
        config: of the server, with a trusted proxy.
    """

    def __init__(self, app: ASGIApp, *, config: Config) -> None:
        self._app = app
        self._told: ASGIApp = ProxyHeadersMiddleware(app, trusted_hosts=config.trusted_proxy)  # type: ignore[arg-type,assignment]
        self._trusted = ipaddress.ip_network(config.trusted_proxy)
        self._has_tls = config.certificate is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = _address(scope)
        if client is not None and client in self._trusted:
            host = Headers(scope=scope).get("x-forwarded-host")
            if host is not None:
                others = [(name, value) for name, value in scope["headers"] if name != b"host"]
                scope["headers"] = [*others, (b"host", host.encode("latin-1"))]
            scope["scheme"] = "https"  # unless it says otherwise
            await self._told(scope, receive, send)
        elif self._has_tls or (client is not None and client.is_loopback):
            await self._app(scope, receive, send)
        else:
            await answer(problem(403, "this server is reached through its proxy only"))(scope, receive, send)


def _address(scope: Scope) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Of who is connected; None where it is no address, as for a Unix socket."""
    try:
        address = ipaddress.ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
