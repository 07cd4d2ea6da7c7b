"""The page of a coding review in a browser, worked as a coder works it: by keyboard."""

from __future__ import annotations

import datetime
import time
from typing import TYPE_CHECKING

import pytest

from server.workbench.conftest import TESTER, assert_accessible
from wardround.coding import Coder, Encounter
from wardround.store import Actor, Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from server.workbench.conftest import Pages, Served
    from wardround.coding import CodingResult
    from wardround.store import Case, Review
    from wardround.store.store import Store

NOTE = """\
CHIEF COMPLAINT
Swollen legs; denies chest pain.

FAMILY HISTORY
Father had colon cancer.

ASSESSMENT
1. Type 2 diabetes mellitus, well controlled
2. Essential hypertension
3. Hypothyroidism
4. Stopped smoking years ago \U0001f6ad
"""
ENCOUNTER = Encounter(setting="outpatient", date=datetime.date(2026, 5, 4), age=61, sex="female")


def coded(text: str = NOTE) -> CodingResult:
    return Coder().code(text, ENCOUNTER)


def kept(store: Store, text: str = NOTE, **result: object) -> Case:
    """A case with a note and its draft."""
    draft = coded(text).model_copy(update=result)
    upload = Upload(content=text.encode(), media_type="text/plain")
    return store.add_case(TESTER, "note", [upload], ENCOUNTER, draft=draft.to_json())


def shown(pages: Pages, case: Case, **options: int) -> Page:
    page = pages.open(f"/cases/{case.id}/coding", **options)
    page.wait_for_selector("body[data-ready]")
    return page


def codes(page: Page) -> list[str]:
    return list(page.eval_on_selector_all("#cards > .card", "cards => cards.map(card => card.dataset.code)"))


def states(page: Page) -> dict[str, str]:
    pairs = page.eval_on_selector_all("#cards > .card", "cards => cards.map(c => [c.dataset.item, c.dataset.state])")
    return dict(pairs)


def saved(page: Page) -> None:
    """Wait until everything is saved."""
    page.wait_for_selector("#saved[data-state=saved]", state="attached")


def review(served: Served, case: Case) -> Review:
    return served.store.review(TESTER, case.id)


def verbs(served: Served, case: Case) -> dict[str, str]:
    return {item: each.verb for item, each in review(served, case).standing.items()}


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@pytest.fixture
def case(served: Served) -> Case:
    return kept(served.store)


def test_from_open_to_signed_by_keyboard_alone(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case)
    first = codes(page)
    assert len(first) >= 3
    assert_accessible(page)
    press(page, "s")  # not before all is decided: the key goes to what is left
    assert page.inner_text("#said").startswith(f"{len(first)} still to be decided")
    press(page, "r", *"a" * (len(first) - 1))
    saved(page)
    assert verbs(served, case) == {code: "reject" if code == first[1] else "accept" for code in first}
    press(page, "s")
    page.wait_for_selector("#signing[open]")
    assert first[1] not in page.inner_text("#signing-list")
    assert_accessible(page)
    press(page, "Enter")
    page.wait_for_selector("#coding[data-mode=signed]", state="attached")
    page.wait_for_selector("body[data-ready]")
    assert page.inner_text("table.final").count(".") >= 1
    assert first[1] not in page.inner_text("table.final")
    assert review(served, case).signed_by
    assert page.locator("[data-does=accept]").count() == 0
    press(page, "a", "r", "u")
    page.click("summary:has-text('Export')")
    hrefs = page.eval_on_selector_all(".menu-body a", "links => links.map(link => link.getAttribute('href'))")
    assert [href.partition("format=")[2] for href in hrefs] == [
        f"{name}&of=signed" for name in ("json", "fhir", "csv", "markdown", "pdf", "queries")
    ]
    assert_accessible(page)


