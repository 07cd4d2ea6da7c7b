"""A small Index with its tables, compiled once, and a short way to compile others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from icd10.index import outline
from wardround.icd10.index import AlphabeticIndex, IndexSummary, compile_index

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INDEX = """
Abdomen, abdominal | also condition
  acute | R10.0
Adverse effect | see Table of Drugs and Chemicals, categories T36-T50, with 6th character 5
Amyloidosis (generalized)
  heart (disease) | E85.4 | manif I43
  senile systemic (SSA) | E85.82
Calculus, calculi, calculous
  kidney (impacted) (recurrent) | N20.0
    with calculus, ureter | N20.2
  renal | see Calculus, kidney
Carcinoma (malignant) | also Neoplasm, by site, malignant
  basal cell (pigmented) (see also Neoplasm, skin, malignant) | C44.91
Cataract (immature) | H26.9
  diabetic | see Diabetes, cataract
Crohn's disease | see Enteritis, regional
Cyst
  kidney - code by site under Disease
  skin - omit code
Diabetes, diabetic (mellitus) (sugar) | E11.9
  with
    cataract | E11.36
    coma due to
      hypoglycemia | E11.641
    retinopathy | E11.319
      with macular edema | E11.311
  due to
    drug or chemical | see Diabetes, by type
  type 1 | E10.9
    with
      nephropathy | E10.21
  type 2 | E11.9
    with
      nephropathy | E11.21
      hyperglycemia | E11.65
Disease, diseased | also Syndrome
  heart (organic) | I51.9
  kidney | N28.9
Endometritis | see Loop
Enteritis (acute) | K52.9
  regional | K50.90
Epilepsy | G40.909
  Note: terms that mean intractable
Fracture, burst | see Fracture, traumatic, by site
Fracture, pathological (pathologic) | M84.40 | also Fracture, traumatic
  femur | M84.45-
  hip | M84.459
Fracture, traumatic (abduction) (separation) | T14.8 | also Fracture, pathological
  femur, femoral | S72.9-
    neck | see Fracture, femur, upper end, neck
    upper end | S72.00-
      neck | S72.00-
  hip | see Fracture, femur, neck
  radius | S52.9-
    distal end | S52.50-
Glioblastoma (multiforme)
  specified site | see Neoplasm, malignant, by site
  unspecified site | C71.9
Hernia (acquired) | K46.9
  with
    obstruction | K46.0
  incarcerated | see Hernia, by site, with obstruction
  inguinal | K40.90
    with
      obstruction | K40.30
History
  family (of)
    malignant neoplasm | Z80.9
  personal (of)
    malignant neoplasm (of) | Z85.9
      breast | Z85.3
Hypertension, hypertensive (arterial) (essential) | I10
Infarct, infarction
  myocardium, myocardial (acute) | I21.9
    non-ST elevation (NSTEMI) | I21.4
Lesion
  sacral | L98.9
Long-term (current) drug therapy (use of)
  insulin | Z79.4
Loop | see Endometritis
Lost | see Nonesuch, entirely
Metastasis, metastatic
  cancer
    to specified site | see Neoplasm, secondary, by site
Mediterranean fever | see also Fever
Neoplasm, neoplastic | also Table of Neoplasms
Overdose, overdosage (drug) | see Table of Drugs and Chemicals, by drug, poisoning
Pneumonia (acute) (double) | J18.9
  in (due to)
    Chlamydia | J16.0
  lobar (disseminated) | J18.1
Poisoning (acute) | also Table of Drugs and Chemicals
Pre-eclampsia | O14.9-
Sequelae (of)
  burn | category T95
Syndrome | also Disease
  gone | Z99.99
  irritable bowel [IBS] | K58.9
Underdosing | Z91.14 | also Table of Drugs and Chemicals, categories T36-T50, with final character 6
Vitiligo | L80
  due to
    pinta | see category A67
"""

EXTERNAL = """
Abandonment (causing exposure) NEC | X58
Fall, falling (accidental) | W19
  from, off, out of
    ladder | W11
  in, on
    ladder | W11
Struck (accidentally) by
  ball | W21.00
"""

NEOPLASM = """
Neoplasm, neoplastic | C80.1 C79.9 D09.9 D36.9 D48.9 D49.9
  breast (connective tissue) | C50.9- C79.81 D05.9- D24.- D48.6- D49.3
    skin | also Neoplasm, skin, breast
  colon | also Neoplasm, intestine, large | C18.9 - - - - -
  intestine, intestinal | C26.0 C78.80 D01.40 D13.9 D37.8 D49.0
    large | C18.9 C78.5 D01.0 D12.6 D37.4 D49.0
      colon
        sigmoid | C18.7 C78.5 D01.0 D12.5 D37.4 D49.0
  liver | C22.9 C78.7 D01.5 D13.4 D37.6 D49.0
  sacrum, sacral | C41.4 C79.51 - D16.8 D48.0 D49.2
  skin | C44.90 C79.2- D04.9 D23.9 D48.5 D49.2
    nose | C44.301 C79.2- D04.39 D23.39 D48.5 D49.2
      basal cell carcinoma | C44.311 - - - - -
"""

DRUG = """
Aspirin (aluminum) (soluble) | T39.011 T39.012 T39.013 T39.014 T39.015 T39.016
2,4-D (dichlorophen-oxyacetic acid) | T60.3X1 T60.3X2 T60.3X3 T60.3X4 -- --
Insulin (human) NEC | T38.3X1 T38.3X2 T38.3X3 T38.3X4 T38.3X5 T38.3X6
Pain tablets | see Aspirin
Penicillin (any) | T36.0X1 T36.0X2 T36.0X3 T36.0X4 T36.0X5 T36.0X6
"""


class Compile(Protocol):
    """Compiles outlines by table; keywords beside them go to `compile_index`."""

    def __call__(
        self, known: Callable[[str], bool] | None = None, **outlines: str
    ) -> tuple[AlphabeticIndex, IndexSummary]: ...


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    def call(known: Callable[[str], bool] | None = None, **outlines: str) -> tuple[AlphabeticIndex, IndexSummary]:
        summary = compile_index(outline.write(tmp_path, **outlines), tmp_path / "index.sqlite", known)
        return AlphabeticIndex(tmp_path / "index.sqlite"), summary

    return call


@pytest.fixture(scope="session")
def small_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    files = outline.write(folder, index=INDEX, external=EXTERNAL, neoplasm=NEOPLASM, drug=DRUG)
    compile_index(files, folder / "index.sqlite")
    return folder / "index.sqlite"


@pytest.fixture(scope="session")
def small(small_path: Path) -> AlphabeticIndex:
    """The small Index with all tables."""
    return AlphabeticIndex(small_path)
