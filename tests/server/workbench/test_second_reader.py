"""Two readers and somebody who settles where they differ, each in a browser of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.workbench.conftest import assert_accessible
from server.workbench.signed_in import added, drafted, ready, signed_in
from server.workbench.test_coding_page import press, saved, states
from wardround.store import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from server.workbench.conftest import Pages, Served
    from wardround.store import Case


def decide(page: Page, **keys: str) -> None:
    """Decide every code, and sign."""
    for item in states(page):
        page.click(f".card[data-item='{item}'] h3")
        press(page, keys.get(item.replace(".", "_"), "a"))
    saved(page)
    press(page, "s")
    page.wait_for_selector("#signing[open]")
    press(page, "Enter")
    page.wait_for_selector("#coding[data-mode=signed]", state="attached")


@pytest.fixture
def place(serve: Callable[..., Served]) -> tuple[Served, dict[str, str], Case]:
    served = serve(auth="local")
    ids = added(served, ann="coder", bob="coder", cleo="reviewer", dora="coder")
    return served, ids, drafted(served.store)


def test_from_asked_to_adjudicated(place: tuple[Served, dict[str, str], Case], browse: Callable[..., Pages]) -> None:
    served, ids, case = place
    ann, bob, cleo = (signed_in(browse, served, name) for name in ("ann", "bob", "cleo"))
    decide(ready(ann.open(f"/cases/{case.id}/coding")), R05_9="r")

    page = ready(cleo.open(f"/cases/{case.id}/differences"))
    assert page.locator("#reader option").all_inner_texts() == ["choose", "bob", "cleo", "dora"]  # not ann
    page.select_option("#reader", ids["dora"])
    assert_accessible(page)
    page.click("#ask button")
    page.wait_for_selector("h2:has-text('being made')")
    page.click("summary:has-text('Withdraw it')")
    page.select_option("#reader", ids["bob"])
    page.click("button[name=give]")
    page.wait_for_selector(".facts:has-text('bob')")
    page.click("summary:has-text('Withdraw it')")
    assert_accessible(page)
    page.click("button[name=take]")
    page.wait_for_selector("#ask")
    page.select_option("#reader", ids["bob"])
    page.click("#ask button")
    page.wait_for_selector("h2:has-text('being made')")

    page = bob.open("/?task=second")
    assert page.locator("tr[data-case]").count() == 1
    assert_accessible(page)
    page.click("a[data-task]")
    ready(page)
    assert states(page) == {"I10": "open", "E11.65": "open", "R05.9": "open"}
    assert page.locator("#history").count() == 0 or "ann" not in page.inner_text("#history")
    bob.expect("409")
    assert "by yourself" in bob.open(f"/cases/{case.id}/differences").inner_text("main")
    press(page, "Home", "Shift+ArrowDown")  # another sequence
    decide(page, E11_65="r")

    page = cleo.open("/?task=adjudication")
    page.click("a[data-task]")
    ready(page)
    assert "items differ" in page.inner_text(".told")
    rows = page.locator(".rows tbody tr")
    assert {rows.nth(place).get_attribute("data-item") for place in range(rows.count())} >= {"R05.9", "E11.65"}
    assert served.store.readings([case.id])[case.id][-1].reading == "second"  # looking settles nothing
    page.click("#begin")
    page.wait_for_selector("[data-take]")
    assert page.inner_text("#head .badge") == "in review"
    assert page.is_disabled("#sign")
    assert_accessible(page)
    open = page.locator(".rows tr[data-settled='']")
    while open.count():
        before = open.count()
        press(page, "2")
        page.wait_for_function(
            "count => document.querySelectorAll(\".rows tr[data-settled='']\").length < count", arg=before
        )
    page.click(".rows tr[data-item='E11.65'] [data-take=first]")
    page.wait_for_selector(".rows tr[data-item='E11.65'][data-settled=first]")
    press(page, "s")
    page.wait_for_selector(".told:has-text('this is what holds')")
    assert_accessible(page)
    final = served.store.review(Actor(id=ids["cleo"], role="reviewer"), case.id)
    assert (final.reading, final.signed_by) == ("adjudication", ids["cleo"])
    verbs = {item: each.verb for item, each in final.standing.items() if item != "sequence"}
    assert verbs == {"I10": "accept", "E11.65": "accept", "R05.9": "accept"}
    page = ready(cleo.open(f"/cases/{case.id}/coding"))
    assert "R05.9" in page.inner_text("table.final")
    assert cleo.open("/?task=adjudication").locator("tr[data-case]").count() == 0
