"""The image page in a browser: looking, deciding, signing."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING, Any

import pytest

from images import dicom_files
from server.workbench import imaging_cases
from server.workbench.conftest import TESTER, assert_accessible
from wardround.reporting.report import Contradiction
from wardround.store import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from server.workbench.conftest import Pages, Served
    from wardround.store import Case

VIEWER = 'section[data-study="{}"] '


def show(pages: Pages, case: Case, **size: int) -> Page:
    page = pages.open(f"/cases/{case.id}", **size)
    page.wait_for_selector("[data-ready]")
    wait_for_frame(page)
    return page


def wait_for_state(page: Page, finding: str, state: str) -> None:
    """Until the server has told it, not the page alone."""
    decided = '[data-decision=""]' if state == "open" else ':not([data-decision=""])'
    page.wait_for_selector(f'.finding[data-item="{finding}"][data-state="{state}"]{decided}', state="attached")


def wait_for_frame(page: Page, study: str = "current") -> None:
    page.wait_for_selector(VIEWER.format(study) + ".viewport:not(.waiting)")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def grey(page: Page, column: int, row: int, columns: int, rows: int, study: str = "current") -> int:
    """The grey level on the screen of the middle of a pixel of an image that fits its viewport."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shown: int = page.evaluate(
        """([selector, column, row, columns, rows]) => {
          const canvas = document.querySelector(selector + "canvas.image");
          const zoom = Math.min(canvas.width / columns, canvas.height / rows);
          const x = canvas.width / 2 + (column + 0.5 - columns / 2) * zoom;
          const y = canvas.height / 2 + (row + 0.5 - rows / 2) * zoom;
          const one = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
          one.drawImage(canvas, -Math.floor(x), -Math.floor(y));
          return one.getImageData(0, 0, 1, 1).data[0];
        }""",
        [VIEWER.format(study), column, row, columns, rows],
    )
    return shown


def expected(value: float, centre: float, width: float) -> int:
    """DICOM PS3.3 C.11.2.1.2.1."""
    return round(min(1.0, max(0.0, (value - (centre - 0.5)) / (width - 1) + 0.5)) * 255)


def steps() -> list[bytes]:
    """A CT of four flat fields of known Hounsfield units, in three slices."""
    import numpy as np

    files = []
    for number in range(3):
        pixels = np.zeros((64, 64), np.int16)
        for field, value in enumerate((-600, 0, 40, 300)):
            pixels[:, 16 * field : 16 * field + 16] = value + 1024 + number
        made = dicom_files.make(
            pixels, number=number + 1, RescaleSlope=1, RescaleIntercept=-1024,
            ImageOrientationPatient=dicom_files.AXIAL,
            ImagePositionPatient=[0, 0, number], PixelSpacing=[0.5, 0.5], SliceThickness=1,
            ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        )  # fmt: skip
        files.append(dicom_files.encoded(made))
    return files


def test_the_window_is_what_the_keys_and_the_hand_make_it(pages: Pages, served: Served) -> None:
    page = show(pages, imaging_cases.kept(served.store, TESTER, steps()))
    fields = {8: -599, 24: 1, 40: 41, 56: 301}  # the middle slice
    for key, (centre, width) in {"1": (40, 400), "2": (-600, 1500), "4": (480, 2500), "5": (40, 80)}.items():
        page.keyboard.press(key)
        for column, value in fields.items():
            assert abs(grey(page, column, 10, 64, 64) - expected(value, centre, width)) <= 1, (key, value)
    page.keyboard.press("i")
    assert abs(grey(page, 40, 10, 64, 64) - (255 - expected(41, 40, 80))) <= 1
    page.keyboard.press(" ")
    assert abs(grey(page, 40, 10, 64, 64) - expected(41, 40, 400)) <= 1
    box = page.locator(".viewport").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 100, y + 50)
    page.mouse.up()
    told = page.inner_text('[data-tell="window"]')
    assert told == "W 500 C 90"
    assert abs(grey(page, 40, 10, 64, 64) - expected(41, 90, 500)) <= 1


