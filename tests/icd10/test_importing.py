"""Installing and removing official releases, seen from outside: what can be loaded afterwards, and what is refused."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import pickle
import random
import sys
import zipfile
from pathlib import Path

import pytest

from icd10.official import PARTS, files, name, write_folder, write_zip
from wardround import icd10
from wardround.errors import CodeSetError, InputError, UnknownRelease, WardroundError
from wardround.icd10 import importing
from wardround.icd10.importing import install, remove
from wardround.icd10.installed import sources

RENAMED = {"tabular": {"Essential hypertension": "Hypertension"}}


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder``."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def given_zip(path: Path) -> Path:
    return write_zip(path / "2027-code-tables-tabular-and-index.zip")


def given_zip_as_published(path: Path) -> Path:
    """With folders, and all that lies beside the XML."""
    inside = {part: f"Table and Index/{name(part)}" for part in PARTS}
    beside = {
        "Table and Index/icd10cm_tabular_2027.pdf": b"%PDF-1.7\0",
        "Table and Index/icd10cm-tabular.xsd": "<xsd:schema/>",
        "Table and Index/icd10cm_tabular_addenda_2027.xml": "<ICD10CM.tabular isAddenda='true'/>",
        "__MACOSX/Table and Index/._icd10cm_index_2027.xml": b"\0\x05\x16\x07",
        "readme.xml": "<html>no release</html>",
        "Table and Index/": b"",
        "copy/icd10cm_drug_2027.xml": files(only=["drug"])[name("drug")],
    }
    return write_zip(path / "2027.zip", names=inside, extra=beside)


def given_zip_in_zip(path: Path) -> Path:
    inner = given_zip(path).read_bytes()
    return write_zip(path / "outer.zip", only=[], extra={"more/inner.ZIP": inner, "readme.txt": "look inside"})


def given_folder(path: Path) -> Path:
    return write_folder(path / "release" / "of", names={"index": "deeper/icd10cm-index-2027.xml"}).parent


def given_folder_with_zips(path: Path) -> Path:
    write_zip(path / "folder" / "tables.zip", without=["tabular"])
    return write_folder(path / "folder", only=["tabular"])


@pytest.mark.parametrize(
    "given", [given_zip, given_zip_as_published, given_zip_in_zip, given_folder, given_folder_with_zips]
)
def test_whatever_is_published_is_installed(home, tmp_path, given):
    steps: list[str] = []
    done = install(given(tmp_path), tell=steps.append)
    assert (done.codes, done.replaced) == (37, False)
    assert [part.name for part in done.given] == list(PARTS)
    assert done.index is not None
    assert done.index.entries == {"index": 28, "external": 8, "neoplasm": 4, "drug": 4}
    assert [found.code for found in done.index.withdrawn] == ["Z99.99"]
    assert "Nonesuch" in [found.text for found in done.index.unresolved]
    assert steps[0] == "unpacking"

    codes = icd10.load("2026-10-01")
    assert codes.title("T36.0X5A") == "Adverse effect of penicillins, initial encounter"
    assert codes.index is not None
    assert codes.index.tables == PARTS[1:]
    assert codes.release == icd10.releases()[-1]
    assert (codes.release.fiscal_year, codes.release.title) == (2027, "FY2027 (October 1, 2026)")
    again = pickle.loads(pickle.dumps(codes))
    assert again.index.tables == PARTS[1:]
    assert [path.name for path in home.iterdir()] == ["2026-10-01"]


def test_what_is_recorded(home, tmp_path):
    given = given_zip(tmp_path)
    install(given, url="https://example.org/2027.zip")
    told = json.loads((home / "2026-10-01" / "release.json").read_text())
    assert (told["id"], told["mixed_years"], len(told["files"])) == ("2026-10-01", False, 5)
    assert datetime.datetime.fromisoformat(told["installed_at"]).tzinfo is not None
    (index,) = [file for file in told["files"] if file["part"] == "index"]
    assert (index["file"], index["fiscal_year"]) == ("icd10cm_index_2027.xml", 2027)
    assert index["origin"]["name"] == given.name
    assert index["origin"]["url"] == "https://example.org/2027.zip"
    assert len(index["sha256"]) == len(index["origin"]["sha256"]) == 64
    kept = home / "2026-10-01" / told["folder"]
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == files()


def test_first_use_compiles_nothing(home, tmp_path, monkeypatch):
    install(given_zip(tmp_path))
    compiled = snapshot(tmp_path / "cache")
    assert len(compiled) == 2
    monkeypatch.setattr("wardround.icd10.installed._written", None)
    assert icd10.load("2026-10-01").index is not None
    assert snapshot(tmp_path / "cache") == compiled


@pytest.mark.parametrize("lost", ["cache", "index"])
def test_a_cache_that_is_emptied_is_filled_again(home, tmp_path, lost):
    done = install(given_zip(tmp_path))
    for path in (tmp_path / "cache").glob("*index*" if lost == "index" else "*"):
        path.unlink()
    codes = done.source.open()
    assert codes.index is not None
    assert codes.index.tables == PARTS[1:]


def test_official_files_that_were_altered_are_not_compiled(home, tmp_path):
    done = install(given_zip(tmp_path))
    path = done.source.path
    path.write_bytes(path.read_bytes().replace(b"Essential", b"Incidental"))
    with pytest.raises(CodeSetError, match=r"changed since it was installed .*install release 2026-10-01 again"):
        icd10.load("2026-10-01")
    path.unlink()
    importing.forget()
    with pytest.raises(CodeSetError, match=r"cannot be read.*install release 2026-10-01 again"):
        icd10.load("2026-10-01")
    install(given_zip(tmp_path))
    assert icd10.load("2026-10-01").title("I10") == "Essential hypertension"


@pytest.mark.parametrize(
    ("options", "tables"),
    [
        ({"only": ["tabular"]}, None),
        ({"without": ["index", "drug"]}, ("external", "neoplasm")),
        ({"without": ["external", "neoplasm", "drug"]}, ("index",)),
    ],
)
def test_parts_may_be_missing(home, tmp_path, options, tables):
    done = install(write_zip(tmp_path / "some.zip", **options))
    assert (done.index is None) == (tables is None)
    index = icd10.load("2026-10-01").index
    assert (index.tables if index else None) == tables


def test_one_file_after_the_other(home, tmp_path):
    folder = write_folder(tmp_path / "folder")
    for part in PARTS:
        done = install(folder / name(part))
        assert [given.name for given in done.given] == [part]
    assert done.replaced
    index = icd10.load("2026-10-01").index
    assert index is not None
    assert index.tables == PARTS[1:]
    assert len(list((home / "2026-10-01").iterdir())) == 2
    install(folder / name("tabular"))
    assert icd10.load("2026-10-01").index is None  # what has the Tabular List is a whole release


def test_parts_go_to_the_bundled_release(home, tmp_path):
    install(write_zip(tmp_path / "tables.zip", "2026-04-01", only=["external", "drug"]))
    codes = icd10.load("2026-04-01")
    assert codes.release.source.startswith("simple-icd-10-cm 1.")
    assert codes.title("I10") == "Essential (primary) hypertension"
    assert codes.index is not None
    assert codes.index.tables == ("external", "drug")
    remove("2026-04-01")
    assert [source.index for source in sources()] == [{}]


def test_a_release_is_replaced_at_once(home, tmp_path):
    install(given_zip(tmp_path))
    before = icd10.load("2026-10-01")
    done = install(write_zip(tmp_path / "again.zip", replace=RENAMED, without=["drug"]))
    assert done.replaced
    assert icd10.load("2026-10-01").title("I10") == "Hypertension"
    assert before.title("I10") == "Essential hypertension"  # who has it open is not disturbed
    assert len(list((home / "2026-10-01").iterdir())) == 2
    assert [release.id for release in icd10.releases()] == ["2026-04-01", "2026-10-01"]


def test_an_installed_release_stands_before_a_bundled_one(home, tmp_path):
    install(write_zip(tmp_path / "april.zip", "2026-04-01", only=["tabular"]))
    assert icd10.load("2026-04-01").release.source == "april.zip"
    assert [release.source for release in icd10.releases()] == ["april.zip"]
    remove("2026-04-01")
    assert icd10.releases()[0].source.startswith("simple-icd-10-cm")
    assert not any((tmp_path / "cache").iterdir())
    assert not any(home.iterdir())


@pytest.mark.parametrize("release", ["2026-04-01", "2026-10-01", "", "../2026-10-01", "nonsense"])
def test_only_what_is_installed_is_removed(home, tmp_path, release):
    install(write_zip(tmp_path / "2026.zip", "2025-10-01", only=["tabular"]))
    with pytest.raises(UnknownRelease, match="installed, not bundled: 2025-10-01"):
        remove(release)


@pytest.mark.parametrize(
    ("archive", "tabular", "release", "installed"),
    [
        ("x.zip", "icd10cm_tabular_2026.xml", None, "2025-10-01"),
        ("x.zip", "icd10cm-tabular-April-2026.xml", None, "2026-04-01"),
        ("x.zip", "icd10cm-tabular-April-1-2026.xml", "2026-04-01", "2026-04-01"),
        ("april-1-2026-code-tables-tabular-and-index.zip", "icd10cm_tabular_2026.xml", None, "2026-04-01"),
        ("april-1-2025-code-tables-tabular-and-index.zip", "icd10cm_tabular_2026.xml", None, "2025-10-01"),
        ("x.zip", "icd10cm_tabular_2026.xml", "2026-04-01", "2026-04-01"),
        ("x.zip", "list.xml", "2026-04-01", "2026-04-01"),
        ("april-1-2026.zip", "list.xml", None, "2026-04-01"),
    ],
)
def test_the_release_is_told_by_names(home, tmp_path, archive, tabular, release, installed):
    given = write_zip(tmp_path / archive, "2026-04-01", only=["tabular"], names={"tabular": tabular})
    assert install(given, release=release).source.release.id == installed


@pytest.mark.parametrize(
    ("names", "release", "says"),
    [
        ({"tabular": "list.xml"}, None, r"list.xml: .* does not say .*--release 2026-10-01"),
        ({"tabular": "list.xml"}, "2026-04-01", r"list.xml: .*fiscal year 2027 .* of 2026"),
        ({"tabular": "icd10cm_tabular_2026.xml"}, None, "of fiscal year 2027 and 2026 by its name and content"),
        ({"tabular": "icd10cm-tabular-April-1-2027.xml"}, "2026-10-01", "of 2027-04-01, not of 2026-10-01"),
        ({"tabular": "icd10cm_drug_2027.xml"}, None, "its name says drug, its content tabular"),
    ],
)
def test_names_that_contradict(home, tmp_path, names, release, says):
    given = write_zip(tmp_path / "x.zip", only=["tabular"], names=names)
    with pytest.raises(CodeSetError, match=says):
        install(given, release=release, mixed_years=True)
    assert not list(home.iterdir())


@pytest.mark.parametrize("release", ["2027", "October 2026", "2026-13-01", "../x"])
def test_a_release_has_to_be_named_by_its_day(home, tmp_path, release):
    with pytest.raises(InputError, match="such as 2026-10-01"):
        install(given_zip(tmp_path), release=release)


class TestYears:
    def old_index(self, tmp_path: Path) -> Path:
        return write_zip(tmp_path / "x.zip", years={"index": 2026}, names={"index": "icd10cm_index_2026.xml"})

    def test_parts_of_another_year_are_refused(self, home, tmp_path):
        with pytest.raises(CodeSetError, match=r"icd10cm_index_2026.xml .* 2026, icd10cm_tabular_2027.xml of 2027"):
            install(self.old_index(tmp_path))
        assert not list(home.iterdir())

    def test_also_where_only_the_name_says_so(self, home, tmp_path):
        given = write_zip(tmp_path / "x.zip", names={"drug": "icd10cm_drug_2026.xml"})
        with pytest.raises(CodeSetError, match=r"fiscal year 2026 by its name and 2027 by its content"):
            install(given)

    def test_unless_they_are_wanted(self, home, tmp_path):
        done = install(self.old_index(tmp_path), mixed_years=True)
        assert done.source.manifest is not None
        assert done.source.manifest.mixed_years
        assert json.loads((home / "2026-10-01" / "release.json").read_text())["mixed_years"] is True
        index = icd10.load("2026-10-01").index
        assert index is not None
        assert index.fiscal_years["index"] == 2026

    def test_an_index_alone_goes_to_the_release_that_is_named(self, home, tmp_path):
        install(write_zip(tmp_path / "2027.zip", only=["tabular"]))
        given = write_zip(tmp_path / "index.zip", "2025-10-01", only=["index"])
        with pytest.raises(CodeSetError, match=r"release 2025-10-01, .* not installed .*--release 2026-10-01"):
            install(given)
        with pytest.raises(CodeSetError, match=r"icd10cm_index_2026.xml .* 2026, icd10cm_tabular_2027.xml of 2027"):
            install(given, release="2026-10-01")
        install(given, release="2026-10-01", mixed_years=True)
        install(write_zip(tmp_path / "drug.zip", only=["drug"]))  # what is there already is not asked again
        index = icd10.load("2026-10-01").index
        assert index is not None
        assert index.fiscal_years == {"index": 2026, "drug": 2027}

    def test_parts_of_several_updates_go_to_the_last(self, home, tmp_path):
        install(write_zip(tmp_path / "april.zip", "2026-04-01", only=["tabular"]))
        folder = write_folder(tmp_path / "folder", "2026-04-01", only=["external", "drug"])
        write_folder(folder, "2025-10-01", only=["neoplasm"])
        assert install(folder).source.release.id == "2026-04-01"


def broken(**options: object) -> bytes:
    """A zip as bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files(**options).items():  # type: ignore[arg-type]
            archive.writestr(path, content)
    return written.getvalue()


