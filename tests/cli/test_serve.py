"""``wardround serve``: its options, and what it refuses before it starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cli.conftest import Run
    from wardround.server import Config


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Config]:
    """The configurations that a server was started with; it says that it is ready, and ends."""
    configs: list[Config] = []

    def serve(config: Config, on_ready: Any) -> None:
        configs.append(config)
        on_ready("http://127.0.0.1:8765")

    monkeypatch.setattr("wardround.server.serve", serve)
    return configs


def test_options_make_the_configuration(wardround: Run, started: list[Config], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("typer.launch", opened.append)
    ran = wardround("serve")
    assert (ran.status, ran.out, opened) == (0, "wardround is ready at http://127.0.0.1:8765\n", [])
    assert (started[0].host, started[0].port, started[0].auth) == ("127.0.0.1", 8765, "none")
    ran = wardround(
        *("serve", "--host", "0.0.0.0", "--port", "443", "--auth", "oidc", "--oidc-issuer", "https://id.example"),
        *("--oidc-client", "wardround", "--oidc-role-claim", "groups", "--trusted-proxy", "10.0.0.0/8"),
        *("--name", "codes.example", "--name", "codes", "--folder", "kept", "--key-file", "key", "--open"),
        *("--target-precision", "0.8"),
    )
    assert ran.status == 0, ran.err
    config = started[1]
    assert (config.host, config.port, config.oidc_issuer) == ("0.0.0.0", 443, "https://id.example")
    assert (config.oidc_client, config.oidc_role_claim, config.trusted_proxy) == ("wardround", "groups", "10.0.0.0/8")
    assert (config.names, config.folder, config.key_file) == (("codes.example", "codes"), Path("kept"), Path("key"))
    assert (started[0].target_precision, config.target_precision) == (None, 0.8)
    assert opened == ["http://127.0.0.1:8765"]


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        (("--host", "0.0.0.0"), 1, "reached from elsewhere, a server needs authentication"),
        (("--host", "0.0.0.0", "--auth", "local"), 1, "needs TLS"),
        (("--certificate", "x.pem"), 1, "TLS takes a certificate and its private key"),
        (("--port", "99999"), 1, "a port is 0 to 65535"),
        (("--auth", "nobody"), 2, "invalid value"),
        (("--trusted-proxy", "proxy"), 1, "this is no address or network"),
        (("--target-precision", "80"), 2, "a share above 0 and at most 1"),
    ],
)
def test_what_is_refused(
    wardround: Run, started: list[Config], options: tuple[str, ...], status: int, told: str
) -> None:
    ran = wardround("serve", *options)
    assert (ran.status, told in ran.err, started) == (status, True, []), ran.err


def test_without_its_packages_the_command_that_brings_them_is_told(
    wardround: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(__import__("sys").modules, "wardround.server.running", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "uvicorn", None)
    ran = wardround("serve")
    assert ran.status == 1
    assert "pip install 'wardround[server]'" in ran.err
