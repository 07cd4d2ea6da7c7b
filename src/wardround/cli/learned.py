"""What ``wardround learn`` tells: what was learned, what a site model holds, and how two of them differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wardround.cli.terminal import tally
from wardround.export.evaluation import told_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType
    from rich.table import Table

    from wardround.coding.site import SiteModel
    from wardround.learning.comparing import ChangedHabit, Difference, Effect
    from wardround.learning.reading import Gathered

__all__ = ["Compared", "Learned", "Shown"]

_PRECISIONS = (0.8, 0.9, 0.95)  # that are told with the coverage they buy
_MOST = 15  # rows of a table
_PHRASES = 4  # of a code
_FROM = 0.5  # of the charts with a phrase have the code, for it to be told
_CHARTS = 8  # ids in a row
_PLACE = "basis "  # begins the names of weights of places


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What was learned from which charts; ``model`` and ``examples`` are None where none were made."""

    gathered: Gathered
    model: SiteModel | None
    examples: int | None

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        told: dict[str, Any] = {
            "charts": len(self.gathered.charts),
            "left_out": dict(self.gathered.told()),
        }
        if self.model is not None:
            told["model"] = _plain(self.model)
        if self.examples is not None:
            told["examples"] = self.examples
        return told

    def tables(self) -> Iterator[RenderableType]:
        """For a terminal."""
        table = tally()
        table.add_row("reviewed charts", f"{len(self.gathered.charts):,}")
        for reason, count in self.gathered.told():
            table.add_row(f"  left out: {reason}", f"{count:,}")
        if self.model is not None:
            _add_habits(table, self.model)
        if self.examples is not None:
            table.add_row("examples for a model", f"{self.examples:,}")
        yield table
        if self.model is not None:
            yield _figures(self.model)
            yield _coverage(self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a site model holds."""

    model: SiteModel

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            **_plain(self.model),
            "codes": [_plain_code(*each) for each in _codes(self.model)],
            "together": [
                {"suggested": suggested, "code": code, "given": right, "charts": of}
                for suggested, code, right, of in _together(self.model)
            ],
            "places": dict(_places(self.model)),
        }

    def tables(self) -> Iterator[RenderableType]:
        """For a terminal."""
        table = tally()
        table.add_row("file", self.model.digest)
        table.add_row("scope", self.model.scope)
        table.add_row("release", self.model.release)
        table.add_row("reviewed charts", f"{self.model.charts:,}")
        _add_habits(table, self.model)
        yield table
        yield _figures(self.model)
        yield _coverage(self.model)
        codes = _columns("Codes given most", "charts:", "phrases that mean it here, with their charts")
        for code, charts, phrases in list(_codes(self.model))[:_MOST]:
            told = ", ".join(f"{phrase} {right}/{of}" for phrase, right, of in phrases[:_PHRASES])
            codes.add_row(code, f"{charts:,}", told)
        yield codes
        doubted = _columns("Codes suggested and not given", "charts:", "given in:")
        for code, of, right in _doubted(self.model)[:_MOST]:
            doubted.add_row(code, f"{of:,}", f"{right:,}" if right else "fewer than 3")
        if doubted.row_count:
            yield doubted
        together = _columns("Where this is suggested", "people give", "charts:")
        for suggested, code, right, of in _together(self.model)[:_MOST]:
            together.add_row(suggested, code, _count((right, of)))
        if together.row_count:
            yield together
        places = _columns("Where a suggested code stands", "how much that speaks for it:")
        for place, weight in _places(self.model):
            places.add_row(place, f"{weight:+.2f}")
        if places.row_count:
            yield places


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How two site models differ; ``effect`` is None without charts."""

    old: SiteModel
    new: SiteModel
    difference: Difference
    effect: Effect | None

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "old": _plain(self.old),
            "new": _plain(self.new),
            "difference": self.difference.model_dump(mode="json"),
            "effect": None if self.effect is None else self.effect.model_dump(mode="json"),
        }

    def tables(self) -> Iterator[RenderableType]:
        """For a terminal."""
        yield self._summary()
        habits = self.difference.habits
        parts = (
            ("New habits", [each for each in habits if each.old is None]),
            ("Habits gone", [each for each in habits if each.new is None]),
            ("Habits that moved", [each for each in habits if each.old is not None and each.new is not None]),
        )
        for title, own in parts:
            if own:
                yield _habits(title, own)
        if self.difference.weights:
            table = _columns("Weights that moved most", "of codes", "old:", "new:")
            for each in self.difference.weights[:_MOST]:
                table.add_row(each.fact or "(constant)", each.kind, f"{each.old:+.2f}", f"{each.new:+.2f}")
            yield table
        if self.effect is not None:
            yield from _effect(self.effect)

    def _summary(self) -> RenderableType:
        table = _columns("", "old:", "new:")
        for name, value in (
            ("file", lambda model: model.digest),
            ("reviewed charts", lambda model: f"{model.charts:,}"),
            ("release", lambda model: model.release),
            ("F1, cross-validated", lambda model: f"{model.figures.f1:.3f}"),
            ("codes", lambda model: f"{len(model.habits.given):,}"),
            ("phrases", lambda model: f"{len(model.habits.phrases):,}"),
            ("threshold", lambda model: f"{model.threshold:.3f}"),
        ):
            table.add_row(name, value(self.old), value(self.new))
        gained, lost = self.difference.codes_gained, self.difference.codes_lost
        table.add_row("codes gained", "", _listed(gained))
        table.add_row("codes lost", _listed(lost), "")
        return table