def member(path: str, content: bytes = b"", **fields: int) -> bytes:
    """A zip with a release and one more member that has ``fields``."""
    written = io.BytesIO(broken())
    with zipfile.ZipFile(written, "a", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(path)
        for field, value in fields.items():
            setattr(info, field, value)
        info.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(info, content)
    return written.getvalue()


def encrypted() -> bytes:
    """The flag is enough; nobody has a key."""
    content = bytearray(broken(only=["tabular"]))
    for signature, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + place] |= 1
    return bytes(content)


def nested(depth: int) -> bytes:
    content = broken()
    for number in range(depth):
        content = broken(only=[], extra={f"{number}.zip": content})
    return content


def flipped(content: bytes) -> bytes:
    """One byte of the compressed Tabular is another."""
    changed = bytearray(content)
    changed[200] ^= 0xFF
    return bytes(changed)


def tabular(old: str, new: str) -> bytes:
    return broken(replace={"tabular": {old: new}})


def index(old: str, new: str) -> bytes:
    return broken(replace={"index": {old: new}})


DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
ROOT = "<ICD10CM.index>"
BAD: dict[str, tuple[bytes, str]] = {
    "a place outside, above": (member("../../evil.xml", b"<x/>"), "names a place outside itself"),
    "a place outside, from the root": (member("/etc/evil.xml", b"<x/>"), "names a place outside itself"),
    "a place outside, as Windows writes it": (member("a\\..\\..\\evil.xml", b"<x/>"), "names a place outside itself"),
    "a place outside, on a drive": (member("C:\\evil.xml", b"<x/>"), "names a place outside itself"),
    "a link": (member("link.xml", b"/etc/hostname", external_attr=0o120777 << 16), "2027.zip/link.xml: .*holds a link"),
    "a bomb": (member("zero.xml", b"\0" * 3_000_000), "2027.zip/zero.xml: it grows more than 100-fold"),
    "a file without end": (member("large.xml", os.urandom(120_000)), "more than 100,000 bytes"),
    "too much in all": (broken(extra={f"{n}.xml": os.urandom(90_000) for n in range(9)}), "more than 500,000 bytes"),
    "too many files": (broken(extra={f"{n}.txt": "" for n in range(1_000)}), "more than 1,000 files"),
    "zips without end": (nested(3), "more than 3 zips are inside each other"),
    "encrypted": (encrypted(), "is encrypted .*give the folder"),
    "truncated": (broken()[:-200], "is damaged, incomplete"),
    "damaged inside": (flipped(broken()), "is damaged, incomplete"),
    "an empty zip": (broken(only=[]), "no part of a release .*Code Tables, Tabular and Index"),
    "no zip but a page that says so": (b"<!doctype html><p>Page not found", "no part of a release"),
    "an empty file": (b"", "line 1: this is not well-formed"),
    "pictures": (b"\x89PNG\r\n" * 100, "no part of a release"),
    "a zip inside that is none": (broken(extra={"inner.zip": "<html/>"}), "2027.zip/inner.zip: the zip is damaged"),
    "another classification": (
        broken(only=[], extra={"icd10pcs_tabular_2027.xml": "<ICD10PCS.tabular/>"}), "no part of a release",
    ),
    "changes only": (
        broken(only=[], extra={"icd10cm_tabular_2027.xml": "<ICD10CM.tabular isAddenda='true'/>"}), "no part of",
    ),
    "two Tabulars": (
        broken(extra={"b/icd10cm_tabular_2026.xml": files("2025-10-01")["icd10cm_tabular_2026.xml"]}),
        r"two different files .*b/icd10cm_tabular_2026.xml and .*icd10cm_tabular_2027.xml",
    ),
    "two Indexes": (broken(extra={"a/icd10cm_index_2027.xml": index("Cough", "Coughing")}), "damaged|two different"),
    "a truncated Tabular": (tabular("</ICD10CM.tabular>", ""), "icd10cm_tabular_2027.xml, line 178: .*well-formed"),
    "a Tabular without codes": (
        broken(extra={"icd10cm_tabular_2027.xml": "<ICD10CM.tabular><version>2027</version></ICD10CM.tabular>"}),
        "has no codes",
    ),
    "a Tabular without year": (tabular("<version>2027</version>", ""), "does not name its fiscal year"),
    "a code that is none": (tabular("<name>E11.9</name>", "<name>E11..9</name>"), "E11: an entry has no name"),
    "a Tabular with entities": (tabular("<ICD10CM.tabular>", DOCTYPE + "<ICD10CM.tabular>"), "line 2: .*document type"),
    "an Index with entities": (index(ROOT, DOCTYPE + ROOT), "icd10cm_index_2027.xml, line 2: .*document type"),
    "an Index with an external entity": (
        index(ROOT, '<!DOCTYPE x SYSTEM "file:///etc/hostname">' + ROOT), "document type",
    ),
    "a truncated Index": (index("</ICD10CM.index>", ""), r"icd10cm_index_2027.xml, line \d+"),
    "an Index that holds something else": (index("<letter>", "<table>"), "icd10cm_index_2027.xml"),
    "a table of other columns": (
        broken(replace={"drug": {'<head col="1">Substance</head>': '<head col="1">Song</head>'}}),
        "icd10cm_drug_2027.xml: this is none of the files",
    ),
    "an Index by name alone": (
        broken(extra={"icd10cm_index_2027.xml": "<html><p>Page not found</p></html>"}),
        "icd10cm_index_2027.xml: this is none of the files",
    ),
    "not well-formed under an official name": (
        broken(extra={"icd10cm_index_2027.xml": "Page not found"}), "icd10cm_index_2027.xml, line 1: .*well-formed",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "says"), BAD.values(), ids=list(BAD))
