"""Draft reports in the formats of others: one format per file, found by name.

Built in: ``markdown``, ``json`` (the published shape), ``html``, ``pdf``, ``fhir`` (R4), ``dicom-sr`` (TID 1500) and
``secondary-capture``, the picture with its areas as DICOM. A plugin names its ``ReportExporter`` class under the
entry-point group ``wardround.report_exporters``; it is code of its author's, so it is loaded only when plugins are
asked for.
"""

from __future__ import annotations

from importlib import import_module

from wardround.errors import InputError
from wardround.export.reports.exporter import ReportExporter

__all__ = ["ReportExporter", "report_exporter", "report_formats"]

_GROUP = "wardround.report_exporters"
_BUILT_IN = {  # name → module and class, imported when first used
    "markdown": ("wardround.export.reports.markdown", "Markdown"),
    "json": ("wardround.export.reports.json", "Json"),
    "html": ("wardround.export.reports.html", "Html"),
    "pdf": ("wardround.export.reports.pdf", "Pdf"),
    "fhir": ("wardround.export.reports.fhir", "Fhir"),
    "dicom-sr": ("wardround.export.reports.dicom.structured_report", "StructuredReport"),
    "secondary-capture": ("wardround.export.reports.dicom.secondary_capture", "SecondaryCapture"),
}


def report_formats(*, plugins: bool = False) -> tuple[str, ...]:
    """The names of the formats, built-in ones first; with ``plugins``, those of installed plugins too."""
    return (*_BUILT_IN, *sorted(_plugins() - _BUILT_IN.keys())) if plugins else tuple(_BUILT_IN)


def report_exporter(name: str, *, plugins: bool = False) -> ReportExporter:
    """The format called ``name``. A plugin cannot take the name of a built-in format.

    Raises:
        InputError: there is no such format; the hint names those there are.

    >>> report_exporter("markdown").suffix
    '.md'
    """
    if name in _BUILT_IN:
        module, kind = _BUILT_IN[name]
        made: ReportExporter = getattr(import_module(module), kind)()
        return made
    if plugins and name in _plugins():
        return _from_plugin(name)
    raise InputError(
        f"there is no report format {name!r}", hint=f"formats: {', '.join(report_formats(plugins=plugins))}"
    )


def _plugins() -> set[str]:
    from importlib.metadata import entry_points

    return {point.name for point in entry_points(group=_GROUP)}


def _from_plugin(name: str) -> ReportExporter:
    from importlib.metadata import entry_points

    (point, *_) = entry_points(group=_GROUP, name=name)
    try:
        kind = point.load()
    except Exception as error:  # whatever the plugin's own code raises
        raise InputError(f"the plugin for the report format {name!r} cannot be loaded", where=point.value) from error
    if not (isinstance(kind, type) and issubclass(kind, ReportExporter)):
        raise InputError(f"the plugin for the report format {name!r} is not a ReportExporter", where=point.value)
    return kind()
