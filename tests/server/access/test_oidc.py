"""Signing in by an identity provider that is real, though small."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import OctKey, RSAKey

from server.access.provider import CLIENT, SECRET, IdentityProvider
from server.listening import listening
from server.people import SETUP, another, last_events, serving, store_of
from wardround.server.access.oidc import role_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response
    from starlette.testclient import TestClient

KEYS = [
    RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}) for kid in ("first", "second", "stranger")
]
MARIA = {"sub": "7", "preferred_username": "maria", "roles": ["staff", "coder"]}


@pytest.fixture(scope="module")
def listener() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()
    with listening(provider.app) as port:
        provider.issuer = f"http://127.0.0.1:{port}"
        yield provider


@pytest.fixture(scope="module")
def server(listener: IdentityProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARDROUND_OIDC_SECRET", SECRET)
        folder = tmp_path_factory.mktemp("store")
        with serving(folder, auth="oidc", oidc_issuer=listener.issuer, oidc_client=CLIENT) as client:
            yield client


@pytest.fixture
def provider(listener: IdentityProvider, server: TestClient) -> IdentityProvider:
    """As it should be, and forgotten by the server."""
    listener.claims, listener.header, listener.metadata = dict(MARIA), {}, {}
    listener.keys, listener.signed_by = KEYS[:1], None
    server.app.state.provider._keys = None  # type: ignore[attr-defined]
    return listener


@pytest.fixture
def client(server: TestClient) -> TestClient:
    return another(server)


def sent_back(client: TestClient, next: str = "/v1/me") -> str:
    """The address that the provider sends the browser back to."""
    begun = client.get("/sign-in/oidc", params={"next": next}, follow_redirects=False)
    assert begun.status_code == 303
    with httpx2.Client(trust_env=False) as browser:
        answered = browser.get(begun.headers["location"])
    assert answered.status_code == 307
    return answered.headers["location"]


def sign_in(client: TestClient, next: str = "/v1/me") -> Response:
    return client.get(sent_back(client, next), follow_redirects=False)


def test_in(client: TestClient, provider: IdentityProvider) -> None:
    done = sign_in(client)
    assert (done.status_code, done.headers["location"]) == (303, "/v1/me")
    me = client.get("/v1/me").json()
    suffix = hashlib.sha256(f"{provider.issuer}|7".encode()).hexdigest()[:24]
    assert (me["name"], me["role"], me["auth"]) == (f"maria@oidc-{suffix}", "coder", "oidc")
    assert "wardround-oidc" not in client.cookies
    assert last_events(client, 1) == [(me["id"], "login", "user", "success", "")]


def test_what_the_browser_is_sent_with(client: TestClient, provider: IdentityProvider) -> None:
    begun = client.get("/sign-in/oidc", follow_redirects=False)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    protocol = {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce"}
    assert asked.keys() == protocol | {"code_challenge", "code_challenge_method"}
    assert asked["redirect_uri"] == "http://127.0.0.1/sign-in/oidc/callback"
    cookie = begun.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Max-Age=600" in cookie
    assert asked["state"] not in cookie
    assert asked["nonce"] not in cookie


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_it_sends_nobody_elsewhere(client: TestClient, provider: IdentityProvider, next: str) -> None:
    assert sign_in(client, next).headers["location"] == "/"


def test_who_somebody_is_does_not_follow_from_a_name(client: TestClient, provider: IdentityProvider) -> None:
    """Not from one here, nor from one there that has come free; but from the subject, whatever it is called now."""
    accounts = store_of(client).accounts
    local = accounts.user_named("maria") or accounts.add_user(SETUP, "maria", "admin", "$argon2id$…")
    sign_in(client)
    first = client.get("/v1/me").json()
    provider.claims["preferred_username"] = "maria.neu"
    sign_in(client)
    assert client.get("/v1/me").json()["id"] == first["id"]
    provider.claims |= {"sub": "8", "preferred_username": "maria"}
    sign_in(client)
    assert client.get("/v1/me").json()["id"] not in (first["id"], local.id)


def test_a_user_with_a_password_is_never_the_providers(client: TestClient, provider: IdentityProvider) -> None:
    provider.claims["sub"] = "9"
    suffix = hashlib.sha256(f"{provider.issuer}|9".encode()).hexdigest()[:24]
    store_of(client).accounts.add_user(SETUP, f"x@oidc-{suffix}", "admin", "$argon2id$…")
    refused = sign_in(client)
    assert refused.status_code == 403
    assert refused.json()["title"] == "this user signs in with a password"
    assert client.get("/v1/me").status_code == 401


def test_the_role_is_what_the_provider_says_now(client: TestClient, provider: IdentityProvider) -> None:
    provider.claims["sub"] = "10"
    for role in ("reader", "reviewer"):
        provider.claims["roles"] = role
        sign_in(client)
        assert client.get("/v1/me").json()["role"] == role


def test_who_is_disabled_here_stays_out(client: TestClient, provider: IdentityProvider) -> None:
    provider.claims["sub"] = "11"
    sign_in(client)
    store_of(client).accounts.change_user(SETUP, client.get("/v1/me").json()["id"], disabled=True)
    assert client.get("/v1/me").status_code == 401
    assert sign_in(client).json()["title"] == "this user is disabled"


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "header", "title"),
    [
        ({"nonce": "another"}, {}, "InvalidClaimError"),
        ({"nonce": None}, {}, "MissingClaimError"),
        ({"aud": "another"}, {}, "InvalidClaimError"),
        ({"aud": [CLIENT, "another"]}, {}, "MissingClaimError"),  # without azp
        ({"aud": [CLIENT, "another"], "azp": "another"}, {}, "InvalidClaimError"),
        ({"iss": "https://evil.example"}, {}, "InvalidClaimError"),
        ({"exp": NOW - 120}, {}, "ExpiredTokenError"),
        ({"exp": None}, {}, "MissingClaimError"),
        ({"iat": NOW + 600}, {}, "InvalidTokenError"),
        ({"sub": None}, {}, "MissingClaimError"),
        ({"sub": ""}, {}, "ValueError"),
        ({"at_hash": "AAAA"}, {}, "InvalidClaimError"),
        ({}, {"alg": "none"}, "UnsupportedAlgorithmError"),
    ],
)
def test_an_id_token_that_must_not_be_trusted(
    client: TestClient, provider: IdentityProvider, claims: dict[str, Any], header: dict[str, Any], title: str
) -> None:
    provider.claims |= claims
    provider.header = header
    refused = sign_in(client)
    assert refused.status_code == 403
    assert refused.json()["title"].startswith("the ID token must not be trusted: ")
    assert client.get("/v1/me").status_code == 401


def test_a_token_signed_by_a_stranger(client: TestClient, provider: IdentityProvider) -> None:
    for stranger in (KEYS[2], RSAKey.import_key(KEYS[2].as_dict(private=True) | {"kid": "first"})):
        provider.signed_by = stranger
        assert sign_in(client).status_code == 403


def test_a_token_signed_with_the_secret_or_a_public_key(client: TestClient, provider: IdentityProvider) -> None:
    """As if both sides shared a secret; the public key is everybody's."""
    for secret in (SECRET.encode(), KEYS[0].as_pem(private=False)):
        key = OctKey(secret, secret, {"kty": "oct", "kid": "first"})
        provider.signed_by, provider.header = key, {"alg": "HS256", "kid": "first"}
        assert sign_in(client).status_code == 403


