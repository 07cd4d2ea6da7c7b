"""Files of lines of JSON, cut into parts."""

from __future__ import annotations

import json
import pickle
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.sources import opened, records, told, write_lines
from wardround.batch.sources.lines import _CHUNK
from wardround.coding import Encounter
from wardround.export import Failure
from wardround.records import LINE_LIMIT, Lines, Record

LINE = st.one_of(
    st.builds(lambda id, text: json.dumps({"id": id, "text": text}).encode(), st.integers(), st.text()),
    st.builds(lambda text: json.dumps({"text": text}, ensure_ascii=False).encode(errors="replace"), st.text()),
    st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")),
    st.sampled_from([b"", b"   ", b"\r", b"{}", b"null", b"\xef\xbb\xbf{}", b'{"text": 1}']),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE, max_size=12), st.integers(1, 7), st.booleans(), st.booleans())
def test_the_parts_are_the_file_in_order(lines: list[bytes], size: int, mark: bool, ended: bool) -> None:
    content = b"\xef\xbb\xbf" * mark + b"\n".join(lines) + b"\n" * ended
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes.jsonl"
        path.write_bytes(content)
        whole = [_plain(each) for each in Lines(str(path), Encounter())]
        assert [_plain(each) for each in records(opened(path, size))] == whole


def _plain(each: Record | Failure) -> object:
    return (each.id, str(each.error)) if isinstance(each, Failure) else each


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n\n", []),
        (b'\xef\xbb\xbf{"id": 1, "text": "Gout."}', [("1", "Gout.")]),
        (b'{"id": "a", "text": "Gout."}\r\n{"id": "a", "text": "Gout."}\r\n', [("a", "Gout."), ("a", "Gout.")]),
        (b'{"text": null}\n', [("line 1", '! the field "text" is missing')]),
        (b'\n\n\n\n{"id": 5}\nno', [("5", '! the field "text" is missing'), ("line 6", "! the line is not JSON")]),
        (b'{"text": "\xff"}', [("line 1", "! the line is not UTF-8")]),
    ],
)
def test_odd_files(tmp_path: Path, content: bytes, expected: list[tuple[str, str]]) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_bytes(content)
    assert told(opened(path, 2)) == expected


def test_a_line_that_is_too_long_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    long = b'{"text": "' + b"x" * LINE_LIMIT + b'"}'
    write_lines(path, [{"id": "a", "text": "Gout."}, long, {"id": "b", "text": "Gout."}])
    assert path.stat().st_size > _CHUNK
    assert [id for id, _ in told(opened(path, 1))] == ["a", "line 2", "b"]


def test_a_folder_of_files_is_one_source_and_marks_of_other_programs_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    write_lines(tmp_path / "b" / "2.jsonl", [{"text": "Gout."}, {"id": "x"}])
    write_lines(tmp_path / "1.jsonl", [{"id": "y", "text": "Gout."}])
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".hidden.jsonl").write_text("no")
    source = opened(tmp_path)
    assert told(source) == [
        ("y", "Gout."),
        ("b/2.jsonl line 1", "Gout."),
        ("x", '! the field "text" is missing'),
    ]
    assert records(source)[2].error.where == "b/2.jsonl line 2"  # type: ignore[union-attr]


def test_what_a_line_says_of_its_encounter_goes_before_the_defaults(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "notes.jsonl", [{"text": "Gout.", "setting": "inpatient"}, {"text": "Gout."}])
    settings = [each.encounter.setting for each in records(opened(path)) if isinstance(each, Record)]
    assert settings == ["inpatient", "outpatient"]


def test_a_part_goes_anywhere_and_is_small(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "notes.jsonl", [{"text": "Gout." * 1000}] * 9)
    parts = opened(path).parts()
    sent = pickle.dumps(parts[1])
    assert len(sent) < 1000
    assert list(pickle.loads(sent).records()) == list(parts[1].records())


def test_the_fingerprint_is_that_of_the_content_as_far_as_the_system_tells(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "notes.jsonl", [{"text": "Gout."}])
    before = opened(path).fingerprint
    assert opened(path).fingerprint == before
    with path.open("a") as file:
        file.write("\n")
    assert opened(path).fingerprint != before
