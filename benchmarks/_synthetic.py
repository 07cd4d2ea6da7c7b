"""Clinical notes of our own making, as many as are asked for, no two alike.

A note is put together from parts by a seed of its own, so that note 7 is the same whichever others are made: a visit
with a history, examination and laboratory figures, findings that are denied, common conditions, and one diagnosis from
all of the release, so that a long run meets the whole vocabulary and not the same few words again and again.
"""

from __future__ import annotations

import random
from functools import cache

from wardround import icd10

__all__ = ["note"]

_COMPLAINTS = (
    "shortness of breath on climbing the stairs",
    "a cough that brings up yellow sputum",
    "burning when passing water",
    "swelling of both ankles by the evening",
    "pain in the lower back after lifting a box",
    "a headache behind the right eye",
    "dizziness on standing up",
    "tightness in the chest when walking uphill",
    "tingling of the toes at night",
    "loose stools since a meal away from home",
    "a knee that gives way",
    "a rash on the forearms",
    "poor sleep and low mood",
    "heartburn after late meals",
)
_COURSES = (
    "It came on slowly and has been much the same from day to day.",
    "It was worst on the first evening and has eased a little since.",
    "Rest helps somewhat; tablets from the pharmacy did not.",
    "There was something like it two winters ago, which went away by itself.",
    "It wakes the patient about twice a night.",
    "A neighbour suggested hot drinks, without effect.",
    "Work has been possible, with pauses.",
    "The family is worried and asked for the appointment.",
    "Nobody else at home is ill.",
    "The patient keeps a diary, which was looked through together.",
    "Appetite and weight are as usual.",
    "The last visit here was in the spring and no change was made then.",
)
_DENIED = (
    "fever",
    "chills",
    "chest pain",
    "palpitations",
    "vomiting",
    "diarrhea",
    "blood in the stool",
    "hematuria",
    "weight loss",
    "night sweats",
    "loss of consciousness",
    "double vision",
    "wheezing",
    "abdominal pain",
)
_KNOWN = (
    "Essential hypertension",
    "Type 2 diabetes mellitus",
    "Type 2 diabetes mellitus with diabetic chronic kidney disease",
    "Chronic kidney disease, stage 3a",
    "Hyperlipidemia",
    "Paroxysmal atrial fibrillation",
    "Chronic obstructive pulmonary disease",
    "Mild intermittent asthma",
    "Hypothyroidism",
    "Gastroesophageal reflux disease without esophagitis",
    "Osteoarthritis of the right knee",
    "Coronary artery disease",
    "Heart failure",
    "Obstructive sleep apnea",
    "Obesity",
    "Major depressive disorder, single episode, mild",
    "Generalized anxiety disorder",
    "Iron deficiency anemia",
    "Gout",
    "Migraine without aura",
    "Benign prostatic hyperplasia",
    "Postmenopausal osteoporosis",
    "Former smoker",
    "Long-term use of anticoagulants",
)
_FOUND = (
    "Acute bronchitis",
    "Urinary tract infection",
    "Low back pain",
    "Acute sinusitis",
    "Community-acquired pneumonia",
    "Cellulitis of the left lower leg",
    "Dehydration",
    "Hypokalemia",
    "Acute kidney injury",
    "Sprain of the right ankle",
    "Contact dermatitis",
    "Vertigo",
    "Insomnia",
    "Plantar fasciitis",
    "Vitamin D deficiency",
    "Otitis media of the left ear",
)
_EXAMINED = (
    "General: comfortable at rest, speaks in whole sentences.",
    "Head and neck: mucosa moist, no swollen glands.",
    "Heart: regular, no murmur heard.",
    "Lungs: clear on both sides, no crackles.",
    "Abdomen: soft, not tender, bowel sounds present.",
    "Legs: no pitting, pulses felt on both feet.",
    "Skin: warm and dry, without bruises.",
    "Neurological: strength equal on both sides, gait steady.",
    "Back: some tenderness over the muscles, straight leg raise negative.",
    "Mood: calm, gives a clear account.",
)
_PLANNED = (
    "Blood count and chemistry today, results by telephone.",
    "Continue the present tablets; the list was gone through and printed.",
    "Come back in {weeks} weeks, sooner if it gets worse.",
    "Advice on walking, salt and sleep was given and a leaflet handed out.",
    "Blood pressure at home each morning for {weeks} weeks.",
    "Physiotherapy, {weeks} sessions, was arranged.",
    "A chest film was asked for; the report is awaited.",
    "The dose was changed to {dose} mg once a day.",
    "Fluids by mouth and rest; a certificate for {weeks} days was given.",
    "The specialist will be written to with a copy of these notes.",
)


