"""Signing in, being sent back, and going on where a session ended; the own account and other people's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from server.workbench.conftest import TESTER, Served, assert_accessible
from wardround.server import Config
from wardround.server.access.passwords import Passwords
from wardround.store import Upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from server.workbench.conftest import Pages

PASSWORD = "a lamp on nine stairs"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with accounts: maria, a reviewer, and ada, an admin; and one case."""
    with Served(Config(folder=tmp_path_factory.mktemp("store"), auth="local")) as served:
        hashed = Passwords().hash(PASSWORD)
        served.store.accounts.add_user(TESTER, "maria", "reviewer", hashed)
        served.store.accounts.add_user(TESTER, "ada", "admin", hashed)
        note = Upload(content=b"ASSESSMENT\nAcute appendicitis.\n", media_type="text/plain")
        served.store.add_case(TESTER, "note", [note], external_id="V-1")
        yield served


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    page.keyboard.press("Enter")


def test_one_signs_in_and_is_where_one_wanted_to_be(guarded: Served, browse: Callable[..., Pages]) -> None:
    pages = browse(guarded.address)
    pages.expect("401")
    page = pages.open("/?search=V-1")
    expect(page).to_have_title("Sign in · wardround")
    assert_accessible(page)
    sign_in(page, "maria", "not this one at all")
    expect(page.locator("#sign-in [role=alert]")).not_to_be_empty()
    assert page.input_value("#name") == "maria"
    sign_in(page, "maria")
    expect(page.locator(".who")).to_contain_text("maria reviewer")
    assert page.url == guarded.address + "/?search=V-1"
    page.wait_for_load_state()  # keys do nothing before the page's script runs
    assert page.locator(".head nav").inner_text().split() == ["Cases", "Figures"]  # nothing that only admins may

    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.locator("[data-assign]")).to_have_text("maria")
    page.select_option("[name=assignee]", "mine")
    expect(page.locator("tr[data-case]")).to_have_count(1)

    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Sign in · wardround")


def test_nobody_is_sent_elsewhere_after_signing_in(guarded: Served, browse: Callable[..., Pages]) -> None:
    page = browse(guarded.address).open("/sign-in?next=//elsewhere.example/")
    assert page.get_attribute("#sign-in", "data-next") == "/"


def test_what_was_typed_is_kept_where_a_session_ended(guarded: Served, browse: Callable[..., Pages]) -> None:
    pages = browse(guarded.address)
    pages.expect("401")
    page = pages.open("/account")
    sign_in(page, "maria")
    page.fill("#token-name", "night export")
    page.check("input[value='cases:read']")
    pages.context.clear_cookies()
    page.get_by_role("button", name="Make a token").click()
    again = page.locator("#sign-in-again")
    expect(again).to_be_visible()
    again.locator("[name=password]").fill("wrong, as it happens")
    page.keyboard.press("Enter")
    expect(again.locator("[role=alert]")).not_to_be_empty()
    again.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#made-token")).not_to_be_empty()
    assert_accessible(page)
    page.reload()
    expect(page.locator("table")).to_contain_text("night export")
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("table")).not_to_contain_text("night export")


def test_admins_add_people_and_see_what_was_done(guarded: Served, browse: Callable[..., Pages]) -> None:
    page = browse(guarded.address).open("/admin")
    sign_in(page, "ada")
    page.fill("#user-name", "noor")
    page.fill("#user-password", "seven boats at dusk")
    page.get_by_role("button", name="Add").click()
    row = page.locator("tr", has_text="noor")
    expect(row).to_contain_text("active")
    assert_accessible(page)
    row.locator("select").select_option("reader")
    expect(page.locator("#notices")).to_contain_text("noor is reader now")
    row.get_by_role("button", name="Disable").click()
    expect(page.locator("tr", has_text="noor")).to_contain_text("disabled")
    page.goto(guarded.address + "/admin/audit?actor=ada&action=create")
    expect(page.locator("tbody tr", has_text="user")).to_have_count(1)
    assert_accessible(page)


def test_pages_of_admins_are_closed_to_others(guarded: Served, browse: Callable[..., Pages]) -> None:
    pages = browse(guarded.address)
    pages.expect("403")
    page = pages.open("/admin")
    sign_in(page, "maria")
    expect(page.locator("main")).to_contain_text("users:manage")
