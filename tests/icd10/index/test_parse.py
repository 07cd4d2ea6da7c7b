"""Every element of the official schema, every form a code or title is printed in, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from icd10.index import outline
from wardround.errors import CodeSetError
from wardround.icd10.index.parse import Row, parse

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index isAddenda="false">
<version>2027</version>
<title>INDEX TO DISEASES and INJURIES</title>
<letter><title>A</title>
{terms}
</letter>
</ICD10CM.index>
"""


def read(folder: Path, text: str, table: str = "index") -> list[Row]:
    path = folder / "some.xml"
    path.write_text(text, encoding="utf-8")
    rows: list[Row] = []
    parse(table, path, rows)
    return rows


def term(folder: Path, inside: str) -> Row:
    """The one main term that has this inside."""
    (row,) = read(folder, WHOLE.format(terms=f"<mainTerm>{inside}</mainTerm>"))
    return row


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<title>Ache</title><code>R52</code>", {"printed": "Ache", "code": "R52"}),
        ("<title>Ache</title><code>R52.-</code>", {"code": "R52-"}),
        ("<title>Ache</title><code>M79.60-</code>", {"code": "M79.60-"}),
        ("<title>Ache</title><code>E85.4 [I43]</code>", {"code": "E85.4", "manifestation": "I43"}),
        ("<title>Ache</title><code>A17.0† G01*</code>", {"code": "A17.0", "manifestation": "G01"}),
        ("<title>Ache</title><code>E85.4</code><manif>[I43]</manif>", {"code": "E85.4", "manifestation": "I43"}),
        ("<title>Ache</title><code>R52</code><manif>an odd remark</manif>", {"warning": "an odd remark"}),
        ("<title>Ache</title><see>Pain,\n head</see>", {"see": "Pain, head"}),
        ("<title>Ache</title><seeAlso>Pain</seeAlso><code>R52</code>", {"also": "Pain", "code": "R52"}),
        ("<title>Ache</title><seecat>T71</seecat>", {"category": "T71"}),
        ("<title>Ache</title><subcat>T75.0</subcat>", {"subcategory": "T75.0"}),
        ("<title>Ache</title><warning>look again</warning>", {"warning": "look again"}),
        ("<title>Ache<nemod>(dull) (old)</nemod></title>", {"printed": "Ache (dull) (old)"}),
        ("<title>Ache<nemod>(dull)</nemod> NEC</title>", {"printed": "Ache (dull) NEC"}),
        ("<title>Ache<nemod>(dull)</nemod>, of head</title>", {"printed": "Ache (dull), of head"}),
        ("<title>toe<nemod>(s) (big)</nemod></title>", {"printed": "toe(s) (big)"}),
        ("<title>Ache*</title>", {"printed": "Ache"}),
        ("<title>Ache<nemod>(see also Pain)</nemod></title>", {"printed": "Ache", "also": "Pain"}),
        ("<title>Ache<nemod>(dull) (see Pain, head (any))</nemod></title>", {"see": "Pain, head (any)"}),
        ("<title>Ache - code by site under Pain</title>", {"printed": "Ache", "see": "Pain, by site"}),
        ("<title>Ache - code as Pain, dull</title>", {"see": "Pain, dull"}),
        ("<title>Ache -- code to injury</title>", {"printed": "Ache", "see": "injury"}),
        ("<title>Ache - omit code</title>", {"printed": "Ache", "warning": "omit code"}),
        ("<diff><unc>Ache</unc><old> of head</old><new> of neck</new></diff>", {"printed": "Ache of neck"}),
        ("<title><diff><old>Pain</old><new>Ache</new></diff></title>", {"printed": "Ache"}),
        ("<title>Ache<old>s</old><new> (dull)</new></title>", {"printed": "Ache (dull)"}),
        ("<title>Ache</title><code><old>R51</old><new>R52</new></code>", {"code": "R52"}),
    ],
)
def test_a_term(tmp_path: Path, inside: str, expected: dict[str, str]) -> None:
    row = term(tmp_path, inside)
    assert {name: getattr(row, name) for name in expected} == expected


def test_terms_are_nested_nine_levels_deep(tmp_path: Path) -> None:
    inside = "".join(f'<term level="{level}"><title>level {level}</title>' for level in range(1, 10)) + "</term>" * 9
    rows = read(tmp_path, WHOLE.format(terms=f"<mainTerm><title>Top</title>{inside}</mainTerm>"))
    assert [row.parent for row in rows] == [None, *range(9)]
    assert [row.past for row in rows] == [10] * 10


def test_a_term_that_is_taken_out_goes_with_all_below_it(tmp_path: Path) -> None:
    terms = (
        "<mainTerm><title>Ache</title><term level='1'><diff><old>gone</old></diff><code>R52</code>"
        "<term level='2'><title>below</title></term></term><term level='1'><title>left</title></term></mainTerm>"
    )
    rows = read(tmp_path, WHOLE.format(terms=terms))
    assert [(row.number, row.printed, row.parent, row.past) for row in rows] == [
        (0, "Ache", None, 2),
        (1, "left", 0, 2),
    ]


def test_a_note_among_the_terms_belongs_to_the_term_above(tmp_path: Path) -> None:
    rows = read(tmp_path, outline.xml("index", "Epilepsy | G40.9\n  Note: as said\n  focal | G40.1"))
    assert [(row.printed, row.warning) for row in rows] == [("Epilepsy", "as said"), ("focal", "")]


