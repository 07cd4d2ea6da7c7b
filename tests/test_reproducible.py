"""The same note gives the same result: in any process, in any thread, in any order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from wardround.coding import Coder

NOTES = [
    "HPI: Fell from a ladder at home. Cough and fever for a week. Denies chest pain.\n"
    "Assessment:\n1. Hypertension, CKD stage 3a, CHF\n2. Type 2 diabetes with hyperglycemia\n3. Right knee pain\n"
    "4. Closed fracture of the left distal radius\n5. Possible pneumonia\n6. History of breast cancer\n",
    "PMH: gout, asthma, COPD, depression, anxiety, GERD.\nPain and swelling of both knees, left worse than right. "
    "Nausea, vomiting, diarrhea and abdominal pain. Mother had diabetes.",
    "Discharge diagnoses\n- Sepsis due to UTI\n- Acute on chronic systolic heart failure\n- Stage 3 sacral pressure "
    "ulcer\n- Dementia in diseases classified elsewhere\n- Alzheimer's disease",
    "Wrist, hand and elbow pain; carpal tunnel syndrome; bilateral hip and knee osteoarthritis. MS. RA. OA. BPH.",
]
CODE = """
import json, sys
from wardround.coding import Coder
notes = json.load(sys.stdin)
for scope in ("encounter", "mentions"):
    coder = Coder(scope=scope)
    for note in notes:
        shown = coder.code(note).to_json()
        del shown["timings"]
        print(json.dumps(shown))
"""


def shown(coder: Coder, note: str) -> str:
    result = coder.code(note).to_json()
    del result["timings"]
    return json.dumps(result)


def test_in_every_process() -> None:
    """Also in one that has just compiled the vocabulary, and whatever the order of sets."""
    here = [shown(Coder(scope=scope), note) for scope in ("encounter", "mentions") for note in NOTES]
    for seed in ("0", "1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", CODE],
            input=json.dumps(NOTES),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert told.stdout.splitlines() == here, seed


def test_in_every_thread() -> None:
    notes = [f"{note}\nSeen again, visit {number}." for number in range(25) for note in NOTES]
    alone = [shown(Coder(), note) for note in notes]
    shared = Coder()
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda note: shown(shared, note), notes))
    assert together == alone


def test_whatever_was_coded_before() -> None:
    first = [shown(Coder(), note) for note in NOTES]
    coder = Coder()
    assert [shown(coder, note) for note in reversed(NOTES)] == first[::-1]