def test_what_the_draft_is_sure_of_is_accepted_together(pages: Pages, served: Served) -> None:
    first, *others = coded().codes
    case = kept(served.store, codes=(first.model_copy(update={"status": "review"}), *others))
    page = shown(pages, case)
    sure = page.eval_on_selector_all(
        "#cards > .card[data-status=accepted]", "cards => cards.map(card => card.dataset.item)"
    )
    assert sure == [code.code for code in others if code.status == "accepted"]
    assert first.code in codes(page)
    press(page, "A")
    page.wait_for_selector("#together[open]")
    listed = page.locator("#together li").all_text_contents()
    assert [line.split()[0] for line in listed] == sure
    assert_accessible(page)
    press(page, "Escape")
    assert not served.store.reviews(TESTER, case.id)
    press(page, "A", "Enter")
    saved(page)
    page.wait_for_function(
        "count => document.querySelectorAll('.card[data-state=accepted]').length == count", arg=len(sure)
    )
    saved(page)
    assert verbs(served, case) == dict.fromkeys(sure, "accept")
    press(page, "u")
    page.wait_for_selector(f".card[data-item='{sure[-1]}'][data-state=open]")
    assert verbs(served, case) == dict.fromkeys(sure[:-1], "accept")


def test_what_is_exported_is_what_was_signed(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case)
    first = codes(page)
    press(page, "r", *"a" * (len(first) - 1), "s")
    page.wait_for_selector("#signing[open]")
    press(page, "Enter")
    page.wait_for_selector("#coding[data-mode=signed]", state="attached")
    for name in ("json", "csv", "markdown", "fhir"):
        told = page.request.get(f"{pages.address}/v1/cases/{case.id}/export?format={name}&of=signed")
        assert told.ok, told.text()
        assert first[1] in told.text()


def test_a_code_is_added_from_words_selected_by_keyboard(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case)
    before = codes(page)
    page.focus("#note")
    page.evaluate(SELECT, ["well controlled"])
    press(page, "Shift+ArrowRight", "Shift+ArrowLeft")
    press(page, "n")
    page.wait_for_selector("#find[open]")
    assert page.input_value("#find-words") == "well controlled"
    page.fill("#find-words", "Z79.84")
    page.wait_for_selector("#find-list[data-words='Z79.84'] [role=option]")
    assert_accessible(page)
    press(page, "Enter")
    page.wait_for_selector(".card[data-item='Z79.84'][aria-current]")
    assert codes(page) == [*before, "Z79.84"]
    value = review(served, case).standing["Z79.84"].value
    assert value is not None
    start = NOTE.index("well controlled")
    assert (value["start"], value["end"]) == (start, start + len("well controlled"))
    assert page.locator("mark[data-item='Z79.84'][data-state=added]").inner_text() == "well controlled"


def test_words_are_chosen_with_arrows(pages: Pages, case: Case) -> None:
    page = shown(pages, case)
    press(page, "n")  # nothing is selected: begin to select
    assert page.evaluate("document.activeElement.id") == "note"
    assert page.evaluate("getSelection().toString().trim()") == "CHIEF"
    press(page, "ArrowRight")
    assert page.evaluate("getSelection().toString().trim()") == "COMPLAINT"
    press(page, "ArrowDown")
    word = page.evaluate("getSelection().toString().trim()")
    assert word in NOTE.splitlines()[1].replace(";", "").split()
    press(page, "Shift+ArrowRight", "Shift+ArrowRight")
    assert page.evaluate("getSelection().toString().trim()").startswith(f"{word}")
    press(page, "Shift+ArrowLeft", "Shift+ArrowLeft")
    assert page.evaluate("getSelection().toString().trim()") == word
    press(page, "Escape")
    assert page.evaluate("document.activeElement.className").startswith("card")


def test_a_code_is_changed_through_the_search(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case)
    first = codes(page)[0]
    press(page, "c")
    page.wait_for_selector("#find[open]")
    page.fill("#find-words", "diabetic neuropath")
    page.wait_for_selector("#find-list[data-words='diabetic neuropath'] [role=option]")
    assert "lexicon" in page.inner_text("#find-list [role=option] >> nth=0")
    chosen = page.get_attribute("#find-list [role=option] >> nth=0", "data-code")
    press(page, "Enter")
    saved(page)
    assert states(page)[first] == "changed"
    assert codes(page)[0] == chosen
    decision = review(served, case).standing[first]
    assert (decision.verb, decision.value) == ("change", {"code": chosen})
    press(page, "u")
    page.wait_for_selector(f".card[data-item='{first}'][data-state=open]")
    assert codes(page)[0] == first


