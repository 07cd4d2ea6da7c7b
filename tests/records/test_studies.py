"""What is told of the patient beside a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wardround.records.studies import beside

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("id", "history"),
    [
        ("chest.dcm", "Cough."),
        ("chest", "Cough."),
        ("1.2.5", "Fever."),
        ("1.2.5.4", ""),
        ("leg.dcm", ""),
        ("../letter", ""),
        ("{outside}/letter", ""),
        ("..", ""),
        ("", ""),
        ("chest\0", ""),
    ],
)
def test_a_history_stands_in_its_folder_and_nowhere_else(tmp_path: Path, id: str, history: str) -> None:
    films = tmp_path / "films"
    films.mkdir()
    (tmp_path / "letter.txt").write_text("About somebody else.")
    (films / "chest.txt").write_text("Cough.")
    (films / "1.2.5.txt").write_text("Fever.")
    assert beside(films, id.format(outside=tmp_path)) == history
