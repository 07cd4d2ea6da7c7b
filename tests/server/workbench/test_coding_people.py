"""Two people who are signed in, each in a browser of her own, at one case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from server.people import PASSWORD, people
from server.workbench.conftest import Served
from server.workbench.test_coding_page import codes, kept, press, review, saved, verbs
from wardround.server import Config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    from server.workbench.conftest import Pages
    from wardround.store import Case


def signed_in(pages: Pages, name: str, case: Case) -> Page:
    """A page of the case in the browser of somebody who signed in by name and password."""
    pages.expect("401", "409")
    page = pages.open(f"/cases/{case.id}/coding")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    press(page, "Enter")
    page.wait_for_selector("body[data-ready]")
    return page


def test_no_decision_is_lost_and_each_is_shown_with_a_name(browse: Callable[..., Pages], tmp_path: Path) -> None:
    people(tmp_path)
    with Served(Config(folder=tmp_path, auth="local")) as served:
        case = kept(served.store)
        one = signed_in(browse(served.address), "reviewer", case)
        two = signed_in(browse(served.address), "coder", case)
        first, second, third, *_ = codes(one)
        press(one, "a", "r")
        saved(one)
        two.click(f".card[data-item='{third}'] h3")
        press(two, "a")  # on a review that is out of date: nothing of both is lost
        expect(two.locator(f".card[data-item='{first}'] .by")).to_contain_text("by reviewer")
        saved(two)
        assert verbs(served, case) == {first: "accept", second: "reject", third: "accept"}
        two.click(f".card[data-item='{second}'] h3")
        press(two, "a")
        saved(two)
        one.click(f".card[data-item='{second}'] h3")
        press(one, "c")
        one.wait_for_selector("#find[open]")
        one.fill("#find-words", "I10")
        one.wait_for_selector("#find-list[data-words='I10'] [role=option]")
        press(one, "Enter")
        one.wait_for_selector("#both[open]")
        assert "coder accepted it" in one.inner_text("#both-list")
        press(one, "Enter")  # keep what they decided
        saved(one)
        expect(one.locator(f".card[data-item='{second}'] .by")).to_contain_text("by coder")
        expect(one.locator(f".card[data-item='{third}'] .by")).to_contain_text("by coder")
        assert verbs(served, case) == {first: "accept", second: "accept", third: "accept"}
        ids = {each.name: each.id for each in served.store.accounts.users()}
        by = {each.item: each.by for each in review(served, case).standing.values()}
        assert by == {first: ids["reviewer"], second: ids["coder"], third: ids["coder"]}
