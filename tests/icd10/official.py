"""A release of ICD-10-CM small enough to read, made in the layouts in which the official files are published.

`files` gives the texts by file name, `write_folder` and `write_zip` put them on disk; all three take the same options::

    write_zip(folder / "april-1-2026.zip", "2026-04-01", without=["drug"])
    write_folder(folder, "2026-10-01", replace={"tabular": {"<name>I10</name>": "<name>I11</name>"}})

The five files belong together: the Index and the tables name codes of the Tabular List and one, ``Z99.99``, that it
lacks; one cross-reference of the Index leads nowhere ("Nonesuch").
"""

from __future__ import annotations

import datetime
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

PARTS = ("tabular", "index", "external", "neoplasm", "drug")

TABULAR = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <version>YEAR</version>
  <introduction>
    <introSection type="title"><title>A SMALL TABULAR LIST</title></introSection>
  </introduction>
  <chapter>
    <name>2</name>
    <desc>Neoplasms (C00-D49)</desc>
    <sectionIndex><sectionRef first="C30" last="C39" id="C30-C39">Respiratory organs</sectionRef></sectionIndex>
    <section id="C30-C39">
      <desc>Malignant neoplasms of respiratory organs (C30-C39)</desc>
      <diag>
        <name>C34</name><desc>Malignant neoplasm of lung</desc>
        <useAdditionalCode><note>tobacco use (Z72.0)</note></useAdditionalCode>
        <diag><name>C34.9</name><desc>Malignant neoplasm of unspecified part of lung</desc>
          <diag><name>C34.90</name><desc>Malignant neoplasm of lung, unspecified side</desc>
            <inclusionTerm><note>Lung cancer NOS</note></inclusionTerm>
          </diag>
          <diag><name>C34.91</name><desc>Malignant neoplasm of right lung</desc></diag>
          <diag><name>C34.92</name><desc>Malignant neoplasm of left lung</desc></diag>
        </diag>
      </diag>
    </section>
    <section id="C76-C80">
      <desc>Malignant neoplasms of secondary sites (C76-C80)</desc>
      <diag><name>C78</name><desc>Secondary malignant neoplasm</desc>
        <diag><name>C78.0</name><desc>Secondary malignant neoplasm of lung</desc>
          <diag><name>C78.00</name><desc>Secondary malignant neoplasm of lung, unspecified side</desc></diag>
          <diag><name>C78.01</name><desc>Secondary malignant neoplasm of right lung</desc></diag>
        </diag>
      </diag>
    </section>
    <section id="D10-D36">
      <desc>Benign neoplasms (D10-D36)</desc>
      <diag><name>D14</name><desc>Benign neoplasm of respiratory system</desc>
        <diag><name>D14.3</name><desc>Benign neoplasm of lung</desc>
          <diag><name>D14.30</name><desc>Benign neoplasm of lung, unspecified side</desc></diag>
          <diag><name>D14.31</name><desc>Benign neoplasm of right lung</desc></diag>
        </diag>
      </diag>
    </section>
  </chapter>
  <chapter>
    <name>4</name>
    <desc>Endocrine diseases (E00-E89)</desc>
    <section id="E08-E13">
      <desc>Diabetes mellitus (E08-E13)</desc>
      <diag>
        <name>E11</name><desc>Type 2 diabetes mellitus</desc>
        <includes><note>diabetes mellitus due to insulin resistance</note></includes>
        <useAdditionalCode><note>insulin (Z79.4)</note></useAdditionalCode>
        <diag><name>E11.2</name><desc>Type 2 diabetes with kidney complications</desc>
          <diag><name>E11.22</name><desc>Type 2 diabetes with chronic kidney disease</desc>
            <useAdditionalCode><note>stage of chronic kidney disease (N18.3-N18.9)</note></useAdditionalCode>
          </diag>
        </diag>
        <diag><name>E11.6</name><desc>Type 2 diabetes with other complications</desc>
          <diag><name>E11.65</name><desc>Type 2 diabetes with hyperglycemia</desc></diag>
        </diag>
        <diag><name>E11.9</name><desc>Type 2 diabetes without complications</desc></diag>
      </diag>
    </section>
  </chapter>
  <chapter>
    <name>9</name>
    <desc>Diseases of the circulatory system (I00-I99)</desc>
    <section id="I10">
      <desc>Hypertension (I10)</desc>
      <diag><name>I10</name><desc>Essential hypertension</desc>
        <inclusionTerm><note>High blood pressure</note></inclusionTerm>
      </diag>
    </section>
  </chapter>
  <chapter>
    <name>10</name>
    <desc>Diseases of the respiratory system (J00-J99)</desc>
    <section id="J09-J18">
      <desc>Influenza and pneumonia (J09-J18)</desc>
      <diag><name>J18</name><desc>Pneumonia, unspecified organism</desc>
        <diag><name>J18.1</name><desc>Lobar pneumonia, unspecified organism</desc></diag>
        <diag><name>J18.9</name><desc>Pneumonia, organism not stated</desc></diag>
      </diag>
    </section>
    <section id="J40-J47">
      <desc>Chronic diseases of the airways (J40-J47)</desc>
      <diag><name>J44</name><desc>Chronic obstructive pulmonary disease</desc>
        <excludes2><note>pneumonia (J18.-)</note></excludes2>
        <diag><name>J44.0</name><desc>Chronic obstructive pulmonary disease with lower respiratory infection</desc>
          <codeAlso><note>the infection</note></codeAlso>
        </diag>
        <diag><name>J44.1</name><desc>Chronic obstructive pulmonary disease with exacerbation</desc></diag>
        <diag><name>J44.9</name><desc>Chronic obstructive pulmonary disease, unspecified</desc></diag>
      </diag>
    </section>
  </chapter>
  <chapter>
    <name>14</name>
    <desc>Diseases of the genitourinary system (N00-N99)</desc>
    <section id="N17-N19">
      <desc>Kidney failure (N17-N19)</desc>
      <diag><name>N18</name><desc>Chronic kidney disease</desc>
        <codeFirst><note>diabetic chronic kidney disease (E11.22)</note></codeFirst>
        <diag><name>N18.3</name><desc>Chronic kidney disease, stage 3</desc>
          <diag><name>N18.30</name><desc>Chronic kidney disease, stage 3 unspecified</desc></diag>
          <diag><name>N18.31</name><desc>Chronic kidney disease, stage 3a</desc></diag>
        </diag>
        <diag><name>N18.9</name><desc>Chronic kidney disease, unspecified</desc></diag>
      </diag>
    </section>
  </chapter>
  <chapter>
    <name>18</name>
    <desc>Symptoms and signs (R00-R99)</desc>
    <section id="R00-R09">
      <desc>Symptoms of circulation and breathing (R00-R09)</desc>
      <diag><name>R05</name><desc>Cough</desc>
        <excludes1><note>cough with pneumonia (J18.-)</note></excludes1>
        <diag><name>R05.1</name><desc>Acute cough</desc></diag>
        <diag><name>R05.9</name><desc>Cough, unspecified</desc></diag>
      </diag>
    </section>
  </chapter>
  <chapter>
    <name>19</name>
    <desc>Injury and poisoning (S00-T88)</desc>
    <section id="T36-T50">
      <desc>Poisoning by and adverse effect of drugs (T36-T50)</desc>
      <diag>
        <name>T36</name><desc>Poisoning by and adverse effect of antibiotics</desc>
        <sevenChrNote><note>A 7th character is to be added to each code from category T36</note></sevenChrNote>
        <sevenChrDef>
          <extension char="A">initial encounter</extension>
          <extension char="D">subsequent encounter</extension>
          <extension char="S">sequela</extension>
        </sevenChrDef>
        <diag><name>T36.0</name><desc>Poisoning by and adverse effect of penicillins</desc>
          <diag placeholder="true"><name>T36.0X</name><desc>Poisoning by and adverse effect of penicillins</desc>
            <diag><name>T36.0X1</name><desc>Poisoning by penicillins, accidental</desc></diag>
            <diag><name>T36.0X2</name><desc>Poisoning by penicillins, self-harm</desc></diag>
            <diag><name>T36.0X5</name><desc>Adverse effect of penicillins</desc></diag>
            <diag><name>T36.0X6</name><desc>Underdosing of penicillins</desc></diag>
          </diag>
        </diag>
      </diag>
    </section>
  </chapter>
  <chapter>
    <name>20</name>
    <desc>External causes (V00-Y99)</desc>
    <section id="V00-X58">
      <desc>Accidents (V00-X58)</desc>
      <section id="W00-W19">
        <desc>Falls (W00-W19)</desc>
        <diag>
          <name>W01</name><desc>Fall on same level</desc>
          <sevenChrDef>
            <extension char="A">initial encounter</extension>
            <extension char="D">subsequent encounter</extension>
            <extension char="S">sequela</extension>
          </sevenChrDef>
          <diag><name>W01.0</name><desc>Fall on same level from slipping</desc></diag>
        </diag>
      </section>
    </section>
  </chapter>
  <chapter>
    <name>21</name>
    <desc>Factors influencing health status (Z00-Z99)</desc>
    <section id="Z77-Z99">
      <desc>Personal circumstances (Z77-Z99)</desc>
      <diag><name>Z79</name><desc>Long term drug therapy</desc>
        <diag><name>Z79.4</name><desc>Long term use of insulin</desc></diag>
      </diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"""

INDEX = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index>
<version>YEAR</version>
<title>ICD-10-CM INDEX TO DISEASES and INJURIES</title>
<letter><title>C</title>
<mainTerm><title>Cancer</title><seeAlso>Neoplasm, by site, malignant</seeAlso></mainTerm>
<mainTerm><title>COPD<nemod>(chronic obstructive pulmonary disease)</nemod></title>
<see>Disease, lung, obstructive</see></mainTerm>
<mainTerm><title>Cough<nemod>(affected) (nervous)</nemod></title><code>R05.9</code>
<term level="1"><title>acute</title><code>R05.1</code></term>
<term level="1"><title>with pneumonia</title><see>Pneumonia</see></term>
</mainTerm>
</letter>
<letter><title>D</title>
<mainTerm><title>Diabetes, diabetic<nemod>(mellitus) (sugar)</nemod></title><code>E11.9</code>
<term level="1"><title>type 2</title><code>E11.9</code>
<term level="2"><title>with</title>
<term level="3"><title>chronic kidney disease</title><code>E11.22</code></term>
<term level="3"><title>hyperglycemia</title><code>E11.65</code></term>
</term>
</term>
</mainTerm>
<mainTerm><title>Disease, diseased</title><seeAlso>Syndrome</seeAlso>
<term level="1"><title>kidney<nemod>(functional)</nemod></title><code>N18.9</code>
<term level="2"><title>chronic</title><code>N18.9</code>
<term level="3"><title>stage 3</title><code>N18.3-</code></term>
</term>
</term>
<term level="1"><title>lung</title>
<term level="2"><title>obstructive<nemod>(chronic)</nemod></title><code>J44.9</code>
<term level="3"><title>with</title>
<term level="4"><title>acute</title>
<term level="5"><title>exacerbation NEC</title><code>J44.1</code></term>
</term>
<term level="4"><title>lower respiratory infection</title><code>J44.0</code></term>
</term>
</term>
</term>
</mainTerm>
</letter>
<letter><title>H</title>
<mainTerm><title>Hypertension, hypertensive<nemod>(arterial) (essential)</nemod></title><code>I10</code></mainTerm>
</letter>
<letter><title>P</title>
<mainTerm><title>Pneumonia<nemod>(acute) (double)</nemod></title><code>J18.9</code>
<term level="1"><title>lobar<nemod>(disseminated)</nemod></title><code>J18.1</code></term>
<term level="1"><title>of an odd kind</title><see>Nonesuch</see></term>
</mainTerm>
</letter>
<letter><title>S</title>
<mainTerm><title>Syndrome</title><seeAlso>Disease</seeAlso>
<term level="1"><title>of a code that is gone</title><code>Z99.99</code></term>
</mainTerm>
</letter>
<letter><title>U</title>
<mainTerm><title>Use (of)</title>
<term level="1"><title>insulin</title><code>Z79.4</code></term>
</mainTerm>
</letter>
</ICD10CM.index>
"""

