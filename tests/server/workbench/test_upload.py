"""Adding cases: notes one by one, folders as studies, and nothing twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from server.workbench.conftest import TESTER, assert_accessible

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from server.workbench.conftest import Pages, Served
    from wardround.icd10 import CodeSet

NOTES = Path(__file__).parents[3] / "examples" / "notes"


def external_ids(served: Served) -> list[str]:
    return [case.external_id for case in served.store.cases(TESTER).cases]


def drop(page: Page, files: dict[str, str]) -> None:
    """Drop files, name → text, on the page, as a file manager does."""
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, text] of Object.entries(files)) transfer.items.add(new File([text], name));
            return transfer;
        }""",
        files,
    )
    page.dispatch_event("main", "dragenter", {"dataTransfer": transfer})
    expect(page.locator("#drop-here")).to_be_visible()
    page.dispatch_event("main", "drop", {"dataTransfer": transfer})
    expect(page.locator("#drop-here")).to_be_hidden()


@pytest.fixture(scope="module", autouse=True)
def _compiled(codes: CodeSet) -> None:
    """The code set is there before anybody waits for a note."""


def test_dropped_notes_become_cases(served: Served, pages: Pages) -> None:
    pages.expect("422")
    page = pages.open("/")
    drop(page, {"one.txt": "ASSESSMENT\nAcute appendicitis.\n", "two": "ASSESSMENT\nInfluenza.\n", "empty.txt": " "})
    items = page.locator("#to-add li")
    expect(items).to_have_count(3)
    expect(page.locator("#upload-external")).to_be_hidden()  # it is one case's
    page.fill("#upload-age", "41")
    assert_accessible(page)
    page.get_by_role("button", name="Add 3 cases").click()
    expect(page.locator("#upload-told")).to_have_text("2 of 3 added, 1 not added", timeout=60_000)
    expect(items.filter(has_text="empty.txt").locator(".wrong")).not_to_be_empty()
    expect(items.filter(has_text="one.txt").get_by_role("link", name="Open")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("tr[data-case]")).to_have_count(2)
    expect(page.locator("tr[data-case]").first).to_contain_text("41 y")


def test_what_was_sent_without_an_answer_is_not_added_twice(served: Served, pages: Pages) -> None:
    pages.expect("ERR_FAILED")
    page = pages.open("/")
    keys: list[str] = []

    def lose_the_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/v1/notes:code", lose_the_answer)
    page.keyboard.press("u")
    page.set_input_files("#upload-files", NOTES / "influenza.txt")
    page.fill("#upload-id", "V-77")
    page.click("#upload-send")
    expect(page.locator("#to-add .wrong")).to_contain_text("cannot be reached", timeout=60_000)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#upload-told")).to_have_text("1 of 1 added", timeout=60_000)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert external_ids(served).count("V-77") == 1


def test_images_are_one_study_and_need_a_model(pages: Pages, tmp_path: Path) -> None:
    pages.expect("503")
    folder = tmp_path / "series"
    folder.mkdir()
    for number in range(3):
        (folder / f"IM{number:04}").write_bytes(b"\0" * 128 + b"DICM" + bytes([number]))
    page = pages.open("/")
    page.keyboard.press("u")
    page.set_input_files("#upload-folder", folder)
    expect(page.locator("#to-add")).to_have_text(re.compile(r"series/ \(3 images\)\s*study"))
    page.fill("#upload-story", "Cough.")
    page.click("#upload-send")
    expect(page.locator("#to-add .wrong")).to_contain_text("wardround models", timeout=60_000)
    assert page.input_value("#upload-story") == "Cough."
