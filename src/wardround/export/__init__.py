"""Results in the formats of others: one format per file, found by name.

Built in: ``json`` (JSON Lines), ``csv``, ``markdown``, ``queries``, the questions to the provider as letters, and
``fhir``, a Bundle per line. A plugin names its ``Exporter`` class under the entry-point group ``wardround.exporters``;
it is code of its author's, so it is loaded only when plugins are asked for. Reports have formats of their own, see
``wardround.export.reports``.
"""

from __future__ import annotations

from wardround.export.exporter import Exporter, Failure
from wardround.export.registry import Registry

__all__ = ["Exporter", "Failure", "exporter", "formats"]

_FORMATS: Registry[Exporter] = Registry(
    "format",
    Exporter,  # type: ignore[type-abstract]  # only compared with
    "wardround.exporters",
    {
        "json": ("wardround.export.json", "JsonLines"),
        "csv": ("wardround.export.csv", "Csv"),
        "markdown": ("wardround.export.markdown", "Markdown"),
        "queries": ("wardround.export.queries", "Queries"),
        "fhir": ("wardround.export.fhir", "Fhir"),
    },
)


def formats(*, plugins: bool = False) -> tuple[str, ...]:
    """The names of the formats, built-in ones first; with ``plugins``, those of installed plugins too."""
    return _FORMATS.names(plugins=plugins)


def exporter(name: str, *, plugins: bool = False) -> Exporter:
    """The format called ``name``. A plugin cannot take the name of a built-in format.

    Raises:
        InputError: there is no such format; the hint names those there are.

    >>> exporter("csv").header()[:12]
    'id,sequence,'
    """
    return _FORMATS.make(name, plugins=plugins)