def test_undo_goes_back_step_by_step_also_after_a_reload(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case)
    first, second, *_ = codes(page)
    press(page, "a", "a")
    saved(page)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert list(states(page).values())[:3] == ["accepted", "accepted", "open"]
    press(page, "u")
    page.wait_for_selector(f".card[data-item='{second}'][data-state=open][aria-current]")
    press(page, "u")
    page.wait_for_selector(f".card[data-item='{first}'][data-state=open][aria-current]")
    assert verbs(served, case) == {}
    assert page.is_disabled(".case-do [data-does=undo]")


def test_the_sequence_is_chosen_by_keys(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case)
    first, second, third, *rest = codes(page)
    press(page, "j", "p")
    saved(page)
    assert codes(page) == [second, first, third, *rest]
    assert page.locator(".card[data-principal]").get_attribute("data-code") == second
    press(page, "Shift+ArrowDown", "Shift+ArrowDown")
    saved(page)
    assert codes(page)[:3] == [first, third, second]
    value = review(served, case).standing["sequence"].value
    assert value == {"codes": [first, third, second, *rest]}
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert codes(page)[:3] == [first, third, second]


def test_a_card_is_dragged_to_another_place(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case, height=1400)
    first, second, *rest = codes(page)
    page.drag_and_drop(
        f".card[data-item='{second}'] .place", f".card[data-item='{first}'] h3", target_position={"x": 5, "y": 2}
    )
    saved(page)
    assert codes(page) == [second, first, *rest]
    assert review(served, case).standing["sequence"].value == {"codes": [second, first, *rest]}


def test_negated_words_are_marked_and_their_code_rejected(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case)
    first = codes(page)[0]
    press(page, "m")
    page.wait_for_selector("#marks")
    decided = verbs(served, case)
    assert decided.pop(first) == "reject"
    assert set(decided.values()) == {"mark"}
    assert page.locator(f"mark[data-item='{first}'][data-look=negated]").count() >= 1
    page.evaluate(SELECT, ["Swollen legs"])
    press(page, "m")
    start = NOTE.index("Swollen legs")
    page.wait_for_selector(f"mark[data-item='span:{start}-{start + 12}']")
    page.click(f"[data-does=unmark][data-item='span:{start}-{start + 12}']")
    page.wait_for_selector(f"mark[data-item='span:{start}-{start + 12}']", state="detached")


def test_highlights_are_hidden_by_a_key(pages: Pages, case: Case) -> None:
    page = shown(pages, case)
    decoration = "mark => getComputedStyle(mark).textDecorationLine"
    mark = page.locator("#note mark:not(.current)").first
    assert mark.evaluate(decoration) == "underline"
    press(page, "h")
    assert mark.evaluate(decoration) == "none"
    press(page, "h")
    assert mark.evaluate(decoration) == "underline"


def test_what_the_draft_turned_down_can_be_reported_after_all(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case)
    page.click("#down summary")
    down = page.locator("#down .card").first
    code = down.get_attribute("data-code")
    down.click()
    press(page, "a")
    page.wait_for_selector(f"#cards .card[data-item='{code}'][data-state=added]")
    assert verbs(served, case) == {code: "add"}


def test_both_sides_are_linked(pages: Pages, case: Case) -> None:
    page = shown(pages, case)
    second = codes(page)[1]
    page.hover(f"mark[data-item='{second}']")
    assert page.locator(".card.linked").get_attribute("data-item") == second
    page.click(f"mark[data-item='{second}']")
    assert page.locator(".card[aria-current]").get_attribute("data-item") == second
    assert page.locator(f"mark.current[data-item='{second}']").count() >= 1


