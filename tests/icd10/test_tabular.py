import pytest

from wardround.errors import CodeSetError
from wardround.icd10.tabular import parse


def test_rows_in_printed_order(publish):
    tabular = parse(publish())
    assert [(row.code, row.parent, row.past) for row in tabular.rows] == [
        ("S06", None, 6),
        ("S06.0", 0, 2),
        ("S06.1X", 0, 6),
        ("S06.1X7", 2, 4),
        ("S06.1XA", 2, 5),  # printed before 9, though it sorts after it
        ("S06.1X9", 2, 6),
        ("T07", None, 7),
    ]
    assert tabular.rows[1].terms == ["Commotio cerebri", "Concussed brain"]
    assert (tabular.fiscal_year, tabular.chapters[0].title, tabular.chapters[0].last) == (2026, "Injury", "T88")
    assert [(block.name, block.parent) for block in tabular.blocks] == [
        ("S00-S19", None),
        ("S00-S09", "S00-S19"),
        ("T07", None),
    ]


def test_notes_at_every_level(publish):
    notes = parse(publish()).notes
    assert ("chapter 19", "use_additional", "cause of injury (V00-Y99)") in notes
    assert ("block S00-S19", "excludes2", "burns (T20-T32)") in notes
    assert [note for note in notes if note[1] == "excludes1"] == [("S06", "excludes1", "head injury NOS (S09.90)")]


def test_seventh_characters(publish):
    tabular = parse(publish())
    assert tabular.sevenths == {0: {"A": "initial encounter", "D": "subsequent encounter", "S": "sequela"}}
    assert {row.code: row.sevenths for row in tabular.rows} == {
        **dict.fromkeys(["S06", "S06.0", "S06.1X", "S06.1X7", "S06.1XA", "S06.1X9"], 0),
        "T07": None,
    }
    assert [row.code for row in tabular.rows if row.withheld] == ["S06.1X7"]


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ("</chapter>", "", "line 48", "not well-formed"),
        ("<version>2026</version>", "", "", "fiscal year"),
        ("<version>2026</version>", "<version>draft</version>", "", "fiscal year"),
        ("<name>19</name>", "", "", "chapter number 1 has no name"),
        ("<desc>Injury (S00-T88)</desc>", "<desc>Injury</desc>", "chapter 19", "range"),
        ('<section id="T07">', "<section>", "chapter 19", "block has no name"),
        ('<section id="T07">', '<section id="S00-S09">', "block S00-S09", "twice"),
        ("<name>S06.0</name>", "", "S06", "no name"),
        ("<name>S06.0</name>", "<name>s06.0</name>", "S06", "no name"),
        ("<name>S06.0</name>", "<name>S07.0</name>", "S07.0", "cannot stand under S06"),
        ("<name>S06.1XA</name>", "<name>S06.1X7</name>", "S06.1X7", "twice"),
        ("<name>T07</name>", "<name>T07.0</name>", "T07.0", "cannot stand under block T07"),
        ("<desc>Concussion</desc>", "<desc/>", "S06.0", "no title"),
        ('<extension char="A">', "<extension>", "S06", "7th character"),
        ("with 6th character 7 - death", "with a sixth character for death", "S06", "cannot be understood"),
    ],
)
def test_damaged_list_says_where(publish, old, new, where, what):
    path = publish(old, new)
    with pytest.raises(CodeSetError, match=what) as caught:
        parse(path)
    assert caught.value.where == (f"{path.name}, {where}" if where else path.name)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "line 1: this is not well-formed"),
        ("<html><body/></html>", "not an ICD-10-CM Tabular List"),
        ("<ICD10CM.tabular><version>2026</version></ICD10CM.tabular>", "has no codes"),
    ],
)
def test_something_else(tmp_path, content, what):
    path = tmp_path / "icd10cm_tabular_2026.xml"
    path.write_text(content)
    with pytest.raises(CodeSetError, match=what):
        parse(path)
    with pytest.raises(CodeSetError, match="cannot be read"):
        parse(tmp_path / "absent.xml")