def test_turning_zooming_measuring_and_reading_a_value(pages: Pages, served: Served) -> None:
    page = show(pages, imaging_cases.kept(served.store, TESTER, steps()))
    viewport = page.locator(".viewport").first
    box = viewport.bounding_box()
    assert box is not None
    sides = page.locator("svg.over .edge")
    assert sides.all_text_contents() == ["R", "A", "L", "P"]
    viewport.focus()
    page.keyboard.press("h")
    wait_for_frame(page)
    assert sides.all_text_contents() == ["L", "A", "R", "P"]
    assert grey(page, 8, 10, 64, 64) == 255  # what was at the right
    page.keyboard.press("h")
    page.keyboard.press("r")
    wait_for_frame(page)
    assert sides.all_text_contents() == ["P", "R", "A", "L"]
    page.keyboard.press("l")
    page.keyboard.press("m")
    zoom = min(box["width"], box["height"]) / 64
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 20 * zoom, middle[1], steps=3)
    page.mouse.up()
    wait_for_frame(page)
    assert page.text_content("svg.over .line text") == "10.0 mm"
    page.keyboard.press("Backspace")
    wait_for_frame(page)
    assert page.locator("svg.over .line").count() == 0
    page.mouse.move(middle[0] + 8.5 * zoom, middle[1] + 2)
    assert "41 HU" in page.inner_text('[data-tell="value"]')
    page.keyboard.press("+")
    wait_for_frame(page)
    assert abs(int(page.inner_text('[data-tell="zoom"]').split()[0]) - zoom * 125) <= 3
    page.mouse.wheel(0, 40)
    wait_for_frame(page)
    assert page.inner_text('[data-tell="frame"]').startswith("3 / 3")
    page.wait_for_selector('[data-tell="live"]:has-text("Frame 3 of 3")', state="attached")


def test_an_image_without_spacing_is_measured_in_pixels(pages: Pages, served: Served) -> None:
    file = imaging_cases.film_file(PixelSpacing=[0, 0])
    page = show(pages, imaging_cases.kept(served.store, TESTER, [file]))
    assert grey(page, 280, 500, 560, 640) > 100
    box = page.locator(".viewport").first.bounding_box()
    assert box is not None
    page.keyboard.press("m")
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 100, steps=2)
    page.mouse.up()
    wait_for_frame(page)
    assert str(page.text_content("svg.over .line text")).endswith(" pixels")
    assert "There is no draft of this study yet" in page.inner_text("#report")
    assert_accessible(page)