def test_what_cannot_be_saved_is_taken_back(pages: Pages, served: Served, case: Case) -> None:
    pages.expect("422")
    page = shown(pages, case)
    first = codes(page)[0]
    page.route("**/decisions", lambda route: route.fulfill(status=422, json={"title": "it cannot be", "status": 422}))
    press(page, "a")
    page.wait_for_selector(".toast.bad:has-text('it cannot be')")
    assert states(page)[first] == "open"


def test_decisions_wait_for_a_server_that_does_not_answer(pages: Pages, served: Served, case: Case) -> None:
    pages.expect("ERR_")
    page = shown(pages, case)
    page.route("**/decisions", lambda route: route.abort())
    press(page, "a", "r")
    page.wait_for_selector("#saved[data-state=waiting]", state="attached")
    page.unroute("**/decisions")
    saved(page)
    assert sorted(verbs(served, case).values()) == ["accept", "reject"]


def test_a_browser_that_is_closed_in_the_middle_loses_nothing(
    browse: Callable[..., Pages], served: Served, case: Case
) -> None:
    before = browse(served.address)
    page = shown(before, case)
    press(page, "a", "r")
    saved(page)
    before.context.close()
    page = shown(browse(served.address), case)
    assert list(states(page).values())[:3] == ["accepted", "rejected", "open"]
    assert page.locator(".card[aria-current]").get_attribute("data-item") == codes(page)[2]


def test_two_people_at_one_case_lose_no_decision(pages: Pages, served: Served, case: Case) -> None:
    pages.expect("409")
    one, two = shown(pages, case), shown(pages, case)
    first, second, third, *_ = codes(one)
    press(one, "a")
    saved(one)
    press(two, "j", "r")  # of something else, on a review that is out of date
    two.wait_for_selector(f".card[data-item='{first}'][data-state=accepted]")
    saved(two)
    assert verbs(served, case) == {first: "accept", second: "reject"}
    served.store.decide(
        Actor(id="os:ben", role="coder"), case.id, third, "reject", version=review(served, case).version
    )
    two.click(f".card[data-item='{third}'] h3")
    press(two, "a")
    two.wait_for_selector("#both[open]")
    assert f"{third}: ben rejected it" in two.inner_text("#both-list")
    two.click("#both-mine")
    saved(two)
    two.wait_for_selector(f".card[data-item='{third}'][data-state=accepted]")
    assert verbs(served, case) == {first: "accept", second: "reject", third: "accept"}


def test_amending_keeps_what_was_signed(pages: Pages, served: Served, case: Case) -> None:
    page = shown(pages, case)
    first = codes(page)
    press(page, *"a" * len(first), "s")
    page.wait_for_selector("#signing[open]")
    press(page, "Enter")
    page.wait_for_selector("#coding[data-mode=signed]", state="attached")
    page.click("button:has-text('Amend')")
    page.fill("#amend-reason", "a code was missed")
    page.click("#amending button.primary")
    page.wait_for_selector("#coding[data-mode=reviewing][data-round='2']", state="attached")
    page.wait_for_selector("body[data-ready]")
    assert set(states(page).values()) == {"accepted"}
    page.click("#history summary")
    assert page.locator(".round").count() == 2
    assert "a code was missed" in page.inner_text("#history")


def test_before_signing_the_rules_are_asked_of_the_codes_together(pages: Pages, case: Case) -> None:
    page = shown(pages, case)
    press(page, *"a" * len(codes(page)))
    page.evaluate(SELECT, ["Essential hypertension"])
    press(page, "n")
    page.fill("#find-words", "I11.9")
    page.wait_for_selector("#find-list[data-words='I11.9'] [role=option]")
    press(page, "Enter")
    page.wait_for_selector("#cards .card[data-code='I11.9'][aria-current]")
    press(page, "s")
    page.wait_for_selector("#signing-findings li[data-severity=reject]:has-text('I10, I11.9')")