def test_what_cannot_be_used_changes_nothing(home, tmp_path, monkeypatch, content, says):
    monkeypatch.setattr("wardround.icd10.unpack.FILE_LIMIT", 100_000)
    monkeypatch.setattr("wardround.icd10.unpack.TOTAL_LIMIT", 500_000)
    given = tmp_path / "2027.zip"
    install(write_zip(given, replace=RENAMED))
    before = snapshot(tmp_path / "data"), snapshot(tmp_path / "cache")
    given.write_bytes(content)
    with pytest.raises(CodeSetError, match=says):
        install(given)
    assert (snapshot(tmp_path / "data"), snapshot(tmp_path / "cache")) == before
    assert icd10.load("2026-10-01").title("I10") == "Hypertension"
    assert not list(tmp_path.glob("*.xml"))


@pytest.mark.parametrize("seed", range(8))
def test_any_damage_is_told(home, tmp_path, seed):
    """Bytes changed at random in a zip without compression, so in its names, its directory and the XML."""
    chance = random.Random(seed)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, content in files().items():
            archive.writestr(path, content)
    for _ in range(40):
        content = bytearray(written.getvalue())
        for _ in range(chance.choice([1, 2, 8])):
            content[chance.randrange(-2000, len(content))] = chance.randrange(256)
        (tmp_path / "2027.zip").write_bytes(content)
        with contextlib.suppress(CodeSetError):
            install(tmp_path / "2027.zip", mixed_years=True)
    assert len(list(home.iterdir())) <= 1


