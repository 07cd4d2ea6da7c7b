"""What holds for every format of reports, whatever it looks like."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from importlib.metadata import EntryPoint, EntryPoints
from typing import TYPE_CHECKING, Any

import pydicom
import pypdfium2
import pytest
from markdown_it import MarkdownIt

from export.reports import samples
from wardround.errors import InputError
from wardround.export.reports import ReportExporter, report_exporter, report_formats
from wardround.export.visible import visible
from wardround.reporting.report import DISCLAIMER, DraftReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wardround.export.reports.picture import Picture

REPORTS = {"rich": samples.RICH, "minimal": samples.MINIMAL, "hostile": samples.hostile()}
FOR_PEOPLE = ("markdown", "html", "pdf", "fhir", "dicom-sr")


def exported(name: str, report: DraftReport, pictures: Sequence[Picture] | None = None) -> bytes:
    shown = samples.pictures() if pictures is None else pictures
    return report_exporter(name).export(report, pictures=shown, time=samples.TIME)


def squeezed(text: str) -> str:
    """Without white space, which formats break lines at."""
    return re.sub(r"\s+", "", text)


class _Words(HTMLParser):
    """The text of a page, and the names of its elements and attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.sources: list[str] = []
        self.style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.style = tag == "style"
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")]

    def handle_endtag(self, tag: str) -> None:
        self.style = False

    def handle_data(self, data: str) -> None:
        if not self.style:
            self.words.append(data)


def parsed_html(page: bytes) -> _Words:
    parser = _Words()
    parser.feed(page.decode())
    return parser


def text_of_markdown(source: str) -> str:
    words = []
    for token in MarkdownIt("commonmark").enable("table").parse(source):
        words += [child.content for child in token.children or () if child.type == "text"]
    return "".join(words)


def text_of_pdf(document: bytes) -> str:
    """The text of the pages; pdfium writes a hyphen at the end of a line as a noncharacter."""
    paper = pypdfium2.PdfDocument(document)
    pages = [page.get_textpage().get_text_bounded() for page in paper]
    return "".join(pages).replace("\ufffe", "-")


def text_of_sr(document: bytes) -> str:
    def texts(item: pydicom.Dataset) -> list[str]:
        own = [str(item[k].value) for k in ("TextValue",) if k in item]
        return own + [words for below in item.get("ContentSequence", ()) for words in texts(below)]

    return "".join(texts(pydicom.dcmread(io.BytesIO(document))))


def text_of_fhir(document: bytes) -> str:
    """What a person reads: the narrative of the DiagnosticReport, and those of the Observations."""
    words = []
    for entry in json.loads(document)["entry"]:
        if "text" in entry["resource"]:
            words += ET.fromstring(entry["resource"]["text"]["div"]).itertext()
    return "".join(words)


def text_of(name: str, document: bytes) -> str:
    """The words that a person reads in a document."""
    return squeezed(
        {
            "markdown": lambda: text_of_markdown(document.decode()),
            "html": lambda: "".join(parsed_html(document).words),
            "pdf": lambda: text_of_pdf(document),
            "fhir": lambda: text_of_fhir(document),
            "dicom-sr": lambda: text_of_sr(document),
        }[name]()
    )


@pytest.fixture(scope="module")
def documents() -> dict[tuple[str, str], bytes]:
    return {(name, which): exported(name, report) for name in report_formats() for which, report in REPORTS.items()}


def test_the_built_in_formats_say_what_they_are() -> None:
    assert report_formats() == ("markdown", "json", "html", "pdf", "fhir", "dicom-sr", "secondary-capture")
    kinds = [report_exporter(name) for name in report_formats()]
    assert [kind.name for kind in kinds] == list(report_formats())
    assert all(kind.suffix.startswith(".") and "/" in kind.media_type for kind in kinds)


def test_an_unknown_format_names_those_there_are() -> None:
    with pytest.raises(InputError, match=r"no report format 'docx' \(formats: markdown, json, html, pdf, fhir"):
        report_exporter("docx")


@pytest.mark.parametrize("which", REPORTS)
@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_it_says_that_it_is_a_draft(name: str, which: str, documents: dict[tuple[str, str], bytes]) -> None:
    assert squeezed(DISCLAIMER) in text_of(name, documents[name, which])


@pytest.mark.parametrize("which", REPORTS)
def test_json_and_the_capture_say_so_too(which: str, documents: dict[tuple[str, str], bytes]) -> None:
    assert json.loads(documents["json", which])["status"] == "preliminary"
    capture = pydicom.dcmread(io.BytesIO(documents["secondary-capture", which]))
    assert capture.ImageComments == DISCLAIMER
    assert "NOT FOR DIAGNOSIS" in capture.SeriesDescription


