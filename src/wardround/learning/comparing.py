"""What is different between two site models: in what they hold, and in what they make of charts."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from wardround.coding import Coder
from wardround.coding.evaluation import GoldNote, Score, evaluate
from wardround.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from wardround.coding.site import SiteModel
    from wardround.coding.site.habits import Habits
    from wardround.learning.charts import Chart

__all__ = ["ChangedCode", "ChangedHabit", "ChangedWeight", "Difference", "Effect", "difference", "effect"]

_TABLES: tuple[Literal["phrases", "terms", "offered"], ...] = ("phrases", "terms", "offered")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class ChangedWeight(_Model):
    """How far a fact is believed, before and after; 0 where a model does not know it. Log-odds."""

    kind: str
    fact: str
    old: float
    new: float


class ChangedHabit(_Model):
    """A sign of a note that speaks for a code; each count is ``(charts with both, charts with the sign)``.

    Attributes:
        table: ``phrases``, ``terms`` or ``offered``, as the file has it.
        old, new: None where a model does not have it.
    """

    table: str
    sign: str
    code: str
    old: tuple[int, int] | None
    new: tuple[int, int] | None

    @property
    def moved(self) -> float:
        """How much the share of charts has moved, -1 to 1."""
        return _share(self.new) - _share(self.old)


class Difference(_Model):
    """What two models hold differently.

    Attributes:
        weights: that have moved, the farthest first.
        habits: that are new, gone, or have another share of charts, the farthest moved first.
        codes_gained, codes_lost: that only the new one, or only the old one, has seen in charts enough.
    """

    weights: tuple[ChangedWeight, ...]
    habits: tuple[ChangedHabit, ...]
    codes_gained: tuple[str, ...]
    codes_lost: tuple[str, ...]


class ChangedCode(_Model):
    """A code that appears in charts, or disappears from them.

    Attributes:
        change: of the new model against the old one.
        charts: their ids.
        right: in how many of them the change is to what people gave.
    """

    code: str
    change: Literal["appears", "disappears"]
    charts: tuple[str, ...]
    right: int


class Effect(_Model):
    """What a new model would change in charts.

    Attributes:
        charts: how many were coded with both.
        changed: in how many of them the codes differ.
        codes: that differ, those of most charts first.
        old, new: each model's score against what people gave.
    """

    charts: int
    changed: int
    codes: tuple[ChangedCode, ...]
    old: Score
    new: Score


def difference(old: SiteModel, new: SiteModel) -> Difference:
    """What two models hold differently.

    Raises:
        InputError: they are of two scopes.
    """
    if old.scope != new.scope:
        raise InputError(
            f"the models are of two scopes, {old.scope} and {new.scope}", hint="compare models of one scope"
        )
    weights = (
        ChangedWeight(kind=kind, fact=fact, old=before.get(fact, 0.0), new=after.get(fact, 0.0))
        for kind in new.weights
        for before, after in [(old.weights.get(kind, {}), new.weights[kind])]
        for fact in before | after
        if before.get(fact, 0.0) != after.get(fact, 0.0)
    )
    return Difference(
        weights=tuple(sorted(weights, key=lambda each: (-abs(each.new - each.old), each.kind, each.fact))),
        habits=tuple(sorted(_habits(old.habits, new.habits), key=lambda e: (-abs(e.moved), e.table, e.sign, e.code))),
        codes_gained=tuple(sorted(new.habits.given.keys() - old.habits.given)),
        codes_lost=tuple(sorted(old.habits.given.keys() - new.habits.given)),
    )


def effect(
    old: SiteModel,
    new: SiteModel,
    charts: Sequence[Chart],
    *,
    release: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Effect:
    """What the new model would change in charts. Those that it was fitted on flatter it.

    Args:
        old: the model in use.
        new: the one that may take its place.
        charts: with the codes that people gave them; at least one.
        release: as `wardround.coding.Coder` takes it.
        on_progress: told how many charts are done, and how many there are.

    Raises:
        InputError: there is no chart.
    """
    if not charts:
        raise InputError("there is no chart to compare the models on")
    coders = [Coder(release, scope=model.scope, site=model) for model in (old, new)]
    notes: tuple[list[GoldNote], list[GoldNote]] = ([], [])
    for done, chart in enumerate(charts, 1):
        for coder, own in zip(coders, notes, strict=True):
            result = coder.code(chart.text, chart.encounter, id=chart.id)
            own.append(GoldNote(id=chart.id, text=chart.text, gold=chart.codes, result=result))
        if on_progress is not None:
            on_progress(done, len(charts))
    pairs = list(zip(*notes, strict=True))
    before, after = (evaluate(own).micro for own in notes)
    return Effect(
        charts=len(charts),
        changed=sum(one.suggested != other.suggested for one, other in pairs),
        codes=tuple(_codes(pairs)),
        old=before,
        new=after,
    )


def _habits(old: Habits, new: Habits) -> Iterator[ChangedHabit]:
    for table in _TABLES:
        before, after = (dict(_counts(getattr(habits, table))) for habits in (old, new))
        for sign, code in before | after:
            was, is_ = before.get((sign, code)), after.get((sign, code))
            if was is None or is_ is None or _share(was) != _share(is_):
                yield ChangedHabit(table=table, sign=sign, code=code, old=was, new=is_)


def _counts(
    table: Mapping[str, tuple[int, Mapping[str, int]]],
) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    for sign, (of, given) in table.items():
        for code, right in given.items():
            if right and not code.endswith("-"):  # what a category shares, its codes tell
                yield (sign, code), (right, of)


def _share(count: tuple[int, int] | None) -> float:
    return count[0] / count[1] if count else 0.0


def _codes(pairs: Iterable[tuple[GoldNote, GoldNote]]) -> list[ChangedCode]:
    charts: dict[tuple[str, Literal["appears", "disappears"]], list[str]] = {}
    right: Counter[tuple[str, str]] = Counter()
    for old, new in pairs:
        appear: Iterable[tuple[str, Literal["appears", "disappears"]]] = (
            (code, "appears") for code in sorted(new.suggested - old.suggested)
        )
        disappear: Iterable[tuple[str, Literal["appears", "disappears"]]] = (
            (code, "disappears") for code in sorted(old.suggested - new.suggested)
        )
        for code, change in chain(appear, disappear):
            charts.setdefault((code, change), []).append(new.id)
            right[code, change] += (code in new.gold) == (change == "appears")
    found = [
        ChangedCode(code=code, change=change, charts=tuple(ids), right=right[code, change])
        for (code, change), ids in charts.items()
    ]
    return sorted(found, key=lambda each: (-len(each.charts), each.code, each.change))
