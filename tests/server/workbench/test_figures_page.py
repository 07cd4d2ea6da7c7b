"""The page of figures: few cases, many, its numbers as CSV."""

from __future__ import annotations

import csv
import datetime
import io
from typing import TYPE_CHECKING

from server.workbench.conftest import TESTER, assert_accessible
from server.workbench.signed_in import drafted

if TYPE_CHECKING:
    from pathlib import Path

    from server.workbench.conftest import Pages, Served


def signed(served: Served, rejected: str, seconds: float) -> None:
    store, case = served.store, drafted(served.store)
    review = store.begin_review(TESTER, case.id, 1)
    for item in ("I10", "E11.65", "R05.9"):
        verb = "reject" if item == rejected else "accept"
        review = store.decide(TESTER, case.id, item, verb, version=review.version)  # type: ignore[arg-type]
    store.worked(TESTER, case.id, 1, seconds)
    store.sign(TESTER, case.id, version=review.version)


def test_from_nothing_to_many(pages: Pages, served: Served) -> None:
    before = len(list(served.store.figures()))
    page = pages.open("/figures")
    for number in range(6):
        signed(served, "R05.9" if number < 2 else "", 60.0 * (number + 1))
    page.reload()
    assert "Only" in page.inner_text(".notice.warn")
    assert page.locator("svg.plot").count() == 2
    assert page.locator("svg.plot .dot").count() == 2
    total = before + 6
    assert str(total) in page.inner_text(".totals")
    page.click(".numbers summary >> nth=0")
    assert page.locator("section:has(svg.plot) .numbers").count() == 2
    left = "Math.min(...[...document.querySelectorAll('.plot text')].map((text) => text.getBBox().x))"
    for width in (1280, 820):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(left) >= 0  # nothing is cut off
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_accessible(page)
    with page.expect_download() as downloading:
        page.click(".numbers a >> nth=0")
    text = downloading.value.path().read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(int(row["suggested"]) for row in rows) == 3 * total
    assert sum(int(row["rejected"]) for row in rows) == total // 3


def test_a_time_without_cases(pages: Pages, served: Served, tmp_path: Path) -> None:
    signed(served, "", 60.0)
    day = datetime.date(2020, 1, 1)
    page = pages.open(f"/figures?since={day}&until={day}")
    assert "Nothing was signed in this time" in page.inner_text("main")
    assert page.locator(".panel, svg.plot, .numbers").count() == 0
    assert_accessible(page)