EXTERNAL = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index>
  <version>YEAR</version>
  <title>ICD-10-CM EXTERNAL CAUSE of INJURIES INDEX</title>
  <letter>
    <title>F</title>
    <mainTerm>
      <title>Fall, falling<nemod>(accidental)</nemod></title>
      <term level="1"><title>same level</title><code>W01.0</code>
        <term level="2"><title>from<nemod>(any)</nemod> NEC</title>
          <term level="3"><title>slipping, stumbling, tripping</title><code>W01.0</code></term>
        </term>
      </term>
    </mainTerm>
  </letter>
  <letter>
    <title>S</title>
    <mainTerm><title>Slipping<nemod>(accidental)</nemod></title><seeAlso>Fall, same level</seeAlso></mainTerm>
    <mainTerm><title>Stumbling</title><seecat>W01</seecat></mainTerm>
    <mainTerm><title>Struck<nemod>(by)</nemod></title>
      <term level="1"><title>falling person</title><subcat>W01.0</subcat></term>
    </mainTerm>
  </letter>
</ICD10CM.index>
"""

NEOPLASM = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index>
  <version>YEAR</version>
  <indexHeading>
    <head col="1">Neoplasm</head>
    <head col="2">Malignant Primary</head>
    <head col="3">Malignant Secondary</head>
    <head col="4">Ca in situ</head>
    <head col="5">Benign</head>
    <head col="6">Uncertain Behavior</head>
    <head col="7">Unspecified Behavior</head>
  </indexHeading>
  <letter>
    <title>N</title>
    <mainTerm>
      <title>Neoplasm, neoplastic</title>
      <term level="1">
        <title>lung</title>
        <cell col="2">C34.9-</cell>
        <cell col="3">C78.0-</cell>
        <cell col="4">--</cell>
        <cell col="5">D14.3-</cell>
        <cell col="6">--</cell>
        <cell col="7">--</cell>
        <term level="2">
          <title>right<nemod>(side)</nemod></title>
          <cell col="2">C34.91</cell>
          <cell col="3">C78.01</cell>
          <cell col="4">--</cell>
          <cell col="5">D14.31</cell>
          <cell col="6">--</cell>
          <cell col="7">--</cell>
        </term>
      </term>
      <term level="1"><title>pulmonary</title><seeAlso>Neoplasm, lung</seeAlso></term>
    </mainTerm>
  </letter>
</ICD10CM.index>
"""

