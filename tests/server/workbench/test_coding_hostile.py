"""Notes that were not written for a page: they show as text, all of it, and stay quick."""

from __future__ import annotations

import datetime
import io
import itertools
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw

from documents.readers.files import lines, pdf
from server.workbench.conftest import TESTER
from wardround.coding import Coder, CodingResult, Encounter
from wardround.coding.result import Confirm, Evidence, Page, Place, Suggestion
from wardround.documents import read
from wardround.store import Upload

if TYPE_CHECKING:
    from server.workbench.conftest import Pages, Served
    from wardround.store import Case
    from wardround.store.store import Store

ENCOUNTER = Encounter(date=datetime.date(2026, 5, 4))
CODES = ("E11.9", "I10", "E03.9", "J18.9", "N18.31", "I50.23", "D64.9", "E87.6", "M10.9", "K21.9", "F32.A", "G47.33")
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "</div></main><!-- --> &amp; &lt;b&gt; {{ 7*7 }} {% raw %} ${7*7} <style>body{display:none}</style>",
    "abc\u202edcba\u202c after \u2066isolated\u2069 \u200fRLM \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "\U0001f6ad\U0001f468\u200d\u2695\ufe0f\U0001f1e9\U0001f1ea \U000e0068\U000e0069 e\u0301 \x1b[31mred\x07 \x0cpage",
    "\tcolumns\t\t of   white   space\t",
)


def draft(note: str, quotes: list[tuple[int, int]], **more: object) -> CodingResult:
    """A draft whose codes rest on the quotes, one after the other."""
    base = Coder().code("Gout.", ENCOUNTER)
    evidence: dict[str, list[Evidence]] = {code: [] for code in CODES}
    for (start, end), code in zip(quotes, itertools.cycle(CODES), strict=False):
        quote = {"start": start, "end": end, "text": note[start:end], "section": "other", "assertion": "present"}
        evidence[code].append(Evidence.model_validate(quote | more))
    suggestions = [
        Suggestion(
            code=code,
            description="A description",
            status="review",
            role="secondary",
            confidence=0.5,
            evidence=tuple(found),
            route=("lexicon",),
        )
        for code, found in evidence.items()
        if found
    ]
    return base.model_copy(update={"codes": tuple(suggestions), "rejected": ()})


def kept(store: Store, note: bytes, media_type: str, result: CodingResult) -> Case:
    return store.add_case(
        TESTER, "note", [Upload(content=note, media_type=media_type)], ENCOUNTER, draft=result.to_json()
    )


@pytest.fixture(scope="module")
def long_case(served: Served) -> tuple[str, Case]:
    """20,000 characters with 150 quotes, some of which overlap."""
    note = "\n".join(itertools.islice(itertools.cycle(HOSTILE), 400))[:20_000]
    quotes = [(at, at + 20 + at % 37) for at in range(0, 19_900, 132)][:150]
    quotes = [(start, end) for start, end in quotes if note[start:end].strip()]
    return note, kept(served.store, note.encode(), "text/plain", draft(note, quotes))


def test_a_hostile_note_shows_as_text(pages: Pages, long_case: tuple[str, Case]) -> None:
    note, case = long_case
    page = pages.open(f"/cases/{case.id}/coding")
    page.wait_for_selector("body[data-ready]")
    assert page.title().startswith("Codes of case")
    assert page.locator("#note script, #note img, #note style").count() == 0
    read = page.evaluate(
        """() => [...document.querySelectorAll("#note .ln")].map((line) =>
             [...line.querySelectorAll("[data-at]")].map((each) =>
               each.dataset.sign ? "\\ufffd" : each.textContent).join("")
           ).join("\\n")"""
    )
    signed = "".join(
        "\ufffd" if c in "\u202e\u202c\u2066\u2069\u200f\U000e0068\U000e0069\x1b\x07\x0c" else c for c in note
    )
    assert read == signed
    # what is selected is sent in code points, whatever stands before it
    page.evaluate(
        """() => {
             const lines = [...document.querySelectorAll("#note .ln")];
             const line = lines.filter((each) => each.textContent.includes("red"))[3];
             const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
             let node = walker.nextNode();
             while (!node.data.includes("red")) node = walker.nextNode();
             const at = node.data.indexOf("red");
             document.getSelection().setBaseAndExtent(node, at, node, at + 3);
           }"""
    )
    with page.expect_response("**/decisions") as answered:
        page.keyboard.press("m")
    item = answered.value.json()["decisions"][-1]["item"]
    start, end = map(int, item.removeprefix("span:").split("-"))
    assert note[start:end] == "red"
    assert note[:start].count("red") == 3


