"""What a site's reviewed charts teach: weights of terms, local phrases, habits, and how sure to be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from wardround.errors import InputError
from wardround.learning.charts import Chart

if TYPE_CHECKING:
    from wardround.coding.evaluation import GoldNote
    from wardround.coding.result import Scope
    from wardround.coding.site import SiteModel

__all__ = ["Chart", "cross_validated", "learn"]


def learn(
    charts: Iterable[Chart],
    *,
    scope: Scope = "encounter",
    release: str | None = None,
    on_progress: Callable[[str, float], None] | None = None,
) -> SiteModel:
    """The site model of reviewed charts. The same charts give the same model, in whatever order they come.

    Args:
        charts: some hundreds of them; of notes that are copies of each other one counts.
        scope: what their codes are: those of the encounter, or of all that the note mentions.
        release: id of the installed release to read them with; the newest if not given.
        on_progress: told the step, and how much of it is done, 0 to 1.

    Raises:
        InputError: there are too few charts, or scikit-learn is not installed.
        UnknownRelease: no such release is installed.
    """
    _need_sklearn()
    from wardround.learning.fitting import fitted

    return fitted(charts, scope=scope, release=release, on_progress=on_progress)


def cross_validated(
    charts: Iterable[Chart], *, scope: Scope = "encounter", release: str | None = None, folds: int = 5, seed: int = 0
) -> Iterator[GoldNote]:
    """Every chart with its result from a model of the charts of the other folds; the rest as `learn` has it.

    Args:
        charts: the same note stays in one fold, however often it occurs.
        scope: what their codes are.
        release: id of the installed release; the newest if not given.
        folds: how many.
        seed: another one parts the charts otherwise.

    Raises:
        InputError: there are too few charts, or scikit-learn is not installed.
        UnknownRelease: no such release is installed.
    """
    _need_sklearn()
    from wardround.learning.validation import cross_validated

    return cross_validated(charts, scope=scope, release=release, folds=folds, seed=seed)


def _need_sklearn() -> None:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise InputError("scikit-learn is not installed", hint="pip install 'wardround[learn]'") from None