def everything_said(report: DraftReport) -> list[str]:
    """Every sentence, finding and word of caution that must not be lost on the way to a person."""
    statements = [
        *report.technique,
        *report.clinical_information,
        *report.comparison,
        *(statement for region in report.regions for statement in region.statements),
        *report.impression,
        *(s for entry in report.differential for s in (*entry.supports, *entry.contradicts)),
        *report.recommendations,
        *(change.statement for change in report.changes),
    ]
    return [
        report.title,
        *(statement.text for statement in statements),
        *(finding.name for finding in report.findings),
        *(finding.size for finding in report.findings),
        *(finding.location for finding in report.findings),
        *(region.name for region in report.regions),
        *(entry.condition for entry in report.differential),
        *(change.name for change in report.changes),
        *(contradiction.message for contradiction in report.contradictions),
        *(removed.reason for removed in report.removed),
        *report.not_assessed,
        *report.limitations,
        *report.warnings,
        *(warning for image in report.images for warning in image.warnings),
        report.provenance.engine,
        report.provenance.protocol,
    ]


def as_shown(name: str, text: str) -> str:
    """``text`` as a format shows it: PDF writes what its font does not have as code points."""
    if name != "pdf":
        return squeezed(visible(text))
    from wardround.export.reports.pdf.letters import letters

    return squeezed(letters().shown(visible(text))[0])


@pytest.mark.parametrize("which", REPORTS)
@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_nothing_is_lost(name: str, which: str, documents: dict[tuple[str, str], bytes]) -> None:
    shown = text_of(name, documents[name, which])
    missing = [said for said in everything_said(REPORTS[which]) if as_shown(name, said) not in shown]
    if name == "fhir":  # sizes and locations stand in elements of their own, not in the narrative
        whole = squeezed(json.dumps(json.loads(documents[name, which]), ensure_ascii=False).replace('\\"', '"'))
        missing = [said for said in missing if squeezed(visible(said).replace("\\", "\\\\")) not in whole]
    assert missing == []


@pytest.mark.parametrize("which", REPORTS)
def test_json_is_the_report(which: str, documents: dict[tuple[str, str], bytes]) -> None:
    assert DraftReport.model_validate(json.loads(documents["json", which])) == REPORTS[which]


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_the_order_is_that_of_a_report(name: str, documents: dict[tuple[str, str], bytes]) -> None:
    shown = text_of(name, documents[name, "rich"]).lower()
    order = (
        "single frontal (pa)", "left-sided chest discomfort.", "radiograph of 14 august", "the trachea is in the mid",
        "possible small left apical pneumothorax;", "the effusion is on one side only", "expiratory or lateral",
        "the impression says left", "the image has text burned in", "one view only", "pulmonary embolism: cannot",
        "software: wardround 0.5.0",
    )  # fmt: skip
    places = [shown.index(squeezed(words)) for words in order]
    assert places == sorted(places)


@pytest.mark.parametrize("which", REPORTS)
@pytest.mark.parametrize("name", report_formats())
def test_the_same_report_gives_the_same_bytes(name: str, which: str, documents: dict[tuple[str, str], bytes]) -> None:
    assert exported(name, REPORTS[which]) == documents[name, which]


@pytest.mark.parametrize("name", [name for name in report_formats() if name not in ("dicom-sr", "secondary-capture")])
def test_pictures_are_not_needed(name: str) -> None:
    assert exported(name, samples.RICH, ())


@pytest.mark.parametrize("name", ["dicom-sr", "secondary-capture"])
def test_dicom_says_that_it_needs_the_images(name: str) -> None:
    with pytest.raises(InputError, match=r"--images"):
        exported(name, samples.RICH, ())


def test_what_markdown_quotes_stays_text(documents: dict[tuple[str, str], bytes]) -> None:
    source = documents["markdown", "hostile"].decode()
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(source)
    kinds = {child.type for token in tokens for child in (token, *(token.children or ()))}
    assert not kinds & {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "code_inline",
        "fence",
        "code_block",
        "s_open",
    }
    headings = [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]
    assert len([h for h in headings if h in ("Exam", "Impression", "Provenance")]) == 3
    assert not re.search(r"(?<!\\)www\.|(?<!\\)://|[^\\]@", source), "GitHub links these by itself"


def test_what_html_quotes_stays_text(documents: dict[tuple[str, str], bytes]) -> None:
    page = parsed_html(documents["html", "hostile"])
    assert "script" not in page.elements
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.sources
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert "default-src 'none'" in documents["html", "hostile"].decode()


class Shouting(ReportExporter):
    """A format of a plugin."""

    name, suffix, media_type = "shout", ".txt", "text/plain"

    def export(self, report: DraftReport, **_: Any) -> bytes:
        return f"{report.title}!".upper().encode()


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint(name, f"{__name__}:{kind}", "wardround.report_exporters")
        for name, kind in [("shout", "Shouting"), ("json", "Shouting"), ("odd", "squeezed"), ("gone", "nothing")]
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **wanted: EntryPoints(points).select(**wanted))


@pytest.mark.usefixtures("plugins")
def test_a_plugin_is_used_only_when_plugins_are_asked_for() -> None:
    with pytest.raises(InputError, match="no report format 'shout'"):
        report_exporter("shout")
    assert report_formats(plugins=True)[-3:] == ("gone", "odd", "shout")
    assert report_exporter("shout", plugins=True).export(samples.MINIMAL) == b"IMAGE!"
    assert report_exporter("json", plugins=True).media_type == "application/json"
    with pytest.raises(InputError, match="not of the kind ReportExporter"):
        report_exporter("odd", plugins=True)
    with pytest.raises(InputError, match="cannot be loaded"):
        report_exporter("gone", plugins=True)
