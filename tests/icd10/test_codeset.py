import importlib.util
import multiprocessing
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.errors import UnknownCode
from wardround.icd10 import Code, CodeSet


def _official_list() -> list[str]:
    """The codes of the flat list published with the release, sorted, without dots."""
    folder = importlib.util.find_spec("simple_icd_10_cm").submodule_search_locations[0]
    lines = Path(folder, "data", "code-list-April-2026.txt").read_text().split()
    return sorted({line for line in lines if "-" not in line and not line.isdigit()})


def test_billable_codes_are_the_official_ones(codes):
    listed = _official_list()
    billable = [code for code, after in zip(listed, [*listed[1:], ""], strict=True) if not after.startswith(code)]
    ours = list(codes.billable_codes())
    assert len(ours) == 74_719
    assert sorted(code.replace(".", "") for code in ours) == billable
    assert all(map(codes.billable, ours[::37]))
    assert not any(map(codes.billable, set(listed[::7]).difference(billable)))


@pytest.mark.parametrize(
    ("asked", "code", "title", "level", "parent"),
    [
        ("I10", "I10", "Essential (primary) hypertension", "code", None),
        ("e119", "E11.9", "Type 2 diabetes mellitus without complications", "code", "E11"),
        (" M17 ", "M17", "Osteoarthritis of knee", "category", None),
        ("M17.1", "M17.1", "Unilateral primary osteoarthritis of knee", "subcategory", "M17"),
        ("T36.0X1", "T36.0X1", "Poisoning by penicillins, accidental (unintentional)", "subcategory", "T36.0X"),
        (
            "t360x1a",
            "T36.0X1A",
            "Poisoning by penicillins, accidental (unintentional), initial encounter",
            "code",
            "T36.0X1",
        ),
        (
            "W01.0XXA",
            "W01.0XXA",
            "Fall on same level from slipping, tripping and stumbling without subsequent striking against object, "
            "initial encounter",
            "code",
            "W01.0",
        ),
        (
            "W38.XXXS",
            "W38.XXXS",
            "Explosion and rupture of other specified pressurized devices, sequela"[:0],
            "code",
            "W38",
        ),
        (
            "S72.001A",
            "S72.001A",
            "Fracture of unspecified part of neck of right femur, initial encounter for closed fracture",
            "code",
            "S72.001",
        ),
        ("L98.A399", "L98.A399", "", "code", "L98.A39"),  # seven characters, the last of them printed
        ("QA0.0101", "QA0.0101", "", "code", "QA0.010"),
    ],
)
def test_code(codes, asked, code, title, level, parent):
    found = codes.code(asked)
    assert (found.code, found.level, found.parent, codes.parent(asked)) == (code, level, parent, parent)
    assert found.title == codes.title(asked)
    assert not title or found.title == title
    assert found.billable is codes.billable(asked) is (level == "code")
    assert found == codes.get(asked)


def test_place_in_the_hierarchy(codes):
    code = codes.code("T36.0X1A")
    assert code.ancestors == ("T36.0X1", "T36.0X", "T36.0", "T36")
    assert (code.chapter.name, code.chapter.first, code.chapter.last) == ("19", "S00", "T88")
    assert (code.block.name, code.block.chapter, code.children) == ("T36-T50", "19", ())
    assert codes.code("M17").children == codes.children("m17") == (
        "M17.0", "M17.1", "M17.2", "M17.3", "M17.4", "M17.5", "M17.9",
    )  # fmt: skip
    assert codes.leaves("M17.1") == ("M17.10", "M17.11", "M17.12")
    assert codes.leaves("M17.0") == ("M17.0",)
    assert codes.leaves("W01.0XXA") == ("W01.0XXA",)
    assert len(codes.chapters()) == 22
    assert {block.chapter for block in codes.blocks()} == {chapter.name for chapter in codes.chapters()}


def test_seventh_characters(codes):
    assert dict(codes.code("S93.401").seventh_characters) == {
        "A": "initial encounter",
        "D": "subsequent encounter",
        "S": "sequela",
    }
    assert "".join(codes.code("S72").seventh_characters) == "ABCDEFGHJKMNPQRS"
    assert dict(codes.code("S06.1X7").seventh_characters) == {"A": "initial encounter"}  # no D or S after death
    assert codes.code("E11.321").seventh_characters["1"] == "right eye"
    assert codes.code("T36.0X1A").seventh_characters == codes.code("E11.9").seventh_characters == {}
    with pytest.raises(TypeError):
        codes.code("S72").seventh_characters["A"] = "changed"


@pytest.mark.parametrize(
    ("code", "character", "extended"),
    [("W01.0", "A", "W01.0XXA"), ("w38", "d", "W38.XXXD"), ("T36.0X1", "S", "T36.0X1S"), ("E11.321", "3", "E11.3213")],
)
def test_with_seventh(codes, code, character, extended):
    assert codes.with_seventh(code, character) == extended
    assert codes.billable(extended)


