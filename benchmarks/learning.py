"""What reviewed charts teach: scores with and without a site model, on charts that it has not seen.

    python -m benchmarks.learning             # the case reports: learned on the training set, judged on the other
    python -m benchmarks.learning --visits    # the visit notes: by cross-validation, with five ways to part them

Printed is Markdown. The second learns 25 times over, which takes some minutes. Nothing of a note is kept.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks._data import NOTES
from benchmarks._report import table
from wardround.coding import Coder, Encounter
from wardround.coding.evaluation import Evaluation, GoldNote, evaluate, normal
from wardround.coding.result import Scope
from wardround.coding.site import SiteModel
from wardround.learning import Chart, cross_validated, learn
from wardround.records import Lines, Record

_SEEDS = 5
_TARGETS = (None, 0.8, 0.85, 0.9, 0.95)


def main() -> None:
    """Parse the command line, measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learning", description=__doc__)
    parser.add_argument("--visits", action="store_true", help="the visit notes instead of the case reports")
    parser.add_argument("--folder", type=Path, default=NOTES, help="where aci/ and codiesp/ are")
    options = parser.parse_args()
    print(_visits(options.folder) if options.visits else _case_reports(options.folder))


def _case_reports(folder: Path) -> str:
    began = time.process_time()
    site = learn(_charts(folder / "codiesp" / "train.jsonl"), scope="mentions")
    took = time.process_time() - began
    seen = _charts(folder / "codiesp" / "dev.jsonl")
    scores = [_scores("without", _judged(seen, "mentions", None)), _scores("with", _judged(seen, "mentions", site))]
    bought = []
    for target in _TARGETS:
        figures = evaluate(_judged(seen, "mentions", site, target))
        told = figures.accepted
        bought.append([str(target or "none"), f"{told.precision:.3f}", f"{told.coverage:.3f}"])
    size = len(site.to_json().encode()) / 1000
    return (
        f"{site.charts} charts, {took:.0f} s of CPU time to learn, a file of {size:.0f} kB\n\n"
        f"{table(_HEAD, scores)}\n\n{table(['target precision', 'precision of accepted', 'coverage'], bought)}"
    )


def _visits(folder: Path) -> str:
    charts = _charts(folder / "aci" / "dev.jsonl")
    rows = [_scores("without", _judged(charts, "encounter", None))]
    for seed in range(_SEEDS):
        rows.append(_scores(f"with, parted anew {seed}", list(cross_validated(charts, seed=seed))))
    mean = sum(float(row[3]) for row in rows[1:]) / _SEEDS
    return f"{table(_HEAD, rows)}\n\nmean micro-F1 with: {mean:.3f}"


_HEAD = ["site model", "precision", "recall", "micro-F1", "macro-F1", "calibration error"]


def _scores(label: str, notes: list[GoldNote]) -> list[str]:
    figures: Evaluation = evaluate(notes, confidences=True)
    assert figures.reliability is not None
    micro = figures.micro
    told = (micro.precision, micro.recall, micro.f1, figures.macro_f1, figures.reliability.ece)
    return [label, *("–" if each is None else f"{each:.3f}" for each in told)]


def _judged(charts: list[Chart], scope: Scope, site: SiteModel | None, target: float | None = None) -> list[GoldNote]:
    coder = Coder(scope=scope, site=site, target_precision=target)
    return [GoldNote(id=c.id, text=c.text, gold=c.codes, result=coder.code(c.text, c.encounter)) for c in charts]


def _charts(path: Path) -> list[Chart]:
    return [
        Chart(
            id=record.id,
            text=str(record.source),
            codes=frozenset(map(normal, record.codes or ())),
            encounter=record.encounter,
        )
        for record in Lines(str(path), Encounter())
        if isinstance(record, Record)
    ]


if __name__ == "__main__":
    main()
