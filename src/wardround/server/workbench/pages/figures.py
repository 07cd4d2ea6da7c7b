"""The page of figures: how people decide, with suggestions and without."""

from __future__ import annotations

import csv
import datetime
import io
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, BeforeValidator

from wardround.server.access.policy import permits
from wardround.server.figures import FEW, Figures, Share, figures
from wardround.server.serving import Serving
from wardround.server.workbench.plots import HEIGHT, LEFT, WIDTH, Course, bars, course
from wardround.server.workbench.rendering import render

if TYPE_CHECKING:
    from wardround.server.services import Services

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_DAYS = 182  # that are shown without a choice
_ENOUGH = 20  # cases, below which the page says that its figures mean little

Day = Annotated[datetime.date | None, BeforeValidator(lambda told: told or None)]


class Period(BaseModel):
    """Which reviews are counted: signed on the days from ``since`` to ``until``."""

    since: Day = None
    until: Day = None

    @property
    def days(self) -> tuple[datetime.date, datetime.date]:
        """The first and the last day, in this order."""
        until = self.until or datetime.datetime.now(datetime.UTC).date()
        since = self.since or until - datetime.timedelta(days=_DAYS)
        return min(since, until), max(since, until)


class Table(NamedTuple):
    """The numbers of a plot, as the page shows them and as CSV."""

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


@router.get("/figures", openapi_extra=permits("figures:read"))
def page(request: Request, serving: Serving, period: Annotated[Period, Query()]) -> HTMLResponse:
    """Acceptance, time, agreement and precision, each as a plot with its numbers."""
    found = _figures(serving, period)
    since, until = period.days
    return render(
        request,
        "figures.html",
        since=since,
        until=until,
        found=found,
        few=FEW,
        enough=_ENOUGH,
        tables={table.name: table for table in tables(found)},
        told=_told,
        bars=bars(
            [
                [("accepted", each.accepted), ("changed", each.changed), ("rejected", each.rejected)]
                for each in found.acceptance
            ]
        ),
        precision=_precision(found),
        time=_time(found),
        size=(WIDTH, HEIGHT),
        left=LEFT,
    )


@router.get("/figures/{table}.csv", openapi_extra=permits("figures:read"))
def download(
    table: Literal["acceptance", "precision", "time", "agreement", "blind"],
    serving: Serving,
    period: Annotated[Period, Query()],
) -> Response:
    """The numbers of a plot as CSV."""
    chosen = next(each for each in tables(_figures(serving, period)) if each.name == table)
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(chosen.head)
    rows.writerows(chosen.rows)
    since, until = period.days
    name = f"wardround-{table}-{since}-{until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(written.getvalue(), media_type="text/csv", headers=headers)


def tables(found: Figures) -> tuple[Table, ...]:
    """The numbers as tables; shares are between 0 and 1, None where there are too few."""
    blind = found.blind
    return (
        Table(
            "acceptance",
            "Suggestions and what became of them",
            ("kind", "drafted as", "suggested", "accepted", "changed", "rejected", "share accepted", "low", "high"),
            tuple(
                (
                    each.kind,
                    each.status,
                    each.suggested,
                    each.accepted,
                    each.changed,
                    each.rejected,
                    *_numbers(each.share),
                )
                for each in found.acceptance
            ),
        ),
        Table(
            "precision",
            "Precision by week",
            ("week from", "cases", "suggested as accepted", "accepted", "precision", "low", "high"),
            tuple(
                (
                    week.monday.isoformat(),
                    week.cases,
                    week.precision.of,
                    week.precision.count,
                    *_numbers(week.precision),
                )
                for week in found.weeks
            ),
        ),
        Table(
            "time",
            "Time by week",
            ("week from", "cases", "timed cases", "median seconds", "lower quartile", "upper quartile"),
            tuple(
                (
                    week.monday.isoformat(),
                    week.cases,
                    week.time.cases,
                    _rounded(week.time.median, 0),
                    _rounded(week.time.lower, 0),
                    _rounded(week.time.upper, 0),
                )
                for week in found.weeks
            ),
        ),
        Table(
            "agreement",
            "Two readers of the same note",
            ("readers", "cases", "both report", "one reports", "neither reports", "kappa", "jaccard"),
            tuple(
                (name, each.cases, each.both, each.one, each.neither, _rounded(each.kappa), _rounded(each.jaccard))
                for name, each in (
                    ("with suggestions", found.with_suggestions),
                    ("without, before they were shown", found.without_suggestions),
                    ("the same, after they were shown", found.after_suggestions),
                )
            ),
        ),
        Table(
            "blind",
            "Without suggestions first, and then with them",
            ("what", "count", "of", "share", "low", "high"),
            tuple(
                (name, each.count, each.of, *_numbers(each))
                for name, each in (
                    ("first readings that began blind", blind.share),
                    ("suggested codes that she had given herself", blind.found),
                    ("suggested codes that she had not, and took over", blind.taken),
                    ("own codes that were not suggested, and kept", blind.kept),
                    ("suggested codes reported in blind reviews", blind.unaided),
                    ("suggested codes reported in reviews with suggestions", blind.aided),
                )
            ),
        ),
    )


def _figures(serving: Services, period: Period) -> Figures:
    since, until = period.days
    ends = until + datetime.timedelta(days=1)
    return figures(serving.store.figures(_midnight(since), _midnight(ends)))


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


def _numbers(each: Share) -> tuple[float | None, ...]:
    return _rounded(each.share), _rounded(each.low), _rounded(each.high)


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits or None)


def _told(each: Share) -> str:
    """A share in words.

    >>> from wardround.server.figures import share
    >>> _told(share(3, 4)), _told(share(8, 10))
    ('3 of 4', '80 % (49–94 %), 8 of 10')
    """
    counts = f"{each.count:,} of {each.of:,}"
    if each.share is None or each.low is None or each.high is None:
        return counts
    return f"{100 * each.share:.0f} % ({100 * each.low:.0f}–{100 * each.high:.0f} %), {counts}"


def _precision(found: Figures) -> Course:
    values = []
    for week in found.weeks:
        each = week.precision
        value = None
        if each.share is not None and each.low is not None and each.high is not None:
            value = 100 * each.share, 100 * each.low, 100 * each.high
        values.append((f"{week.monday:%d %b}", value, f"week of {week.monday}: {_told(each)}"))
    return course(values, 100, " %")


def _time(found: Figures) -> Course:
    values, most = [], 1.0
    for week in found.weeks:
        each = week.time
        value = None
        if each.median is not None and each.lower is not None and each.upper is not None:
            value = each.median / 60, each.lower / 60, each.upper / 60
            most = max(most, value[2])
        told = f"{each.cases} cases" if value is None else f"median {value[0]:.1f} min of {each.cases} cases"
        values.append((f"{week.monday:%d %b}", value, f"week of {week.monday}: {told}"))
    tops = (1, 2, 4, 8, 12, 20, 40, 60, 120, 240, 480, 1440)
    return course(values, next((top for top in tops if top >= most), most), " min")
