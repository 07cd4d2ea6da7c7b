"""A Tabular List small enough to read, in the official layout."""

from collections.abc import Callable
from pathlib import Path

import pytest

LIST = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <version>2026</version>
  <chapter>
    <name>19</name>
    <desc>Injury (S00-T88)</desc>
    <useAdditionalCode><note>cause of injury (V00-Y99)</note></useAdditionalCode>
    <sectionIndex><sectionRef first="S00" last="S09" id="S00-S09">Head</sectionRef></sectionIndex>
    <section id="S00-S19">
      <desc>Injuries of head and neck (S00-S19)</desc>
      <excludes2><note>burns (T20-T32)</note></excludes2>
      <section id="S00-S09">
        <desc>Injuries of head (S00-S09)</desc>
        <diag>
          <name>S06</name>
          <desc>Intracranial injury</desc>
          <excludes1><note>head injury   NOS
             (S09.90)</note><note> </note></excludes1>
          <sevenChrNote><note>To be added to each code from category S06, except as noted</note></sevenChrNote>
          <sevenChrDef>
            <extension char="A">initial encounter</extension>
            <note>first visit</note>
            <extension char="D">subsequent encounter</extension>
            <extension char="S">sequela</extension>
          </sevenChrDef>
          <notes><note>7th characters D and S do not apply to codes in category S06 with 6th character 7 - death due to
            injury, or 8 - death due to other cause.</note></notes>
          <diag>
            <name>S06.0</name>
            <desc>Concussion</desc>
            <inclusionTerm><note>Commotio cerebri</note><note>Concussed brain</note></inclusionTerm>
          </diag>
          <diag placeholder="true">
            <name>S06.1X</name>
            <desc>Traumatic cerebral edema</desc>
            <diag><name>S06.1X7</name><desc>Edema with death</desc></diag>
            <diag><name>S06.1XA</name><desc>Edema, status unknown</desc></diag>
            <diag><name>S06.1X9</name><desc>Edema, unspecified</desc></diag>
          </diag>
        </diag>
      </section>
    </section>
    <section id="T07">
      <desc>Multiple injuries (T07)</desc>
      <diag><name>T07</name><desc>Unspecified multiple injuries</desc></diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is installed or compiled; gives the folder of the installed releases."""
    monkeypatch.setenv("WARDROUND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("WARDROUND_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "releases"


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., Path]:
    """Writes a Tabular List under its official name, with one passage of the small list replaced."""

    def write(old: str = "", new: str = "", *, name: str = "icd10cm-tabular-April-1-2026.xml") -> Path:
        assert old in LIST
        path = tmp_path / "published" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(LIST.replace(old, new, 1) if old else LIST, encoding="utf-8")
        return path

    return write
