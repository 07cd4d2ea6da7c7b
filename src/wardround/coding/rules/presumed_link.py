"""Conditions that the Index ties by "with" or "in" are presumed to be linked (Guidelines I.A.15)."""

from __future__ import annotations

from wardround.coding.rules.pairs import PairRule

__all__ = ["PresumedLink"]


class PresumedLink(PairRule):
    """Where the Alphabetic Index has "with" or "in" under a condition, or a title has it, the classification presumes
    that the two belong together, even if the provider does not say so: COPD with pneumonia is J44.0, an ulcer of the
    stomach with bleeding is one code, and so is a herniated disc with its radiculopathy. It is not presumed where the
    note says that the two are unrelated, nor where another guideline wants the link to be documented.

    In a note the combination replaces the condition's code; the partner stays or goes as the Tabular List has it, and
    comes first where it must. Where two conditions of the note may be the cause, both are linked and a person decides.
    A symptom that another diagnosis explains is not linked. In a list each such pair is for review, for a list does not
    show what the record denies.

    Diabetes and hypertension have rules of their own, and so has angina. The table of pairs has those that notes often
    name apart; "due to" in the Index presumes nothing.
    """

    name = "presumed-link"
    section = "I.A.15"
    title = 'two conditions tied by "with" in the Index are coded as linked, unless the record denies it'
    severity = "reject"
    table = "presumed_links"
    unless = ", unless unrelated"
