"""Places of a report that cannot both be true."""

from __future__ import annotations

from typing import Any

import pytest

from wardround.documents import Note
from wardround.reporting.claims import Vocabulary
from wardround.reporting.contradictions import contradictions
from wardround.reporting.protocol import load
from wardround.reporting.report import Finding, ImageSource, Statement

PROTOCOL = load("chest-xray")
VOCABULARY = Vocabulary(PROTOCOL)
HERE = (ImageSource(frame=1),)


def findings(**seen: Any) -> list[Finding]:
    """What was seen, by observation: a side, or "absent" or "not assessable"; all else is absent."""
    made = []
    for structure in PROTOCOL.structures:
        for observation in structure.observations:
            told = seen.get(observation.id, "absent")
            apart = told in ("absent", "not assessable")
            made.append(
                Finding(
                    id=f"F{len(made) + 1}",
                    structure=structure.id,
                    observation=observation.id,
                    name=observation.name,
                    normal=observation.normal,
                    presence=told if apart else "present",
                    side="not stated" if apart else told,
                    sources=HERE,
                )
            )
    return made


def says(*texts: str) -> list[Statement]:
    return [Statement(text=text, sources=HERE, written_by="model") for text in texts]


TEXTS: list[tuple[dict[str, str], list[str], list[str]]] = [
    ({"pleural_effusion": "left"}, ["Left pleural effusion."], []),
    ({"pleural_effusion": "left"}, ["Right pleural effusion."], ["side"]),
    ({"pleural_effusion": "bilateral"}, ["Right pleural effusion."], []),
    ({"pleural_effusion": "left"}, ["No pleural effusion."], ["presence"]),
    ({"pleural_effusion": "absent"}, ["Left pleural effusion."], ["presence"]),
    ({"pleural_effusion": "not assessable"}, ["Left effusion.", "Right effusion."], ["side"]),
    ({"pleural_effusion": "not assessable"}, ["Left effusion.", "No effusion."], ["presence"]),
    ({"pleural_effusion": "not assessable"}, ["Possible effusion.", "No effusion."], ["presence"]),
    ({"pleural_effusion": "not assessable"}, ["Left effusion.", "Bilateral effusions."], []),
    ({"consolidation": "right"}, ["The lungs are clear."], ["normality"]),
    ({"consolidation": "right"}, ["The mediastinum is normal."], []),
    ({"consolidation": "right"}, ["No acute cardiopulmonary abnormality."], ["normality"]),
    ({"cardiomegaly": "not stated"}, ["Normal chest radiograph."], ["normality"]),
    ({"cardiomegaly": "not stated"}, ["The cardiac silhouette is normal."], ["normality"]),
    ({"normal_heart_size": "not stated"}, ["Normal chest radiograph."], []),
    ({}, ["Normal chest radiograph.", "The lungs are clear."], []),
]


@pytest.mark.parametrize(("seen", "texts", "kinds"), TEXTS)
def test_in_the_text(seen: dict[str, str], texts: list[str], kinds: list[str]) -> None:
    found = contradictions(VOCABULARY, findings(**seen), says(*texts), None)
    assert [each.kind for each in found] == kinds
    assert all(each.findings for each in found)


HISTORIES: list[tuple[dict[str, str], str, int]] = [
    ({"pleural_effusion": "left"}, "Known left pleural effusion.", 0),
    ({"pleural_effusion": "left"}, "Known right pleural effusion.", 1),
    ({"pleural_effusion": "absent"}, "Known right pleural effusion.", 1),
    ({"pleural_effusion": "left"}, "No pleural effusion on ultrasound.", 1),
    ({"pleural_effusion": "not assessable"}, "Known right pleural effusion.", 0),
    ({"pleural_effusion": "absent"}, "Rule out pleural effusion.", 0),
    ({"pleural_effusion": "absent"}, "Pleural effusion two years ago.", 0),
    ({"pleural_effusion": "absent"}, "Mother had a pleural effusion.", 0),
    ({"pleural_effusion": "left"}, "", 0),
    ({"cardiomegaly": "not stated"}, "The heart is not enlarged on echocardiography.", 1),
]


@pytest.mark.parametrize(("seen", "history", "count"), HISTORIES)
def test_with_the_history(seen: dict[str, str], history: str, count: int) -> None:
    found = contradictions(VOCABULARY, findings(**seen), [], Note(history) if history else None)
    assert [each.kind for each in found] == ["image and history"] * count


def test_sentences_of_fixed_form_say_what_the_findings_say() -> None:
    fixed = [Statement(text="No consolidation.", sources=HERE)]
    assert contradictions(VOCABULARY, findings(consolidation="left"), fixed, None) == ()
