"""The compiled words of a release: kept in the cache, made again when damaged, the same for everybody."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wardround.coding import lexicon, vocabulary
from wardround.coding.terms import Term
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10 import CodeSet
from wardround.icd10.installed import Source

# Small enough that it is compiled in no time.
LIST = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <version>2026</version>
  <chapter>
    <name>13</name>
    <desc>Diseases of the musculoskeletal system (M00-M99)</desc>
    <sectionIndex><sectionRef first="M17" last="M25" id="M17-M25">Joints</sectionRef></sectionIndex>
    <section id="M17-M25">
      <desc>Joints (M17-M25)</desc>
      <diag>
        <name>M17</name><desc>Osteoarthritis of knee</desc>
        <diag>
          <name>M17.1</name><desc>Unilateral primary osteoarthritis of knee</desc>
          <diag><name>M17.11</name><desc>Unilateral primary osteoarthritis, right knee</desc></diag>
          <diag><name>M17.12</name><desc>Unilateral primary osteoarthritis, left knee</desc></diag>
        </diag>
        <diag>
          <name>M17.9</name><desc>Osteoarthritis of knee, unspecified</desc>
          <inclusionTerm><note>Gonarthrosis</note></inclusionTerm>
        </diag>
      </diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"""

COMPILE = """
import sys
from pathlib import Path
from wardround.coding import lexicon
from wardround.coding.vocabulary import Vocabulary
from wardround.icd10.installed import Source
lexicon.entries = lambda: iter([lexicon.Entry("wornout knee", "M17", "", "", "t.tsv", 1)])
words = Vocabulary.load(Source(Path(sys.argv[1])).open())
print(len(words), words.term_of(frozenset({"wornout", "knee"})).target)
"""


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("WARDROUND_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "icd10cm-tabular-April-1-2026.xml"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, cache: Path, published: Path) -> Callable[[], Vocabulary]:
    """Loads the vocabulary of the small release as a new process would."""
    entries = [
        lexicon.Entry("wornout knee", "M17", "", "", "test.tsv", 1),
        lexicon.Entry("gonitis", "=arthritis knee", "", "", "test.tsv", 2),
        lexicon.Entry("knee brace", "-", "", "", "test.tsv", 3),
    ]
    monkeypatch.setattr(lexicon, "entries", lambda: iter(entries))
    codes = Source(published).open()

    def fresh() -> Vocabulary:
        monkeypatch.setattr(vocabulary, "_LOADED", {})
        return Vocabulary.load(codes)

    return fresh


def kept(cache: Path) -> Path:
    (path,) = cache.glob("terms-*")
    return path


def every_term(compiled: Vocabulary) -> list[Term]:
    words = "wornout knee brace osteoarthritis knee gonarthrosis knee osteoarthritis".split()
    return [term for match in compiled.phrases(words) for term in compiled.terms(match[2])]


def forbid_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(*_: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(vocabulary, "compile_terms", compiled)


@pytest.mark.parametrize(
    ("words", "target", "source"),
    [
        ("wornout knee", "M17", "lexicon"),
        ("knee brace", "-", "lexicon"),
        ("osteoarthritis knee", "M17", "title"),
        ("gonarthrosis", "M17.9", "inclusion"),
    ],
)
def test_terms(load: Callable[[], Vocabulary], words: str, target: str, source: str) -> None:
    compiled = load()
    (match,) = compiled.phrases(words.split())
    (term,) = compiled.terms(match[2])
    assert (term.words, term.target, term.when, term.source) == (tuple(words.split()), target, "", source)


def test_a_term_by_its_words_in_any_order(load: Callable[[], Vocabulary]) -> None:
    found = load().term_of(frozenset({"knee", "wornout"}))
    assert found is not None
    assert found.target == "M17"
    assert load().term_of(frozenset({"knee"})) is None


def test_a_synonym_is_rewritten(load: Callable[[], Vocabulary]) -> None:
    canonical = load().canonical(["severe", "gonitis", "the", "left"])
    assert canonical.words == ["severe", "arthritis", "knee", "left"]
    assert canonical.first == [0, 1, 1, 3]
    assert canonical.last == [0, 1, 1, 3]


def test_the_second_load_reads_the_cache(
    load: Callable[[], Vocabulary], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load()
    before = kept(cache).stat().st_mtime_ns
    forbid_compiling(monkeypatch)
    second = load()
    assert second is not first
    assert len(second) == len(first)
    assert kept(cache).stat().st_mtime_ns == before


def test_within_a_process_it_is_loaded_once(load: Callable[[], Vocabulary], codes: CodeSet) -> None:
    assert Vocabulary.load(codes) is Vocabulary.load(codes)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[: len(data) // 2],
    "flipped": lambda data: data[:-9] + bytes([data[-9] ^ 0xFF]) + data[-8:],
    "empty": lambda data: b"",
    "three bytes": lambda data: data[:3],
    "four zeros": lambda data: bytes(4),
    "other text": lambda data: b"not what it was",
    "longer": lambda data: data + b"\0",
    "zeros": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_made_again(
    load: Callable[[], Vocabulary], cache: Path, damage: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load()
    kept(cache).write_bytes(damage(kept(cache).read_bytes()))
    assert every_term(load()) == every_term(first)
    forbid_compiling(monkeypatch)
    assert every_term(load()) == every_term(first)


def test_a_folder_in_its_place_does_no_harm(load: Callable[[], Vocabulary], cache: Path) -> None:
    size = len(load())
    path = kept(cache)
    path.unlink()
    path.mkdir()
    assert len(load()) == size


def test_a_cache_that_cannot_be_written_does_no_harm(
    load: Callable[[], Vocabulary], cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    size = len(load())
    blocked = tmp_path / "a file"
    blocked.write_text("no folder")
    monkeypatch.setenv("WARDROUND_CACHE", str(blocked / "cache"))
    assert len(load()) == size
    assert blocked.read_text() == "no folder"


def test_a_full_disk_leaves_nothing_behind(
    load: Callable[[], Vocabulary], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vocabulary.os, "replace", full)
    assert len(load()) > 0
    assert not list(cache.glob("terms-*"))


def test_two_processes_at_once(cache: Path, published: Path) -> None:
    environment = {**os.environ, "WARDROUND_CACHE": str(cache)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", COMPILE, str(published)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    told = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], told
    assert len({out for out, _ in told}) == 1
    assert told[0][0].split()[1] == "M17"
    assert len(list(cache.glob("terms-*"))) == 1


def test_only_so_much_of_what_was_taken_apart_is_kept(
    load: Callable[[], Vocabulary], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "_KEPT_BAGS", 1)
    words = load()
    keys = sorted(words.bag_keys)
    first = [words.bags[key] for key in keys]
    assert len(keys) > 1 == len(words.bags)
    assert [words.bags[key] for key in keys] == first
