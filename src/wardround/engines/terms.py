"""Whether the user has accepted the terms under which MedGemma may be used.

Source: Health AI Developer Foundations terms of use, last changed on 15 November 2024.
"""

from __future__ import annotations

import datetime
from dataclasses import replace

from wardround.errors import EngineRefused
from wardround.settings import read_chosen, write_chosen

__all__ = ["LINK", "VERSION", "accept", "accepted", "require"]

LINK = "https://developers.google.com/health-ai-developer-foundations/terms"
VERSION = "2024-11-15"
_NAME = "hai-def"


def accepted() -> str:
    """The day on which this version of the terms was accepted, ``YYYY-MM-DD``; empty if it was not."""
    told = read_chosen().terms.get(_NAME, {})
    return told.get("accepted", "") if told.get("version") == VERSION else ""


def accept(day: datetime.date | None = None) -> None:
    """Record that the user accepts the terms, today if no day is given."""
    chosen = read_chosen()
    told = {"version": VERSION, "accepted": (day or datetime.date.today()).isoformat(), "link": LINK}
    write_chosen(replace(chosen, terms={**chosen.terms, _NAME: told}))


def require(model: str) -> None:
    """Stop unless the terms are accepted.

    Raises:
        EngineRefused: they are not.
    """
    if not accepted():
        hint = "wardround models accept-terms"
        raise EngineRefused(f"its terms of use, {LINK}, are not accepted yet", where=model, hint=hint)
