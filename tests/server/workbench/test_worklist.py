"""The work list: what it shows, how it is filtered and gone through, and what is done with its cases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from server.workbench.conftest import TESTER, assert_accessible
from wardround.coding import Encounter
from wardround.store import Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.workbench.conftest import Pages, Served
    from wardround.store import Case
    from wardround.store.store import Store


def note(store: Store, external_id: str = "", **more: object) -> Case:
    upload = Upload(content=b"ASSESSMENT\nAcute appendicitis.\n", media_type="text/plain")
    return store.add_case(TESTER, "note", [upload], external_id=external_id, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def listed(served: Served) -> Served:
    """The server with 55 cases: 54 notes V-00 … V-53, of which the first is drafted, and then a study."""
    for number in range(54):
        note(served.store, f"V-{number:02}", **({} if number else {"draft": {"codes": []}}))
    study = Upload(content=b"pixels", media_type="application/dicom", role="image")
    encounter = Encounter(setting="inpatient", age=61, sex="female")
    served.store.add_case(TESTER, "study", [study], encounter)
    return served


def test_an_empty_list_says_what_to_do(pages: Pages) -> None:
    page = pages.open("/")
    expect(page.locator(".empty")).to_contain_text("Drop notes")
    assert_accessible(page)


def test_the_list_is_filtered_searched_and_gone_through(listed: Served, browse: Callable[..., Pages]) -> None:
    page = browse(listed.address).open("/")
    tabs = page.locator(".tabs")
    expect(tabs).to_have_text(re.compile(r"all 55\s+new 54\s+drafted 1\s+in review 0\s+signed 0"))
    expect(page.locator("tr[data-case]")).to_have_count(50)
    expect(page.locator("tr[data-case]").first).to_contain_text("inpatient · 61 y · female")
    assert_accessible(page)

    page.keyboard.press("]")  # older
    expect(page.locator("tr[data-case]")).to_have_count(5)
    assert "after=" in page.url
    older = page.url
    page.keyboard.press("[")
    expect(page.locator("tr[data-case]")).to_have_count(50)
    page.goto(older)  # a bookmark
    expect(page.locator("tr[data-case]")).to_have_count(5)

    tabs.get_by_text("drafted").click()
    expect(page.locator("tr[data-case]")).to_have_count(1)
    tabs.get_by_text("all").click()
    page.keyboard.press("/")
    page.keyboard.type("V-1")
    expect(page.locator("tr[data-case]")).to_have_count(10)
    assert page.url.endswith("/?search=V-1")
    page.select_option("[name=kind]", "study")
    expect(page.locator(".empty")).to_contain_text("V-1")
    assert page.url.endswith("/?search=V-1&kind=study")
    page.go_back()
    expect(page.locator("tr[data-case]")).to_have_count(10)


def test_cases_are_gone_through_deleted_and_restored_by_keys(listed: Served, browse: Callable[..., Pages]) -> None:
    page = browse(listed.address).open("/?search=V-53")
    page.keyboard.press("j")
    expect(page.locator("td.case a")).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator("#delete")).to_be_visible()
    page.keyboard.type("sent twice")
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("Deleted")
    expect(page.locator(".empty")).to_be_visible()
    deleted = next(iter(listed.store.events(action="delete")))
    assert deleted.reason == "sent twice"

    page.locator(".tabs").get_by_text("deleted").click()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator(".tabs")).to_have_text(re.compile(r"all 55.*deleted 0", re.DOTALL))

    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_contain_text("Next case")
    page.keyboard.press("j")  # nothing happens behind a dialog
    assert_accessible(page)
    page.locator("#letters").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.locator("#upload")).to_be_hidden()


def test_jobs_are_followed_until_they_end(listed: Served, browse: Callable[..., Pages]) -> None:
    store = listed.store
    case = note(store, "JOB", job=("code", {}))
    store.jobs.begin(case.job)
    store.jobs.progress(case.job, "reading pages", 1, 4)
    page = browse(listed.address).open("/?search=JOB")
    expect(page.locator(".job")).to_contain_text("reading pages 1/4")
    store.jobs.progress(case.job, "reading pages", 3, 4)
    expect(page.locator(".job")).to_contain_text("reading pages 3/4")
    page.keyboard.press("j")
    store.jobs.fail(TESTER, case.job, "the page cannot be read")
    expect(page.locator(".state")).to_contain_text("draft failed")
    expect(page.locator("td.case a")).to_be_focused()
    before = sum(1 for _ in store.events())
    page.wait_for_timeout(2500)  # the page asks no more, and asking was no event each time
    assert sum(1 for _ in store.events()) == before


def test_errors_are_told_in_plain_words(pages: Pages) -> None:
    pages.expect("404", "422")
    page = pages.open("/cases/" + "0" * 32)
    expect(page.locator("main")).to_contain_text("There is no such case")
    assert_accessible(page)
    page.goto(pages.address + "/?status=lost")
    expect(page.locator("main")).to_contain_text("the form it needs")


@pytest.mark.parametrize("width", [820, 1280])
def test_the_list_fits_its_screen(listed: Served, browse: Callable[..., Pages], width: int) -> None:
    page = browse(listed.address).open("/", width=width, height=1100)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_chosen_theme_is_kept(pages: Pages) -> None:
    page = pages.open("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