def test_blind_the_page_has_no_suggestion_until_it_is_asked_for(pages: Pages, served: Served, case: Case) -> None:
    served.store.begin_review(TESTER, case.id, 1, blind=True)
    draft = coded()
    page = shown(pages, case)
    source = page.content()
    assert not [
        each.code for each in (*draft.codes, *draft.rejected) if each.code in source or each.description in source
    ]
    page.evaluate(SELECT, ["Hypothyroidism"])
    press(page, "n")
    page.fill("#find-words", "E03.9")
    page.wait_for_selector("#find-list[data-words='E03.9'] [role=option]")
    press(page, "Enter")
    page.wait_for_selector(".card[data-item='E03.9'][aria-current]")
    assert_accessible(page)
    press(page, "v")
    page.wait_for_selector("#coding[data-mode=reviewing]", state="attached")
    page.wait_for_selector("body[data-ready]")
    assert states(page)["E03.9"] == "added"
    assert len(states(page)) == len(draft.codes)


def test_working_time_is_told(pages: Pages, served: Served, case: Case) -> None:
    began = time.monotonic()
    page = shown(pages, case)
    assert served.store.case(TESTER, case.id).status == "drafted"  # looking begins nothing
    page.wait_for_timeout(1_200)
    press(page, "a")
    saved(page)
    page.goto("about:blank")
    while not review(served, case).seconds and time.monotonic() < began + 120:
        page.wait_for_timeout(50)
    assert 1 <= review(served, case).seconds <= time.monotonic() - began + 1


def test_the_text_of_a_question_is_kept_and_exported(pages: Pages, served: Served) -> None:
    case = kept(served.store, "ASSESSMENT\nHeart failure, LVEF 35 %.\n")
    page = shown(pages, case)
    field = page.locator("#queries textarea")
    drafted = field.input_value()
    press(page, "q")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    field.fill("Of what kind is the heart failure?\n<b>\u202e</b>")
    press(page, "Escape")  # leaves the field
    page.wait_for_selector("#queries [data-does=redraft]")
    assert field.input_value() == "Of what kind is the heart failure?\n<b>\u202e</b>"
    assert page.inner_text("[data-part=told]") == f"{len(codes(page))} of {len(codes(page))} to decide"
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert field.input_value() == "Of what kind is the heart failure?\n<b>\u202e</b>"
    page.click("#queries [data-does=redraft]")
    page.wait_for_selector("#queries [data-does=redraft]", state="detached")
    assert field.input_value() == drafted
    press(page, "u")  # nothing is left to be taken back
    field.fill("Of what kind is it?")
    page.focus(".card")
    page.wait_for_selector("#queries [data-does=redraft]")
    press(page, *"a" * len(codes(page)), "s")
    page.wait_for_selector("#signing[open]")
    press(page, "Enter")
    page.wait_for_selector("#coding[data-mode=signed]", state="attached")
    told = page.request.get(f"{pages.address}/v1/cases/{case.id}/export?format=queries&of=signed").text()
    assert "Of what kind is it?" in told
    assert "The record says" not in told
    assert page.locator("#queries textarea[readonly]").input_value() == "Of what kind is it?"


def test_the_modules_of_the_page_are_asked_for_at_once(pages: Pages, case: Case) -> None:
    page = shown(pages, case)
    asked = page.evaluate("performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)")
    named = page.eval_on_selector_all(
        "link[rel=modulepreload], script[src]",
        "all => all.map((each) => each.getAttribute('href') ?? each.getAttribute('src'))",
    )
    assert {each for each in asked if each.endswith(".js")} == set(named)


@pytest.mark.parametrize("width", [1280, 820])
def test_the_page_fits(pages: Pages, case: Case, width: int) -> None:
    page = shown(pages, case, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".key-bar").bounding_box()["y"] < 800  # type: ignore[index]


# puts the selection on words of the note, as a pointer does
SELECT = """([words]) => {
  const walker = document.createTreeWalker(document.getElementById("note"), NodeFilter.SHOW_TEXT);
  const nodes = [];
  let text = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push([text.length, node]);
    text += node.data;
  }
  const at = text.indexOf(words);
  const place = (offset) => {
    const [start, node] = nodes.findLast(([first]) => first <= offset);
    return [node, offset - start];
  };
  const [from, begin] = place(at);
  const [to, end] = place(at + words.length - 1);
  document.getElementById("note").focus();
  getSelection().setBaseAndExtent(from, begin, to, end + 1);
}"""