def test_review_correct_sign_and_export(pages: Pages, served: Served) -> None:
    case = imaging_cases.chest_case(served.store, TESTER)
    page = show(pages, case)
    assert_accessible(page)
    assert page.get_attribute(".finding[aria-current]", "data-item") == "F1"
    assert page.locator("svg.over .area.lit").count() == 1
    page.keyboard.press("c")
    page.select_option("#finding-side", "left")
    page.fill("#finding-reason", "the left angle is blunted")
    page.keyboard.press("Enter")
    wait_for_state(page, "F1", "changed")
    assert "side: right" in page.inner_text('.finding[data-item="F1"] .before')
    assert "left pleural effusion" in page.inner_text("#report-text").lower()
    assert "right pleural effusion" not in page.inner_text("#report-text").lower()
    page.keyboard.press("j")
    for finding in ("F2", "F4"):
        page.wait_for_selector(f'.finding[aria-current][data-item="{finding}"]')
        page.keyboard.press("a")
        wait_for_state(page, finding, "accepted")
    page.keyboard.press("s")
    assert "Every finding is decided before" in page.wait_for_selector(".toast.bad").inner_text()
    page.wait_for_selector('#unremarkable[open] .finding[aria-current][data-item="F3"]')
    page.keyboard.press("a")
    wait_for_state(page, "F3", "accepted")
    page.keyboard.press("s")
    page.wait_for_selector('.toast.bad:has-text("has to be confirmed")')
    page.keyboard.press("e")
    text = page.input_value("#text-recommendations-")
    page.fill("#text-recommendations-", f"{text}\nUltrasound of the pleura within a day.".strip())
    page.click("#text-form button.primary")
    page.wait_for_selector(".text-head .chip")
    assert "Ultrasound of the pleura within a day." in page.inner_text("#report-text")
    page.keyboard.press("s")
    page.wait_for_selector("#signing[open]")
    page.keyboard.press("Enter")
    page.wait_for_selector('#sheet[data-mode="signed"]')
    assert "for review by a qualified professional" in page.inner_text("#sheet .stamp")
    assert page.locator('[data-does="accept"]:visible').count() == 0
    (review,) = served.store.reviews(TESTER, case.id)
    assert review.signed is not None
    assert review.standing["F1"].value == {"side": "left"}
    for form in ("json", "fhir", "html", "pdf", "dicom-sr"):
        address = page.get_attribute(f'a[href*="format={form}"]', "href")
        answer = page.request.get(served.address + str(address))
        assert answer.ok, (form, answer.status, answer.text()[:300])
        if form == "json":
            assert json.loads(answer.text())["findings"][0]["side"] == "left"
    page.reload()
    page.wait_for_selector("[data-ready]")
    assert page.get_attribute("#sheet", "data-mode") == "signed"
    assert_accessible(page)


def test_amending_what_was_signed(pages: Pages, served: Served) -> None:
    case = imaging_cases.chest_case(served.store, TESTER, prior=False)
    page = show(pages, case)
    for finding in ("F1", "F2", "F4"):
        page.wait_for_selector(f'.finding[aria-current][data-item="{finding}"]')
        page.keyboard.press("a")
        wait_for_state(page, finding, "accepted")
    page.click('.part [data-does="rest"]')
    page.click("#together button.primary")
    wait_for_state(page, "F3", "accepted")
    page.keyboard.press("s")
    page.click("#signing button.primary")
    page.wait_for_selector('#sheet[data-mode="signed"]')
    page.click("text=Amend")
    page.fill("#amend-reason", "seen again with the lateral view")
    with page.expect_navigation():
        page.click("#amending button.primary")
    page.wait_for_selector("[data-ready]")
    assert page.get_attribute("#sheet", "data-mode") == "reviewing"
    assert "seen again with the lateral view" in page.inner_text("#report")
    assert [review.round for review in served.store.reviews(TESTER, case.id)] == [1, 2]


def test_fast_keys_each_decide_a_finding_of_their_own(pages: Pages, served: Served) -> None:
    case = imaging_cases.chest_case(served.store, TESTER, prior=False)
    page = show(pages, case)
    for key in "aara":  # the last one has nothing left: what is folded away is not decided unseen
        page.keyboard.press(key)
    page.wait_for_selector('.told:has-text("3 of 4 decided")')
    assert page.evaluate("document.activeElement.dataset.does") == "rest"
    standing = served.store.review(TESTER, case.id).standing
    assert {item: standing[item].verb for item in sorted(standing)} == {
        "F1": "accept",
        "F2": "accept",
        "F4": "reject",
    }


