"""How a server is to run, and the configurations that are refused."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from wardround.errors import ServerError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Auth", "Config"]

Auth = Literal["none", "local", "oidc"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """How a server is to run. What is not safe is refused when it is made.

    Attributes:
        host: address it listens at; loopback by default.
        port: 0 for any that is free.
        database, folder, key_file: of the store, as `wardround.store.open_store` takes them.
        engine: the model for images and for notes that ask for one; empty for what the user chose, if anything.
        site: what was learned of the site's reviewed charts, for notes coded in its scope; read at the start.
        target_precision: accept as many codes as can promise this precision, as `wardround.coding.Coder` takes it.
        auth: ``none``: whoever reaches it acts as the user who started it, on loopback only; ``local``: accounts of
            the store; ``oidc``: an identity provider's accounts.
        certificate, private_key: files in PEM form, for TLS.
        trusted_proxy: address or network of the proxy that ends TLS before it; only its ``X-Forwarded-*`` count.
        names: host names it is reached by, besides those of loopback and ``host``.
        oidc_issuer, oidc_client: of the identity provider; the client's secret is in ``WARDROUND_OIDC_SECRET``.
        oidc_role_claim: the claim of the ID token that holds the role, or a list of names with a role among them.

    Raises:
        ServerError: it would listen beyond loopback without authentication and TLS, or does not hold together.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    database: str = ""
    folder: Path | None = None
    key_file: Path | None = None
    engine: str = ""
    site: Path | None = None
    target_precision: float | None = None
    auth: Auth = "none"
    certificate: Path | None = None
    private_key: Path | None = None
    trusted_proxy: str = ""
    names: tuple[str, ...] = ()
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_role_claim: str = "roles"

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ServerError("a port is 0 to 65535", where="--port")
        if self.target_precision is not None and not 0 < self.target_precision <= 1:
            raise ServerError("a precision is above 0 and at most 1", where="--target-precision")
        if (self.certificate is None) != (self.private_key is None):
            raise ServerError("TLS takes a certificate and its private key", where="--certificate and --private-key")
        if self.auth == "oidc" and not (self.oidc_issuer and self.oidc_client):
            hint = "give --oidc-issuer and --oidc-client"
            raise ServerError("an identity provider is not named", where="--auth oidc", hint=hint)
        if self.auth == "oidc" and not _is_safe(self.oidc_issuer):
            raise ServerError("an identity provider is reached by https", where="--oidc-issuer")
        if self.trusted_proxy:
            try:
                ipaddress.ip_network(self.trusted_proxy)
            except ValueError:
                raise ServerError("this is no address or network", where="--trusted-proxy") from None
        if self.loopback and not self.trusted_proxy:
            return
        if self.auth == "none":
            hint = "--auth local, after wardround users add NAME"
            raise ServerError("reached from elsewhere, a server needs authentication", where=self.host, hint=hint)
        if self.certificate is None and not self.trusted_proxy:
            hint = "--certificate and --private-key, or --trusted-proxy for one that ends TLS"
            raise ServerError("reached from elsewhere, a server needs TLS", where=self.host, hint=hint)

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return _is_loopback(self.host)

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by https."""
        return self.certificate is not None or bool(self.trusted_proxy)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _is_safe(address: str) -> bool:
    """Whether nobody between can change what comes from an address."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
    )
