"""Measure everything and write ``benchmarks/results/latest.json``: see docs/benchmarks.md."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from benchmarks import accuracy, images, ocr, peers, rules, speed
from benchmarks._data import NOTES, ROOT, System, gold_sets
from benchmarks._report import tables, write_into_docs
from wardround import Coder, __version__

_PARTS = ("accuracy", "images", "ocr", "peers", "rules", "speed")
RESULT = ROOT / "benchmarks" / "results" / "latest.json"


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--notes", type=Path, default=NOTES, metavar="FOLDER", help="where aci/ and codiesp/ are")
    parser.add_argument("--only", choices=_PARTS, nargs="+", help="measure only these")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--quick", action="store_true", help="ocr: ten pages only")
    options = parser.parse_args()
    wanted = set(options.only or _PARTS)

    sets = gold_sets(options.notes)
    if not sets:
        _say("the gold notes are not here (see docs/benchmarks.md): accuracy and peers are left out")
    if not speed.one_core():
        _say("this system cannot keep a process on one core: times may vary more")
    load = os.getloadavg()[0]
    if load > 0.5:
        _say(f"the machine is busy (load {load:.1f}): trust processor time, not wall-clock time")

    result: dict[str, object] = {
        "schema": "wardround.benchmarks/1",
        "machine": _machine(),
        "load_before": round(load, 2),
    }
    if "speed" in wanted:
        result["speed"] = speed.speed(sets, _say)
    if "rules" in wanted:
        result["rules"] = rules.rules(_say)
    if "images" in wanted and (measured_images := images.images(_say)):
        result["images"] = measured_images
    if "ocr" in wanted and (measured_pages := ocr.ocr(_say, quick=options.quick)):
        result["ocr"] = measured_pages
    measured: list[object] = []
    systems: list[object] = []
    if sets and wanted & {"accuracy", "peers"}:
        for system in _systems(wanted):
            systems.append({"name": system.name, "version": system.version, "remarks": system.remarks})
            for gold_set in sets:
                _say(f"accuracy: {system.name} on {gold_set.name}")
                measured += [each.to_json() for each in accuracy.measure(system, gold_set)]
    result |= {"systems": systems, "accuracy": measured, "load_after": round(os.getloadavg()[0], 2)}

    text = tables(result)
    print(text)
    if options.only is None:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.write_docs:
        write_into_docs(text)


def _systems(wanted: Collection[str]) -> Iterator[System]:
    if "accuracy" in wanted:
        yield accuracy.wardround_itself()
    if "peers" in wanted:
        yield from peers.peers(_say)


def _machine() -> dict[str, object]:
    provenance = Coder().code("Gout.").provenance
    return {
        "day": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "wardround": __version__,
        "release_digest": provenance.release_digest,
        "lexicon_digest": provenance.lexicon_digest,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
