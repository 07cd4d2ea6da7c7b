"""Results in the formats of others: one format per file, found by name.

Built in: ``json`` (JSON Lines), ``csv``, ``markdown``, ``queries``, the questions to the provider as letters, and
``fhir``, a Bundle per line. A plugin names its ``Exporter`` class under the entry-point group ``wardround.exporters``;
it is code of its author's, so it is loaded only when plugins are asked for. Reports have formats of their own, see
``wardround.export.reports``.
"""

from __future__ import annotations

from importlib import import_module

from wardround.errors import InputError
from wardround.export.exporter import Exporter, Failure

__all__ = ["Exporter", "Failure", "exporter", "formats"]

_GROUP = "wardround.exporters"
_BUILT_IN = {  # name → module and class, imported when first used
    "json": ("wardround.export.json", "JsonLines"),
    "csv": ("wardround.export.csv", "Csv"),
    "markdown": ("wardround.export.markdown", "Markdown"),
    "queries": ("wardround.export.queries", "Queries"),
    "fhir": ("wardround.export.fhir", "Fhir"),
}


def formats(*, plugins: bool = False) -> tuple[str, ...]:
    """The names of the formats, built-in ones first; with ``plugins``, those of installed plugins too."""
    return (*_BUILT_IN, *sorted(_plugins() - _BUILT_IN.keys())) if plugins else tuple(_BUILT_IN)


def exporter(name: str, *, plugins: bool = False) -> Exporter:
    """The format called ``name``. A plugin cannot take the name of a built-in format.

    Raises:
        InputError: there is no such format; the hint names those there are.

    >>> exporter("csv").header()[:12]
    'id,sequence,'
    """
    if name in _BUILT_IN:
        module, kind = _BUILT_IN[name]
        made: Exporter = getattr(import_module(module), kind)()
        return made
    if plugins and name in _plugins():
        return _from_plugin(name)
    raise InputError(f"there is no format {name!r}", hint=f"formats: {', '.join(formats(plugins=plugins))}")


def _plugins() -> set[str]:
    from importlib.metadata import entry_points

    return {point.name for point in entry_points(group=_GROUP)}


def _from_plugin(name: str) -> Exporter:
    from importlib.metadata import entry_points

    (point, *_) = entry_points(group=_GROUP, name=name)
    try:
        kind = point.load()
    except Exception as error:  # whatever the plugin's own code raises
        raise InputError(f"the plugin for the format {name!r} cannot be loaded", where=point.value) from error
    if not (isinstance(kind, type) and issubclass(kind, Exporter)):
        raise InputError(f"the plugin for the format {name!r} is not an Exporter", where=point.value)
    return kind()
