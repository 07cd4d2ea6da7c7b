"""Laboratory reports of made-up people in the layouts that laboratories use, and the rows that each of them has.

A report is what stands where, in points from the upper left corner of an A4 page; it is printed as a PDF or a picture.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 595.0, 842.0


class Printed(NamedTuple):
    """A text, where its first letter stands, and how large."""

    x: float
    y: float
    text: str
    size: float = 10.0
    mono: bool = False


class Expected(NamedTuple):
    """The cells of a row; empty for what is not printed."""

    test: str
    value: str
    unit: str = ""
    reference: str = ""
    flag: str = ""
    section: str = ""
    method: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Report:
    """A page and what it says."""

    texts: tuple[Printed, ...]
    rows: tuple[Expected, ...]


def _letterhead(title: str) -> Iterator[Printed]:
    yield Printed(60, 50, title, 14)
    yield Printed(60, 72, "Patient Name: Jane Placeholder")
    yield Printed(330, 72, "Age/Sex: 45 Years / F")
    yield Printed(60, 87, "MRN: 000123")
    yield Printed(330, 87, "Collected: 03/11/2026 08:15")


def _table(
    columns: Sequence[float], lines: Sequence[Sequence[str]], y: float, pitch: float = 18.0
) -> Iterator[Printed]:
    for number, line in enumerate(lines):
        for x, text in zip(columns, line, strict=False):
            if text:
                yield Printed(x, y + number * pitch, text)


def _chemistry() -> Report:
    """A head over all columns, headings of parts, flags in a column of their own, a range for each sex."""
    columns = (60, 230, 300, 345, 420)
    lines = [
        ("Test", "Result", "Flag", "Units", "Reference Range"),
        ("CHEMISTRY",),
        ("Sodium", "138", "", "mmol/L", "135 - 145"),
        ("Potassium", "5.6", "H", "mmol/L", "3.5 - 5.1"),
        ("Creatinine", "0.8", "", "mg/dL", "0.6 - 1.2"),
        ("Estimated GFR", "> 60", "", "mL/min/1.73m2", "> 60"),
        ("Glucose, fasting", "62", "L", "mg/dL", "70 - 99"),
        ("C-Reactive Protein", "< 0.5", "", "mg/L", "< 5.0"),
        ("HAEMATOLOGY",),
        ("Haemoglobin", "11.2", "L", "g/dL", "Male: 13.0 - 17.0"),
        ("", "", "", "", "Female: 12.0 - 15.0"),
        ("White blood cells", "7.4", "", "10^9/L", "4.0 - 11.0"),
        ("Platelets", "1210", "HH", "10^9/L", "150 - 400"),
    ]
    part = ("CHEMISTRY", "HAEMATOLOGY")
    rows = (
        Expected("Sodium", "138", "mmol/L", "135 - 145", section=part[0]),
        Expected("Potassium", "5.6", "mmol/L", "3.5 - 5.1", "H", part[0]),
        Expected("Creatinine", "0.8", "mg/dL", "0.6 - 1.2", section=part[0]),
        Expected("Estimated GFR", "> 60", "mL/min/1.73m2", "> 60", section=part[0]),
        Expected("Glucose, fasting", "62", "mg/dL", "70 - 99", "L", part[0]),
        Expected("C-Reactive Protein", "< 0.5", "mg/L", "< 5.0", section=part[0]),
        Expected("Haemoglobin", "11.2", "g/dL", "Male: 13.0 - 17.0 Female: 12.0 - 15.0", "L", part[1]),
        Expected("White blood cells", "7.4", "10^9/L", "4.0 - 11.0", section=part[1]),
        Expected("Platelets", "1210", "10^9/L", "150 - 400", "HH", part[1]),
    )
    footer = [Printed(60, 760, "Verified by: Dr. A. Example"), Printed(470, 800, "Page 1 of 1")]
    return Report((*_letterhead("Example Laboratory"), *_table(columns, lines, 130), *footer), rows)


def _no_head() -> Report:
    """No words over the columns; the unit stands behind the figure, the flag behind that."""
    columns = (60, 250, 400)
    lines = [
        ("Haemoglobin", "13.5 g/dL", "(13.0 - 17.0)"),
        ("Total Leucocyte Count", "12400 /cumm H", "(4000 - 11000)"),
        ("Platelet Count", "2.1 Lakhs/cumm", "(1.5 - 4.5)"),
        ("ESR", "24 mm/hr H", "(up to 20)"),
        ("Serum Urea", "28mg/dL", "(15-40)"),
        ("HBsAg", "Non-reactive", "Non-reactive"),
    ]
    rows = (
        Expected("Haemoglobin", "13.5", "g/dL", "(13.0 - 17.0)"),
        Expected("Total Leucocyte Count", "12400", "/cumm", "(4000 - 11000)", "H"),
        Expected("Platelet Count", "2.1", "Lakhs/cumm", "(1.5 - 4.5)"),
        Expected("ESR", "24", "mm/hr", "(up to 20)", "H"),
        Expected("Serum Urea", "28", "mg/dL", "(15-40)"),
        Expected("HBsAg", "Non-reactive", "", "Non-reactive"),
    )
    return Report((*_letterhead("Sample Diagnostics"), *_table(columns, lines, 130, 20)), rows)


def _side_by_side() -> Report:
    """Two tables beside each other, with one head each."""
    columns = (50, 140, 185, 235, 320, 420, 465, 515)
    lines = [
        ("Test", "Result", "Unit", "Range", "Test", "Result", "Unit", "Range"),
        ("Sodium", "141", "mmol/L", "135-145", "ALT", "88*", "U/L", "0-41"),
        ("Potassium", "4.1", "mmol/L", "3.5-5.1", "AST", "35", "U/L", "0-40"),
        ("Chloride", "101", "mmol/L", "98-107", "ALP", "72", "U/L", "40-129"),
        ("Urea", "5.2", "mmol/L", "2.5-7.8", "Bilirubin, total", "9", "µmol/L", "0-21"),
    ]
    rows = (
        Expected("Sodium", "141", "mmol/L", "135-145"),
        Expected("Potassium", "4.1", "mmol/L", "3.5-5.1"),
        Expected("Chloride", "101", "mmol/L", "98-107"),
        Expected("Urea", "5.2", "mmol/L", "2.5-7.8"),
        Expected("ALT", "88", "U/L", "0-41", "*"),
        Expected("AST", "35", "U/L", "0-40"),
        Expected("ALP", "72", "U/L", "40-129"),
        Expected("Bilirubin, total", "9", "µmol/L", "0-21"),
    )
    return Report((*_letterhead("Two Column Laboratory"), *_table(columns, lines, 130)), rows)


def _in_and_out() -> Report:
    """Results in range and out of range in columns of their own."""
    columns = (60, 220, 300, 400)
    lines = [
        ("Test Name", "In Range", "Out of Range", "Reference Range"),
        ("LIPID PANEL",),
        ("Cholesterol, Total", "", "236 H", "<200 mg/dL"),
        ("HDL Cholesterol", "52", "", ">40 mg/dL"),
        ("Triglycerides", "", "210 H", "<150 mg/dL"),
        ("THYROID",),
        ("TSH", "2.31", "", "0.40-4.50 mIU/L"),
    ]
    rows = (
        Expected("Cholesterol, Total", "236", "", "<200 mg/dL", "H", "LIPID PANEL"),
        Expected("HDL Cholesterol", "52", "", ">40 mg/dL", section="LIPID PANEL"),
        Expected("Triglycerides", "210", "", "<150 mg/dL", "H", "LIPID PANEL"),
        Expected("TSH", "2.31", "", "0.40-4.50 mIU/L", section="THYROID"),
    )
    return Report((*_letterhead("Range Laboratory"), *_table(columns, lines, 140, 20)), rows)


def _comma() -> Report:
    """Decimal commas, the previous result beside, flags as arrows, a wrapped name."""
    columns = (60, 225, 300, 370, 470)
    lines = [
        ("Analyte", "Value", "Unit", "Reference interval", "Previous result"),
        ("Potassium", "3,2 L", "mmol/l", "3,5 - 5,1", "3,9"),
        ("Calcium", "2,31", "mmol/l", "2,15 - 2,50", "2,28"),
        ("Ferritin", "1.250,5 H", "µg/l", "30 - 400", "980,0"),
    ]
    wrapped = [
        Printed(60, 210, "Thyroid stimulating"),
        Printed(60, 221, "hormone, basal"),
        *(Printed(x, 210, text) for x, text in zip(columns[1:], ("1,85", "mIU/l", "0,27 - 4,20", "2,00"), strict=True)),
    ]
    rows = (
        Expected("Potassium", "3,2", "mmol/l", "3,5 - 5,1", "L", previous="3,9"),
        Expected("Calcium", "2,31", "mmol/l", "2,15 - 2,50", previous="2,28"),
        Expected("Ferritin", "1.250,5", "µg/l", "30 - 400", "H", previous="980,0"),
        Expected("Thyroid stimulating hormone, basal", "1,85", "mIU/l", "0,27 - 4,20", previous="2,00"),
    )
    return Report((*_letterhead("Labor Muster"), *_table(columns, lines, 130, 20), *wrapped), rows)


def _urine() -> Report:
    """Words as results, figures in a range, a method below the name, the unit between result and range."""
    columns = (60, 220, 340, 400)
    lines = [
        ("INVESTIGATION", "OBSERVED VALUE", "UNIT", "BIOLOGICAL REF. INTERVAL"),
        ("PHYSICAL EXAMINATION",),
        ("Colour", "Pale yellow", "", "Pale yellow"),
        ("Specific gravity", "1.015", "", "1.003 - 1.030"),
        ("CHEMICAL EXAMINATION",),
        ("Protein", "Negative", "", "Negative"),
        ("Glucose", "Trace", "", "Negative"),
        ("MICROSCOPIC EXAMINATION",),
        ("Pus cells", "2-4", "/HPF", "0-5"),
        ("Epithelial cells", "Few", "/HPF", ""),
        ("Creatinine", "88", "mg/dL", "20 - 320"),
        ("Method: Jaffe kinetic",),
    ]
    part = ("PHYSICAL EXAMINATION", "CHEMICAL EXAMINATION", "MICROSCOPIC EXAMINATION")
    rows = (
        Expected("Colour", "Pale yellow", "", "Pale yellow", section=part[0]),
        Expected("Specific gravity", "1.015", "", "1.003 - 1.030", section=part[0]),
        Expected("Protein", "Negative", "", "Negative", section=part[1]),
        Expected("Glucose", "Trace", "", "Negative", section=part[1]),
        Expected("Pus cells", "2-4", "/HPF", "0-5", section=part[2]),
        Expected("Epithelial cells", "Few", "/HPF", section=part[2]),
        Expected("Creatinine", "88", "mg/dL", "20 - 320", section=part[2], method="Method: Jaffe kinetic"),
    )
    return Report((*_letterhead("Urine Examination"), *_table(columns, lines, 130)), rows)


def _typed() -> Report:
    """A print-out in letters of one width, with dots from the names to the figures."""
    text = """
