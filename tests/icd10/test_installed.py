import datetime
import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from wardround import icd10
from wardround.errors import CodeSetError, UnknownRelease
from wardround.icd10.installed import Source


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """An empty cache folder that does not exist yet."""
    monkeypatch.setenv("WARDROUND_CACHE", str(tmp_path / "cache of #1 50%"))
    return tmp_path / "cache of #1 50%"


def test_bundled_release(codes):
    (release,) = icd10.releases()
    assert release == codes.release
    assert (release.id, release.fiscal_year, release.title) == ("2026-04-01", 2026, "FY2026 (April 1, 2026 update)")
    assert release.source.startswith("simple-icd-10-cm 1.")
    assert len(release.digest) == 64


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"release": "2026-04-01"},
        {"date": datetime.date(2026, 4, 1)},
        {"date": datetime.date(2026, 9, 30)},
        {"date": datetime.datetime(2026, 6, 1, 12, 30)},
        {"release": "2026-04-01", "date": datetime.date(2026, 11, 21)},
    ],
)
def test_load_is_the_same_object(codes, how):
    assert icd10.load(**how) is codes


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"release": "2025-10-01"}, "no release '2025-10-01' is installed.*installed: 2026-04-01"),
        ({"date": datetime.date(2026, 11, 21)}, "no installed release covers 2026-11-21.*--release 2026-04-01"),
        ({"date": datetime.date(2026, 3, 31)}, "no installed release covers 2026-03-31.*--release 2026-04-01"),
    ],
)
def test_no_such_release(how, says):
    with pytest.raises(UnknownRelease, match=says):
        icd10.load(**how)


def test_opening_parses_nothing(codes):
    heavy = {"xml.etree.ElementTree", "pydantic", "simple_icd_10_cm", "importlib.metadata", "wardround.icd10.store"}
    script = (
        f"import sys; from wardround import icd10; icd10.load().code('E11.9');print(sorted(set(sys.modules) & {heavy}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_compiled_once(publish, cache):
    source = Source(publish())
    assert source.open().title("S06.0XXA") == "Concussion, initial encounter"
    (compiled,) = cache.iterdir()
    assert compiled.name.startswith("icd10cm-2026-04-01-")
    written = compiled.stat().st_mtime_ns
    assert Source(source.path).open().release == source.release
    assert compiled.stat().st_mtime_ns == written


def test_another_content_is_compiled_anew(publish, cache):
    Source(publish()).open()
    assert Source(publish("Concussion", "Commotion")).open().title("S06.0") == "Commotion"
    assert len(list(cache.iterdir())) == 2


def test_search_where_sqlite_has_no_full_text_search(publish, cache, monkeypatch):
    for module in ("installed", "store"):
        monkeypatch.setattr(f"wardround.icd10.{module}.full_text", lambda: False)
    small = Source(publish()).open()
    assert [code.code for code in small.search("concussed brains")] == ["S06.0"]
    assert [code.code for code in small.search("death from edema")] == ["S06.1X7", "S06.1X9", "S06.1XA", "S06.1X"]
    assert small.search("knee") == []


def _flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not a database" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:-4096]),
        lambda path: path.write_bytes(path.read_bytes() + b"\0" * 4096),
        lambda path: _flip(path, 0),
        lambda path: _flip(path, 60),
        lambda path: _flip(path, path.stat().st_size // 2),
        lambda path: _flip(path, path.stat().st_size - 1),
    ],
)
def test_damaged_file_is_rebuilt(publish, cache, damage):
    source = Source(publish())
    source.open()
    (compiled,) = cache.iterdir()
    intact = compiled.read_bytes()
    damage(compiled)
    with pytest.raises(CodeSetError, match="damaged"):
        icd10.CodeSet(compiled)
    assert source.open().title("T07") == "Unspecified multiple injuries"
    assert compiled.read_bytes() == intact
    assert list(cache.iterdir()) == [compiled]


def test_cache_that_cannot_be_written(publish, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("WARDROUND_CACHE", str(tmp_path / "file" / "cache"))
    source = Source(publish())
    assert source.open().title("T07") == "Unspecified multiple injuries"
    assert source.open().billable("T07")


def test_no_folder_can_be_written(publish, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("WARDROUND_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("wardround.icd10.installed._temporary_folder", lambda: str(tmp_path / "file"))
    with pytest.raises(CodeSetError, match="set WARDROUND_CACHE"):
        Source(publish()).open()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("icd10cm-tabular-April-1-2025.xml", "name says fiscal year 2025, its content 2026"),
        ("tabular.xml", "does not say from when"),
    ],
)
def test_name_that_does_not_fit(publish, cache, name, says):
    with pytest.raises(CodeSetError, match=says):
        Source(publish(name=name)).open()
    assert not cache.exists()


def test_source_that_is_gone(publish, cache):
    source = Source(publish())
    source.path.unlink()
    with pytest.raises(CodeSetError, match="cannot be read"):
        source.open()


def _open(path: Path, start, answers) -> None:
    start.wait(timeout=120)
    answers.put(Source(path).open().title("S06.0XXA"))


def test_two_processes_compile_at_once(publish, cache):
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(3), context.SimpleQueue()
    processes = [context.Process(target=_open, args=(publish(), start, answers)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [answers.get() for _ in processes] == ["Concussion, initial encounter"] * 3
    for process in processes:
        process.join()
    assert [path.suffix for path in cache.iterdir()] == [".sqlite"]
