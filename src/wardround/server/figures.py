"""How people decided, in figures. Pure functions of signed reviews; nothing here knows a patient.

- *Acceptance, precision, time* are of first readings as they were signed the first time, not of their amendments.
- *Agreement* is of notes that were read twice, by the first reading as it was signed the first time and the second
  one; not of amendments and adjudications. A code counts as one unit per case: both readers report it, one does, or
  neither although it was suggested.
- *Unaided and aided* is of reviews that began without the suggestions.

A share of fewer than `FEW` is given as counts only. Intervals are Wilson's, at 95 %.

Source: Wilson EB (1927), J Am Stat Assoc 22:209; Cohen J (1960), Educ Psychol Meas 20:37; Jaccard P (1912).
"""

from __future__ import annotations

import datetime
import math
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.store.records import Reviewed, reported

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

__all__ = [
    "FEW",
    "Acceptance",
    "Agreement",
    "Blind",
    "Figures",
    "Share",
    "Time",
    "Week",
    "agreement",
    "figures",
    "kappa",
    "quartiles",
    "share",
]

FEW = 5
"""Below this, counts are told and nothing is made of them."""

_Z = 1.959963984540054  # two-sided 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``count`` of ``of``; the share with its interval, None where ``of`` is less than `FEW`."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What became of what was suggested with one status: ``accepted`` or ``review`` of codes, presence of findings."""

    kind: str
    status: str
    suggested: int
    accepted: int
    rejected: int
    changed: int
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """Seconds that were worked on a case: median and quartiles, None where there are fewer than `FEW` cases."""

    cases: int
    median: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The first readings that were signed in a week.

    Attributes:
        monday: its first day, UTC.
        precision: of codes that were suggested as accepted: those that people accepted as they were.
    """

    monday: datetime.date
    cases: int
    time: Time
    precision: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two readers of the same cases.

    Attributes:
        both, one, neither: codes that both report, only one of them, or neither although it was suggested.
        kappa: Cohen's, over these; None where it is not defined, or cases are fewer than `FEW`.
        jaccard: mean over the cases of what both report among what either does; None likewise.
    """

    cases: int
    both: int
    one: int
    neither: int
    kappa: float | None
    jaccard: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """Reviews of notes that began without the suggestions, which were shown later.

    Attributes:
        share: of first readings that were blind, of all.
        empty: how many had no code of their own when the suggestions were shown.
        found: suggested codes that the reviewer had given herself, of all suggested ones.
        taken: suggested codes that she had not given, and reports after seeing them.
        kept: own codes that were not suggested, and stay after seeing the suggestions.
        aided, unaided: suggested codes that are reported in the end, in reviews with suggestions from the beginning and
            in blind ones.
    """

    share: Share
    reviews: int
    empty: int
    found: Share
    taken: Share
    kept: Share
    aided: Share
    unaided: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures of a time.

    Attributes:
        cases: first readings that were signed.
        reviewers: people who signed them.
        added: codes and findings that were reported and not suggested.
        with_suggestions: agreement of readers who saw the suggestions.
        without_suggestions: agreement of blind readers, by what they held before they saw the suggestions.
        after_suggestions: agreement of the same readers, by what they signed.
    """

    cases: int
    reviewers: int
    added: int
    acceptance: tuple[Acceptance, ...]
    time: Time
    time_aided: Time
    time_blind: Time
    precision: Share
    weeks: tuple[Week, ...]
    with_suggestions: Agreement
    without_suggestions: Agreement
    after_suggestions: Agreement
    blind: Blind


def figures(reviewed: Iterable[Reviewed]) -> Figures:
    """The figures of signed reviews, in any order."""
    every = list(reviewed)
    firsts = [each for each in every if each.reading == "first" and each.round == 1]
    weeks: defaultdict[datetime.date, list[Reviewed]] = defaultdict(list)
    for each in firsts:
        day = each.signed.astimezone(datetime.UTC).date()
        weeks[day - datetime.timedelta(days=day.weekday())].append(each)
    pairs = _pairs(every)
    aided = [(one, other) for one, other in pairs if not one.blind and not other.blind]
    blind = [(one, other) for one, other in pairs if one.blind and other.blind]
    return Figures(
        cases=len(firsts),
        reviewers=len({each.reviewer for each in firsts}),
        added=sum(len(_added(each)) for each in firsts),
        acceptance=tuple(_acceptance(firsts)),
        time=_time(firsts),
        time_aided=_time([each for each in firsts if not each.blind]),
        time_blind=_time([each for each in firsts if each.blind]),
        precision=_precision(firsts),
        weeks=tuple(
            Week(monday=monday, cases=len(those), time=_time(those), precision=_precision(those))
            for monday, those in sorted(weeks.items())
        ),
        with_suggestions=agreement((reported(a), reported(b), _codes(a)) for a, b in aided),
        without_suggestions=agreement((_own(a), _own(b), _codes(a)) for a, b in blind),
        after_suggestions=agreement((reported(a), reported(b), _codes(a)) for a, b in blind),
        blind=_blind(firsts, every),
    )


def share(count: int, of: int) -> Share:
    """A share with Wilson's interval.

    >>> each = share(8, 10)
    >>> (each.share, round(each.low, 3), round(each.high, 3))
    (0.8, 0.49, 0.943)
    >>> share(3, 4).share is None
    True
    """
    if of < FEW:
        return Share(count=count, of=of, share=None, low=None, high=None)
    part = count / of
    middle = (part + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    half = _Z / (1 + _Z**2 / of) * math.sqrt(part * (1 - part) / of + _Z**2 / (4 * of**2))
    low = 0.0 if count == 0 else middle - half
    high = 1.0 if count == of else middle + half
    return Share(count=count, of=of, share=part, low=low, high=high)


def kappa(both: int, first: int, second: int, neither: int) -> float | None:
    """Cohen's kappa of two readers over units that both, the first, the second, or neither report.

    None where it is not defined: no units, or both readers say the same of all.

    >>> round(kappa(20, 5, 10, 15), 3)
    0.4
    """
    units = both + first + second + neither
    if not units:
        return None
    observed = (both + neither) / units
    one, other = (both + first) / units, (both + second) / units
    expected = one * other + (1 - one) * (1 - other)
    return None if math.isclose(expected, 1.0) else (observed - expected) / (1 - expected)


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile; between two values in proportion.

    >>> quartiles([10, 20, 30, 40, 50])
    (20.0, 30.0, 40.0)
    """
    if len(values) == 1:
        return (float(values[0]),) * 3
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return float(lower), float(median), float(upper)


