"""The server as a process: how it begins, listens and ends."""

from __future__ import annotations

import datetime
import json
import signal
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.serving import Served

if TYPE_CHECKING:
    from pathlib import Path


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "server.pem", folder / "server.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


def test_it_answers_finishes_what_is_under_way_and_ends(tmp_path: Path) -> None:
    body = json.dumps({"text": "ASSESSMENT\nAcute appendicitis.\n"}).encode()
    with Served(tmp_path / "store") as server:
        assert server.said.startswith("wardround is ready at http://127.0.0.1:")
        with httpx.Client(base_url=server.address) as client:
            answer = client.post("/v1/notes:code", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 201
            assert "server" not in answer.headers
            where = ("127.0.0.1", int(server.address.rpartition(":")[2]))
            with socket.create_connection(where) as idle, socket.create_connection(where) as busy:
                head = (
                    f"POST /v1/notes:code HTTP/1.1\r\nHost: {where[0]}:{where[1]}\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                    "Expect: 100-continue\r\n\r\n"
                )
                busy.sendall(head.encode())
                assert busy.recv(100).startswith(b"HTTP/1.1 100 ")  # it is under way
                busy.sendall(body[:20])
                server.process.send_signal(signal.SIGTERM)
                assert idle.recv(100) == b""  # it is about to end
                busy.sendall(body[20:])
                assert busy.recv(100).startswith(b"HTTP/1.1 201 ")
        assert server.process.wait(60) == 0
        assert "Traceback" not in server.log
    assert not [path for path in (tmp_path / "store").iterdir() if path.name.startswith(".spool")]


def test_another_server_of_the_store_and_a_taken_port_are_refused(tmp_path: Path) -> None:
    with Served(tmp_path / "store") as server:
        port = server.address.rpartition(":")[2]
        with Served(tmp_path / "store") as second, Served(tmp_path / "other", "--port", port) as third:
            assert (second.said, second.process.wait(60)) == ("", 1)
            assert (third.said, third.process.wait(60)) == ("", 1)
            assert "another server works with this store" in second.log
            assert f"127.0.0.1:{port}: the server cannot listen" in third.log
            assert "Traceback" not in second.log + third.log
        assert httpx.get(f"{server.address}/health").status_code == 200
        assert server.stop(signal.SIGINT) == 0


def test_it_speaks_tls(tmp_path: Path) -> None:
    pem, key = certificate(tmp_path)
    with Served(tmp_path / "store", "--certificate", str(pem), "--private-key", str(key)) as server:
        assert server.address.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=str(pem))
        answer = httpx.get(server.address.replace("127.0.0.1", "localhost") + "/health", verify=trusted)
        assert answer.status_code == 200
    with Served(tmp_path / "store", "--certificate", str(key), "--private-key", str(key)) as server:
        assert not server.said
        assert server.process.wait(60) == 1
        assert "the certificate or its key cannot be used" in server.log
        assert "Traceback" not in server.log


def test_a_store_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with Served(tmp_path / "store", "--database", "postgresql://ann:secret@127.0.0.1:1/cases") as server:
        assert not server.said
        assert server.process.wait(60) == 1
        assert "the database cannot be reached" in server.log
        assert "secret" not in server.log
        assert "Traceback" not in server.log


def test_an_answer_that_takes_for_ever_is_not_waited_for(tmp_path: Path) -> None:
    """A model in the middle of an answer does not keep the process."""
    from engines.scripted_server import ScriptedServer

    class Stuck(ScriptedServer):
        reached = threading.Event()

        def turn(self, body):  # type: ignore[no-untyped-def]
            turn = super().turn(body)
            self.reached.set()
            turn.wait = 60
            return turn

    with Stuck() as model, Served(tmp_path / "store", "--engine", f"{model.url}#tiny") as server:
        body = {"text": "ASSESSMENT\nAcute appendicitis.\n", "engine": True}
        assert httpx.post(f"{server.address}/v1/notes:code", json=body).status_code == 202
        assert model.reached.wait(60)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 30


@pytest.mark.parametrize("options", [("--host", "0.0.0.0"), ("--certificate", "x.pem"), ("--auth", "oidc")])
def test_what_is_not_safe_does_not_start(tmp_path: Path, options: tuple[str, ...]) -> None:
    with Served(tmp_path / "store", *options) as server:
        assert not server.said
        assert server.process.wait(60) == 1
        assert server.log.count("\n") == 1
