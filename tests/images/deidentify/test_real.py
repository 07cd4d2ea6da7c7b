"""Published files that names, dates or hospitals are burned into."""

from __future__ import annotations

from pathlib import Path

import pytest

from wardround.documents import ocr
from wardround.errors import EngineMissing
from wardround.images.deidentify import TextBox, burned_in, redact
from wardround.images.deidentify.dicom import DicomObject
from wardround.images.readers.archive import files_of

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "images" / "dicom"

# Where people see text that tells of the patient: the middle of each word or line, (left, top) in stored pixels.
TELLING = {
    "US_burnedin_name.dcm": {
        "name": (115, 15),
        "record number": (70, 43),
        "accession number": (828, 15),
        "time": (560, 15),
        "date": (665, 15),
        "hospital": (640, 43),
    },
    "US_echo_65f_burnedin.dcm": {"ID": (85, 8), "date": (540, 8), "hospital": (100, 24), "time": (535, 40)},
    "VL1_endoscopy_burnedin.dcm": {
        "diagnosis": (105, 17),
        "number": (108, 50),
        "born": (140, 98),
        "date": (155, 133),
        "time": (155, 150),
    },
    "US_palette16.dcm": {"hospital": (165, 6), "date": (590, 6), "time": (585, 20)},
}


@pytest.mark.parametrize("name", TELLING)
def test_what_tells_of_the_patient_is_found(name: str) -> None:
    path = FOLDER / name
    if not path.exists():
        pytest.skip("the published images are not there: ../shared/data/images")
    for program in ("tesseract", "rapidocr"):
        try:
            ocr.open_ocr(program)
        except EngineMissing as missing:
            pytest.skip(str(missing))
    (file,) = files_of(path)
    image = DicomObject(file)
    picture = image.picture(0)
    found = burned_in(picture, regions=image.regions)
    sure: list[TextBox] = [box for box in found if box.confidence >= 0.5]
    marked = redact(picture * 0 + 1, sure, 0).reshape(*picture.shape[:2], -1).max(axis=2)
    missed = [what for what, (left, top) in TELLING[name].items() if marked[top, left]]
    assert missed == []