def note(number: int, characters: int = 2500) -> str:
    """Note ``number``: ``characters`` long but for a cut word, and never shorter than its fixed parts of about 1,900.

    What is added for length is course and small talk, and hardly more diagnoses.
    """
    draw = random.Random(number)
    head, tail = _head(draw), "".join((_known(draw), _examination(draw), _assessment(draw)))
    missing = characters - len(head) - len(tail)
    course: list[str] = []
    while missing > 0:
        course.append(_more(draw))
        missing -= len(course[-1])
    if missing < 0 and course:
        course[-1] = course[-1][:missing].rpartition(" ")[0] + "\n\n"
    return "".join((head, *course, tail))


def _head(draw: random.Random) -> str:
    denied = draw.sample(_DENIED, 4)
    return (
        f"CHIEF COMPLAINT\n{draw.choice(_COMPLAINTS).capitalize()} for {draw.randint(2, 20)} days.\n\n"
        f"HISTORY OF PRESENT ILLNESS\n{draw.randint(21, 93)}-year-old {draw.choice(('woman', 'man'))} with "
        f"{draw.choice(_COMPLAINTS)} for {draw.randint(2, 20)} days. {' '.join(draw.sample(_COURSES, 4))} "
        f"Denies {', '.join(denied[:3])} or {denied[3]}.\n\n"
    )


def _more(draw: random.Random) -> str:
    return (
        f"Seen again on {draw.randint(1, 28)}.{draw.randint(1, 12)}. for {draw.choice(_COMPLAINTS)}. "
        f"{' '.join(draw.sample(_COURSES, 3))} Temperature {draw.randint(362, 376) / 10:.1f}, "
        f"no {draw.choice(_DENIED)}. "
        f"{draw.choice(_PLANNED).format(weeks=draw.randint(2, 9), dose=5 * draw.randint(1, 40))}\n\n"
    )


def _known(draw: random.Random) -> str:
    lines = "\n".join(f"- {condition}" for condition in draw.sample(_KNOWN, 4))
    return f"PAST MEDICAL HISTORY\n{lines}\n\n"


def _examination(draw: random.Random) -> str:
    figures = (
        f"Blood pressure {draw.randint(102, 168)}/{draw.randint(58, 98)}, pulse {draw.randint(54, 108)}, "
        f"saturation {draw.randint(92, 99)} % on air, weight {draw.randint(48, 121)} kg"
    )
    results = (
        f"Hemoglobin {draw.randint(96, 168) / 10} g/dL, sodium {draw.randint(128, 146)} mmol/L, potassium "
        f"{draw.randint(31, 54) / 10} mmol/L, creatinine {draw.randint(6, 24) / 10} mg/dL, glucose "
        f"{draw.randint(72, 261)} mg/dL"
    )
    return f"PHYSICAL EXAM\n{figures}.\n" + "\n".join(draw.sample(_EXAMINED, 5)) + f"\n\nRESULTS\n{results}.\n\n"


def _assessment(draw: random.Random) -> str:
    titles = _titles()
    found = [*draw.sample(_FOUND, 2), draw.choice(titles)]
    plan = [line.format(weeks=draw.randint(2, 9), dose=5 * draw.randint(1, 40)) for line in draw.sample(_PLANNED, 4)]
    diagnoses = "\n".join(f"{number}. {each}." for number, each in enumerate(found, 1))
    return f"ASSESSMENT\n{diagnoses}\n\nPLAN\n" + "\n".join(f"- {line}" for line in plan) + "\n"


@cache
def _titles() -> tuple[str, ...]:
    return tuple(title for _, title in sorted(icd10.load().billable_titles()))
