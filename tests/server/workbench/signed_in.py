"""People with passwords at a server of the tests, each in a browser of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.people import _QUICK, PASSWORD, SETUP
from wardround.coding import Coder
from wardround.store import Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from server.workbench.conftest import Pages, Served
    from wardround.store import Case, Role, Store

NOTE = "ASSESSMENT\n1. Essential hypertension.\n2. Type 2 diabetes mellitus with hyperglycemia.\n3. Cough.\n"


def added(served: Served, **roles: Role) -> dict[str, str]:
    """Name → id of new users."""
    hash = _QUICK.hash(PASSWORD)
    return {name: served.store.accounts.add_user(SETUP, name, role, hash).id for name, role in roles.items()}


def signed_in(browse: Callable[..., Pages], served: Served, name: str) -> Pages:
    """A browser in which somebody is signed in."""
    pages = browse(served.address)
    page = pages.open("/sign-in")
    page.fill("[name=name]", name)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("h1:has-text('Cases')")
    page.close()
    return pages


def drafted(store: Store, text: str = NOTE) -> Case:
    """A note with its draft."""
    upload = Upload(content=text.encode(), media_type="text/plain")
    return store.add_case(SETUP, "note", [upload], draft=Coder().code(text).to_json())


def ready(page: Page) -> Page:
    page.wait_for_selector("body[data-ready]")
    return page