def agreement(cases: Iterable[tuple[Collection[str], Collection[str], Collection[str]]]) -> Agreement:
    """Two readers over cases, each as what one reports, what the other does, and what was suggested."""
    counted: Counter[str] = Counter()
    overlaps = []
    number = 0
    for first, second, suggested in cases:
        number += 1
        one, other = set(first), set(second)
        counted["both"] += len(one & other)
        counted["first"] += len(one - other)
        counted["second"] += len(other - one)
        counted["neither"] += len(set(suggested) - one - other)
        overlaps.append(len(one & other) / len(one | other) if one | other else 1.0)
    enough = number >= FEW
    return Agreement(
        cases=number,
        both=counted["both"],
        one=counted["first"] + counted["second"],
        neither=counted["neither"],
        kappa=kappa(counted["both"], counted["first"], counted["second"], counted["neither"]) if enough else None,
        jaccard=statistics.fmean(overlaps) if enough else None,
    )


def _own(each: Reviewed) -> set[str]:
    """What a blind reviewer held before the suggestions were shown."""
    return {_code(item) for item, verb in each.unaided if _stands(item, verb)}


def _codes(each: Reviewed) -> set[str]:
    return {_code(item) for item, _ in each.suggested}


def _code(item: str) -> str:
    return item.partition("#")[0]  # a code's second time in a draft is its item with a number


