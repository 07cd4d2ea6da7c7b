"""A real server on loopback and a real browser; a page that complains, or asks anybody else, fails its test."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from wardround.server import Config, create_app
from wardround.store import Actor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

    from wardround.server.services import Services
    from wardround.store.store import Store

TESTER = Actor(id="os:tester", role="admin")
AXE = Axe()
expect.set_options(timeout=60_000)  # five seconds are too few for a busy machine


class Served:
    """A server that runs in a thread of its own, and its store. One at a time: a process runs the jobs of one store."""

    def __init__(self, config: Config) -> None:
        self.app = create_app(config)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self.app,
                host="127.0.0.1",
                port=0,
                log_config=None,
                lifespan="on",
                ws="none",
                timeout_graceful_shutdown=2,
            )
        )
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        until = time.monotonic() + 120
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            assert time.monotonic() < until, "the server took too long to start"
            time.sleep(0.02)
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.should_exit = True
        self._thread.join(60)
        self._socket.close()

    @property
    def services(self) -> Services:
        return self.app.state.services

    @property
    def store(self) -> Store:
        return self.services.store


class Pages:
    """Pages of a browser that talks to nobody but the server, and keeps what went wrong on them."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.wrong: list[str] = []
        self.expected: tuple[str, ...] = ()
        context.on("request", self._asked)
        context.on("console", self._told)
        context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))

    def open(self, path: str = "/", *, width: int = 1280, height: int = 800) -> Page:
        """A new page at a path."""
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.set_default_timeout(60_000)
        page.goto(self.address + path)
        return page

    def expect(self, *parts: str) -> None:
        """Let console errors with one of these parts pass: browsers tell every answer of 400 and above as one."""
        self.expected = parts

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in ("data", "blob") and not request.url.startswith(self.address + "/"):
            self.wrong.append(f"asked somebody else: {request.url}")

    def _told(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.wrong.append(f"console: {message.text}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server without sign-in, one for each file of tests."""
    with Served(Config(folder=tmp_path_factory.mktemp("store"))) as served:
        yield served


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start a server of a configuration of its own."""
    with contextlib.ExitStack() as running:
        yield lambda **config: running.enter_context(Served(Config(folder=tmp_path / "store", **config)))


@pytest.fixture
def browse(browser: Browser) -> Iterator[Callable[..., Pages]]:
    """Begin with a browser without cookies: ``browse(served.address)``; further arguments are Playwright's."""
    opened: list[Pages] = []

    def begin(address: str, **options: object) -> Pages:
        context = browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
        opened.append(Pages(context, address))
        return opened[-1]

    yield begin
    wrong = [each for pages in opened for each in pages.wrong]
    for pages in opened:
        pages.context.close()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def pages(browse: Callable[..., Pages], served: Served) -> Pages:
    """A browser at the server of this file of tests."""
    return browse(served.address)


def assert_accessible(page: Page) -> None:
    """That axe finds nothing serious on a page, in light and in dark, where nothing but the colours is another."""
    page.evaluate(AXE.axe_script)
    for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **rules})["violations"]
        serious = [
            f"{scheme}: {each['id']}: {node['target']} {node.get('failureSummary', '')}"
            for each in found
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"]
        ]
        assert not serious, "\n".join(serious)
