"""Anemia by its cause: a neoplasm, its treatment, or lost blood (Guidelines I.C.2.c.1, I.C.2.c.2)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.draft import Draft
from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.spans import Span

__all__ = ["Anemia"]

_UNSPECIFIED = "D64.9"
_SPECIFIED = ("D46", "D5", "D60", "D61", "D62", "D63", "D64.0", "D64.1", "D64.2", "D64.3", "D64.4", "D64.8")
_BY_TREATMENT, _DRUG = "D64.81", "T45.1X5"
_CANCERS = ("C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9")
_BLEEDING = tuple(
    "I85.01 I85.11 K22.6 K25.0 K25.4 K26.0 K26.4 K27.0 K27.4 K28.0 K28.4 K29.01 K31.811 K55.21 K57.31 K62.5 K92.0 "
    "K92.1 K92.2 N92 N93 N95.0 O72 R04 R58".split()
)
_LOST = (
    *("blood loss", "transfused", "transfusion", "prbc", "packed red blood cells"),
    *("hemoglobin dropped", "hgb dropped", "drop in hemoglobin", "drop in hgb", "hemoglobin drop", "hgb drop"),
)
_TREATED = ("chemotherapy", "chemo", "radiation", "radiotherapy", "immunotherapy")


class Anemia(Rule):
    """Anemia is coded by its cause, and only the provider names the cause.

    Anemia due to a neoplasm is D63.0 behind the neoplasm, due to chemotherapy D64.81 with the drug (T45.1X5-), due to
    lost blood D62 or D50.0. Where a note only says "anemia" and has a cancer under way, a bleeding or a transfusion,
    wardround draws no conclusion: it asks for the cause, with what the note says as indicators. Anemia with chronic
    kidney disease is presumed to be due to it, which is the matter of another rule. In a list, unspecified anemia
    beside a cancer or a bleeding gets a reminder, and D64.81 without its drug asks for review.
    """

    name = "anemia"
    section = "I.C.2.c"
    title = "anemia is coded by its cause: a neoplasm, its treatment, lost blood"
    severity = "review"
    prefixes = ("D64",)

    def apply(self, draft: Draft) -> None:
        anemia = draft.first(_UNSPECIFIED)
        if anemia is None or draft.first(*_SPECIFIED):
            return
        options: list[str] = []
        indicators: list[Span] = []
        bleeding = draft.first(*_BLEEDING)
        lost = draft.said(*_LOST)
        if bleeding or lost:
            options += ["Anemia due to acute blood loss", "Anemia due to chronic blood loss"]
            indicators += [bleeding.mentions[0].span] if bleeding else []
            indicators += [lost] if lost else []
        cancer = draft.first(*_CANCERS)
        if cancer:
            options += ["Anemia due to the neoplasm", "Anemia not due to the neoplasm"]
            indicators.append(cancer.mentions[0].span)
            treated = draft.said(*_TREATED)
            if treated:
                options.append("Anemia due to the treatment of the neoplasm")
                indicators.append(treated)
        if options:
            draft.ask(
                "anemia: cause",
                "Please clarify the cause and acuity of the patient's anemia, if they are known.",
                options,
                [anemia.mentions[0].span, *indicators],
                rule=self.name,
                section=self.section if cancer else "I.B.2",
                codes=(_UNSPECIFIED,),
            )

    def check(self, listed: CodeList) -> Iterator[Finding]:
        if _BY_TREATMENT in listed.valid and not listed.starting(_DRUG):
            message = f"{_BY_TREATMENT} needs the drug: {_DRUG}-"
            yield self.finding("review", (_BY_TREATMENT,), message, section="I.C.2.c.2")
        if _UNSPECIFIED not in listed.valid or listed.starting(*_SPECIFIED):
            return
        for cancer in listed.starting(*_CANCERS)[:1]:
            message = f"if the anemia is due to {cancer} it is D63.0, if due to chemotherapy {_BY_TREATMENT}"
            yield self.finding("info", listed.in_sequence(_UNSPECIFIED, cancer), message)
        for bleeding in listed.starting(*_BLEEDING)[:1]:
            message = f"if the anemia is due to {bleeding} it is D62 (acute) or D50.0 (chronic)"
            yield self.finding("info", listed.in_sequence(_UNSPECIFIED, bleeding), message, section="I.B.2")
