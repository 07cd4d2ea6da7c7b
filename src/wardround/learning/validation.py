"""What a model would have said of charts that it has not seen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from wardround import documents
from wardround.coding.coder import Coder
from wardround.coding.evaluation import GoldNote
from wardround.coding.result import Scope
from wardround.learning.charts import Chart
from wardround.learning.fitting import fitted

__all__ = ["cross_validated"]


def cross_validated(
    charts: Iterable[Chart], *, scope: Scope, release: str | None, folds: int, seed: int
) -> Iterator[GoldNote]:
    """Every chart with its result from a model of the other folds; see `wardround.learning.cross_validated`."""
    keyed = sorted(((_key(seed, chart), chart.id, chart) for chart in charts), key=lambda each: each[:2])
    numbers = {key: number for number, key in enumerate(dict.fromkeys(key for key, _, _ in keyed))}
    for fold in range(folds):
        others = [chart for key, _, chart in keyed if numbers[key] % folds != fold]
        coder = Coder(release, scope=scope, site=fitted(others, scope=scope, release=release, on_progress=None))
        for key, _, chart in keyed:
            if numbers[key] % folds == fold:
                result = coder.code(documents.read(chart.text), chart.encounter, id=chart.id)
                yield GoldNote(id=chart.id, text=chart.text, gold=chart.codes, result=result)


def _key(seed: int, chart: Chart) -> bytes:
    """The same for the same note; a note of JSON may hold half of a surrogate pair."""
    return hashlib.sha256(f"{seed}\n{chart.text}".encode(errors="surrogatepass")).digest()