def test_a_table_that_does_not_compile_leaves_nothing_compiled(home, tmp_path):
    with pytest.raises(CodeSetError, match=r"icd10cm_index_2027\.xml"):
        install(write_zip(tmp_path / "x.zip", replace={"index": {"</ICD10CM.index>": ""}}))
    assert not list(home.iterdir())
    assert not list((tmp_path / "cache").glob("*"))


def test_what_is_not_there(home, tmp_path):
    with pytest.raises(CodeSetError, match=r"absent\.zip: the file cannot be read"):
        install(tmp_path / "absent.zip")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CodeSetError, match="no part of a release"):
        install(tmp_path / "empty")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_is_not_waited_for(home, tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(CodeSetError, match="neither a file nor a folder"):
        install(tmp_path / "pipe.zip")
    folder = write_folder(tmp_path / "folder", only=["tabular"])
    os.mkfifo(folder / "pipe.xml")
    assert install(folder).codes == 37


def test_a_folder_of_everything(home, tmp_path):
    folder = write_folder(tmp_path / "downloads")
    for number in range(1_000):
        (folder / f"{number}.txt").touch()
    with pytest.raises(CodeSetError, match=r"more than 1,000 files .*of one release"):
        install(folder)


@pytest.mark.parametrize("problem", ["No space left on device", "Read-only file system"])
@pytest.mark.parametrize("when", ["unpacking", "collecting", "placing"])
def test_a_disk_that_takes_no_more(home, tmp_path, monkeypatch, problem, when):
    given = tmp_path / "2027.zip"
    install(write_zip(given, replace=RENAMED))
    before = snapshot(tmp_path / "data"), snapshot(tmp_path / "cache")
    write_zip(given)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, problem)

    where = {"unpacking": "unpack", "collecting": "shutil.copyfile", "placing": "Manifest.write"}[when]
    monkeypatch.setattr(f"wardround.icd10.importing.{where}", refuse)
    with pytest.raises(CodeSetError, match=f"cannot be stored: {problem} .*WARDROUND_DATA"):
        install(given)
    assert (snapshot(tmp_path / "data"), snapshot(tmp_path / "cache")) == before


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a folder that cannot be written")
def test_a_folder_that_cannot_be_written(home, tmp_path):
    home.mkdir(parents=True)
    home.chmod(0o555)
    with pytest.raises(CodeSetError, match="cannot be stored"):
        install(given_zip(tmp_path))