SODIUM................  138    mmol/L   (135-145)
POTASSIUM.............  5.9 H  mmol/L   (3.5-5.1)
UREA NITROGEN.........   14    mg/dL    (7-20)
TROPONIN T............ <0.01   ng/mL    (<0.04)
"""
    rows = (
        Expected("SODIUM", "138", "mmol/L", "(135-145)"),
        Expected("POTASSIUM", "5.9", "mmol/L", "(3.5-5.1)", "H"),
        Expected("UREA NITROGEN", "14", "mg/dL", "(7-20)"),
        Expected("TROPONIN T", "<0.01", "ng/mL", "(<0.04)"),
    )
    lines = [Printed(60, 130 + 14 * number, line, mono=True) for number, line in enumerate(text.strip().splitlines())]
    return Report((*_letterhead("General Hospital"), *lines), rows)


REPORTS = {
    "chemistry": _chemistry(),
    "no head": _no_head(),
    "side by side": _side_by_side(),
    "in and out of range": _in_and_out(),
    "decimal comma": _comma(),
    "urine": _urine(),
    "typed": _typed(),
}


def as_pdf(*pages: Sequence[Printed]) -> bytes:
    """Pages of text as a PDF."""
    from reportlab.pdfgen import canvas

    kept = io.BytesIO()
    made = canvas.Canvas(kept, pagesize=(WIDTH, HEIGHT), invariant=1)
    for page in pages:
        for text in page:
            made.setFont("Courier" if text.mono else "Helvetica", text.size)
            made.drawString(text.x, HEIGHT - text.y, text.text)
        made.showPage()
    made.save()
    return kept.getvalue()


def as_picture(page: Sequence[Printed], dpi: int = 200, degrees: float = 0.0) -> NDArray[np.uint8]:
    """A page of text as a grey picture."""
    from matplotlib import get_data_path
    from PIL import Image, ImageDraw, ImageFont

    scale = dpi / 72
    image = Image.new("L", (round(WIDTH * scale), round(HEIGHT * scale)), 255)
    draw = ImageDraw.Draw(image)
    for text in page:
        name = "DejaVuSansMono.ttf" if text.mono else "DejaVuSans.ttf"
        font = ImageFont.truetype(f"{get_data_path()}/fonts/ttf/{name}", round(text.size * scale * 0.84))
        draw.text((text.x * scale, text.y * scale), text.text, font=font, fill=10, anchor="ls")
    if degrees:
        image = image.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    return np.asarray(image)


def as_png(page: Sequence[Printed], dpi: int = 200, degrees: float = 0.0) -> bytes:
    """The same as a PNG file."""
    from PIL import Image

    kept = io.BytesIO()
    Image.fromarray(as_picture(page, dpi, degrees)).save(kept, "PNG")
    return kept.getvalue()
