"""Fits the probabilities that wardround comes with, and tells how well they hold on notes that the fit did not see.

``python -m benchmarks.calibration`` prints figures as Markdown, of the defaults as they are; ``--fit`` fits them anew
and writes them first. For encounters they are fitted on the tuning half of the visit notes and judged on the held-out
half, for mentions fitted on CodiEsp's training set and judged on its development set. What is written are shares, and
weights of groups of codes; no note, and no code that was given to one.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

import wardround.coding
from benchmarks._data import NOTES, half_of
from wardround import Coder, documents
from wardround.coding import Encounter
from wardround.coding.calibration import ACCEPTED_FROM, UNCALIBRATED, Shipped
from wardround.coding.confidence import features, weighed
from wardround.coding.draft import Draft
from wardround.coding.evaluation import normal, reliability
from wardround.coding.result import Scope
from wardround.learning.calibrating import calibrated
from wardround.records import Lines, Record

DEFAULTS = Path(wardround.coding.__file__).with_name("data") / "calibration.json"
_TARGETS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_FOLDS = 5
_FEWEST = 10, 5  # codes that have a feature, and notes, for it to be given a weight
_INVERSE_PENALTY = 0.3  # the best of 0.1, 0.3 and 1 by log loss, on folds of the training set


@dataclass(frozen=True, slots=True)
class Judged:
    """One code of one note.

    Attributes:
        note: number of the note.
        score: of the code, before any calibration.
        features: what speaks for it in the scope mentions.
        alive: it was not turned down.
        right: people gave it too.
    """

    note: int
    score: float
    features: frozenset[str]
    alive: bool
    right: bool


def records(folder: Path, half: str | None = None) -> list[Record]:
    """The notes of a file with their codes, or those of one half."""
    every = (record for record in Lines(str(folder), Encounter()) if isinstance(record, Record))
    return [record for record in every if half in (None, half_of(record.id))]


def judged(notes: Sequence[Record], scope: Scope) -> list[Judged]:
    """Every code of these notes with its score."""
    coder = Coder(scope=scope, calibration=UNCALIBRATED)
    found: list[Judged] = []
    for number, record in enumerate(notes):
        gold = set(map(normal, record.codes or ()))
        draft: Draft = coder.draft(documents.read(str(record.source)), record.encounter, lambda draft: None)
        found += [
            Judged(number, each.confidence, frozenset(features(each)), each.alive, each.code in gold)
            for each in draft.proposals
        ]
    return found


# -- fitting ---------------------------------------------------------------------------------------------------------


def encounter_defaults(notes: Sequence[Record]) -> Shipped:
    """How often codes of each score were right; the scores are set by hand, for the notes are few."""
    return Shipped(**_shares(judged(notes, "encounter"), f"{len(notes)} visit notes of ACI-Bench, not on yours"))


def mentions_defaults(notes: Sequence[Record]) -> Shipped:
    """What speaks for a code by logistic regression, and how often codes of each score were right.

    The scores that are calibrated are those of weights from other notes. What was turned down has no say in the
    weights.
    """
    codes = judged(notes, "mentions")
    scored: list[Judged] = []
    for fold in range(_FOLDS):
        weights = _weights([each for each in codes if each.note % _FOLDS != fold])
        scored += [
            Judged(each.note, weighed(each.features, weights), each.features, each.alive, each.right)
            for each in codes
            if each.note % _FOLDS == fold
        ]
    shares = _shares(scored, f"{len(notes)} case reports of CodiEsp, not on yours")
    return Shipped(**shares, weights=_weights(codes))


def _shares(codes: Sequence[Judged], measured_on: str) -> dict[str, Any]:
    """How often codes were right by their score; and those that were turned down, as a share of their scores."""
    alive = [each for each in codes if each.alive]
    gone = [each for each in codes if not each.alive]
    fitted = calibrated([each.score for each in alive], [each.right for each in alive])
    return {
        "calibration": fitted.model_copy(update={"measured_on": measured_on}),
        "turned_down": round(sum(each.right for each in gone) / sum(each.score for each in gone), 3),
    }


def _weights(codes: Sequence[Judged]) -> dict[str, float]:
    """Log odds of each feature that is frequent enough, of codes that were not turned down."""
    codes = [each for each in codes if each.alive]
    notes = defaultdict(set)
    count: defaultdict[str, int] = defaultdict(int)
    for each in codes:
        for name in each.features:
            notes[name].add(each.note)
            count[name] += 1
    names = sorted(name for name in count if count[name] >= _FEWEST[0] and len(notes[name]) >= _FEWEST[1])
    names.remove("always")
    rows = np.array([[name in each.features for name in names] for each in codes], dtype=float)
    right = [each.right for each in codes]
    fit = LogisticRegression(C=_INVERSE_PENALTY, max_iter=5000).fit(rows, right)
    weights = {"always": fit.intercept_[0], **dict(zip(names, fit.coef_[0], strict=True))}
    return {name: round(float(weight), 3) for name, weight in weights.items()}


def write(defaults: dict[Scope, Shipped]) -> None:
    """The file that wardround comes with, a line for each point, threshold and weight."""
    plain = {scope: each.model_dump(exclude_defaults=True) for scope, each in defaults.items()}
    DEFAULTS.write_text("\n".join(_lines(plain)) + "\n", encoding="utf-8")


def _lines(value: object) -> Iterator[str]:
    """JSON with one line for each entry of lists and dictionaries that hold no more of them than pairs or figures."""
    entries: Iterable[tuple[str, object]]
    if isinstance(value, dict) and "threshold" not in value:
        entries, ends = [(f"{json.dumps(key)}: ", own) for key, own in value.items()], "{}"
    elif isinstance(value, list | tuple) and value and not isinstance(value[0], float):
        entries, ends = [("", own) for own in value], "[]"
    else:
        yield json.dumps(value)
        return
    yield ends[0]
    for number, (key, own) in enumerate(entries, 1):
        lines = list(_lines(own))
        lines[0] = key + lines[0]
        lines[-1] += "," * (number < len(value))
        yield from (f" {line}" for line in lines)
    yield ends[1]


# -- figures ---------------------------------------------------------------------------------------------------------


def figures(notes: Sequence[Record], scope: Scope) -> str:
    """Reliability and targets of the defaults on these notes, as Markdown."""
    coders = {target: Coder(scope=scope, target_precision=target) for target in (None, *_TARGETS)}
    told: list[tuple[float, bool]] = []
    accepted: defaultdict[float | None, list[bool]] = defaultdict(list)
    for record in notes:
        gold = set(map(normal, record.codes or ()))
        for target, coder in coders.items():
            result = coder.code(str(record.source), record.encounter)
            accepted[target] += [code.code in gold for code in result.accepted]
            if target is None:
                told += [(code.confidence, code.code in gold) for code in result.codes]
    found = reliability(told)
    assert found is not None
    lines = [f"{len(told)} codes, expected calibration error {found.ece:.3f}, Brier score {found.brier:.3f}.", ""]
    lines += ["| confidence | codes | mean confidence | precision |", "|---|---:|---:|---:|"]
    lines += [
        f"| {b.low:.2f} to {b.high:.2f} | {b.codes} | {b.confidence:.3f} | {b.precision:.3f} |" for b in found.bins
    ]
    lines += ["", "| target | from | promised | expected | reached | coverage |", "|---|---:|---:|---:|---:|---:|"]
    for target, right in accepted.items():
        operating = coders[target].operating
        lines.append(
            f"| {'none: ' + str(ACCEPTED_FROM) if target is None else target} "
            + ("| – " if operating.threshold is None else f"| {operating.threshold:.2f} ")
            + f"| {operating.at_least:.3f} | {operating.precision:.3f} "
            + (f"| {sum(right) / len(right):.3f} " if right else "| – ")
            + f"| {len(right) / len(told):.3f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Parse the command line, fit where that is asked for, and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("--notes", type=Path, default=NOTES, metavar="FOLDER", help="where aci/ and codiesp/ are")
    parser.add_argument("--fit", action="store_true", help="fit the defaults anew and write them")
    options = parser.parse_args()
    visits = partial(records, options.notes / "aci" / "dev.jsonl")
    if options.fit:
        reports = records(options.notes / "codiesp" / "train.jsonl")
        write({"encounter": encounter_defaults(visits("tuning")), "mentions": mentions_defaults(reports)})
    print("### encounter, on the held-out half of ACI-Bench's visit notes\n")
    print(figures(visits("held-out"), "encounter"))
    print("\n### mentions, on CodiEsp's development set\n")
    print(figures(records(options.notes / "codiesp" / "dev.jsonl"), "mentions"))


if __name__ == "__main__":
    main()