@pytest.mark.parametrize(
    ("code", "character"),
    [("W01", "A"), ("W01.0", "Q"), ("E11.9", "A"), ("W01.0XXA", "A"), ("K37.9", "A"), ("W01.0", "")],
)
def test_with_seventh_refuses(codes, code, character):
    with pytest.raises(UnknownCode):
        codes.with_seventh(code, character)


@pytest.mark.parametrize(
    ("code", "kind", "source", "covered"),
    [
        ("E11.9", "use_additional", "E11", "Z79.4"),
        ("E11.9", "excludes1", "E11", "E10.9"),
        ("E11.9", "includes", "E11", None),
        ("J44.1", "excludes2", "chapter 10", "P07.30"),
        ("T36.0X5A", "code_first", "block T36-T50", None),
        ("M02.80", "code_first", "M02", "I33.0"),
        ("E11.22", "use_additional", "E11.22", "N18.6"),
        ("S06.0X0A", "code_also", "S06", "S01.01XA"),
        ("S72.001A", "remarks", "S72", None),
    ],
)
def test_notes_in_force(codes, code, kind, source, covered):
    notes = [note for note in getattr(codes.code(code), kind) if note.source == source]
    assert notes
    assert covered is None or any(note.covers(covered) for note in notes)


def test_own_notes_come_first(codes):
    sources = dict.fromkeys(note.source for note in codes.code("J44.1").excludes2)
    assert list(sources) == ["J44.1", "J44", "block J40-J4A", "chapter 10"]


def test_inclusion_terms(codes):
    expected = ("Acute appendicitis NOS", "Acute appendicitis without (localized) (generalized) peritonitis")
    assert codes.code("K35.80").inclusion_terms == expected
    assert codes.code("K35").inclusion_terms == ()  # not inherited, and not passed up
    terms = list(codes.inclusion_terms())
    assert len(terms) > 12_000
    assert [term for code, term in terms if code == "K35.80"] == list(expected)


def test_entries_are_a_tree_in_printed_order(codes):
    entries = list(codes.entries())
    assert len(entries) == 46_881
    assert sum(entry.is_leaf for entry in entries) == 36_343
    place = {entry.code: number for number, entry in enumerate(entries)}
    assert all(entry.parent is None or place[entry.parent] < place[entry.code] for entry in entries)
    assert {entry.code for entry in entries if not entry.is_leaf} == {entry.parent for entry in entries} - {None}
    for code, title, parent, is_leaf in entries[::500]:
        assert (codes.title(code), codes.parent(code), not codes.children(code)) == (title, parent, is_leaf)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("knee pain", "M25.561"),
        ("PAINS of the Knees", "M25.561"),
        ("type 2 diabetes without complications", "E11.9"),
        ("essential hypertension", "I10"),
        ("commotio cerebri", "S06.0"),
        ("T36.0X1A", "T36.0X1A"),
        ("crohn’s disease of large intestine with abscess", "K50.114"),
    ],
)
def test_search(codes, text, expected):
    assert expected in [code.code for code in codes.search(text, limit=5)]


def test_search_without_a_hit(codes):
    assert codes.search("") == codes.search("xyzzy !?") == codes.search("knee", limit=0) == []
    assert len(codes.search("pain", limit=3)) == 3


@given(st.text(max_size=30) | st.from_regex(r"[A-Z][0-9A-Z]{2}\.?[0-9A-Z]{0,5}", fullmatch=True))
def test_any_text_is_a_code_or_a_clear_error(codes, text):
    assert isinstance(codes.search(text, limit=1), list)
    found = codes.get(text)
    if found is not None:
        assert codes.code(found.code) is found
        assert found.billable is codes.billable(text)
        return
    assert not codes.billable(text)
    for ask in (codes.code, codes.title, codes.parent, codes.children, codes.leaves):
        with pytest.raises(UnknownCode) as caught:
            ask(text)
        assert caught.value.code == text
        assert all(map(codes.billable, caught.value.nearest))


def test_code_cannot_be_invalid(codes):
    code = codes.code("M17")
    for change in ({"code": "m17"}, {"code": "M"}, {"title": ""}, {"billable": True}, {"level": "code"}):
        with pytest.raises(ValueError, match=r"not a code|both billable"):
            replace(code, **change)
    with pytest.raises(AttributeError):
        code.title = "other"


def test_pickle(codes):
    for code in ("S72.001A", "S72.001", "M17"):
        assert pickle.loads(pickle.dumps(codes.code(code))) == codes.code(code)
    assert pickle.loads(pickle.dumps(codes)).release == codes.release


def test_many_threads(codes):
    fresh: CodeSet = pickle.loads(pickle.dumps(codes))
    asked = [entry.code for entry in codes.entries()][::100] * 4

    def look(code: str) -> Code:
        return fresh.code(code)

    with ThreadPoolExecutor(8) as threads:
        assert [code.code for code in threads.map(look, asked)] == asked


def _child(codes: CodeSet, answers) -> None:
    answers.put([codes.title("S72.001A"), codes.search("knee pain", 1)[0].code])


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_after_a_fork(codes):
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=_child, args=(codes, answers))
    process.start()
    assert answers.get() == [codes.title("S72.001A"), "M25.561"]
    process.join()