def _effect(effect: Effect) -> Iterator[RenderableType]:
    table = _columns(f"In {effect.charts:,} charts", "old:", "new:")
    scores: tuple[tuple[str, float | None, float | None], ...] = (
        ("precision", effect.old.precision, effect.new.precision),
        ("recall", effect.old.recall, effect.new.recall),
        ("F1", effect.old.f1, effect.new.f1),
    )
    for name, old, new in scores:
        table.add_row(name, told_ratio(old), told_ratio(new))
    table.add_row("charts with other codes", "", f"{effect.changed:,}")
    yield table
    if effect.codes:
        codes = _columns("Codes that change", "", "charts:", "rightly:", "in")
        for each in effect.codes[:_MOST]:
            codes.add_row(
                each.code, each.change, f"{len(each.charts):,}", f"{each.right:,}", _listed(each.charts, _CHARTS)
            )
        yield codes


def _habits(title: str, habits: Sequence[ChangedHabit]) -> RenderableType:
    table = _columns(f"{title} ({len(habits):,})", "code", "old:", "new:")
    for each in habits[:_MOST]:
        sign = each.sign if each.table == "phrases" else f"{each.sign} ({each.table})"
        table.add_row(sign, each.code, _count(each.old), _count(each.new))
    return table


def _plain(model: SiteModel) -> dict[str, Any]:
    return {
        "digest": model.digest,
        "scope": model.scope,
        "release": model.release,
        "charts": model.charts,
        "figures": model.figures.model_dump(mode="json"),
        "expected_calibration_error": _error(model),
        "codes_given": len(model.habits.given),
        "phrases": len(model.habits.phrases),
        "terms": len(model.habits.terms),
        "codes_suggested": len(model.habits.offered),
        "coverage": [
            {"target_precision": each, **model.calibration.operating(each).model_dump(mode="json")}
            for each in _PRECISIONS
        ],
    }


def _add_habits(table: Table, model: SiteModel) -> None:
    table.add_row("codes that people gave", f"{len(model.habits.given):,}")
    table.add_row("local phrases", f"{len(model.habits.phrases):,}")
    table.add_row("terms of the classification", f"{len(model.habits.terms):,}")
    table.add_row("suggested codes", f"{len(model.habits.offered):,}")


