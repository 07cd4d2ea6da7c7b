"""What a model adds: the coder alone, with the model beside it, and the model alone, on the same notes, in one table.

    PYTHONPATH=src python -m benchmarks.methods --engine llamacpp:model.gguf --notes 8 --budget 60

The notes are the first of the tuning half of a set (see docs/benchmarks.md); they and the results stay in memory. With
files of your own, ``wardround code`` and ``wardround evaluate`` give the same table; see docs/models.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console

from benchmarks._data import NOTES, GoldSet, gold_sets
from benchmarks.accuracy import gold_notes
from wardround.cli.comparison import grid
from wardround.coding import Coder, CodingResult
from wardround.coding.evaluation import Answers, compare
from wardround.engines import Engine, open_engine
from wardround.errors import EngineError
from wardround.records import Record


def main() -> None:
    """Parse the command line, measure, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.methods", description=__doc__)
    parser.add_argument("--engine", default=None, help="as for wardround code")
    parser.add_argument("--set", default="aci", help="aci or codiesp")
    parser.add_argument("--notes", type=int, default=8, help="how many")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of the model for a note")
    parser.add_argument("--folder", type=Path, default=NOTES, help="where aci/ and codiesp/ are")
    options = parser.parse_args()
    gold_set = next((each for each in gold_sets(options.folder) if each.name == options.set), None)
    if gold_set is None:
        sys.exit("the gold notes are not here; see docs/benchmarks.md")
    records = gold_set.half("tuning")[: options.notes]
    with open_engine(options.engine) as engine:
        answers = [
            _measured("embedded", Coder(scope=gold_set.scope), records, gold_set),
            _measured("assisted", _coder(engine, "assisted", options.budget, gold_set), records, gold_set),
            _measured("direct", _coder(engine, "direct", options.budget, gold_set), records, gold_set),
        ]
        print(f"{engine.name}, budget {options.budget:g} s a note", file=sys.stderr)
    comparison = compare(answers)
    Console(stderr=True).print(grid(comparison))
    json.dump(comparison.to_json(), sys.stdout, indent=1)
    print()


def _coder(engine: Engine, method: str, budget: float, gold_set: GoldSet) -> Coder:
    return Coder(scope=gold_set.scope, engine=engine, method=method, budget=budget)  # type: ignore[arg-type]


def _measured(name: str, coder: Coder, records: tuple[Record, ...], gold_set: GoldSet) -> Answers:
    results: list[CodingResult | None] = []
    for number, record in enumerate(records, 1):
        print(f"{name}: note {number} of {len(records)}", file=sys.stderr, flush=True)
        try:
            results.append(coder.code(str(record.source), record.encounter, id=record.id))
        except EngineError:  # the note counts as one without a result
            results.append(None)
    return Answers(name=name, notes=gold_notes(records, results, gold_set.scope), missing=results.count(None))


if __name__ == "__main__":
    main()