def test_cells_have_the_names_of_their_columns(tmp_path: Path) -> None:
    (row,) = read(tmp_path, outline.xml("drug", "Aspirin | T39.011 T39.012 - -- T39.01- T39.016"), "drug")
    assert row.cells == {
        "poisoning_accidental": "T39.011",
        "poisoning_self_harm": "T39.012",
        "adverse_effect": "T39.01-",
        "underdosing": "T39.016",
    }


def test_columns_are_known_by_their_headings_not_their_order(tmp_path: Path) -> None:
    text = outline.xml("neoplasm", "Neoplasm | C80.1 C79.9 - - - -")
    swapped = text.replace("Malignant Primary", "X").replace("Malignant Secondary", "Malignant Primary")
    (row,) = read(tmp_path, swapped.replace(">X<", ">Malignant Secondary<"), "neoplasm")
    assert row.cells == {"malignant_secondary": "C80.1", "malignant_primary": "C79.9"}


def test_a_table_without_headings_has_its_usual_columns(tmp_path: Path) -> None:
    text = outline.xml("neoplasm", "Neoplasm | C80.1 - - - - <diff><old>D49</old><new>D49.9</new></diff>")
    start, end = text.index("<indexHeading>"), text.index("<letter>")
    text = (text[:start] + text[end:]).replace("&lt;", "<").replace("&gt;", ">")
    (row,) = read(tmp_path, text, "neoplasm")
    assert row.cells == {"malignant_primary": "C80.1", "unspecified": "D49.9"}


def ache(more: str = "") -> str:
    """A file whose one main term begins in line 6 and has ``more`` in line 8."""
    return WHOLE.format(terms=f"<mainTerm>\n<title>Ache</title><code>R52</code>\n{more}</mainTerm>")


def aspirin(old: str = "", new: str = "") -> str:
    text = outline.xml("drug", "Aspirin | T39.011 T39.012")
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "table", "what", "where"),
    [
        (ache()[:-40], "index", "not well-formed", "line "),
        (ache().replace("utf-8", "utf-99"), "index", "not well-formed", "line 1"),
        (ache().replace("utf-8", "idna"), "index", "not well-formed", "line 1"),
        ("", "index", "not well-formed", "line 1"),
        ("no xml", "index", "not well-formed", "line 1"),
        ("<ICD10CM.tabular/>", "index", "begins with <ICD10CM.tabular>", "line 1"),
        ("<!DOCTYPE x [<!ENTITY y 'z'>]><ICD10CM.index/>", "index", "document type", "line 1"),
        ("<ICD10CM.index>&y;</ICD10CM.index>", "index", "not well-formed", "line 1"),
        ("<ICD10CM.index isAddenda='true'/>", "index", "changes only", "line 1"),
        ("<ICD10CM.index><letter><title>A</title></letter></ICD10CM.index>", "index", "not the Index", "some.xml"),
        (ache(), "drug", "not the Table of Drugs", "some.xml"),
        (ache(), "external", "not the External", "line 4"),
        (ache().replace("2027", "soon"), "index", "no fiscal year", "line 3"),
        (ache("<code>R53</code>"), "index", "two codes", "line 8, Ache"),
        (ache().replace("R52", "tomorrow"), "index", "'tomorrow' is no code", "line 7, Ache"),
        (ache("<cell col='2'>R52</cell>"), "index", "unknown column, 2", "line 8, Ache"),
        (ache("<term level='2'><title>x</title></term>"), "index", "level 2 stands at level 1", "line 8, Ache"),
        (ache("<term><title>x</title></term>"), "index", "level (none)", "line 8, Ache"),
        (ache("<term level='1'><code>R52</code></term>"), "index", "no title", "line 8, Ache"),
        (ache("<picture/>"), "index", "<picture> cannot stand in <mainTerm>", "line 8, Ache"),
        (ache("stray"), "index", "text stands in <mainTerm>", "line 8, Ache"),
        (WHOLE.format(terms="<term level='1'/>"), "index", "<term> cannot stand in <letter>", "line 6"),
        (outline.xml("external", "Fall | W19"), "index", "not the Index to Diseases", "line 2"),
        (aspirin(), "neoplasm", "unknown heading", "line 2"),
        (aspirin(), "index", "has columns", "line 2"),
        (aspirin('<cell col="2"', '<cell col="8"'), "drug", "unknown column, 8", "Aspirin"),
        (aspirin('<cell col="2"', "<cell"), "drug", "without a number", "Aspirin"),
        (aspirin('<cell col="3"', '<cell col="2"'), "drug", "two cells", "Aspirin"),
    ],
)
def test_what_is_refused_says_where(tmp_path: Path, text: str, table: str, what: str, where: str) -> None:
    with pytest.raises(CodeSetError) as caught:
        read(tmp_path, text, table)
    assert what in caught.value.what
    assert where in caught.value.where
    assert caught.value.where.startswith("some.xml")


def test_more_than_nine_levels_are_refused(tmp_path: Path) -> None:
    deep = "\n".join(f"{'  ' * level}level {level}" for level in range(11))
    with pytest.raises(CodeSetError, match="too deeply"):
        read(tmp_path, outline.xml("index", deep))


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CodeSetError, match=r"some\.xml: the file cannot be read"):
        parse("index", tmp_path / "some.xml", [])
