"""How fast the image page scrolls a CT of 300 slices of 512 x 512 pixels, once it is loaded.

    python benchmarks/viewer_scrolling.py

Starts a server on loopback with a made-up series, opens the page in headless Chromium, waits for all slices, and goes
through them by key, one for each frame that the browser draws. Printed: seconds until the first slice is seen and until
all are there, slices drawn in a second, and CPU time for each, of the page's process and of the whole browser with its
software rendering.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from images import dicom_files
from server.workbench import imaging_cases
from server.workbench.conftest import TESTER, Served
from wardround.server import Config

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

SCROLL = """async (steps) => {
  const told = document.querySelector('[data-tell="frame"]');
  const seen = new Set();
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  document.querySelector(".viewport").focus();
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Home", bubbles: true }));
  await frame();
  const began = performance.now();
  for (let step = 0; step < steps; step++) {
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
    await frame();
    seen.add(told.textContent);
  }
  return seen.size / ((performance.now() - began) / 1000);
}"""


def files(count: int, side: int) -> list[bytes]:
    """Slices of noise, so that nothing is easier than in practice."""
    noise = np.random.default_rng(0).integers(-1000, 1500, (side + count, side), dtype=np.int16)
    made = []
    for number in range(count):
        slice_ = dicom_files.make(
            noise[number : number + side] + 1024, number=number + 1, ImageOrientationPatient=dicom_files.AXIAL,
            ImagePositionPatient=[0, 0, number], PixelSpacing=[0.7, 0.7], SliceThickness=1, RescaleSlope=1,
            RescaleIntercept=-1024, ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        )  # fmt: skip
        made.append(dicom_files.encoded(slice_))
    return made


def cpu(session: CDPSession) -> tuple[float, float]:
    """Seconds of CPU time that the pages and the whole browser have taken so far."""
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    pages = sum(each["cpuTime"] for each in processes if each["type"] == "renderer")
    return pages, sum(each["cpuTime"] for each in processes)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--slices", type=int, default=300)
    options.add_argument("--side", type=int, default=512)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, Served(Config(folder=Path(folder))) as served:
        case = imaging_cases.kept(served.store, TESTER, files(given.slices, given.side))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            began = time.perf_counter()
            page.goto(f"{served.address}/cases/{case.id}")
            page.wait_for_selector(".viewport:not(.waiting) canvas[aria-label*='frame']", timeout=120_000)
            first = time.perf_counter() - began
            page.wait_for_selector("[data-loading]", state="hidden", timeout=600_000)
            everything = time.perf_counter() - began
            session = browser.new_browser_cdp_session()
            before = cpu(session)
            speed = page.evaluate(SCROLL, given.slices - 1)
            took = [1000 * (after - was) / (given.slices - 1) for was, after in zip(before, cpu(session), strict=True)]
            browser.close()
    print(
        f"{given.slices} slices of {given.side} x {given.side}: first after {first:.1f} s, all after {everything:.1f} s"
    )
    print(f"scrolling: {speed:.0f} slices a second; CPU for each: page {took[0]:.1f} ms, browser {took[1]:.1f} ms")


if __name__ == "__main__":
    main()
