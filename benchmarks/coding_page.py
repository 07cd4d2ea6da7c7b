"""How soon the page of a coding review is painted and answers keys: 20,000 characters, 150 highlights.

    python benchmarks/coding_page.py

Starts a server on loopback, opens the page in headless Chromium several times, and presses keys. Printed, of each run:
milliseconds from asking for the page until it is first painted and until keys work, and from a key until the browser
has drawn what it does (the frame after), for the slowest of each kind. In brackets, milliseconds that the processor
spent on the page's main thread meanwhile: they hold on a busy machine too.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from server.workbench.conftest import CHROMIUM, Served
from server.workbench.test_coding_hostile import HOSTILE, draft, kept
from wardround.server import Config

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

RUNS = 5
KEYS = ("j", "k", "a", "r", "h", "p", "Shift+ArrowDown")
TASK = "ThreadControllerImpl::RunTask"
PRESSED = """async (name) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const [key, shiftKey] = [name.split("+").at(-1), name.startsWith("Shift+")];
  await frame();
  const began = performance.now();
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));
  await frame();
  return performance.now() - began;
}"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


T = TypeVar("T")


def busy(page: Page, do: Callable[[], T]) -> tuple[T, float]:
    """What ``do`` gives, and the milliseconds of processor time of the page's main thread meanwhile."""
    session = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    ended: list[object] = []
    session.on("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    session.on("Tracing.tracingComplete", lambda told: ended.append(told))  # a function that can be marked
    config = {"includedCategories": ["toplevel", "__metadata"]}
    session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
    given = do()
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(20)
    session.detach()
    threads = [each for each in events if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"]
    main = {(each["pid"], each["tid"]) for each in threads}
    tasks = [each for each in events if each["name"] == TASK and (each["pid"], each["tid"]) in main]
    return given, sum(each.get("tdur", 0) for each in tasks) / 1000


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

            def opened(page: Page = page, address: str = f"{served.address}/cases/{case.id}/coding") -> tuple[Any, Any]:
                page.goto(address)
                page.wait_for_selector("body[data-ready]")
                return page.evaluate(PAINTED), page.evaluate("performance.now()")

            (painted, ready), spent = busy(page, opened)
            print(f"run {run + 1}: painted {painted:.0f} ms, ready {ready:.0f} ms [{spent:.0f}]")
            for name in KEYS:
                took, spent = busy(page, partial(page.evaluate, PRESSED, name))
                print(f"  {name}: {took:.0f} ms [{spent:.0f}]")
            page.wait_for_selector("#saved[data-state=saved]", state="attached")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
