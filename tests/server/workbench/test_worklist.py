"""The work list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.workbench.conftest import assert_accessible

if TYPE_CHECKING:
    from server.workbench.conftest import Pages


def test_an_empty_list_says_what_to_do(pages: Pages) -> None:
    page = pages.open("/")
    assert "There are no cases yet" in page.inner_text("main")
    assert_accessible(page)