def test_what_is_absent_or_normal_is_confirmed_together(pages: Pages, served: Served) -> None:
    report = imaging_cases.chest_report(prior=False)
    absent = report.findings[2]
    more = [
        absent.model_copy(update={"id": f"F{number}", "name": f"sign {number}"} | told)
        for number, told in enumerate([*[{}] * 26, {"certainty": "possible"}, {"normal": True}], 5)
    ]
    contradictions = (Contradiction(kind="presence", message="F5 is told in two ways", findings=("F5",)),)
    report = report.model_copy(update={"findings": (*report.findings, *more), "contradictions": contradictions})
    case = imaging_cases.kept(served.store, TESTER, [imaging_cases.film_file()], report)
    page = show(pages, case)
    shown = page.eval_on_selector_all(
        ".finding", "all => all.filter(e => e.checkVisibility()).map(e => e.dataset.item)"
    )
    assert shown == ["F5", "F1", "F2", "F32", "F4", "F31"]  # contradicted, abnormal, doubtful
    assert page.inner_text("#unremarkable summary") == "Absent or normal: 26 to decide"
    page.keyboard.press("A")
    page.wait_for_selector("#together[open]")
    listed = page.locator("#together li").all_text_contents()
    assert (len(listed), listed[0]) == (26, "F3 consolidation absent")
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.wait_for_selector("#together", state="hidden")
    assert not served.store.reviews(TESTER, case.id)
    page.keyboard.press("A")
    page.wait_for_selector("#together[open]")
    page.keyboard.press("Enter")
    page.wait_for_selector('.told:has-text("26 of 32 decided")')
    assert page.inner_text("#unremarkable summary") == "Absent or normal: all 26 decided"
    review = served.store.review(TESTER, case.id)
    assert len(review.decisions) == 26
    assert {each.verb for each in review.decisions} == {"accept"}
    page.keyboard.press("u")
    wait_for_state(page, "F30", "open")
    assert len(served.store.review(TESTER, case.id).standing) == 25


def test_remove_undo_add_with_an_area_and_reload(pages: Pages, served: Served) -> None:
    case = imaging_cases.chest_case(served.store, TESTER, prior=False)
    page = show(pages, case)
    page.keyboard.press("r")
    wait_for_state(page, "F1", "rejected")
    wait_for_frame(page)
    assert page.locator("svg.over .area").count() == 1
    page.keyboard.press("u")
    wait_for_state(page, "F1", "open")
    page.keyboard.press("n")
    page.fill("#finding-name", "rib fracture")
    page.select_option("#finding-side", "right")
    page.click('[data-does="draw"]')
    box = page.locator(".viewport").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2 - 90, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 40, box["y"] + box["height"] / 2 + 30, steps=3)
    page.mouse.up()
    page.wait_for_selector("#finding-form[open]")
    assert "area of frame 1" in page.inner_text("[data-box]")
    page.click("#finding-form button.primary")
    wait_for_state(page, "A1", "added")
    page.reload()
    page.wait_for_selector('.finding[data-item="A1"]')
    value: Any = served.store.review(TESTER, case.id).standing["A1"].value
    assert (value["name"], value["side"], value["frame"]) == ("rib fracture", "right", 1)
    assert 0 < value["area"]["left"] < value["area"]["right"] < 280
    page.wait_for_selector("svg.over .area >> nth=2", state="attached")


def test_areas_and_sentences_point_at_each_other(pages: Pages, served: Served) -> None:
    case = imaging_cases.ct_case(served.store, TESTER)
    page = show(pages, case)
    page.wait_for_selector('[data-tell="frame"]:has-text("24 / 40")')
    sentence = page.locator("#report-text .part-impression li")
    page.keyboard.press("Home")
    page.wait_for_selector('[data-tell="frame"]:has-text("1 / 40")')
    assert page.locator("svg.over .area").count() == 0
    sentence.click()
    page.wait_for_selector('[data-tell="frame"]:has-text("24 / 40")')
    page.locator("svg.over .area polygon").hover()
    assert "lit" in str(sentence.get_attribute("class"))
    page.keyboard.press("b")
    wait_for_frame(page)
    assert page.locator("svg.over .area").count() == 0


