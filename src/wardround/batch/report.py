"""A summary as one page of HTML with its plots inside; nothing in it is of one patient."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from wardround import __version__
from wardround.batch.counts import BINS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wardround.batch.summary import Summary

__all__ = ["report"]

_WIDTH, _HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 8, 12, 34
_TITLE = 38  # letters of a chapter's title that are shown
_NAMED = 20  # codes and rules in the tables
_MOST = 40  # codes of a note; those with more stand together

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #6a737d; --rule: #d0d7de;
  --accepted: #2a7f62; --review: #b7791f; --bar: #3566a8 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #16191d; --faint: #9aa4af; --rule: #3a424c;
  --accepted: #56b592; --review: #d9a441; --bar: #7ba4dd } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2.2rem }
table { border-collapse: collapse } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums } th { font-weight: 600 }
svg { max-width: 100%; height: auto } svg text { font: 11px system-ui, sans-serif; fill: var(--faint) }
svg .rule { stroke: var(--rule) } .bar { fill: var(--bar) } .accepted { fill: var(--accepted) }
.review { fill: var(--review) } .faint { color: var(--faint) }
.course { fill: none; stroke: var(--bar); stroke-width: 2 }
"""


def report(summary: Summary) -> str:
    """The page, whole in itself: no script, and nothing is loaded."""
    told = summary.to_json()
    last = told["last_run"]
    source = summary.run["source"]
    ratios = [
        ("notes", f"{told['notes']:,}"),
        ("could not be coded", f"{told['failed']:,}"),
        ("codes", f"{told['codes']:,}"),
        ("codes a note", _number(told["codes_per_note"])),
        ("accepted", f"{told['accepted']:,}" + _share(told["accepted_of_codes"])),
        ("for review", f"{told['review']:,}"),
        ("not valid in the release", f"{told['invalid']:,}"),
        ("questions to providers", f"{told['queries']:,}"),
        ("notes without codes", f"{told['notes_without_codes']:,}"),
        ("notes a second", f"{last['notes_per_second']:,} in {last['processes']} processes"),
        ("release", ", ".join(told["releases"]) or "–"),
    ]
    lengths = _lengths(told["codes_of_notes"])
    sections = [
        _section("Codes by chapter", _lying([(f"{c} {t}", n) for c, t, n in summary.chapters()])),
        _section(
            "Confidence of codes",
            _standing(
                [
                    (f"{number / BINS:.2f}" if number % 4 == 0 else "", values)
                    for number, values in enumerate(
                        zip(summary.confidences("accepted"), summary.confidences("review"), strict=True)
                    )
                ],
                ("accepted", "review"),
            )
            + '<p class="faint">green: accepted; amber: for review</p>',
        ),
        _section("Codes of a note", _standing([(label, (count,)) for label, count in lengths], ("bar",))),
        _section("Notes a second", _course(summary.course)),
        _section("Codes given most often", _table(("code", "", "notes"), summary.top_codes()[:_NAMED])),
        _section("Rules that spoke most often", _table(("rule", "times"), list(told["rules"].items())[:_NAMED])),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>wardround batch: {escape(source['name'])}</title><style>{_STYLE}</style></head><body>"
        f"<h1>Codes for {told['notes']:,} notes</h1>"
        f'<p class="faint">{escape(source["name"])} · wardround {escape(__version__)} · drafts, to be reviewed by a '
        f"person</p>{_table((), ratios)}{''.join(sections)}</body></html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>{content}" if content else ""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "" if value is None else f" ({value:.1%})"


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    head = f"<tr>{''.join(f'<th>{escape(heading)}</th>' for heading in headings)}</tr>" if headings else ""
    return f"<table>{head}{body}</table>" if body else ""


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"


def _svg(height: float, label: str, shapes: Iterable[str]) -> str:
    inside = "".join(shapes)
    return f'<svg viewBox="0 0 {_WIDTH} {height:g}" role="img" aria-label="{escape(label)}">{inside}</svg>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _bar(kind: str, x: float, y: float, width: float, height: float, told: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {place}><title>{escape(told)}</title></rect>'


def _lying(rows: Sequence[tuple[str, int]]) -> str:
    """Bars from left to right, one below the other, with their names."""
    if not rows:
        return ""
    most, left, step = max(count for _, count in rows), 280, 20
    shapes = []
    for number, (name, count) in enumerate(rows):
        y = number * step
        width = (_WIDTH - left - 64) * count / most
        short = name if len(name) <= _TITLE else f"{name[: _TITLE - 1]}…"
        shapes += [
            _text(left - 8, y + 13, short, "end"),
            _bar("bar", left, y + 3, width, step - 6, f"{name}: {count:,}"),
            _text(left + width + 6, y + 13, f"{count:,}"),
        ]
    return _svg(len(rows) * step, "codes by chapter", shapes)


def _standing(columns: Sequence[tuple[str, Sequence[int]]], kinds: Sequence[str]) -> str:
    """Bars from below, each in parts of these kinds, with labels below them."""
    most = max((sum(values) for _, values in columns), default=0)
    if not most:
        return ""
    step = (_WIDTH - _LEFT - _RIGHT) / len(columns)
    plain = _HEIGHT - _TOP - _BOTTOM
    shapes = list(_scale(most))
    for number, (label, values) in enumerate(columns):
        x, y = _LEFT + number * step, float(_HEIGHT - _BOTTOM)
        for kind, value in zip(kinds, values, strict=True):
            height = plain * value / most
            y -= height
            if value:
                shapes.append(_bar(kind, x + 1, y, max(step - 2, 1), height, f"{value:,}"))
        shapes.append(_text(x + (step / 2 if len(kinds) == 1 else 0), _HEIGHT - 16, label, "middle"))
    return _svg(_HEIGHT, "how many of each", shapes)


def _course(points: Sequence[tuple[float, int]]) -> str:
    """The rate between each two points of a run."""
    if len(points) < 3:
        return ""
    rates = []
    for (before, fewer), (at, more) in pairwise(points):
        if at > before:
            rates.append((at, (more - fewer) / (at - before)))
    if not rates:
        return ""
    last, most = rates[-1][0], max(rate for _, rate in rates) or 1.0
    plain, across = _HEIGHT - _TOP - _BOTTOM, _WIDTH - _LEFT - _RIGHT
    line = " ".join(f"{_LEFT + across * at / last:.1f},{_TOP + plain * (1 - rate / most):.1f}" for at, rate in rates)
    below = [_text(_LEFT + across * part, _HEIGHT - 16, f"{last * part:,.0f} s", "middle") for part in (0, 0.5, 0.96)]
    return _svg(_HEIGHT, "notes a second", [*_scale(most), *below, f'<polyline class="course" points="{line}"/>'])


def _scale(most: float) -> Iterable[str]:
    for part in (0, 0.5, 1):
        y = _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - part)
        yield f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(_LEFT - 6, y + 4, f"{most * part:,.0f}", "end")


def _lengths(notes: dict[str, int]) -> list[tuple[str, int]]:
    """Notes by their number of codes, without gaps."""
    counts = {int(length): count for length, count in notes.items()}
    longest = min(max(counts, default=0), _MOST)
    shown = [(str(length) if length % 5 == 0 else "", counts.get(length, 0)) for length in range(longest + 1)]
    more = sum(count for length, count in counts.items() if length > _MOST)
    return [*shown, (f">{_MOST}", more)] if more else shown
