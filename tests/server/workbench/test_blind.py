"""Blind mode in a browser: the share is set, a case is read without help, then with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.people import SETUP
from server.workbench import imaging_cases
from server.workbench.conftest import TESTER, assert_accessible
from server.workbench.signed_in import drafted, ready
from server.workbench.test_coding_page import SELECT, press, saved, states

if TYPE_CHECKING:
    from server.workbench.conftest import Pages, Served


def test_blind_from_the_share_to_signed(pages: Pages, served: Served) -> None:
    page = pages.open("/admin")
    page.fill("#blind", "100")
    page.click("#reviewing button")
    page.wait_for_selector(".toast:has-text('begin from now on')")
    assert served.store.blind_share() == 100
    assert_accessible(page)

    case = drafted(served.store)
    page = ready(pages.open(f"/cases/{case.id}/coding"))
    assert page.get_attribute("#coding", "data-mode") == "blind"
    assert served.store.readings([case.id]) == {}
    assert "E11.65" not in page.content()
    press(page, "v")  # without a code of one's own it is asked whether that is meant
    page.wait_for_selector("#revealing[open]")
    assert_accessible(page)
    press(page, "Escape")
    assert served.store.readings([case.id]) == {}

    for words, code in (("hypertension", "I10"), ("Cough", "R05.1")):
        page.evaluate(SELECT, [words])
        press(page, "n")
        page.fill("#find-words", code)
        page.wait_for_selector(f"#find-list[data-words='{code}'] [role=option]")
        press(page, "Enter")
        page.wait_for_selector(f".card[data-item='{code}'][aria-current]")
    saved(page)
    (review,) = served.store.reviews(TESTER, case.id)
    assert (review.blind, review.revealed, set(review.standing)) == (True, None, {"I10", "R05.1"})
    press(page, "v")
    page.wait_for_selector("#coding[data-mode=reviewing]", state="attached")
    ready(page)
    sides = page.locator("#beside section").all_inner_texts()
    assert ["R05.1" in sides[0], "I10" in sides[1], "E11.65" in sides[2]] == [True] * 3
    assert_accessible(page)
    assert states(page) == {"I10": "added", "E11.65": "open", "R05.9": "open", "R05.1": "added"}
    for item, key in (("E11.65", "a"), ("R05.9", "a"), ("R05.1", "r")):
        page.click(f".card[data-item='{item}'] h3")
        press(page, key)
        saved(page)
    press(page, "s")
    page.wait_for_selector("#signing[open]")
    press(page, "Enter")
    page.wait_for_selector("#coding[data-mode=signed]", state="attached")
    (counted,) = served.store.figures()
    assert dict(counted.unaided) == {"I10": "add", "R05.1": "add"}
    assert dict(counted.decisions) == {"I10": "add", "E11.65": "accept", "R05.9": "accept"}


def test_a_study_is_read_without_its_draft(pages: Pages, served: Served) -> None:
    served.store.set_blind_share(SETUP, 100)
    case = imaging_cases.chest_case(served.store, TESTER, prior=False)
    page = pages.open(f"/cases/{case.id}/imaging")
    page.wait_for_selector("[data-ready]")
    report = imaging_cases.chest_report(prior=False)
    source = page.content()
    assert not [each.name for each in report.findings if each.name in source]
    assert not [each.text for each in report.impression if each.text in source]
    page.keyboard.press("n")
    page.fill("#finding-form [name=name]", "nodule of my own")
    page.click("#finding-form button.primary")
    page.wait_for_selector(".finding[data-item=A1]")
    page.keyboard.press("v")
    page.wait_for_selector("#sheet[data-mode=reviewing]")
    assert "nodule of my own" in page.locator("#beside section").first.inner_text()
    assert page.locator(".finding[data-state=open]").count() == len(report.findings)
    assert_accessible(page)
