"""Reviewed charts of a hospital that never was, with words and habits of its own.

Its people write "sugar trouble" for diabetes and "tired pump" for heart failure, and do not code an old smoker.
"""

from __future__ import annotations

import json
import random
from functools import cache
from typing import TYPE_CHECKING

from wardround.coding import Encounter
from wardround.learning import Chart, learn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wardround.coding.site import SiteModel

__all__ = ["LOCAL", "learned", "made", "written"]

LOCAL = {"sugar trouble": "E11.9", "tired pump": "I50.9"}
"""Words that only this hospital uses → the code they mean there."""

_CONDITIONS = {
    "sugar trouble": "E11.9",
    "tired pump": "I50.9",
    "essential hypertension": "I10",
    "hypothyroidism": "E03.9",
    "gout": "M10.9",
    "asthma": "J45.909",
    "migraine": "G43.909",
    "hyperlipidemia": "E78.5",
    "psoriasis": "L40.9",
    "iron deficiency anemia": "D50.9",
}
_WHO = ("A teacher", "This bus driver", "A retired baker", "The librarian", "A carpenter", "This nurse", "A farmer")
_CAME = ("comes back for a routine visit", "is seen in follow-up", "was sent by a neighbour", "walked in this morning")
_FEELS = (
    "Sleep has been good and the appetite is back.",
    "Works in the garden again every afternoon.",
    "Eats mostly at home and walks to the shops.",
    "Has been reading a good deal since the last visit.",
    "The family helps with the shopping.",
    "No new complaints were mentioned today.",
    "The bicycle is in use again.",
)
_PLANS = (
    "Same tablets as before.",
    "Recheck the bloods next spring.",
    "Letter to the local practice.",
    "Diet sheet was given and gone through.",
    "Call if anything changes.",
    "See the nurse in six weeks.",
)


def made(count: int, seed: int = 1) -> list[Chart]:
    """Charts that are all different, each with two or three conditions; every fifth mentions tobacco, uncoded."""
    chosen = random.Random(seed)
    return [_chart(number, chosen) for number in range(1, count + 1)]


@cache
def learned(count: int = 60) -> SiteModel:
    """What is learned of that many of them."""
    return learn(made(count))


def _chart(number: int, chosen: random.Random) -> Chart:
    conditions = chosen.sample(sorted(_CONDITIONS), chosen.choice((2, 3)))
    history = [f"{chosen.choice(_WHO)} {chosen.choice(_CAME)}.", *chosen.sample(_FEELS, 3)]
    plan = [f"{place}. Pt w/ {name}. {chosen.choice(_PLANS)}" for place, name in enumerate(conditions, 1)]
    if number % 5 == 0:
        plan.append(f"{len(plan) + 1}. Tobacco abuse. {chosen.choice(_PLANS)}")
    text = "\n".join(["HISTORY OF PRESENT ILLNESS", " ".join(history), "", "ASSESSMENT AND PLAN", *plan, ""])
    codes = frozenset(_CONDITIONS[name] for name in conditions)
    return Chart(id=f"chart {number}", text=text, codes=codes, encounter=Encounter())


def written(charts: Sequence[Chart], path: Path) -> Path:
    """The charts as lines of JSON."""
    lines = ({"id": chart.id, "text": chart.text, "codes": sorted(chart.codes)} for chart in charts)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path