def test_new_keys_are_asked_for(client: TestClient, provider: IdentityProvider) -> None:
    assert sign_in(client).status_code == 303
    provider.keys = KEYS[1:2]
    assert sign_in(client).status_code == 303


def test_the_state(client: TestClient, provider: IdentityProvider) -> None:
    """Changed, left out, from another browser, or used before."""
    address = sent_back(client)
    for wrong in (address + "x", address.partition("&state=")[0], address.replace("state=", "state=x")):
        assert client.get(wrong, follow_redirects=False).json()["title"].startswith("this sign-in was not begun here")
    assert another(client).get(address, follow_redirects=False).status_code == 403
    assert client.get(address, follow_redirects=False).status_code == 303
    assert client.get(address, follow_redirects=False).status_code == 403


def test_a_cookie_of_somebody_elses_making(client: TestClient, provider: IdentityProvider) -> None:
    address = sent_back(client)
    client.cookies.clear()
    client.cookies.set("wardround-oidc", "gAAAAAB" + "x" * 100)
    assert client.get(address, follow_redirects=False).status_code == 403


def test_who_is_not_let_in_there(client: TestClient, provider: IdentityProvider) -> None:
    address = sent_back(client)
    state = parse_qs(urlsplit(address).query)["state"][0]
    refused = client.get("/sign-in/oidc/callback", params={"error": "access_denied", "state": state})
    assert refused.json()["title"] == "the identity provider signed in nobody"


def test_a_code_that_is_not_taken(client: TestClient, provider: IdentityProvider) -> None:
    address = sent_back(client).replace("code=", "code=0")
    assert client.get(address, follow_redirects=False).status_code == 403


@pytest.mark.parametrize("claim", [None, "boss", [], ["Admin"], {"admin": True}, 7, [["admin"]]], ids=str)
def test_without_a_role(client: TestClient, provider: IdentityProvider, claim: object) -> None:
    provider.claims |= {"roles": claim, "sub": "12"}
    refused = sign_in(client)
    assert refused.json()["title"] == "you are known, but have no role here"
    assert not any(user.name.endswith("12") for user in store_of(client).accounts.users())
    assert last_events(client, 1)[0][:4] == ("anonymous", "login", "session", "failure")


def test_the_most_of_several_roles() -> None:
    assert role_of(["reader", "admin", "coder"]) == "admin"
    assert role_of("reader") == "reader"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "http://localhost/keys"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_a_provider_that_points_elsewhere(
    client: TestClient, provider: IdentityProvider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    refused = client.get("/sign-in/oidc", follow_redirects=False)
    assert refused.status_code == 502
    assert refused.json()["title"].startswith("the identity provider ")
    assert provider.asked == [] or "evil" not in str(provider.asked)


def test_a_provider_that_is_not_there(client: TestClient, provider: IdentityProvider) -> None:
    config = client.app.state.provider._config  # type: ignore[attr-defined]
    object.__setattr__(config, "oidc_issuer", "http://127.0.0.1:9")
    try:
        assert client.get("/sign-in/oidc", follow_redirects=False).json()["status"] == 502
    finally:
        object.__setattr__(config, "oidc_issuer", provider.issuer)


def test_passwords_do_not_count(client: TestClient) -> None:
    refused = client.post("/v1/session", json={"name": "maria", "password": "four plain words together"})
    assert (refused.status_code, refused.json()["hint"]) == (409, "go to /sign-in/oidc")