def _figures(model: SiteModel) -> RenderableType:
    table = _columns("On charts it had not seen", "precision:", "recall:", "F1:")
    known = model.figures
    table.add_row("without the model", *(f"{each:.3f}" for each in known.without))
    table.add_row("with the model", *(f"{each:.3f}" for each in (known.precision, known.recall, known.f1)))
    table.add_row("expected calibration error", "", "", told_ratio(_error(model)))
    return table


def _error(model: SiteModel) -> float | None:
    """The expected calibration error on charts that a fit had not seen, from what each threshold bought there."""
    from wardround.coding.evaluation import reliability

    judged: list[tuple[float, bool]] = []
    hits = 0
    for each in model.calibration.curve:
        kept = round(each.coverage * model.calibration.codes) - len(judged)
        right = round(each.precision * (len(judged) + kept)) - hits
        hits += right
        judged += [(each.threshold or 0.0, number < right) for number in range(kept)]
    found = reliability(judged)
    return None if found is None else found.ece


def _coverage(model: SiteModel) -> RenderableType:
    table = _columns("Target precision", "accepted from:", "precision:", "coverage:")
    for target in _PRECISIONS:
        bought = model.calibration.operating(target)
        threshold = "none" if bought.threshold is None else f"{bought.threshold:.2f}"
        table.add_row(f"{target:.2f}", threshold, f"{bought.precision:.3f}", f"{bought.coverage:.0%}")
    return table


def _codes(model: SiteModel) -> Iterator[tuple[str, int, list[tuple[str, int, int]]]]:
    """Each code with its charts and the phrases that mean it more often than not, the most frequent first."""
    phrases: dict[str, list[tuple[str, int, int]]] = {}
    for phrase, (of, given) in model.habits.phrases.items():
        for code, right in given.items():
            if right >= _FROM * of and not code.endswith("-"):
                phrases.setdefault(code, []).append((phrase, right, of))
    for code, charts in sorted(model.habits.given.items(), key=lambda each: (-each[1], each[0])):
        yield code, charts, sorted(phrases.get(code, ()), key=lambda each: (-each[1], each[2], each[0]))


def _plain_code(code: str, charts: int, phrases: Iterable[tuple[str, int, int]]) -> dict[str, Any]:
    told = [{"phrase": phrase, "given": right, "charts": of} for phrase, right, of in phrases]
    return {"code": code, "charts": charts, "phrases": told}


def _doubted(model: SiteModel) -> list[tuple[str, int, int]]:
    """Codes that the coder suggests and people mostly do not give: with its charts, and those where they did."""
    found = ((code, of, given.get(code, 0)) for code, (of, given) in model.habits.offered.items())
    return sorted((each for each in found if each[2] < _FROM * each[1]), key=lambda each: (each[2] - each[1], each[0]))


def _together(model: SiteModel) -> list[tuple[str, str, int, int]]:
    """Suggested codes with another code that people mostly give there: in how many of how many charts."""
    found = (
        (suggested, code, right, of)
        for suggested, (of, given) in model.habits.offered.items()
        for code, right in given.items()
        if code != suggested and not code.endswith("-") and right >= _FROM * of
    )
    return sorted(found, key=lambda each: (-each[2], each[3], each[:2]))


def _places(model: SiteModel) -> list[tuple[str, float]]:
    """The places of a note, and how much each speaks for a code that the coder offers there; log-odds."""
    weights = model.weights.get("offered", {})
    found = ((name.removeprefix(_PLACE), weight) for name, weight in weights.items() if name.startswith(_PLACE))
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _columns(*titles: str) -> Table:
    """A table; what is under a title that ends in a colon stands to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in titles:
        table.add_column(title.removesuffix(":"), justify="right" if title.endswith(":") else "left", overflow="fold")
    return table


def _listed(names: Sequence[str], most: int = _MOST) -> str:
    from wardround.export.visible import visible

    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return visible(", ".join(names[:most])) + more or "none"


def _count(count: tuple[int, int] | None) -> str:
    return "–" if count is None else f"{count[0]} of {count[1]}"
