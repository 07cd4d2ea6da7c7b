"""Photographs the pages of the workbench for the README and the guides: docs/images/workbench-*.png.

Starts a server on the example cases, in a folder that is thrown away, and a Chromium that is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import demo_cases
from playwright.sync_api import sync_playwright

from wardround.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, ViewportSize

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZE: ViewportSize = {"width": 1280, "height": 800}
SHOTS: dict[str, tuple[Literal["light", "dark"], str, str]] = {
    "list": ("light", "/", ""),
    "coding": ("light", "/cases/{DEMO-STAY-1}", "ajaj"),
    "coding-dark": ("dark", "/cases/{DEMO-CLINIC-1}", "aj"),
    "imaging": ("dark", "/cases/{DEMO-CHEST-1}", "aj"),
}
"""Name of the picture → its theme, its page, and the keys that are pressed on it."""


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Chromium is not installed: scripts/system-packages.sh test")
    with tempfile.TemporaryDirectory() as folder:
        demo_cases.main(Path(folder))
        with serving(folder) as address, sync_playwright() as playwright, Client(address) as client:
            cases = {case.external_id: case.id for case in client.cases(search="DEMO-")}
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name, (theme, path, keys) in SHOTS.items():
                page = browser.new_page(viewport=SIZE, color_scheme=theme)
                take(page, address + path.format(**cases), name, keys)
            browser.close()


@contextmanager
def serving(folder: str) -> Iterator[str]:
    """A server on the cases of ``folder``; gives its address."""
    command = [sys.executable, "-m", "wardround", "serve", "--port", "0", "--folder", folder]
    environment = {**os.environ, "LOGNAME": "maria"}  # who is shown as signed in
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=quiet, text=True, env=environment) as run:
        assert run.stdout is not None
        try:
            yield run.stdout.readline().split()[-1]
        finally:
            run.terminate()


def take(page: Page, address: str, name: str, keys: str) -> None:
    """Open a page, press some keys, and keep what is seen."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(300)
    page.wait_for_timeout(700)  # messages come and go
    page.screenshot(path=IMAGES / f"workbench-{name}.png")
    print(f"wrote docs/images/workbench-{name}.png")


if __name__ == "__main__":
    main()