DRUG = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index>
  <version>YEAR</version>
  <indexHeading>
    <head col="1">Substance</head>
    <head col="2">Poisoning Accidental (unintentional)</head>
    <head col="3">Poisoning Intentional self-harm</head>
    <head col="4">Poisoning Assault</head>
    <head col="5">Poisoning Undetermined</head>
    <head col="6">Adverse effect</head>
    <head col="7">Underdosing</head>
  </indexHeading>
  <letter>
    <title>A</title>
    <mainTerm><title>Amoxicillin</title>
      <cell col="2">T36.0X1</cell>
      <cell col="3">T36.0X2</cell>
      <cell col="4">--</cell>
      <cell col="5">--</cell>
      <cell col="6">T36.0X5</cell>
      <cell col="7">T36.0X6</cell>
    </mainTerm>
    <mainTerm><title>Antibiotic<nemod>(any)</nemod></title><see>Penicillin</see></mainTerm>
  </letter>
  <letter>
    <title>P</title>
    <mainTerm><title>Penicillin<nemod>(any)</nemod></title>
      <cell col="2">T36.0X1</cell>
      <cell col="3">T36.0X2</cell>
      <cell col="4">--</cell>
      <cell col="5">--</cell>
      <cell col="6">T36.0X5</cell>
      <cell col="7">T36.0X6</cell>
      <term level="1"><title>V</title>
        <cell col="2">T36.0X1</cell>
        <cell col="3">T36.0X2</cell>
        <cell col="4">--</cell>
        <cell col="5">--</cell>
        <cell col="6">T36.0X5</cell>
        <cell col="7">T36.0X6</cell>
      </term>
    </mainTerm>
  </letter>
