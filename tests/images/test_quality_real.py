"""The checks on real images find what is known to be wrong, and nothing else; films turned on purpose are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from images.made import study_of
from wardround.errors import ImageError
from wardround.images import read
from wardround.images.quality import check

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "images"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the real images are not there: ../shared/data/images")

EXPECTED = {
    "cxr/16583_1_1.jpg": {"heavy-compression"},
    "cxr/2c35005f.jpg": {"low-contrast"},  # raw exports
    "cxr/5f619d7e.jpg": {"low-contrast"},
    "cxr/ada8c494.jpg": {"low-contrast"},
    "cxr/41182_2020_203_Fig3_HTML.jpg": {"photo-of-film"},
    "cxr/41182_2020_203_Fig4_HTML.jpg": {"photo-of-film"},
    "cxr/41182_2020_203_Fig5_HTML.jpg": {"photo-of-film"},
    "dicom/CR-MONO1-10-chest": {"no-spacing"},
    "dicom/DX_veterinary_thorax.dcm": {"unlike-chest", "low-resolution"},
    "dicom/EnhancedMR_10f.dcm": {"no-spacing"},
    "dicom/RG1_J2KI.dcm": {"no-spacing"},  # it says 0 mm
    "dicom/RG3_J2KR.dcm": {"no-spacing", "saturated"},  # white outside the shutter
    "dicom/RSNA_fake_MONOCHROME1.dcm": {"inverted"},
    "dicom/XA1_J2KI.dcm": {"no-spacing"},
    "other/microaneurysms.png": {"low-resolution"},
    "us/Cov_Oliviera_2020_Fig4A.jpg": {"heavy-compression"},
}


@pytest.mark.parametrize("kind", ["ct", "cxr", "dicom", "other", "us"])
def test_nothing_is_wrong_but_what_is(kind: str) -> None:
    found = {}
    for path in sorted((FOLDER / kind).iterdir()):
        try:
            codes = {notice.code for notice in check(read(path))}
        except ImageError:  # which of them are refused, the readers' tests say
            continue
        if codes:
            found[path.relative_to(FOLDER).as_posix()] = codes
    assert found == {name: codes for name, codes in EXPECTED.items() if name.startswith(f"{kind}/")}


TURNS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "inverted": lambda film: 255 - film,
    "90": lambda film: np.rot90(film, 1),
    "180": lambda film: np.rot90(film, 2),
    "270": lambda film: np.rot90(film, 3),
}


def test_films_that_are_turned_are_found() -> None:
    """The figures of docs/images.md."""
    unmarked: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    films = sorted((FOLDER / "cxr").iterdir())
    for path in films:
        series = read(path).series[0]
        pixels = series.frames[0].pixels()[::4, ::4]  # as good for this, and quicker
        for name, turn in TURNS.items():
            study = study_of(np.ascontiguousarray(turn(pixels)))
            wanted = "inverted" if name == "inverted" else "rotated"
            unmarked[name] += wanted in {notice.code for notice in check(study)}
            chest = replace(study.series[0], kind="radiograph", body_part="CHEST")
            marked[name] += wanted in {notice.code for notice in check(replace(study, series=(chest,)))}
    assert len(films) == 46
    assert all(unmarked[name] >= least for name, least in {"inverted": 27, "90": 16, "180": 10, "270": 16}.items())
    assert all(marked[name] >= least for name, least in {"inverted": 36, "90": 34, "180": 24, "270": 34}.items())
