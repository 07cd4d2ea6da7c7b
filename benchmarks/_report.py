"""The result as Markdown tables, printed and put into docs/benchmarks.md between two markers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import ocr
from benchmarks._data import HALVES, ROOT

__all__ = ["number", "table", "tables", "write_into_docs"]

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

_SETS = {
    "aci": "Outpatient visit notes (ACI-Bench, development), scope encounter",
    "codiesp": "Case reports in English translation (CodiEsp, development), scope mentions",
}

_FIGURES: tuple[tuple[str, Callable[[Mapping[str, Any]], object]], ...] = (
    ("notes", lambda row: row["notes"]),
    ("precision", lambda row: row["micro"]["precision"]),
    ("recall", lambda row: row["micro"]["recall"]),
    ("**micro-F1**", lambda row: row["micro"]["f1"]),
    ("micro-F1, 95 % interval", lambda row: _interval(row["intervals"]["f1"])),
    ("macro-F1 over gold codes", lambda row: row["macro_f1"]),
    ("three-character F1", lambda row: row["three_character"]["f1"]),
    ("suggested codes for each gold code", lambda row: row["over_coding"]),
    ("precision of accepted codes", lambda row: row["accepted"]["precision"] if row["system"] == "wardround" else None),
    ("coverage of accepted codes", lambda row: row["accepted"]["coverage"] if row["system"] == "wardround" else None),
    ("invalid codes", lambda row: row["invalid_codes"]),
    ("notes it failed on", lambda row: row["failed_notes"]),
    ("inexact quotes", lambda row: row["inexact_quotes"]),
    ("ms of processor time per 2,500 characters, one pass", lambda row: row["cpu_ms_per_2500_characters"]),
)

_PROCESSES = (
    ("`wardround code`, cold start on a compiled code set (median of 7)", "cold_start", "seconds"),
    ("`wardround code`, very first run, which compiles the code set", "first_run", "seconds"),
)


def tables(result: Mapping[str, Any]) -> str:
    """All tables of one result."""
    parts = [_machine(result)]
    for name, title in _SETS.items():
        rows = [row for row in result["accuracy"] if row["set"] == name]
        if rows:
            parts.append(f"### {title}\n\n{_accuracy(rows)}")
    if result["systems"]:
        said = (f"- {each['name']} {each['version']}{_remarks(each['remarks'])}" for each in result["systems"])
        parts.append("\n".join(said))
    if "speed" in result:
        parts.append(f"### Time and memory\n\n{_speed(result['speed'])}")
    if "rules" in result:
        parts.append(f"### Rules\n\n{_rules(result['rules'])}")
    if "images" in result:
        parts.append(f"### Images\n\n{_images(result['images'])}")
    if "ocr" in result:
        parts.append(f"### Pages read from pictures\n\n{_ocr(result['ocr'])}")
    return "\n\n".join(parts)


def write_into_docs(text: str, page: Path = PAGE) -> None:
    """Put ``text`` between the markers of a page.

    Raises:
        ValueError: the page has lost its markers.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page.name} needs the lines {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _machine(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    load = f"load {result['load_before']} before and {result['load_after']} after"
    return (
        f"Measured on {machine['day']}: wardround {machine['wardround']}, Python {machine['python']}, "
        f"{machine['system']}, one core of {machine['cores']}; {load}."
    )


def _remarks(remarks: Sequence[str]) -> str:
    return ": " + "; ".join(remarks) if remarks else ""


def _accuracy(rows: Sequence[Mapping[str, Any]]) -> str:
    by_column = {(row["system"], row["half"]): row for row in rows}
    columns = [(system, half) for system in dict.fromkeys(row["system"] for row in rows) for half in HALVES]
    lines = [[label, *(number(figure(by_column[column])) for column in columns)] for label, figure in _FIGURES]
    return table(["", *(f"{system}, {half}" for system, half in columns)], lines)


def _speed(speed: Mapping[str, Any]) -> str:
    lines: list[list[str]] = []
    for name, label in (("aci", "visit notes"), ("examples", "our example notes")):
        if name in speed["note"]:
            for which, prefix in (("best of 5", ""), ("first pass in a process", "first_pass_")):
                times = (speed["note"][name][f"{prefix}{clock}_ms"] for clock in ("wall", "cpu"))
                lines.append([f"ms per 2,500 characters, {label}, {which}", *map(number, times)])
    for label, name, unit in _PROCESSES:
        lines.append([f"{label}, {unit}", number(speed[f"{name}_{unit}"]), number(speed[f"{name}_cpu_{unit}"])])
    rates = (speed["jsonl_notes_per_second"], speed["jsonl_notes_per_cpu_second"])
    lines.append([f"`--jsonl`, notes per second, {speed['jsonl_notes']:,} notes, start included", *map(number, rates)])
    memory = [
        ["peak memory, a note of 2,500 characters", number(speed["peak_mb"])],
        ["peak memory, a note of 1,000,000 characters, `--json`", number(speed["peak_mb_1_000_000_characters"])],
        ["the same, as a table", number(speed["peak_mb_1_000_000_characters_table"])],
        [f"peak memory, `--jsonl` with {speed['jsonl_notes']:,} notes", number(speed["jsonl_peak_mb"])],
        ["peak memory, very first run", number(speed["first_run_peak_mb"])],
    ]
    sizes = list(next(iter(speed["length"].values())))
    length = [[shape, *(number(by_size[size]) for size in sizes)] for shape, by_size in speed["length"].items()]
    return "\n\n".join(
        (
            table(["", "wall clock", "processor"], lines),
            table(["", "MB"], memory),
            "Linear in length? Milliseconds of processor time per 2,500 characters of a note of so many characters:",
            table(["", *sizes], length),
        )
    )


def _rules(rules: Mapping[str, Any]) -> str:
    kinds = ("any", "common")
    figures = (
        ("lists per second, start included", "lists_per_second"),
        ("the same by processor time", "lists_per_cpu_second"),
        ("ms of processor time per list, second pass in a process", "ms_per_list"),
        ("findings per list", "findings_per_list"),
        ("peak memory, MB", "peak_mb"),
    )
    lines = [[label, *(number(rules[kind][name]) for kind in kinds)] for label, name in figures]
    note = rules["note"]
    said = (
        f"`wardround rules check --jsonl` with {rules['rules']} rules on {rules['lists']:,} lists of "
        f"{rules['codes_per_list']} codes. Of the {number(note['ms'])} ms of processor time that one of our example "
        f"notes takes, applying the rules takes {number(note['apply_ms'])} ms and checking the finished list "
        f"{number(note['check_ms'])} ms."
    )
    return f"{said}\n\n{table(['', 'any codes of the release', 'common diagnoses'], lines)}"


_IMAGES = (
    ("film", "chest radiograph, uncompressed: read and render"),
    ("film_jpeg_2000", "chest radiograph, JPEG 2000 lossless: read and render"),
    ("film_simpleitk", "chest radiograph, uncompressed: SimpleITK, read only"),
    ("ct", "{slices} CT slices: read, render the 85 that a model is shown"),
    ("ct_all", "{slices} CT slices: read, render all"),
    ("ct_simpleitk", "{slices} CT slices: SimpleITK, read only"),
)


def _images(images: Mapping[str, Any]) -> str:
    lines = [
        [label.format(**images), *(number(images[name][clock]) for clock in ("seconds", "cpu_seconds", "peak_mb"))]
        for name, label in _IMAGES
        if name in images
    ]
    rows, columns = images["film_size"]
    said = (
        f"A radiograph of {columns:,} × {rows:,} pixels of 12 bits, and slices of {images['slice_side']} × "
        f"{images['slice_side']}; best of three processes each, packages imported, pictures made but not encoded."
    )
    return f"{said}\n\n{table(['', 'seconds', 'processor seconds', 'peak MB'], lines)}"


def _ocr(result: Mapping[str, Any]) -> str:
    header = [
        "",
        "characters, % (worst page)",
        "numbers, negations, sides, %",
        "codes as of the text, F1",
        "wrong words that were doubtful",
        "words doubtful",
        "seconds a page",
        "processor seconds",
    ]
    lines = [[str(cells[0]), *map(number, cells[1:])] for cells in ocr.rows(result)]
    memory = ", ".join(f"{each['peak_mb']:,.0f} MB with {each['program']}" for each in result.values())
    said = (
        "Six notes of ours printed at 200 dots per inch in four faces and copied by the generator of the tests, not by "
        "real scanners; "
        f"preparing the picture included, one thread. Peak memory, Python and the coder included: {memory}."
    )
    return f"{said}\n\n{table(header, lines)}"


def _interval(told: Mapping[str, float] | None) -> str | None:
    return None if told is None else f"{told['low']:.3f}–{told['high']:.3f}"


def number(value: object) -> str:
    """A figure with as many digits as say something; nothing is a dash."""
    if value is None:
        return "–"
    if not isinstance(value, float):
        return str(value)
    digits = next((digits for above, digits in ((100, 0), (10, 1), (1, 2)) if value >= above), 3)
    return f"{value:,.{digits}f}"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table, all columns but the first to the right."""
    rule = ["---", *("---:" for _ in header[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *lines))