</ICD10CM.index>
"""

_TEXTS = dict(zip(PARTS, (TABULAR, INDEX, EXTERNAL, NEOPLASM, DRUG), strict=True))
_STEMS = dict(zip(PARTS, ("tabular", "index", "eindex", "neoplasm", "drug"), strict=True))


def name(part: str, release: str = "2026-10-01") -> str:
    """The file name under which a part is published: by fiscal year in October, by the day at any other time.

    >>> name("drug"), name("external", "2026-04-01")
    ('icd10cm_drug_2027.xml', 'icd10cm-eindex-April-1-2026-XML.xml')
    """
    day = datetime.date.fromisoformat(release)
    if (day.month, day.day) == (10, 1):
        return f"icd10cm_{_STEMS[part]}_{day.year + 1}.xml"
    return f"icd10cm-{_STEMS[part]}-{day:%B}-{day.day}-{day.year}{'' if part in PARTS[:2] else '-XML'}.xml"


def files(
    release: str = "2026-10-01",
    *,
    only: Collection[str] = PARTS,
    without: Collection[str] = (),
    years: Mapping[str, int] | None = None,
    replace: Mapping[str, Mapping[str, str]] | None = None,
    names: Mapping[str, str] | None = None,
    extra: Mapping[str, str | bytes] | None = None,
) -> dict[str, bytes]:
    """The files of a release by their names.

    Args:
        release: first day in force; gives the names and the fiscal year that the files state.
        only, without: which of `PARTS` to make.
        years: part → fiscal year that it states, where it is another than that of the release.
        replace: part → passages of its text to replace; each has to occur.
        names: part → another file name, which may begin with folders.
        extra: further files, or other contents for those made here.
    """
    day = datetime.date.fromisoformat(release)
    made: dict[str, bytes] = {}
    for part in PARTS:
        if part not in only or part in without:
            continue
        year = (years or {}).get(part, day.year + (day.month >= 10))
        text = _TEXTS[part].replace("YEAR", str(year))
        for old, new in (replace or {}).get(part, {}).items():
            assert old in text, f"{part} does not hold {old!r}"
            text = text.replace(old, new)
        made[(names or {}).get(part) or name(part, release)] = text.encode()
    for path, content in (extra or {}).items():
        made[path] = content.encode() if isinstance(content, str) else content
    return made


def write_folder(folder: Path, release: str = "2026-10-01", **options: Any) -> Path:
    """`files` in ``folder``, which is made; the folder again."""
    for path, content in files(release, **options).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def write_zip(path: Path, release: str = "2026-10-01", **options: Any) -> Path:
    """`files` in a zip at ``path``; the path again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, content in files(release, **options).items():
            archive.writestr(inside, content)
    return path