def _stands(item: str, verb: str) -> bool:
    return verb in ("accept", "change", "add") and item not in ("sequence", "report")


def _added(each: Reviewed) -> set[str]:
    known = {item for item, _ in each.suggested}
    return {item for item, verb in each.decisions if verb == "add" and item not in known}


def _acceptance(reviewed: Iterable[Reviewed]) -> Iterable[Acceptance]:
    counted: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in reviewed:
        verbs = dict(each.decisions)
        for item, status in each.suggested:
            verb = verbs.get(item, "")
            told = "accept" if verb == "add" else verb  # given before it was seen as suggested
            if told == "change" and each.kind == "note" and each.changed.get(item, _code(item)) == _code(item):
                told = "accept"  # other words for the same code
            counted[each.kind, status][told] += 1
    for (kind, status), verbs_of in sorted(counted.items()):
        suggested = verbs_of.total()
        yield Acceptance(
            kind=kind,
            status=status,
            suggested=suggested,
            accepted=verbs_of["accept"],
            rejected=verbs_of["reject"],
            changed=verbs_of["change"],
            share=share(verbs_of["accept"], suggested),
        )


def _precision(reviewed: Iterable[Reviewed]) -> Share:
    rows = [each for each in _acceptance(reviewed) if (each.kind, each.status) == ("note", "accepted")]
    return share(sum(each.accepted for each in rows), sum(each.suggested for each in rows))


def _time(reviewed: Iterable[Reviewed]) -> Time:
    told = [each.seconds for each in reviewed if each.seconds > 0]  # programs that review tell no time
    if len(told) < FEW:
        return Time(cases=len(told), median=None, lower=None, upper=None)
    lower, median, upper = quartiles(told)
    return Time(cases=len(told), median=median, lower=lower, upper=upper)


def _pairs(reviewed: Iterable[Reviewed]) -> list[tuple[Reviewed, Reviewed]]:
    """The first reading and the last second reading of each note that was read twice, of the same draft."""
    found: defaultdict[str, dict[str, Reviewed]] = defaultdict(dict)
    for each in sorted(reviewed, key=lambda each: each.round):
        if each.kind == "note" and (each.reading != "first" or each.round == 1):
            found[each.case][each.reading] = each
    return [
        (one["first"], one["second"])
        for one in found.values()
        if "first" in one and "second" in one and one["first"].result == one["second"].result
    ]


def _blind(firsts: Sequence[Reviewed], every: Iterable[Reviewed]) -> Blind:
    blind = [each for each in every if each.blind and each.revealed and each.kind == "note"]
    aided = [each for each in firsts if not each.blind and each.kind == "note"]
    sums: Counter[str] = Counter()
    for each in blind:
        own, suggested, final = _own(each), _codes(each), reported(each)
        sums["suggested"] += len(suggested)
        sums["found"] += len(own & suggested)
        sums["missed"] += len(suggested - own)
        sums["taken"] += len((suggested - own) & final)
        sums["alone"] += len(own - suggested)
        sums["kept"] += len((own - suggested) & final)
        sums["reported"] += len(suggested & final)

    def total(those: Iterable[Reviewed], count: Callable[[Reviewed], Collection[str]]) -> int:
        return sum(len(count(each)) for each in those)

    return Blind(
        share=share(sum(each.blind for each in firsts), len(firsts)),
        reviews=len(blind),
        empty=sum(not _own(each) for each in blind),
        found=share(sums["found"], sums["suggested"]),
        taken=share(sums["taken"], sums["missed"]),
        kept=share(sums["kept"], sums["alone"]),
        aided=share(total(aided, lambda each: reported(each) & _codes(each)), total(aided, _codes)),
        unaided=share(sums["reported"], sums["suggested"]),
    )