def test_a_long_note_is_quick(pages: Pages, long_case: tuple[str, Case]) -> None:
    _, case = long_case
    page = pages.open(f"/cases/{case.id}/coding")
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#note mark").count() >= 150
    took = page.evaluate(
        """async () => {
             const took = [];
             for (const key of ["j", "j", "k", "h", "h", "j"]) {
               const began = performance.now();
               document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
               document.body.getBoundingClientRect();
               took.push(performance.now() - began);
             }
             return took;
           }"""
    )
    assert sorted(took)[1] <= 100  # milliseconds; a busy machine may hold up the others


def test_the_page_of_a_scan_is_beside_the_text_with_the_quote_boxed(pages: Pages, served: Served) -> None:
    note = "Acute gout of the left foot"
    picture = Image.new("RGB", (600, 300), "white")
    ImageDraw.Draw(picture).text((40, 40), note, fill="black")
    drawn = io.BytesIO()
    picture.save(drawn, "PNG")
    place = Place(page=1, box=(40, 40, 120, 55))
    result = draft(note, [(0, 10)], places=(place,), read_confidence=0.7).model_copy(
        update={
            "pages": (Page(number=1, width=600, height=300, reader="tesseract 5.3.0"),),
            "confirm": (Confirm(kind="side", start=18, end=22, text="left", confidence=0.6, places=(place,)),),
        }
    )
    case = kept(served.store, note.encode(), "text/plain", result)
    document = case.documents[0].id
    scanned = kept(served.store, drawn.getvalue(), "image/png", result)
    page = pages.open(f"/cases/{case.id}/coding")
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#doubts .quote").count() == 1
    page.route("**/pages/1.png", lambda route: route.fulfill(body=drawn.getvalue(), content_type="image/png"))
    page.keyboard.press("t")
    page.wait_for_selector(".scan img[src]")
    box = page.locator("rect.current")
    assert box.get_attribute("data-item") == CODES[0]
    assert page.locator(".scan-pane").is_visible()
    page.keyboard.press("t")
    assert not page.locator(".scan-pane").is_visible()
    answer = page.request.get(f"{pages.address}/cases/{scanned.id}/documents/{scanned.documents[0].id}/pages/1.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(answer.body())).size == (600, 300)
    assert page.request.get(f"{pages.address}/cases/{case.id}/documents/{document}/pages/1.png").status == 422
    assert page.request.get(f"{pages.address}/cases/{scanned.id}/documents/{document}/pages/1.png").status == 404


def test_a_quote_is_boxed_where_it_stands_on_the_page_of_a_pdf(pages: Pages, served: Served) -> None:
    data = pdf(lines("ASSESSMENT", "1. Essential hypertension", x=60, y=700))
    result = Coder().code(read(data), ENCOUNTER)
    case = kept(served.store, data, "application/pdf", result)
    page = pages.open(f"/cases/{case.id}/coding", width=1600)
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#note mark.current").inner_text() == "Essential hypertension"
    page.keyboard.press("t")
    page.locator(".scan img[src]").evaluate("picture => picture.decode()")
    (shown, box) = (page.locator(each).bounding_box() for each in (".scan img", ".scan rect.current"))
    assert shown is not None
    assert box is not None
    answer = page.request.get(f"{pages.address}/cases/{case.id}/documents/{case.documents[0].id}/pages/1.png")
    drawn = Image.open(io.BytesIO(answer.body())).convert("L")
    scale = drawn.width / shown["width"]
    left, top = (box["x"] - shown["x"]) * scale, (box["y"] - shown["y"]) * scale
    right, bottom = left + box["width"] * scale, top + box["height"] * scale
    ink = drawn.point(lambda value: 255 * (value < 128))
    assert ink.crop((round(left), round(top), round(right), round(bottom))).getbbox() is not None
    # to the right of the quote, and between its line and the next, nothing is written: the box holds all of it
    found = ink.crop((round(left), round(top) - 4, drawn.width, round(bottom) + 4)).getbbox()
    assert found is not None
    assert found[2] <= right - left + 4
    assert found[2] >= 0.9 * (right - left)
