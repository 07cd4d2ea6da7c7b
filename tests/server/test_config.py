"""Which configurations are refused: every combination of where it listens, who signs in, and who ends TLS."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from wardround.errors import ServerError
from wardround.server import Config

LOOPBACK = ("127.0.0.1", "127.8.8.8", "::1", "localhost")
BEYOND = ("0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "wardround.example", "")
AUTH: dict[str, dict[str, Any]] = {
    "none": {"auth": "none"},
    "local": {"auth": "local"},
    "oidc": {"auth": "oidc", "oidc_issuer": "https://id.example", "oidc_client": "wardround"},
}
TLS: dict[str, dict[str, Any]] = {
    "no TLS": {},
    "TLS": {"certificate": Path("c.pem"), "private_key": Path("k.pem")},
    "proxy": {"trusted_proxy": "192.0.2.9"},
    "TLS and proxy": {"certificate": Path("c.pem"), "private_key": Path("k.pem"), "trusted_proxy": "192.0.2.0/24"},
}


@pytest.mark.parametrize(("host", "auth", "tls"), list(product(LOOPBACK + BEYOND, AUTH, TLS)))
def test_every_combination(host: str, auth: str, tls: str) -> None:
    reached = host in BEYOND or "proxy" in tls
    safe = not reached or (auth != "none" and tls != "no TLS")
    options = {"host": host, **AUTH[auth], **TLS[tls]}
    if safe:
        config = Config(**options)
        assert config.loopback == (host in LOOPBACK)
        assert config.secure == (tls != "no TLS")
    else:
        with pytest.raises(ServerError, match="reached from elsewhere, a server needs"):
            Config(**options)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"port": -1}, "--port"),
        ({"port": 65_536}, "--port"),
        ({"certificate": Path("c.pem")}, "--certificate and --private-key"),
        ({"private_key": Path("k.pem")}, "--certificate and --private-key"),
        ({"auth": "oidc"}, "--auth oidc"),
        ({"auth": "oidc", "oidc_issuer": "https://id.example"}, "--auth oidc"),
        ({"auth": "oidc", "oidc_client": "wardround"}, "--auth oidc"),
        ({"auth": "oidc", "oidc_client": "w", "oidc_issuer": "http://id.example"}, "--oidc-issuer"),
        ({"auth": "oidc", "oidc_client": "w", "oidc_issuer": "id.example"}, "--oidc-issuer"),
        ({"auth": "local", "trusted_proxy": "proxy.example"}, "--trusted-proxy"),
        ({"auth": "local", "trusted_proxy": "192.0.2.1/24"}, "--trusted-proxy"),
        ({"auth": "local", "trusted_proxy": "*"}, "--trusted-proxy"),
    ],
    ids=str,
)
def test_what_does_not_hold_together(options: dict[str, Any], where: str) -> None:
    with pytest.raises(ServerError) as refused:
        Config(**options)
    assert refused.value.where == where


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080/realm", "http://[::1]:1", "http://localhost"])
def test_a_provider_on_this_machine_needs_no_tls(issuer: str) -> None:
    assert Config(auth="oidc", oidc_client="w", oidc_issuer=issuer).oidc_issuer == issuer
