"""Fetching a release, from a server of ours on this machine."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from wardround.errors import CodeSetError, InputError, WardroundError
from wardround.icd10.download import address, download, published_day

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = bytes(range(256)) * 1000
ADDRESSES = {
    "2027": "https://www.cms.gov/files/zip/2027-code-tables-tabular-and-index.zip",
    "2026-10-01": "https://www.cms.gov/files/zip/2027-code-tables-tabular-and-index.zip",
    "2026-04-01": "https://www.cms.gov/files/zip/april-1-2026-code-tables-tabular-and-index.zip",
    "2021-01-01": "https://www.cms.gov/files/zip/january-1-2021-code-tables-tabular-and-index.zip",
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = self.path.strip("/").removesuffix(".zip")
        if page.startswith("to:"):
            self.send_response(302)
            self.send_header("Location", page.removeprefix("to:"))
            self.end_headers()
        elif page in ("404", "503"):
            self.send_error(int(page))
        elif page == "slow":
            time.sleep(2)
        elif page == "rude":
            self.wfile.write(b"this is not HTTP\r\n\r\n")
        else:
            self.send_response(200)
            length = {"short": len(CONTENT) + 5, "huge": 10**12, "endless": None}.get(page, len(CONTENT))
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            for _ in range(5 if page == "endless" else 1):
                self.wfile.write(CONTENT)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("asked", "url"), ADDRESSES.items())
def test_where_a_release_is_published(asked, url):
    assert address(published_day(asked)) == url


@pytest.mark.parametrize("asked", ["", "27", "20277", "April", "2026-04", "../2027", "٢٠٢٧"])
def test_what_is_no_release(asked):
    with pytest.raises(InputError, match="a fiscal year such as 2027"):
        published_day(asked)


@pytest.mark.parametrize("page", ["2027.zip", "endless", "to:/2027.zip", "to:/to:/2027.zip", "", "a%2Fb c.zip"])
def test_it_is_fetched_as_it_is(site, tmp_path, page):
    told: list[str] = []
    path = download(f"{site}/{page.replace(' ', '%20')}", tmp_path, told.append)
    assert path.parent == tmp_path
    assert path.read_bytes() == CONTENT * (5 if page == "endless" else 1)
    assert told[-1].startswith("downloading, 1.3 MB" if page == "endless" else "downloading, 0.3 of 0.3 MB")


@pytest.mark.parametrize(
    ("page", "says", "retryable"),
    [
        ("404.zip", r"404\.zip: the server answers 404 .*by hand from cms\.gov.* or give --url", False),
        ("503.zip", "the server answers 503", True),
        ("short.zip", r"ended after 256,000 of 256,005 bytes .*try again", True),
        ("huge.zip", "more than 100,000,000 bytes", False),
        ("endless.zip", "more than 1,000,000 bytes", False),
        ("slow.zip", "it took too long .*network", True),
        ("rude.zip", "cannot be reached", True),
        ("to:/404.zip", "the server answers 404", False),
    ],
)
def test_what_goes_wrong(site, tmp_path, monkeypatch, page, says, retryable):
    monkeypatch.setattr("wardround.icd10.download._PATIENCE", 0.3)
    if page.startswith("endless"):
        monkeypatch.setattr("wardround.icd10.download.ARCHIVE_LIMIT", 1_000_000)
    with pytest.raises(CodeSetError, match=says) as caught:
        download(f"{site}/{page}", tmp_path, print)
    assert caught.value.retryable is retryable


def test_nobody_there(tmp_path):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, but not listening
        with pytest.raises(CodeSetError, match=r"cannot be reached: .*refused .*by hand"):
            download(f"http://127.0.0.1:{held.getsockname()[1]}/2027.zip", tmp_path, print)


def test_it_does_not_go_on_for_ever(site, tmp_path, monkeypatch):
    monkeypatch.setattr("wardround.icd10.download._LONGEST", -1.0)
    with pytest.raises(CodeSetError, match="not complete after"):
        download(f"{site}/2027.zip", tmp_path, print)


@pytest.mark.parametrize(
    "url",
    [
        "http://www.cms.gov/files/zip/2027.zip",
        "http://127.0.0.1.example.org/2027.zip",
        "http://localhost@example.org/2027.zip",
        "ftp://127.0.0.1/2027.zip",
        "file:///etc/hostname",
        "https:///2027.zip",
        "https://[::1/2027.zip",
        "2027.zip",
        "",
    ],
)
def test_only_https_or_this_machine(tmp_path, url):
    with pytest.raises(InputError, match="only an https address is asked"):
        download(url, tmp_path, print)


@pytest.mark.parametrize("target", ["http://www.example.org/2027.zip", "file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_nor_where_a_server_sends_it(site, tmp_path, target):
    with pytest.raises(WardroundError, match=r"only an https address is asked|not allowed"):
        download(f"{site}/to:{target}", tmp_path, print)
    assert not list(tmp_path.iterdir())
