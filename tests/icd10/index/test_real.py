"""The official files themselves, where they lie beside the repository; skipped where they do not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from wardround.icd10 import CodeSet
from wardround.icd10.index import AlphabeticIndex, IndexSummary, compile_index

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "icd10cm"
FILES = {
    "index": "index-2025/icd10cm-index-2025.xml",
    "external": "tables-2026/icd10cm-eindex-April-1-2026-XML.xml",
    "neoplasm": "tables-2026/icd10cm-neoplasm-April-1-2026-XML.xml",
    "drug": "tables-2026/icd10cm-drug-April-1-2026-XML.xml",
}
pytestmark = pytest.mark.skipif(
    not all((FOLDER / file).exists() for file in FILES.values()),
    reason="the official Index is not there: ../shared/data/icd10cm",
)


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> tuple[AlphabeticIndex, IndexSummary]:
    path = tmp_path_factory.mktemp("official") / "index.sqlite"
    summary = compile_index({table: FOLDER / file for table, file in FILES.items()}, path)
    return AlphabeticIndex(path), summary


def test_all_of_it_is_read(official: tuple[AlphabeticIndex, IndexSummary]) -> None:
    index, summary = official
    assert summary.entries == {"index": 81_021, "external": 8_090, "neoplasm": 1_938, "drug": 7_430}
    assert summary.codes == {"index": 62_721, "external": 6_671, "neoplasm": 9_020, "drug": 40_036}
    assert index.fiscal_years == {"index": 2025, "external": 2026, "neoplasm": 2026, "drug": 2026}
    assert index.path.stat().st_size < 10_000_000


def test_nearly_all_cross_references_are_resolved(official: tuple[AlphabeticIndex, IndexSummary]) -> None:
    _, summary = official
    assert len(summary.unresolved) < 0.03 * summary.references
    assert sum(not each.partly for each in summary.unresolved) < 0.005 * summary.references


CASES = """
fracture, femur, neck | S72.00-
closed fracture of neck of left femur | S72.00-
fracture of shaft of right tibia | S82.20-
Colles fracture | S52.53-
hip fracture | S72.00-
fracture of distal radius | S52.50-
fracture of lateral malleolus | S82.6-
rib fracture | S22.3-
pathological fracture of femur | M84.45-
dislocation of shoulder | S43.006
sprain of anterior cruciate ligament of knee | S83.51-
open wound of scalp | S01.00
laceration of left hand | S61.412
burn of second degree of forearm | T22.219
concussion | S06.0X9
hypertension | I10
essential hypertension | I10
hypertension with heart failure | I11.0
hypertensive chronic kidney disease | I12.9
pulmonary hypertension | I27.20
diabetes, type 2, with, nephropathy | E11.21
type 2 diabetes mellitus with diabetic nephropathy | E11.21
type 1 diabetes with ketoacidosis | E10.10
type II diabetes mellitus with hyperglycemia | E11.65
diabetes mellitus | E11.9
diabetic foot ulcer | E11.621
diabetes type 2 with proliferative retinopathy | E11.359
gestational diabetes | O24.419
appendicitis, acute | K35.80
acute appendicitis | K35.80
kidney stone | N20.0
calculus, kidney | N20.0
renal calculus | N20.0
nephrolithiasis | N20.0
hernia, inguinal | K40.90
hiatal hernia | K44.9
umbilical hernia with obstruction | K42.0
pneumonia, lobar | J18.1
pneumonia | J18.9
aspiration pneumonia | J69.0
pneumonia due to klebsiella | J15.0
acute bronchitis | J20.9
asthma with status asthmaticus | J45.902
chronic obstructive pulmonary disease with acute exacerbation | J44.1
acute respiratory failure with hypoxia | J96.01
pleural effusion | J90
carcinoma breast | C50.9-
carcinoma of left breast, female, upper-outer quadrant | C50.4-
breast cancer | C50.91-
lung cancer | C34.90-
metastatic cancer to liver | C78.7
metastasis to bone | C79.51
secondary malignant neoplasm of brain | C79.31
benign neoplasm of colon | D12.6
neoplasm, colon, sigmoid, malignant | C18.7
carcinoma in situ of cervix | D06.9
prostate cancer | C61
acute myeloid leukemia | C92.0-
multiple myeloma | C90.0-
glioblastoma | C71.9
lipoma of skin of face | D17.0
fall from ladder | W11
fall, from, ladder | W11
bitten by dog | W54.0
struck by falling object | W20.8
poisoning by aspirin accidental | T39.011
adverse effect of penicillin | T36.0X5
underdosing of insulin | T38.3X6
suicide attempt by overdose of acetaminophen | T39.1X2
heroin overdose | T40.1X1
carbon monoxide poisoning | T58.91
food poisoning | A05.9
acute myocardial infarction | I21.9
heart attack | I21.9
NSTEMI | I21.4
old myocardial infarction | I25.2
congestive heart failure | I50.9
paroxysmal atrial fibrillation | I48.0
aortic stenosis | I35.0
mitral regurgitation | I34.0
abdominal aortic aneurysm | I71.40
deep vein thrombosis | I82.40-
varicose veins of leg with ulcer | I83.0-
stroke | I63.9
subarachnoid hemorrhage | I60.9
transient ischemic attack | G45.9
urinary tract infection | N39.0
acute cystitis with hematuria | N30.01
chronic kidney disease stage 3 | N18.30
ESRD | N18.6
iron deficiency anemia | D50.9
sickle cell crisis | D57.00
hypothyroidism | E03.9
morbid obesity | E66.01
hyperkalemia | E87.5
major depressive disorder, recurrent | F33.9
PTSD | F43.10
cocaine dependence | F14.20
alcohol dependence with withdrawal | F10.239
Alzheimer's disease | G30.9
migraine without aura | G43.009
obstructive sleep apnea | G47.33
trigeminal neuralgia | G50.0
carpal tunnel syndrome | G56.0-
retinal detachment | H33.2-
otitis media | H66.9-
sepsis due to MRSA | A41.02
septic shock | R65.21
hepatitis C, chronic | B18.2
herpes zoster | B02.9
pressure ulcer of sacrum | L89.15-
cellulitis of leg | L03.11-
atopic dermatitis | L20.9
GERD | K21.9
Crohn’s disease | K50.90
alcoholic cirrhosis of liver | K70.30
peptic ulcer with hemorrhage | K27.4
gallstones | K80.20
rectal bleeding | K62.5
rheumatoid arthritis | M06.9
osteoarthritis of knee | M17.9
low back pain | M54.50
rotator cuff tear | M75.10-
preeclampsia | O14.9-
ectopic pregnancy | O00.90
placenta previa | O44.0-
postpartum hemorrhage | O72.1
Down syndrome | Q90.9
tetralogy of Fallot | Q21.3
chest pain | R07.9
syncope | R55
nausea and vomiting | R11.2
long term use of insulin | Z79.4
family history of breast cancer | Z80.3
history of myocardial infarction | I25.2
presence of pacemaker | Z95.0
screening for colon cancer | Z12.11
exposure to COVID-19 | Z20.822
vitamin D deficiency | E55.9
"""


@pytest.mark.parametrize(("words", "code"), [line.split(" | ") for line in CASES.strip().splitlines()])
def test_what_a_coder_would_find(
    official: tuple[AlphabeticIndex, IndexSummary], codes: CodeSet, words: str, code: str
) -> None:
    route = official[0].lookup(words)
    assert route is not None
    assert f"{route.code}{'-' if route.incomplete else ''}" == code
    assert route.code in codes


def test_every_code_has_a_way_to_it(official: tuple[AlphabeticIndex, IndexSummary]) -> None:
    index, _ = official
    assert {pointer.entry.path[0] for pointer in index.leading_to("N20.0")} >= {"Calculus, calculi, calculous", "Stone"}
    assert any(pointer.header for pointer in index.leading_to("S72.001A"))


@pytest.mark.parametrize(
    ("term", "kind", "condition", "code"),
    [
        ("diabetes", ("type 2",), ("nephropathy",), "E11.21"),
        ("diabetes", (), ("chronic kidney disease",), "E11.22"),
        ("hypertension", (), ("heart failure",), "I11.0"),
        ("hypertension", ("cardiorenal",), ("heart failure",), "I13.0"),
    ],
)
def test_presumed_links(
    official: tuple[AlphabeticIndex, IndexSummary],
    term: str,
    kind: tuple[str, ...],
    condition: tuple[str, ...],
    code: str,
) -> None:
    links = {(link.kind, link.condition): link.code for link in official[0].presumed_links(term)}
    assert links[kind, condition] == code


def test_a_warm_look_up_takes_about_a_millisecond(official: tuple[AlphabeticIndex, IndexSummary]) -> None:
    index, _ = official
    queries = [line.split(" | ")[0] for line in CASES.strip().splitlines()]
    for query in queries:
        index.lookup(query)
    start = time.process_time()
    for query in queries:
        index.lookup(query)
    assert (time.process_time() - start) / len(queries) < 0.002  # 0.2 ms on a quiet machine