def test_a_file_in_the_way(home, tmp_path):
    home.parent.write_text("in the way")
    with pytest.raises(CodeSetError, match="cannot be stored"):
        install(given_zip(tmp_path))


def test_what_a_killed_import_left_goes_with_time(home, tmp_path):
    for name_, age in (("old", 100_000), ("new", 10)):
        (home / f".incoming-{name_}").mkdir(parents=True)
        os.utime(home / f".incoming-{name_}", (importing.time.time() - age,) * 2)
    install(given_zip(tmp_path))
    assert sorted(path.name for path in home.iterdir()) == [".incoming-new", "2026-10-01"]


DAMAGE = {
    "not JSON": lambda text: text[:-20],
    "another schema": lambda text: text.replace("release/1", "release/2"),
    "another release": lambda text: text.replace("2026-10-01", "2026-10-02"),
    "no Tabular": lambda text: text.replace('"tabular"', '"drug"'),
    "a part nobody knows": lambda text: text.replace('"neoplasm"', '"songs"'),
    "a file elsewhere": lambda text: text.replace('"icd10cm_drug_2027.xml"', '"../icd10cm_drug_2027.xml"'),
    "no files": lambda text: text.replace('"files"', '"none"'),
    "not an object": lambda text: f"[{text}]",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=list(DAMAGE))
