"""How soon the page of a coding review is painted and answers keys: 20,000 characters, 150 highlights.

    python benchmarks/coding_page.py

Starts a server on loopback, opens the page in headless Chromium several times, and presses keys. Printed, of each run:
milliseconds from asking for the page until it is first painted and until keys work, and from a key until the browser
has drawn what it does (the frame after), for the slowest of each kind.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from server.workbench.conftest import CHROMIUM, Served
from server.workbench.test_coding_hostile import HOSTILE, draft, kept
from wardround.server import Config

RUNS = 5
KEYS = ("j", "k", "a", "r", "h", "h", "p", "Shift+ArrowDown")
PRESSED = """async (keys) => {
  const took = {};
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  for (const name of keys) {
    const [key, shiftKey] = [name.split("+").at(-1), name.startsWith("Shift+")];
    await frame();
    const began = performance.now();
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));
    await frame();
    took[name] = Math.max(took[name] ?? 0, performance.now() - began);
  }
  return took;
}"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def main() -> None:
    """Measure and print."""
    note = "\n".join(itertools.islice(itertools.cycle(HOSTILE), 400))[:20_000]
    quotes = [(at, at + 20 + at % 37) for at in range(0, 19_900, 132)][:150]
    with (
        tempfile.TemporaryDirectory() as folder,
        Served(Config(folder=Path(folder))) as served,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for run in range(RUNS):
            case = kept(served.store, note.encode(), "text/plain", draft(note, quotes))
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{served.address}/cases/{case.id}/coding")
            page.wait_for_selector("body[data-ready]")
            ready = page.evaluate("performance.now()")
            painted = page.evaluate(PAINTED)
            slowest = max(page.evaluate(PRESSED, list(KEYS)).items(), key=lambda each: each[1])
            print(f"run {run + 1}: painted {painted:.0f} ms, ready {ready:.0f} ms, slowest key {slowest[0]}", end=" ")
            print(f"{slowest[1]:.0f} ms")
            page.wait_for_selector("#saved[data-state=saved]", state="attached")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