def test_slices_scroll_fast_once_they_are_loaded(pages: Pages, served: Served) -> None:
    files = [dicom_files.encoded(each) for each in imaging_cases.ct_slices(24, side=512)]
    page = show(pages, imaging_cases.kept(served.store, TESTER, files))
    page.wait_for_selector("[data-loading]", state="hidden")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.headers.get("accept", "")))
    seen, took = page.evaluate(
        """async () => {
          const told = document.querySelector('[data-tell="frame"]');
          const drawn = () => new Promise((done) => requestAnimationFrame(done));
          const seen = new Set();
          const took = [];
          for (const key of ["Home", ...Array(23).fill("ArrowDown")]) {
            const began = performance.now();
            document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            await drawn();
            took.push(performance.now() - began);
            seen.add(told.textContent);
          }
          return [seen.size, took];
        }"""
    )
    assert seen == 24
    assert "application/octet-stream" not in asked
    assert sorted(took)[6] <= 100  # milliseconds where nothing else held it up: benchmarks/viewer_scrolling.py


def test_the_prior_is_scrolled_in_step(pages: Pages, served: Served) -> None:
    case = imaging_cases.ct_case(served.store, TESTER, prior=True)
    page = show(pages, case)
    wait_for_frame(page, "prior")
    place = '[data-study="{}"] [data-tell="frame"]'
    for key, current, prior in (("Home", "1 / 40", "1 / 27"), ("End", "40 / 40", "27 / 27")):
        page.keyboard.press(key)
        page.wait_for_selector(place.format("current") + f':has-text("{current}")')
        page.wait_for_selector(place.format("prior") + f':has-text("{prior}")')  # 78 mm is nearest to 78 mm
    page.keyboard.press("y")
    page.keyboard.press("Home")
    page.wait_for_selector(place.format("current") + ':has-text("1 / 40")')
    assert "27 / 27" in page.inner_text(place.format("prior"))
    page.keyboard.press("o")
    page.wait_for_selector('section[data-study="prior"]', state="hidden")


def test_three_planes_of_a_volume(pages: Pages, served: Served) -> None:
    pages.expect("GL Driver Message")  # of software rendering
    case = imaging_cases.ct_case(served.store, TESTER)
    page = show(pages, case)
    page.keyboard.press("d")
    page.wait_for_selector('.tool[data-does="volume"][aria-pressed="true"]', timeout=60_000)
    assert page.inner_text("#volume .middle") == ""
    assert "DRAFT" in page.inner_text("#volume .stamp")
    page.keyboard.press("d")
    page.wait_for_selector("#volume", state="hidden")


def test_blind_until_she_has_given_her_own(pages: Pages, served: Served) -> None:
    case = imaging_cases.chest_case(served.store, TESTER, prior=False)
    served.store.begin_review(Actor(id=own_id(), role="admin"), case.id, 1, blind=True)
    page = show(pages, case)
    told = page.content()
    assert "effusion" not in told
    assert "cardiac silhouette" not in told
    assert page.locator("svg.over .area").count() == 0
    assert_accessible(page)
    page.keyboard.press("n")
    page.fill("#finding-name", "fluid at the left base")
    page.click("#finding-form button.primary")
    page.wait_for_selector('.finding[data-item="A1"]')
    page.keyboard.press("v")
    page.wait_for_selector('.finding[data-item="F1"]')
    assert page.locator(".finding").count() == 5
    page.wait_for_selector("svg.over .area", state="attached")
    assert served.store.review(TESTER, case.id).revealed is not None


def own_id() -> str:
    """Who the browser acts as on a server without sign-in."""
    return f"os:{getpass.getuser()}"


def test_a_study_whose_draft_could_not_be_made(pages: Pages, served: Served) -> None:
    upload = imaging_cases.uploads([imaging_cases.film_file()])
    case = served.store.add_case(TESTER, "study", upload, job=("read", {}))
    served.services.jobs.submit(case.job)
    page = show(pages, case)
    page.wait_for_selector("text=The draft could not be made")
    assert "wardround models install" in page.inner_text("#report")
    assert page.locator('[data-does="draft"]').count() == 1
    page.keyboard.press("i")
    assert grey(page, 280, 500, 560, 640) < 200
    assert_accessible(page)