@pytest.mark.parametrize("mend", ["install", "remove"])
def test_a_damaged_record_can_be_mended(home, tmp_path, damage, mend):
    install(given_zip(tmp_path))
    path = home / "2026-10-01" / "release.json"
    path.write_text(damage(path.read_text()))
    importing.forget()
    with pytest.raises(CodeSetError, match=r"release.json: the file is damaged .*codeset remove 2026-10-01"):
        icd10.releases()
    if mend == "install":
        install(given_zip(tmp_path))
        assert icd10.load("2026-10-01").billable("I10")
    else:
        remove("2026-10-01")
        assert [release.id for release in icd10.releases()] == ["2026-04-01"]


@pytest.mark.parametrize(
    ("day", "release"),
    [
        ("2025-10-01", "2025-10-01"),
        ("2026-02-01", "2025-10-01"),
        ("2026-03-31", "2025-10-01"),
        ("2026-04-01", "2026-04-01"),
        ("2026-09-30", "2026-04-01"),
        ("2026-10-01", "2026-10-01"),
        ("2025-09-30", "the nearest is 2025-10-01"),
        ("2021-01-01", "the nearest is 2019-10-01"),
        ("2019-01-01", "the nearest is 2019-10-01"),
        ("2028-01-01", "the nearest is 2026-10-01"),
    ],
)
def test_the_release_in_force_on_a_day(home, tmp_path, day, release):
    for first in ("2026-10-01", "2019-10-01", "2025-10-01", "2026-04-01"):
        install(write_zip(tmp_path / "x.zip", first, only=["tabular"]))
    if release.startswith("the nearest"):
        with pytest.raises(UnknownRelease, match=f"no installed release covers {day}.*{release}"):
            icd10.load(date=datetime.date.fromisoformat(day))
    else:
        assert icd10.load(date=datetime.date.fromisoformat(day)).release.id == release
    assert icd10.load().release.id == "2026-10-01"


