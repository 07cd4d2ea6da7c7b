"""One HTML page with everything that was measured, for a browser or a printer.

It needs nothing else: no script, no network, and a policy in the file that forbids both. It holds no word of a note
unless mistakes are given, whose quotes are text of the notes.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from wardround import __version__
from wardround.export.evaluation import plots
from wardround.export.evaluation.rows import DISTANCES, ROWS, told_ratio
from wardround.export.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wardround.coding.evaluation import ChapterScore, Compared, Comparison, Mistake

__all__ = ["page"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_NONE = "–"
_ABREAST = 3  # systems whose chapters have room for more than the F1 on paper


def page(comparison: Comparison, mistakes: Sequence[tuple[str, Mistake]] | None = None) -> str:
    """The page.

    Args:
        comparison: what is told.
        mistakes: of the systems, each with the name of its system; they quote the notes. None leaves them out.
    """
    return "\n".join(_lines(comparison, mistakes)) + "\n"


def _lines(comparison: Comparison, mistakes: Sequence[tuple[str, Mistake]] | None) -> Iterator[str]:
    systems = comparison.systems
    first = systems[0].figures
    style = files("wardround.export.evaluation").joinpath("page.css").read_text(encoding="utf-8")
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>Evaluation of {len(systems)} on {first.notes:,} notes</title>\n<style>\n{style}</style>\n</head>"
    yield "<body>\n<main>\n<h1>Evaluation</h1>"
    names = ", ".join(_text(one.name) for one in systems)
    counted = f"{first.notes:,} notes with {first.gold_codes:,} gold codes"
    yield f'<p class="lead">{names}: {counted}. wardround {__version__}.</p>'
    if mistakes is not None:
        yield '<p class="warning" role="note">This page quotes notes. It is as sensitive as they are.</p>'
    yield from _summary(comparison)
    yield from _certainty(systems)
    yield from _chapters(systems)
    yield from _sections(systems)
    yield from _near_misses(systems)
    if mistakes is not None:
        yield from _mistakes(systems, mistakes)
    yield "</main>\n</body>\n</html>"


def _summary(comparison: Comparison) -> Iterator[str]:
    systems = comparison.systems
    rows = []
    for title, value in ROWS:
        told = [value(one) for one in systems]
        if any(each is not None for each in told):
            rows.append((_indented(title), *(_NONE if each is None else each for each in told)))
    yield "<section>\n<h2>Summary</h2>"
    yield f"<figure>{plots.f1(systems)}</figure>"
    marked = (_Html(f"{plots.swatch(number)} {_text(one.name)}") for number, one in enumerate(systems))
    yield from _table("Summary", ("", *marked), rows)
    yield (
        f'<p class="note">Intervals hold 95 % of {comparison.resamples:,} draws of the notes, with replacement, the '
        "same draws for every system; <em>draws that say otherwise</em> is the share of them in which the difference "
        "to the first system is nought or has the other sign. Suggested are codes that are accepted or for review. A "
        "false alarm is near a miss if it is of the category of a gold code that was missed in its note. Notes of "
        "another kind may give other figures.</p>\n</section>"
    )


def _certainty(systems: Sequence[Compared]) -> Iterator[str]:
    yield "<section>\n<h2>Confidence</h2>"
    yield '<div class="plots">'
    yield f"<figure>{plots.coverage(systems)}<figcaption>The precision of the codes that are kept when the least "
    yield "certain ones are given up. The mark is where codes are accepted, or all of them.</figcaption></figure>"
    if any(one.figures.reliability for one in systems):
        yield f"<figure>{plots.reliability(systems)}<figcaption>On the diagonal a system is as sure as it is right."
        yield "</figcaption></figure>"
    yield f"</div>\n{_key(systems)}"
    rows = [
        (
            one.name,
            f"{each.low:.2f}–{each.high:.2f}",
            f"{each.codes:,}",
            f"{each.confidence:.3f}",
            told_ratio(each.precision),
        )
        for one in systems
        if one.figures.reliability
        for each in one.figures.reliability.bins
    ]
    if rows:
        yield from _table("Reliability", ("", "Confidence", "Codes", "Mean confidence", "Right"), rows)
        yield (
            '<p class="note">Ten bins of equal mass; codes of the same confidence stay together. The calibration error '
            "is the mean distance between the last two columns, weighted by the codes.</p>"
        )
    yield "</section>"


def _chapters(systems: Sequence[Compared]) -> Iterator[str]:
    """The chapters, those first in which the first system is wrong most often."""
    found = [{each.codes: each for each in one.figures.chapters} for one in systems]
    known = {codes: each for chapters in reversed(found) for codes, each in chapters.items()}
    wrong = {codes: _wrong(found[0].get(codes)) for codes in known}
    most = max((_length(each) for each in found[0].values()), default=0)
    told: tuple[str, ...] = ("precision", "recall", "F1") if len(systems) <= _ABREAST else ("F1",)
    rows = []
    for codes in sorted(known, key=lambda codes: (-wrong[codes], not codes, codes)):
        first = found[0].get(codes)
        score = known[codes].score
        cells: list[str | _Html] = [f"{codes} {known[codes].title}".strip()]
        cells.append(f"{score.true_positives + score.false_negatives:,}")
        bar = "" if first is None else plots.bars(*_counts(first), most)
        cells.append(_Html(bar))
        for each in found:
            score_of = each[codes].score if codes in each else None
            cells += [told_ratio(getattr(score_of, name.lower(), None)) for name in told]
        rows.append(cells)
    groups = [("", 3), *((one.name, len(told)) for one in systems)]
    yield "<section>\n<h2>Chapters</h2>"
    columns = ("Chapter", "Gold codes", f"Codes of {systems[0].name}", *told * len(systems))
    yield from _table("Chapters", columns, rows, groups=groups)
    yield (
        '<p class="note">Those first in which the first system is wrong most often. A bar is what was '
        '<span class="swatch right"></span> right, <span class="swatch alarm"></span> a false alarm and '
        '<span class="swatch miss"></span> missed.</p>\n</section>'
    )


def _sections(systems: Sequence[Compared]) -> Iterator[str]:
    found = [{each.section: each for each in one.figures.sections} for one in systems]
    names = list(dict.fromkeys(name for each in found for name in each))
    if not names:
        return
    rows = [
        (
            name.replace("_", " "),
            *(
                cell
                for each in found
                for cell in (
                    (f"{each[name].suggested:,}", told_ratio(each[name].precision)) if name in each else (_NONE, _NONE)
                )
            ),
        )
        for name in names
    ]
    heads = ("suggested", "precision") * len(systems)
    groups = [("", 1), *((one.name, 2) for one in systems)]
    yield "<section>\n<h2>Sections</h2>"
    yield from _table("Sections", ("Quoted from", *heads), rows, groups=groups)
    yield (
        '<p class="note">A code that is quoted from sections of several kinds counts in each. Gold codes come without '
        "a place in the note, so no recall is known.</p>\n</section>"
    )


def _near_misses(systems: Sequence[Compared]) -> Iterator[str]:
    def shares(counts: dict[str, int]) -> dict[str, str]:
        total = sum(counts.values())
        return {name: f"{count:,} ({100 * count / total:.0f} %)" if count else "0" for name, count in counts.items()}

    columns = []
    for one in systems:
        near = one.figures.near_misses
        columns += [shares(near.false_alarms.model_dump()), shares(near.misses.model_dump())]
    rows = [(told, *(column[name] for column in columns)) for name, told in DISTANCES.items()]
    heads = ("false alarms", "misses") * len(systems)
    groups = [("", 1), *((one.name, 2) for one in systems)]
    yield "<section>\n<h2>Near misses</h2>"
    yield from _table("Near misses", ("With the nearest on the other side", *heads), rows, groups=groups)
    yield (
        '<p class="note">A false alarm by the nearest gold code of its note that was missed; a miss by the nearest '
        "false alarm of its note.</p>\n</section>"
    )


def _mistakes(systems: Sequence[Compared], mistakes: Sequence[tuple[str, Mistake]]) -> Iterator[str]:
    yield "<section>\n<h2>Mistakes</h2>"
    heads = ("Note", "Kind", "Code", "Status", "Quote", "Section", "Related", "Reason")
    for one in systems:
        rows = [
            (
                each.id,
                each.kind,
                each.code,
                each.status,
                each.quote,
                each.section.replace("_", " "),
                " ".join(each.related),
                each.reason,
            )
            for name, each in mistakes
            if name == one.name
        ]
        yield f"<details>\n<summary>{_text(one.name)}: {len(rows):,}</summary>"
        yield from _table(f"Mistakes of {one.name}", heads, rows, words=True)
        yield "</details>"
    yield "</section>"


class _Html(str):
    """A cell that is HTML already."""

    __slots__ = ()


def _table(
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    groups: Sequence[tuple[str, int]] = (),
    words: bool = False,
) -> Iterator[str]:
    """A table; ``groups`` stand above so many columns each, ``words`` is whether its cells are words, not numbers."""
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(visible(name))}">'
    yield f"<table{'' if words else ' class=numbers'}>\n<thead>"
    if groups:
        above = (
            f'<th scope="colgroup" colspan="{count}">{_text(group)}</th>' if group else f'<td colspan="{count}"></td>'
            for group, count in groups
        )
        yield f"<tr>{''.join(above)}</tr>"
    heads = (f'<th scope="col">{_cell(column)}</th>' if column else "<td></td>" for column in columns)
    yield f"<tr>{''.join(heads)}</tr></thead>\n<tbody>"
    for title, *cells in rows:
        told = "".join(f"<td>{_cell(cell)}</td>" for cell in cells)
        yield f'<tr><th scope="row">{_cell(title)}</th>{told}</tr>'
    yield "</tbody>\n</table>\n</div>"


def _cell(text: str) -> str:
    return text if isinstance(text, _Html) else _text(text)


def _key(systems: Sequence[Compared]) -> str:
    told = (f"<li>{plots.swatch(number)} {_text(one.name)}</li>" for number, one in enumerate(systems))
    return f'<ul class="key">{"".join(told)}</ul>'


def _indented(title: str) -> _Html:
    told = _text(title.strip())
    return _Html(f'<span class="under">{told}</span>' if title.startswith(" ") else told)


def _counts(chapter: ChapterScore) -> tuple[int, int, int]:
    score = chapter.score
    return score.true_positives, score.false_positives, score.false_negatives


def _length(chapter: ChapterScore) -> int:
    return sum(_counts(chapter))


def _wrong(chapter: ChapterScore | None) -> int:
    return 0 if chapter is None else chapter.score.false_positives + chapter.score.false_negatives


def _text(text: str) -> str:
    """``text`` as text; letters of a script that runs from right to left turn nothing round that stands beside them."""
    shown = escape(visible(text))
    return shown if shown.isascii() else f"<bdi>{shown}</bdi>"
