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
        ("<ICD10CM.tabular>", '<ICD10CM.tabular isAddenda="true">', "", "the changes to a Tabular List"),
        ("<ICD10CM.tabular>", "<!DOCTYPE a><ICD10CM.tabular>", "line 2", "document type"),
    ],
)
def test_damaged_list_says_where(publish, old, new, where, what):
    path = publish(old, new)
    with pytest.raises(CodeSetError, match=what) as caught:
        parse(path)
    assert caught.value.where == (f"{path.name}, {where}" if where else path.name)


@pytest.mark.parametrize(("depth", "says"), [(20, "blocks inside each other are too many"), (2000, "more elements")])
def test_blocks_inside_each_other_without_end(publish, depth, says):
    opened = "".join(f'<section id="{number}"><desc>Block (T07)</desc>' for number in range(depth))
    path = publish('<section id="T07">', f'{opened}{"</section>" * depth}<section id="T07">')
    with pytest.raises(CodeSetError, match=says):
        parse(path)


def test_elements_without_end(publish, monkeypatch):
    monkeypatch.setattr("wardround.icd10.xmlfile._MOST", 1000)
    with pytest.raises(CodeSetError, match="more elements"):
        parse(publish("<desc>Concussion</desc>", "<desc>Concussion</desc>" + "<note/>" * 1000))


@pytest.mark.parametrize("before", ["", '<!DOCTYPE x [<!ENTITY b "c">]>'])
def test_a_beginning_without_end(publish, before):
    with pytest.raises(CodeSetError, match="does not begin as an official one does"):
        parse(publish("<ICD10CM.tabular>", f"<!--{' ' * 70_000}-->{before}<ICD10CM.tabular>"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Con<!-- remark -->cussion", "Concussion"),
        ("Con\n  cussion", "Con cussion"),
        ("<diff><old>Shaken head</old><new>Concussion</new></diff>", "Concussion"),
        ("Concussion <old>of head</old><new>of the <unc>brain</unc></new> NOS", "Concussion of the brain NOS"),
        ("<![CDATA[Concussion]]> &amp; more &#169;", "Concussion & more ©"),
    ],
)
def test_text_with_marks_of_revision(publish, written, read):
    assert parse(publish("<desc>Concussion</desc>", f"<desc>{written}</desc>")).rows[1].title == read


@pytest.mark.parametrize(
    "place", ["<name>19</name>", "<desc>Injury (S00-T88)</desc>", "<desc>Multiple injuries (T07)</desc>"]
)
def test_seventh_characters_of_a_whole_chapter_or_block(publish, place):
    definition = (
        '<sevenChrDef><extension char="a">initial <old>visit</old><new>encounter</new></extension></sevenChrDef>'
    )
    tabular = parse(publish(place, place + definition))
    rows = {row.code: tabular.sevenths[row.sevenths] for row in tabular.rows if row.sevenths is not None}
    assert rows["T07"] == {"A": "initial encounter"}
    assert list(rows["S06.0"]) == ["A", "D", "S"]


def test_an_entry_under_its_sibling(publish):
    """FY2021 prints H54.512A under H54.511."""
    tabular = parse(publish("<name>S06.1XA</name>", "<name>S06.1YA</name>"))
    assert [row.parent for row in tabular.rows if row.code == "S06.1YA"] == [2]


def test_what_stands_in_a_block_above_its_entries(publish):
    heading = "<desc>Multiple injuries (T07)</desc>"
    terms = "<inclusionTerm><note>Injury of several regions</note></inclusionTerm>"
    gone = '<deactivated from="T08" thru="T09"><desc>Injury of trunk</desc></deactivated>'
    notes = parse(publish(heading, heading + terms + gone)).notes
    assert ("block T07", "remarks", "Injury of several regions") in notes


def test_table_of_visual_impairment(publish):
    table = """<visualImpairment>
      <visCategory>
        <heading>Category</heading>
        <visRange><visMax><heading>less than</heading></visMax></visRange>
      </visCategory>
      <visCategory>
        <value>1</value>
        <visRange><visMax><value>6/18</value></visMax><visMin><value>6/60</value></visMin></visRange>
        <visRange><visMax><value>20/70</value></visMax><visMin><value>20/200</value></visMin></visRange>
      </visCategory>
      <visCategory>
        <value>5</value>
        <visRange><visMax><value>No light perception</value></visMax></visRange>
      </visCategory>
    </visualImpairment>"""
    notes = parse(publish("<name>T07</name>", f"<name>T07</name>{table}")).notes
    assert [text for source, _, text in notes if source == "T07"] == [
        "visual impairment category 1: less than 6/18, 20/70; equal to or better than 6/60, 20/200",
        "visual impairment category 5: No light perception",
    ]


ENTITIES = {
    "one within the other": '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">',
    "another file": '<!ENTITY b SYSTEM "file:///etc/hostname">',
    "another machine": '<!ENTITY % b SYSTEM "http://127.0.0.1:1/x.dtd"> %b;',
}


@pytest.mark.parametrize("declared", ENTITIES.values(), ids=list(ENTITIES))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(publish, declared, encoding):
    path = publish("<desc>Concussion</desc>", "<desc>&b;</desc>")
    text = path.read_text().split("?>", 1)[1]
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>\n<!DOCTYPE ICD10CM.tabular [{declared}]>'
    path.write_bytes((declaration + text).encode(encoding))
    with pytest.raises(CodeSetError, match=r"line 2: .*document type"):
        parse(path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('<?xml version="1.0" encoding="klingon"?><ICD10CM.tabular/>', "line 1: this is not well-formed"),
        ('<?xml version="1.0" encoding="utf-7"?><ICD10CM.tabular/>', "line 1: this is not well-formed"),
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