@pytest.mark.parametrize("content", [content for content, _ in BAD.values()], ids=list(BAD))
def test_errors_name_no_folder_of_the_import(home, tmp_path, content):
    """A temporary place means nothing to a user."""
    (tmp_path / "2027.zip").write_bytes(content)
    try:
        install(tmp_path / "2027.zip")
    except WardroundError as error:
        told = str(error)
    else:
        told = ""  # with the real limits some of them are harmless
    assert ".incoming" not in told
    assert str(tmp_path) not in told


def test_the_official_files_themselves(home, tmp_path):
    """An Index of FY2025 and tables of April 2026, where they lie beside the repository."""
    folder = Path(__file__).parents[3] / "shared" / "data" / "icd10cm"
    if not folder.is_dir():
        pytest.skip("the official files are not there: ../shared/data/icd10cm")
    with pytest.raises(CodeSetError, match=r"icd10cm-index-2025.xml is of fiscal year 2025"):
        install(folder)
    done = install(folder, mixed_years=True)
    assert (done.source.release.id, done.codes) == ("2026-04-01", 74_719)
    assert done.index is not None
    assert done.index.entries == {"index": 81_021, "external": 8_090, "neoplasm": 1_938, "drug": 7_430}
    assert len(done.index.unresolved) < done.index.references / 20
    assert len(done.index.withdrawn) < 20
    index = icd10.load("2026-04-01").index
    assert index is not None
    assert index.fiscal_years == {"index": 2025, "external": 2026, "neoplasm": 2026, "drug": 2026}
