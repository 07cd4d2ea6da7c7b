"""A small identity provider that listens at a port of loopback, and lies when it is told to."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

__all__ = ["CLIENT", "SECRET", "IdentityProvider"]

CLIENT = "wardround"
SECRET = "the client's own secret, of sufficient length"


@dataclass
class IdentityProvider:
    """Signs in whoever comes, as ``claims`` say.

    Attributes:
        claims: of the ID token, besides those that the protocol has; one that is None is left out.
        header: of the ID token.
        issuer: set when it listens.
        signed_by: what signs ID tokens; what is published are the public keys of ``keys``.
        metadata: that the discovery document says otherwise.
        asked: the forms that the token endpoint was sent.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    issuer: str = ""
    keys: list[RSAKey] = field(default_factory=list)
    signed_by: Any = None
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    _begun: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/keys", self._published),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def _discovery(self, request: Request) -> JSONResponse:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return JSONResponse(told | self.metadata)

    def _published(self, request: Request) -> JSONResponse:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})

    def _authorize(self, request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = hashlib.sha256(asked["state"].encode()).hexdigest()
        self._begun[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def _token(self, request: Request) -> JSONResponse:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.asked.append(form)
        begun = self._begun.pop(form["code"], None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        )
        expected = f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"
        if begun is None or challenge != begun["code_challenge"] or request.headers.get("authorization") != expected:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "7", "iat": now, "exp": now + 300, "nonce": begun["nonce"]}
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": self._signed(claims)})

    def _signed(self, claims: dict[str, Any]) -> str:
        key = self.signed_by or self.keys[0]
        header = {"alg": "RS256", "kid": key.kid} | self.header
        if header["alg"] == "none":
            parts = [
                base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)
            ]
            return f"{'.'.join(parts)}."
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
