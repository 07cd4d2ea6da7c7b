"""Notes and their codes, as a coder would judge them by ICD-10-CM FY2026 and its Official Guidelines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wardround.coding import Coder, CodingResult, Encounter
from wardround.coding.result import Scope
from wardround.errors import NoteError, UnknownRelease
from wardround.icd10 import CodeSet

from .conftest import Coded, codes_of

EXAMPLES = Path(__file__).parents[2] / "examples" / "notes"


def case(note: str, codes: str, *, bug: str = "", **encounter: Any) -> Any:
    """One row: the first code is the principal one, the others stand in any order."""
    marks = [pytest.mark.xfail(strict=True, reason=bug)] if bug else []
    return pytest.param(note, codes, encounter, id=codes.split()[0] if codes else "none", marks=marks)


CARDIOLOGY = [
    case(
        "ASSESSMENT AND PLAN\n1. Essential hypertension. Well controlled, same dose of lisinopril.\n"
        "2. Mixed hyperlipidemia. Repeat lipids in six months.",
        "I10 E78.2",
    ),
    case("Assessment:\n- Acute on chronic systolic heart failure\n- Hypertension", "I11.0 I50.23"),
    case("A/P:\n# HFpEF, chronic\n# Obesity", "I50.32 E66.9"),
    case("IMPRESSION: Paroxysmal atrial fibrillation.", "I48.0"),
    case(
        "Assessment: Acute myocardial infarction of the anterior wall.",
        "I21.09",
        setting="inpatient",
    ),
    case("DISCHARGE DIAGNOSIS\nNSTEMI", "I21.4", setting="inpatient"),
    case(
        "Assessment: Coronary artery disease of the native vessels with unstable angina.",
        "I25.110",
    ),
    case("Assessment:\n1. Severe aortic stenosis\n2. Mitral valve prolapse", "I35.0 I34.1"),
    case("Impression\nHypertensive urgency.", "I16.0"),
    case("Assessment: Acute DVT of the left popliteal vein.", "I82.432"),
    case("Assessment: Acute pulmonary embolism without acute cor pulmonale.", "I26.99", setting="inpatient"),
    case("Diagnosis: Raynaud's syndrome without gangrene", "I73.00"),
    case("Assessment: Varicose veins of the right leg with pain.", "I83.811"),
    case("Assessment and Plan: 1) PAD - start a walking programme. 2) Palpitations - 48 hour monitor.", "I73.9 R00.2"),
    case("ASSESSMENT: Syncope, cause not yet known. Echocardiogram ordered.", "R55"),
]

LUNGS = [
    case("Assessment: Moderate persistent asthma with acute exacerbation.", "J45.41"),
    case("A: COPD exacerbation\nP: Prednisone for five days.", "J44.1"),
    case("Assessment\n1. Community-acquired pneumonia\n2. Acute hypoxic respiratory failure", "J18.9 J96.01"),
    case("Impression: Acute bronchitis.", "J20.9"),
    case("Assessment: Lobar pneumonia.", "J18.1"),
    case("Assessment: COPD with pneumonia.", "J44.0 J18.9"),
    case("Assessment/Plan:\n1. OSA. Mask refitted.\n2. Nicotine dependence, cigarettes. Counselled.", "G47.33 F17.210"),
    case("Diagnosis: Left pleural effusion", "J90"),
    case("Assessment: Aspiration pneumonia.", "J69.0", setting="inpatient"),
    case("Assessment: Idiopathic pulmonary fibrosis.", "J84.112"),
    case("Assessment: Acute recurrent maxillary sinusitis.", "J01.01"),
    case("Assessment:\n1. Seasonal allergic rhinitis\n2. Deviated nasal septum", "J30.2 J34.2"),
]

ENDOCRINE = [
    case("Assessment: Type 2 diabetes with hyperglycemia.", "E11.65"),
    case("Assessment:\n1. T2DM with CKD stage 3a", "E11.22 N18.31"),
    case(
        "DIAGNOSES\nType 1 diabetes mellitus with ketoacidosis without coma",
        "E10.10",
        setting="inpatient",
    ),
    case("Assessment: Diabetic polyneuropathy, type 2 diabetes.", "E11.42"),
    case("A/P\n1. Hashimoto's thyroiditis\n2. Vitamin D deficiency", "E06.3 E55.9"),
    case("Assessment: Graves' disease without thyroid storm.", "E05.00"),
    case(
        "Assessment: Class 2 obesity, BMI 36.4.",
        "E66.812 Z68.36",
        age=44,
    ),
    case("Assessment:\n- Hypokalemia\n- Hyponatremia", "E87.6 E87.1"),
    case("Assessment: Prediabetes. Diet and exercise talked through.", "R73.03"),
    case("Assessment: Diabetes.", "E11.9"),
]

DIGESTIVE = [
    case("Assessment: GERD without esophagitis.", "K21.9"),
    case("Assessment: Gallstones with acute cholecystitis.", "K80.00", setting="inpatient"),
    case("Impression: Sigmoid diverticulitis without perforation or abscess.", "K57.32"),
    case(
        "Assessment: Diverticulosis of the colon with bleeding.",
        "K57.31",
    ),
    case("Assessment: Crohn's disease of the small intestine.", "K50.00"),
    case("Assessment:\n1) Alcoholic cirrhosis of the liver with ascites", "K70.31"),
    case("Assessment: IBS with constipation.", "K58.1"),
    case("Assessment: Acute gallstone pancreatitis.", "K85.10", setting="inpatient"),
    case("Pre-op diagnosis: Right inguinal hernia", "K40.90"),
    case("Assessment: Constipation.", "K59.00"),
    case("ASSESSMENT:\nNausea and vomiting. Fluids by mouth.", "R11.2"),
    case(
        "Assessment: Right lower quadrant pain, cause unclear.",
        "R10.31",
    ),
    case("Assessment: Iron deficiency anemia due to chronic blood loss.", "D50.0"),
]

KIDNEY = [
    case("Assessment: AKI on CKD stage 4.", "N17.9 N18.4", setting="inpatient"),
    case(
        "Assessment:\n1. End stage renal disease, on hemodialysis\n2. Hypertension",
        "I12.0 N18.6 Z99.2",
    ),
    case("Assessment: Urinary tract infection.", "N39.0", sex="female"),
    case("Assessment: Left ureteral stone.", "N20.1"),
    case("Assessment: BPH with lower urinary tract symptoms.", "N40.1", sex="male"),
    case("Assessment: Acute pyelonephritis.", "N10"),
    case("Assessment: Stress incontinence.", "N39.3", sex="female"),
    case("Assessment: Gross hematuria.", "R31.0"),
    case("Assessment: Erectile dysfunction.", "N52.9", sex="male"),
]

NERVES = [
    case("Assessment: Chronic migraine without aura, intractable, without status migrainosus.", "G43.719"),
    case(
        "DISCHARGE DIAGNOSES\n1. Acute ischemic stroke due to embolism of the left middle cerebral artery",
        "I63.412",
        setting="inpatient",
    ),
    case("Assessment: Parkinson's disease.", "G20.A1"),
    case("Assessment: Bilateral carpal tunnel syndrome.", "G56.03"),
    case("Assessment:\n- Bell's palsy\n- Restless legs", "G51.0 G25.81"),
    case("Assessment: Trigeminal neuralgia.", "G50.0"),
    case("Assessment: Multiple sclerosis, relapsing-remitting.", "G35.A"),
    case("Assessment: First seizure.", "R56.9"),
    case(
        "Assessment: Alzheimer's disease with late onset.",
        "G30.1 F02.80",
    ),
    case("Assessment: Benign paroxysmal positional vertigo, right ear.", "H81.11"),
]

MIND = [
    case(
        "Assessment:\n1. Major depressive disorder, recurrent, moderate\n2. Generalized anxiety disorder", "F33.1 F41.1"
    ),
    case("Impression: Bipolar II disorder.", "F31.81"),
    case("Assessment: ADHD, combined type.", "F90.2", age=9),
    case("Assessment: PTSD, chronic.", "F43.12"),
    case("Assessment: Alcohol use disorder, severe.", "F10.20"),
    case("Assessment: Insomnia.", "G47.00"),
    case("Assessment: Schizoaffective disorder, bipolar type.", "F25.0"),
    case("Assessment: Panic disorder.", "F41.0"),
]

BONES = [
    case("Assessment: Primary osteoarthritis of the right knee.", "M17.11"),
    case("Assessment: Bilateral hip osteoarthritis.", "M16.0"),
    case("Assessment: Lumbar radiculopathy.", "M54.16"),
    case("Assessment: Complete nontraumatic rotator cuff tear, right shoulder.", "M75.121"),
    case("Assessment:\n1. Plantar fasciitis.\n2. Lateral epicondylitis, left elbow.", "M72.2 M77.12"),
    case("Assessment: Trigger finger, right ring finger.", "M65.341"),
    case("Assessment: Left hip pain.", "M25.552"),
    case("Assessment: Rheumatoid arthritis with rheumatoid factor of both hands.", "M05.741 M05.742"),
    case("Assessment: Age-related osteoporosis, no current fracture.", "M81.0"),
    case("Assessment: Adhesive capsulitis of the left shoulder.", "M75.02"),
    case("Assessment: Lumbar spinal stenosis with neurogenic claudication.", "M48.062"),
    case("Assessment: Neck pain.", "M54.2"),
    case("Assessment: Bilateral bunions.", "M21.611 M21.612"),
    case("Assessment: Fibromyalgia.", "M79.7"),
]

INJURIES = [
    case("Assessment: Closed fracture of the lower end of the left radius.", "S52.502A"),
    case("Assessment: Sprain of the right ankle.", "S93.401A"),
    case("Assessment: Concussion without loss of consciousness.", "S06.0X0A"),
    case("Assessment: Right tibial shaft fracture, healing well. Out of the cast today.", "S82.201D"),
    case("Assessment: Open fracture of the left tibial shaft.", "S82.202B", setting="inpatient"),
    case("Assessment: Second-degree burn of the right forearm.", "T22.211A"),
    case("Assessment: Laceration of the left index finger without damage to the nail.", "S61.211A"),
    case("Assessment: Acute tear of the medial meniscus of the right knee.", "S83.241A"),
    case(
        "Assessment: Infected dog bite of the left forearm.",
        "S51.852A W54.0XXA",
    ),
    case("Assessment: Whiplash injury of the neck.", "S13.4XXA"),
]

SKIN = [
    case("Assessment: Cellulitis of the left lower leg.", "L03.116"),
    case("Assessment:\n- Atopic dermatitis\n- Acne vulgaris", "L20.9 L70.0"),
    case("Assessment: Plaque psoriasis.", "L40.0"),
    case("Assessment: Stage 3 sacral pressure ulcer.", "L89.153", setting="inpatient"),
    case("Assessment: Actinic keratosis. Cryotherapy.", "L57.0"),
    case("Assessment: Abscess of the right axilla.", "L02.411"),
    case("Assessment: Ingrown toenail.", "L60.0"),
    case("Assessment: Poison ivy dermatitis.", "L23.7"),
    case("Assessment: Impacted cerumen, left ear.", "H61.22"),
]

CANCER = [
    case("Assessment: Cancer of the upper-outer quadrant of the left female breast.", "C50.412", sex="female"),
    case("Assessment: Prostate cancer with bone metastases.", "C61 C79.51", sex="male"),
    case(
        "Assessment: Cancer of the right breast.",
        "C50.911",
    ),
    case("Assessment: Cancer of the right breast.", "C50.911", sex="female"),
    case("Assessment: Cancer of the right breast.", "C50.921", sex="male"),
    case("Assessment: Basal cell carcinoma of the nose.", "C44.311"),
    case("Assessment: Adenocarcinoma of the right upper lobe of the lung.", "C34.11"),
    case("Assessment: Multiple myeloma, not in remission.", "C90.00"),
    case("Assessment: Neutropenic fever.", "D70.9 R50.81", setting="inpatient"),
    case("Assessment: History of breast cancer.", "Z85.3", sex="female"),
]

PREGNANCY = [
    case("Assessment: Diet-controlled gestational diabetes in pregnancy at 28 weeks.", "O24.410 Z3A.28", sex="female"),
    case("Assessment: Severe pre-eclampsia, third trimester.", "O14.13", sex="female", age=31),
    case("Assessment: Supervision of normal first pregnancy, second trimester.", "Z34.02", sex="female"),
    case("Assessment: Hyperemesis gravidarum, mild.", "O21.0", sex="female"),
    case("Assessment: Severe pre-eclampsia.", "O14.10", sex="female"),
    case(
        "Assessment: Gestational hypertension.",
        "O13.9",
        sex="female",
    ),
    case(
        "Assessment: Pre-eclampsia at 30 weeks.",
        "O14.93 Z3A.30",
        sex="female",
    ),
    case("Assessment: Missed abortion.", "O02.1", sex="female"),
    case("Assessment: Postmenopausal bleeding.", "N95.0", sex="female"),
    case("Assessment: Dysmenorrhea.", "N94.6", sex="female"),
]

CHILDREN = [
    case("Assessment: Acute suppurative otitis media, right ear.", "H66.001", age=3),
    case("Assessment: RSV bronchiolitis.", "J21.0", age=0.5),
    case("Assessment: Croup.", "J05.0", age=2),
    case("Assessment: Hand, foot and mouth disease.", "B08.4", age=4),
    case("Assessment: Well child visit, no abnormal findings.", "Z00.129", age=5),
    case("Assessment: Neonatal jaundice.", "P59.9", age=0),
    case(
        "Assessment: Single liveborn, born in hospital by vaginal delivery.",
        "Z38.00",
        age=0,
    ),
    case("Assessment: Simple febrile seizure.", "R56.00", age=1.5),
    case("Assessment: Strep throat.", "J02.0", age=8),
]

INFECTIONS = [
    case("Diagnosis: COVID-19", "U07.1"),
    case("Assessment: Shingles.", "B02.9"),
    case("Assessment: Chronic hepatitis C.", "B18.2"),
    case("Assessment: Sepsis due to E. coli.", "A41.51", setting="inpatient"),
    case("Assessment: Onychomycosis and tinea pedis.", "B35.1 B35.3"),
    case(
        "Assessment: C. difficile colitis.",
        "A04.72",
        setting="inpatient",
    ),
    case("Assessment: Influenza A with cough and fever.", "J10.1"),
    case("Assessment: HIV disease.", "B20"),
]

STATUS = [
    case("Assessment: Encounter for screening mammogram.", "Z12.31", sex="female"),
    case("Assessment: Type 2 diabetes, on long-term insulin.", "E11.9 Z79.4"),
    case(
        "Assessment:\n1. Osteoarthritis of the left knee\n2. Status post right total knee replacement", "M17.12 Z96.651"
    ),
    case("Assessment:\n1. Atrial fibrillation\n2. Pacemaker in place\n3. Former smoker", "I48.91 Z95.0 Z87.891"),
    case("Assessment: Flu shot given today.", "Z23"),
    case("Assessment: Family history of breast cancer.", "Z80.3"),
]

# Whole notes, where the place decides.
NOTES = [
    case(
        "S: 54 y.o. woman with two days of burning when passing urine. No flank pain.\n"
        "O: Afebrile. No CVA tenderness. Dipstick: nitrite positive.\n"
        "A: Acute cystitis without hematuria.\nP: Nitrofurantoin, five days.",
        "N30.00",
        sex="female",
        age=54,
    ),
    case(
        "CHIEF COMPLAINT\nRight knee pain.\n\nHISTORY OF PRESENT ILLNESS\nThe patient is a 61-year-old man whose right "
        "knee has ached for a year, worse on stairs. He denies locking. He has not fallen.\n\n"
        "PAST MEDICAL HISTORY\nAsthma as a child.\n\nREVIEW OF SYSTEMS\nNegative for fever, rash and chest pain.\n\n"
        "PHYSICAL EXAM\nRight knee: crepitus, small effusion. Left knee: normal.\n\n"
        "ASSESSMENT AND PLAN\nPrimary osteoarthritis of the right knee. Physical therapy; injection if no better.",
        "M17.11",
        sex="male",
        age=61,
    ),
    case(
        "Discharge summary\n\nHOSPITAL COURSE\nAdmitted short of breath with swollen legs. Diuresed four liters.\n\n"
        "DISCHARGE DIAGNOSES\n1. Acute on chronic diastolic heart failure\n2. Hypertension\n3. CKD stage 3b\n"
        "4. Persistent atrial fibrillation\n\nDISCHARGE MEDICATIONS\nfurosemide, apixaban, metoprolol",
        "I13.0 I50.33 N18.32 I48.19",
        setting="inpatient",
    ),
    case(
        "Chief complaint: sore throat\n\nHPI: Nineteen-year-old student, three days of sore throat and fever. "
        "Roommate has mono.\n\nExam: Tonsils red with exudate.\n\n"
        "Assessment: Streptococcal pharyngitis, rapid test positive.\n\n"
        "Plan: Amoxicillin. Return if trouble breathing.",
        "J02.0",
        age=19,
    ),
    case(
        "Subjective:\nBack for her thyroid. Tired, but sleeps well. Mother had breast cancer.\n\n"
        "Objective:\nBP 118/70. TSH 9.1.\n\nAssessment and plan:\n• Hypothyroidism – raise levothyroxine to 75 mcg\n"
        "• Fatigue – likely from the thyroid\n• Iron deficiency – ferrous sulfate",
        "E03.9 E61.1",
        sex="female",
    ),
    case(
        "HPI: Seen for her yearly skin check.\nExam: waxy stuck-on papules on the back.\n"
        "Impression:\n  a) Seborrheic keratosis\n  b) Actinic keratosis of the scalp\nPlan: liquid nitrogen.",
        "L82.1 L57.0",
    ),
    case(
        "Patient presents with palpitations for a week. She drinks six coffees a day. Thyroid tests were normal. "
        "She denies chest pain and syncope.",
        "R00.2",
    ),
    case(
        "HISTORY: Cough for three weeks.\nFINDINGS: Dense consolidation in the left lower lobe.\n"
        "IMPRESSION: Left lower lobe pneumonia.",
        "J18.9",
    ),
    case(
        "Assessment:\n1. Hypertension - at goal\n2. Hypertension, see above\n3. HTN",
        "I10",
    ),
    case("ASSESSMENT\r\n1. Gout\r\n2. Hypothyroidism\r\n", "M10.9 E03.9"),
]

TABLE = [
    *CARDIOLOGY,
    *LUNGS,
    *ENDOCRINE,
    *DIGESTIVE,
    *KIDNEY,
    *NERVES,
    *MIND,
    *BONES,
    *INJURIES,
    *SKIN,
    *CANCER,
    *PREGNANCY,
    *CHILDREN,
    *INFECTIONS,
    *STATUS,
    *NOTES,
]


@pytest.mark.parametrize(("note", "expected", "encounter"), TABLE)
def test_note(coded: Coded, note: str, expected: str, encounter: dict[str, Any]) -> None:
    found = [code.code for code in coded(note, **encounter).codes]
    assert sorted(found) == sorted(expected.split())
    assert found[:1] == expected.split()[:1]


# What a note names and a coder must not code; mostly nothing is left.
NOT_CODED = [
    # denied
    case("Assessment: No evidence of pneumonia.", ""),
    case("She denies chest pain, shortness of breath and palpitations.", ""),
    case("Assessment: Pulmonary embolism was ruled out.", "", setting="inpatient"),
    case("Assessment:\n1. Ankle sprain, right. No fracture.", "S93.401A"),
    case("Assessment: Negative for influenza and strep.", ""),
    case("Assessment: Diabetes has been excluded.", ""),
    case("Assessment:\n1. Asthma, mild intermittent, without exacerbation", "J45.20"),
    case("Assessment: Cystitis. Not pregnant.", "N30.90", sex="female"),
    # another person's
    case("Family history: mother with breast cancer, father with stroke.\nAssessment: Gout.", "M10.9"),
    case("Assessment: Her father had a myocardial infarction at 50.", ""),
    case("HPI: His brother has schizophrenia.\nAssessment: Migraine.", "G43.909"),
    # feared, screened for, told about
    case("Assessment: Cellulitis of the right foot. Return if fever or vomiting.", "L03.115"),
    case("Assessment: Otitis externa, left ear.\nPlan: Call if dizziness or hearing loss develops.", "H60.92"),
    case("Assessment: Gout. Discussed the risk of kidney stones.", "M10.9"),
    case("Assessment: Hypertension.\nPlan: Depression screening next visit.", "I10"),
    case("Assessment: Lipoma of the back. At risk for diabetes.", "D17.1"),
    # listed to be asked about
    case("Review of systems: positive for fatigue and headache.\nAssessment: Psoriasis.", "L40.9"),
    case("ROS: +cough, +wheezing, no fever.\nAssessment: Gout.", "M10.9"),
    # past and not treated
    case("PMH: appendicitis 2003, kidney stones.\nAssessment: Plantar fasciitis.", "M72.2"),
    case("Past surgical history: hip fracture repair.\nAssessment: Gout.", "M10.9"),
    # uncertain, outpatient
    case("Assessment: Possible pneumonia.", "", setting="outpatient"),
    case("Assessment:\n1. Cough\n2. Probable bronchiectasis", "R05.9", setting="outpatient"),
    case("Assessment: Chest pain, rule out myocardial infarction.", "R07.9", setting="outpatient"),
    case("Assessment: Questionable lupus.", "", setting="outpatient"),
    case("Assessment: Joint pain, concern for rheumatoid arthritis.", "M25.50", setting="outpatient"),
    # medicines, tests, devices and other words that are no condition
    case("Medications: pain medication, heart failure clinic card.\nAssessment: Gout.", "M10.9"),
    case("Assessment: Gout.\nPlan: Blood pressure cuff for home use.", "M10.9"),
    case("Plan: cold compress, pain medication as needed.", ""),
    case("Allergies: penicillin (rash).\nAssessment: Gout.", "M10.9"),
    case("Results: stroke volume 60 ml. Hemoglobin normal.\nAssessment: Gout.", "M10.9"),
    case("Education: handout on asthma and diabetes given to the class.", ""),
    case("Exam: no acute distress. Heart: regular. Skin: no rash.", ""),
    case("The patient was seen and examined. Thank you for this referral.", ""),
    case("Vitals: BP 120/80, pulse 70, temp 36.8, SpO2 99%.", ""),
    case("Follow-up in two weeks. Labs were reviewed. All questions were answered.", ""),
    case("Past medical history: none.\nAssessment: Healthy.", ""),
    # symptoms of what is diagnosed (I.B.5)
    case("Assessment:\n1. Pneumonia\n2. Cough\n3. Fever", "J18.9"),
    case("Assessment:\n1. Acute cystitis with hematuria\n2. Dysuria", "N30.01", sex="female"),
    case("Assessment:\n1. Right knee osteoarthritis\n2. Right knee pain", "M17.11"),
    case("Assessment:\n1. Gastroenteritis\n2. Vomiting and diarrhea", "K52.9"),
]


@pytest.mark.parametrize(("note", "expected", "encounter"), NOT_CODED)
def test_not_coded(coded: Coded, note: str, expected: str, encounter: dict[str, Any]) -> None:
    assert sorted(code.code for code in coded(note, **encounter).codes) == sorted(expected.split())


# Words of every note; none of them is a diagnosis, wherever it stands.
EVERYDAY = """
normal stable improved resolved follow continue plan discuss review today week month year tablet daily twice dose
medication therapy surgery procedure exam test lab result imaging negative positive patient doctor nurse family mother
father son daughter wife husband child baby newborn boy girl school work home hospital clinic visit appointment
referral question answer risk benefit diet exercise water food sleep walk stand sit bed chair car bicycle dog cat
insurance consent form letter phone number name date age weight height temperature pulse pressure rate rhythm oxygen
room air blood urine stool saliva mild moderate severe acute chronic left right upper lower new old good bad better
worse same high low large small hot cold warm dry wet red blue white black clear cloudy soft hard firm tender full
empty open closed position movement sensation reflex strength tone gait balance speech vision hearing smell taste touch
memory mood affect thought insight judgment appearance behavior control change development delivery labor birth
feeding nursing care status goal need want hope wish fear worry rest relief comfort support help advice education
training counseling screening prevention isolation precaution exposure contact travel coffee tea sugar salt fat protein
fiber vitamin mineral iron zinc calcium knee hip shoulder wrist finger toe hand forearm thigh calf back abdomen throat
tongue clavicle humerus femur tibia fibula radius ulna sternum rib pelvis skull jaw heart lung liver kidney brain
""".split()
NAMES_OF_CODES = ["infant", "code", "taco", "malleus", "patella", "calcaneus", "talus"]


def test_everyday_words_are_no_diagnoses(coded: Coded) -> None:
    coded_words = {word: codes_of(coded(f"Assessment: {word}.")) for word in EVERYDAY}
    assert {word: found for word, found in coded_words.items() if found} == {}


@pytest.mark.parametrize("word", NAMES_OF_CODES)
def test_a_word_that_a_title_comes_down_to(coded: Coded, word: str) -> None:
    assert codes_of(coded(f"Assessment: {word}.")) == []


def turned_down(result: CodingResult) -> dict[str, list[tuple[str, str]]]:
    """Rejected code → rule and section of what is held against it."""
    return {code.code: [(f.rule, f.section) for f in code.findings] for code in result.rejected}


# -- the two example notes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["outpatient", "inpatient"])
def test_appendicitis_is_coded_and_its_symptoms_are_not(coder: Coder, setting: str) -> None:
    result = coder.code(EXAMPLES / "appendicitis.txt", Encounter.model_validate({"setting": setting}))
    assert codes_of(result) == ["K35.80"]
    assert result.codes[0].status == "accepted"
    for symptom in ("R10.9", "R50.9"):
        assert turned_down(result)[symptom] == [("integral-symptoms", "I.B.5")]
    assert any(code.startswith("R11") for code in turned_down(result))


def test_suspected_influenza_in_the_office_is_its_symptoms(coder: Coder) -> None:
    result = coder.code(EXAMPLES / "influenza.txt", Encounter(setting="outpatient"))
    found = codes_of(result)
    assert {"R50.9", "R05.9"} <= set(found)
    assert all(code[0] == "R" or code.startswith("M79") for code in found)
    assert ("uncertain-diagnosis", "IV.H") in turned_down(result)["J11.1"]


def test_suspected_influenza_at_discharge_is_influenza(coder: Coder) -> None:
    result = coder.code(EXAMPLES / "influenza.txt", Encounter(setting="inpatient"))
    assert codes_of(result) == ["J11.1"]
    assert result.codes[0].status == "review"
    assert ("uncertain-diagnosis", "II.H") in [(f.rule, f.section) for f in result.codes[0].findings]


@pytest.mark.parametrize("setting", ["outpatient", "inpatient"])
def test_what_the_influenza_note_denies_is_never_coded(coder: Coder, setting: str) -> None:
    result = coder.code(EXAMPLES / "influenza.txt", Encounter.model_validate({"setting": setting}))
    denied = ("J02", "R07", "R06.0", "R11", "R19.7", "U07.1", "Z20.822")  # throat, chest, breath, vomiting, diarrhea
    assert not [code for code in codes_of(result) if code.startswith(denied)]


@pytest.mark.parametrize("name", ["appendicitis", "influenza"])
@pytest.mark.parametrize("setting", ["outpatient", "inpatient"])
def test_every_code_stands_once(coder: Coder, name: str, setting: str) -> None:
    result = coder.code(EXAMPLES / f"{name}.txt", Encounter.model_validate({"setting": setting}))
    every = [code.code for code in (*result.codes, *result.rejected)]
    assert len(every) == len(set(every))


# -- what may be given ---------------------------------------------------------------------------------------------


def test_a_note_may_be_text_bytes_or_a_file(coder: Coder, tmp_path: Path) -> None:
    text = "Assessment: Ménière's disease, left ear."
    path = tmp_path / "note.txt"
    path.write_bytes(text.encode("cp1252"))
    for source in (text, text.encode(), path):
        assert codes_of(coder.code(source)) == ["H81.02"]


def test_the_id_is_handed_through(coder: Coder) -> None:
    assert coder.code("Assessment: Gout.", id="visit-7").id == "visit-7"


@pytest.mark.parametrize("note", ["", "   \n\t ", b"", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"])
def test_no_note_is_an_error(coder: Coder, note: str | bytes) -> None:
    with pytest.raises(NoteError):
        coder.code(note)


@pytest.mark.parametrize("scope", ["", "visit", "Encounter"])
def test_an_unknown_scope_is_refused(scope: Any) -> None:
    with pytest.raises(ValueError, match="'encounter' or 'mentions'"):
        Coder(scope=scope)


def test_the_date_chooses_the_release(coder: Coder, codes: CodeSet) -> None:
    encounter = Encounter.model_validate({"date": "2026-05-02"})
    assert coder.code("Assessment: Gout.", encounter).release.id == codes.release.id


def test_a_date_without_release_is_an_error_but_a_named_release_is_not() -> None:
    encounter = Encounter.model_validate({"date": "2019-05-02"})
    with pytest.raises(UnknownRelease, match="2019-05-02"):
        Coder().code("Assessment: Gout.", encounter)
    assert codes_of(Coder("2026-04-01").code("Assessment: Gout.", encounter)) == ["M10.9"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("setting", "ward"), ("age", -1), ("age", 131), ("sex", "x"), ("date", "soon"), ("name", "Jo")],
)
def test_an_encounter_outside_its_range_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        Encounter.model_validate({field: value})


@pytest.mark.parametrize(
    ("given", "kept"),
    [({"sex": "F"}, "female"), ({"sex": " man "}, "male"), ({"sex": "unknown"}, None), ({"sex": ""}, None)],
)
def test_sex_is_read_in_the_usual_spellings(given: dict[str, Any], kept: str | None) -> None:
    assert Encounter.model_validate(given).sex == kept


# -- what may not be English ---------------------------------------------------------------------------------------

FOREIGN = {
    "Spanish": "Paciente de 60 años que acude a urgencias por dolor torácico y fiebre desde hace dos días. No tiene "
    "antecedentes de diabetes. Se diagnostica neumonía y se inicia tratamiento con antibiótico.",
    "French": "Le patient est un homme de 60 ans qui consulte pour une douleur thoracique et de la fièvre depuis deux "
    "jours. Il n'a pas de diabète. Le diagnostic est une pneumonie, traitée par antibiotique.",
    "German": "Der Patient ist ein 60-jähriger Mann, der sich wegen Brustschmerzen und Fieber seit zwei Tagen "
    "vorstellt. Er hat keinen Diabetes. Die Diagnose ist eine Pneumonie, die mit Antibiotika behandelt wird.",
}


@pytest.mark.parametrize("language", FOREIGN)
def test_another_language_is_said_and_not_coded(coder: Coder, language: str) -> None:
    result = coder.code(FOREIGN[language])
    assert not result.codes
    assert not result.rejected
    assert "English" in result.warnings[0]


# -- size ----------------------------------------------------------------------------------------------------------


def test_a_million_characters(coder: Coder) -> None:
    paragraph = "Seen again. Cough is better, no fever. Walks daily and takes the tablets as before.\n"
    note = "Assessment: Gout.\n" + paragraph * ((1_000_000 - 20) // len(paragraph))
    result = coder.code(note)
    assert codes_of(result)[0] == "M10.9"


def test_more_than_a_million_characters_are_refused(coder: Coder) -> None:
    with pytest.raises(NoteError, match="1,000,000"):
        coder.code("gout " * 200_001)


@pytest.mark.parametrize("word", ["a" * 300_000, "ab-" * 100_000, "1" * 300_000, "é" * 300_000])
def test_one_long_word(coder: Coder, word: str) -> None:
    assert codes_of(coder.code(f"Assessment: Gout.\n{word}")) == ["M10.9"]


# -- every mention ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("He denies chest pain. Mother had gout.", "R07.9 M10.9"),
        ("Possible pneumonia. History of stroke.", "J18.9 Z86.73"),
        ("Assessment:\n1. Pneumonia\n2. Cough", "J18.9 R05.9"),
        ("Return if vomiting.", "R11.10"),
    ],
)
def test_the_mentions_scope_codes_them_all_in_their_order(note: str, expected: str) -> None:
    result = Coder(scope="mentions").code(note)
    assert codes_of(result) == expected.split()
    assert not result.rejected
    assert result.scope == "mentions"


@pytest.mark.parametrize(
    ("note", "assertion"),
    [
        ("She has gout.", "present"),
        ("She denies gout.", "negated"),
        ("Possible gout.", "possible"),
        ("Her mother had gout.", "family"),
        ("Return if gout flares.", "hypothetical"),
    ],
)
def test_a_mention_says_how_it_is_meant(note: str, assertion: str) -> None:
    (code,) = Coder(scope="mentions").code(note).codes
    assert [evidence.assertion for evidence in code.evidence] == [assertion]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.txt")), ids=lambda path: path.stem)
@pytest.mark.parametrize("scope", ["encounter", "mentions"])
def test_what_is_turned_down_can_be_left_out(path: Path, scope: Scope) -> None:
    whole, kept = (Coder(scope=scope).code(path, rejected=rejected) for rejected in (True, False))
    assert kept == whole.model_copy(update={"rejected": (), "timings": kept.timings})
