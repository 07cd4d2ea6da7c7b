"""Notes with gold codes and results, small enough to count by hand."""

from __future__ import annotations

import datetime

from wardround.coding.evaluation import GoldNote
from wardround.coding.result import CodingResult, Evidence, Finding, Provenance, ReleaseInfo, Suggestion

TEXT = "acute appendicitis with fever"


def suggestion(
    code: str, status: str = "accepted", confidence: float = 0.9, quote: str = "acute", sections: str = "assessment"
) -> Suggestion:
    return Suggestion.model_validate(
        {
            "code": code,
            "description": code,
            "status": status,
            "role": "secondary",
            "confidence": confidence,
            "evidence": [
                Evidence(start=0, end=len(quote), text=quote, section=section, assertion="present")
                for section in sections.split()
            ],
            "route": ["first", "second"],
            "findings": [
                Finding(rule="rule", section="III", severity="reject", codes=("I10",), message="the note denies it")
            ],
        }
    )


def note(gold: str, *suggestions: Suggestion, id: str = "n") -> GoldNote:
    return GoldNote(
        id=id,
        text=TEXT,
        gold=frozenset(gold.split()),
        result=CodingResult(
            id=id,
            release=ReleaseInfo(
                id="2026-04-01",
                title="FY2026",
                fiscal_year=2026,
                valid_from=datetime.date(2026, 4, 1),
                valid_to=datetime.date(2026, 9, 30),
            ),
            scope="encounter",
            setting="outpatient",
            codes=tuple(s for s in suggestions if s.status != "rejected"),
            rejected=tuple(s for s in suggestions if s.status == "rejected"),
            provenance=Provenance(wardround="0", coder="embedded", release_digest="0", lexicon_digest="0"),
        ),
    )
