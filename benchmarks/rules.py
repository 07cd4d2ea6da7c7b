"""How quickly the rules check lists of codes, and what they add to the coding of a note, on one core.

Two kinds of lists, of twelve codes each, made by the same seed every time: codes drawn from all billable codes of the
release, of which no two belong together and nearly every one is new to the process; and common diagnoses, of which many
do, so that there is much to find. Commands run in processes of their own, as in `benchmarks.speed`.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks._data import our_notes
from benchmarks.speed import metered
from wardround import Checker, Coder, icd10
from wardround.coding import scopes
from wardround.coding.rules import RULES, check

__all__ = ["lists", "rules"]

_CODES = 12  # of a list
_LISTS = 10_000
_SOME = 2_000  # lists for times within one process
_PASSES = 5

_COMMON = (
    "I10 E11.9 E11.22 E11.65 N18.30 N18.4 I50.9 I50.32 I13.0 J44.9 J44.1 J18.9 J96.01 A41.9 R65.20 N39.0 B96.20 K21.9 "
    "F32.A F41.9 E78.5 E66.9 Z68.41 Z79.4 Z79.84 Z79.01 Z87.891 F17.210 I25.10 I21.4 I48.91 G47.33 M17.11 M54.50 R07.9 "
    "R05.9 R50.9 R11.2 N17.9 D64.9 D63.1 E03.9 E87.6 E86.0 G20.A1 G30.9 F02.80 I63.9 Z86.73 S72.001A W19.XXXA Y92.009 "
    "C50.911 C34.90 L97.419 E11.621 O80 Z37.0 Z3A.39 T39.1X5A K29.00 K57.30 N40.1 R33.9 H25.9 Z23 Z00.00 E10.65 "
    "J45.909 U07.1 J12.82 B20 K70.30 F10.20 Z51.11 D70.1 Z95.5 Z90.710"
).split()


def lists(kind: str, count: int) -> list[list[str]]:
    """``count`` lists of a kind: ``any`` codes of the release, or ``common`` ones."""
    drawn = random.Random(kind)
    codes = icd10.load()
    pool = sorted(codes.billable_codes()) if kind == "any" else [code for code in _COMMON if codes.billable(code)]
    return [drawn.sample(pool, _CODES) for _ in range(count)]


def rules(say: Callable[[str], None]) -> dict[str, object]:
    """All figures, as plain values."""
    say("rules: lists")
    found: dict[str, object] = {"rules": len(RULES), "codes_per_list": _CODES, "lists": _LISTS}
    for kind in ("any", "common"):
        found[kind] = {**_command(kind), **_in_process(kind)}
    say("rules: notes")
    return found | {"note": _per_note()}


def _command(kind: str) -> dict[str, float]:
    """Lists per second of ``wardround rules check --jsonl``, from start to exit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "lists.jsonl")
        records = ({"id": str(i), "codes": each, "age": 50} for i, each in enumerate(lists(kind, _LISTS)))
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        command = [sys.executable, "-m", "wardround", "rules", "check", "--jsonl", str(path)]
        wall, cpu, peak = metered(command)
    return {
        "lists_per_second": round(_LISTS / wall, 1),
        "lists_per_cpu_second": round(_LISTS / cpu, 1),
        "peak_mb": round(peak, 1),
    }


def _in_process(kind: str) -> dict[str, float]:
    """Milliseconds of processor time per list: of the best of several passes, and how much there is to find."""
    checker, some = Checker(), lists(kind, _SOME)
    passes = []
    for _ in range(1 + _PASSES):
        began = time.process_time()
        findings = sum(len(checker.check(each)) for each in some)
        passes.append(time.process_time() - began)
    return {"ms_per_list": round(1000 * min(passes[1:]) / _SOME, 3), "findings_per_list": round(findings / _SOME, 2)}


def _per_note() -> dict[str, float]:
    """Milliseconds of processor time per note of ours, best of several passes: in all, and in the rules."""
    coder, notes = Coder(), our_notes()
    best = []
    for _ in range(1 + _PASSES):
        with _clocked() as clock:
            began = time.process_time()
            for note in notes:
                coder.code(note)
            best.append((time.process_time() - began, *clock))
    total, applied, checked = (1000 * min(column) / len(notes) for column in zip(*best[1:], strict=True))
    return {"ms": round(total, 3), "apply_ms": round(applied, 3), "check_ms": round(checked, 3)}


@contextmanager
def _clocked() -> Iterator[list[float]]:
    """Processor seconds that the coder spends in applying the rules and in checking with them, while this lasts."""
    clock = [0.0, 0.0]

    def timed(place: int, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: object) -> object:
            began = time.process_time()
            done = work(*given)
            clock[place] += time.process_time() - began
            return done

        return run

    with ExitStack() as stack:
        for rule in RULES:
            stack.enter_context(patch.object(rule, "apply", timed(0, rule.apply)))
        stack.enter_context(patch.object(scopes, "check", timed(1, lambda listed: list(check(listed)))))
        yield clock
