"""An identity provider, as OpenID Connect Core 1.0 has it: authorization code with PKCE, state and nonce.

The server asks nothing but the provider: its discovery document, its keys and its token endpoint, all at the issuer's
own origin, without following redirections. An ID token counts if one of the provider's public keys signed it, and
issuer, audience, time and nonce are right.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from starlette.exceptions import HTTPException

from wardround.errors import NotPermitted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wardround.server.config import Config

__all__ = ["Begun", "Provider"]

_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
"""By which an ID token may be signed: with public keys only; never ``none``, never the client's secret."""

_FRESH = 3600  # seconds that the discovery document and the keys are kept
_SKEW = 60  # seconds that clocks may differ
_TIMEOUT = 10  # seconds
_HINT = "ask whoever runs the identity provider, or try again later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in that was begun: what the answer to it is held against.

    Attributes:
        address: where the browser goes.
    """

    address: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """The identity provider of a configuration. Safe to share between threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._secret = os.environ.get("WARDROUND_OIDC_SECRET", "")
        self._lock = threading.Lock()
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._until = 0.0

    def begin(self, redirect_uri: str) -> Begun:
        """Begin a sign-in that comes back to ``redirect_uri``.

        Raises:
            HTTPException: the provider cannot be reached, or is not what it should be; 502.
        """
        with self._client(redirect_uri) as client:
            metadata, _ = self._known(client)
            nonce, verifier = generate_token(43), generate_token(64)
            address, state = client.create_authorization_url(
                metadata["authorization_endpoint"], state=generate_token(43), nonce=nonce, code_verifier=verifier
            )
        return Begun(address=address, state=state, nonce=nonce, verifier=verifier)

    def finish(self, code: str, *, nonce: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
        """The claims about who signed in, for the code that the browser brought back.

        Raises:
            NotPermitted: the provider does not take the code, or its ID token must not be trusted.
            HTTPException: the provider cannot be reached, or is not what it should be; 502.
        """
        with self._client(redirect_uri) as client:
            metadata, keys = self._known(client)
            try:
                token = client.fetch_token(
                    metadata["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier
                )
            except OAuthError:
                raise NotPermitted("the identity provider does not take back its code", hint="sign in again") from None
            except (httpx2.HTTPError, ValueError):
                raise _failed("cannot be reached") from None
            shown = token.get("id_token")
            if not isinstance(shown, str):
                raise NotPermitted("the identity provider sent no ID token", hint=_HINT)
            try:
                try:
                    return self._checked(shown, keys, nonce, token.get("access_token"))
                except InvalidKeyIdError:  # it has changed its keys
                    _, keys = self._known(client, anew=True)
                    return self._checked(shown, keys, nonce, token.get("access_token"))
            except (JoseError, ValueError) as error:
                why = f"the ID token must not be trusted: {type(error).__name__}"
                raise NotPermitted(why, hint=_HINT) from None

    def _checked(self, shown: str, keys: KeySet, nonce: str, access_token: object) -> Mapping[str, Any]:
        token = jwt.decode(shown, keys, registry=JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False))
        issuer, client = self._config.oidc_issuer, self._config.oidc_client
        claims = CodeIDToken(
            token.claims,
            token.header,
            {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client}},
            {"nonce": nonce, "client_id": client, "access_token": access_token},
        )
        claims.validate(leeway=_SKEW)
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise ValueError("sub")
        return dict(claims)

    def _client(self, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            self._config.oidc_client,
            self._secret or None,
            scope="openid profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,  # no proxy: the issuer and nobody else
            verify=ssl.create_default_context(),
        )

    def _known(self, client: OAuth2Client, *, anew: bool = False) -> tuple[Mapping[str, Any], KeySet]:
        """The discovery document and the keys."""
        with self._lock:
            if self._keys is None or anew or time.monotonic() > self._until:
                issuer = self._config.oidc_issuer
                metadata = _fetched(client, get_well_known_url(issuer, external=True))
                if metadata.get("issuer") != issuer:
                    raise _failed("calls itself otherwise than --oidc-issuer")
                for name in ("token_endpoint", "jwks_uri"):
                    if _origin(metadata.get(name)) != _origin(issuer):
                        raise _failed(f"has its {name} at another origin than --oidc-issuer")
                if urlsplit(str(metadata.get("authorization_endpoint"))).scheme not in ("https", _origin(issuer)[0]):
                    raise _failed("has no page to sign in")
                try:
                    self._keys = KeySet.import_key_set(_fetched(client, metadata["jwks_uri"]))  # type: ignore[arg-type]
                except (JoseError, KeyError, TypeError, ValueError):
                    raise _failed("has keys that cannot be read") from None
                self._metadata, self._until = metadata, time.monotonic() + _FRESH
            return self._metadata, self._keys


def _fetched(client: OAuth2Client, address: str) -> dict[str, Any]:
    try:
        answer = client.request("GET", address, withhold_token=True)
        answer.raise_for_status()
        found = answer.json()
    except (httpx2.HTTPError, ValueError):
        raise _failed("cannot be reached") from None
    if answer.status_code != 200 or not isinstance(found, dict):
        raise _failed("cannot be reached")
    return found


def _failed(what: str) -> HTTPException:
    return HTTPException(502, f"the identity provider {what}")


def _origin(address: object) -> tuple[str, str | None, int | None]:
    parts = urlsplit(str(address))
    return parts.scheme, parts.hostname, parts.port