def test_two_people_lose_no_decision(browse: Callable[..., Pages], served: Served) -> None:
    pages = browse(served.address)
    pages.expect("409")
    case = imaging_cases.chest_case(served.store, TESTER, prior=False)
    page = show(pages, case)
    other = Actor(id="os:other", role="reviewer")
    review = served.store.begin_review(other, case.id, 1)
    served.store.decide(other, case.id, "F3", "reject", version=review.version)
    page.keyboard.press("a")  # of another finding: made again on what the other one left
    wait_for_state(page, "F1", "accepted")
    assert page.get_attribute('.finding[data-item="F3"]', "data-state") == "rejected"
    review = served.store.review(TESTER, case.id)
    served.store.decide(other, case.id, "F2", "reject", version=review.version)
    page.wait_for_selector('.finding[aria-current][data-item="F2"]')
    page.keyboard.press("a")  # of the same one: theirs stays, and is shown
    assert "Somebody else decided this" in page.wait_for_selector(".toast.bad").inner_text()
    wait_for_state(page, "F2", "rejected")
    assert page.get_attribute('.finding[data-item="F2"]', "data-state") == "rejected"
    assert served.store.review(TESTER, case.id).standing["F2"].verb == "reject"


def test_what_a_draft_quotes_is_text(pages: Pages, served: Served) -> None:
    harm = "<img src=x onerror=alert(1)><script>alert(2)</script> \u202eabc\u202c"
    report = imaging_cases.chest_report(prior=False)
    findings = (report.findings[0].model_copy(update={"name": harm, "location": harm}), *report.findings[1:])
    report = report.model_copy(update={"findings": findings, "title": harm, "limitations": (harm,)})
    case = imaging_cases.kept(served.store, TESTER, [imaging_cases.film_file()], report)
    page = show(pages, case)
    assert page.locator("#report script, #report img").count() == 0
    assert "<img src=x" in page.inner_text("#findings")


def test_a_film_that_cannot_be_read_says_why(pages: Pages, served: Served) -> None:
    case = imaging_cases.kept(served.store, TESTER, [imaging_cases.film_file()[:-4000]], imaging_cases.chest_report())
    page = pages.open(f"/cases/{case.id}")
    page.wait_for_selector("[data-ready]")
    assert page.inner_text('[data-study="current"] [data-tell="problem"]') != ""
    assert page.locator(".finding").count() == 4
    page.keyboard.press("1")
    page.keyboard.press("a")
    wait_for_state(page, "F1", "accepted")


@pytest.mark.parametrize("width", [1280, 820])
def test_everything_is_within_the_page(pages: Pages, served: Served, width: int) -> None:
    page = show(pages, imaging_cases.chest_case(served.store, TESTER), width=width, height=900)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1280:
        assert page.evaluate("document.documentElement.scrollHeight") <= 900


def test_pinching_zooms_and_dragging_windows(browse: Callable[..., Pages], served: Served) -> None:
    pages = browse(served.address, has_touch=True)
    page = show(pages, imaging_cases.chest_case(served.store, TESTER, prior=False), width=820, height=1180)
    box = page.locator(".viewport").first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = page.inner_text('[data-tell="zoom"]')
    session = pages.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        touched = [{"x": at[0], "y": at[1], "id": number} for number, at in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    touch("touchStart", (x - 40, y), (x + 40, y))
    touch("touchMove", (x - 60, y), (x + 60, y))
    touch("touchMove", (x - 80, y), (x + 80, y))
    touch("touchEnd")
    wait_for_frame(page)
    after = page.inner_text('[data-tell="zoom"]')
    assert int(after.split()[0]) > 1.5 * int(before.split()[0])
    told = page.inner_text('[data-tell="window"]')
    touch("touchStart", (x, y))
    touch("touchMove", (x + 60, y))
    touch("touchEnd")
    wait_for_frame(page)
    assert page.inner_text('[data-tell="window"]') != told
