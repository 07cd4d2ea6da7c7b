"""Draft reports in the formats of others: one format per file, found by name.

Built in: ``markdown``, ``json`` (the published shape), ``html``, ``pdf``, ``fhir`` (R4), ``dicom-sr`` (TID 1500) and
``secondary-capture``, the picture with its areas as DICOM. A plugin names its ``ReportExporter`` class under the
entry-point group ``wardround.report_exporters``; it is code of its author's, so it is loaded only when plugins are
asked for.
"""

from __future__ import annotations

from wardround.export.registry import Registry
from wardround.export.reports.exporter import ReportExporter

__all__ = ["ReportExporter", "report_exporter", "report_formats"]

_FORMATS: Registry[ReportExporter] = Registry(
    "report format",
    ReportExporter,  # type: ignore[type-abstract]  # only compared with
    "wardround.report_exporters",
    {
        "markdown": ("wardround.export.reports.markdown", "Markdown"),
        "json": ("wardround.export.reports.json", "Json"),
        "html": ("wardround.export.reports.html", "Html"),
        "pdf": ("wardround.export.reports.pdf", "Pdf"),
        "fhir": ("wardround.export.reports.fhir", "Fhir"),
        "dicom-sr": ("wardround.export.reports.dicom.structured_report", "StructuredReport"),
        "secondary-capture": ("wardround.export.reports.dicom.secondary_capture", "SecondaryCapture"),
    },
)


def report_formats(*, plugins: bool = False) -> tuple[str, ...]:
    """The names of the formats, built-in ones first; with ``plugins``, those of installed plugins too."""
    return _FORMATS.names(plugins=plugins)


def report_exporter(name: str, *, plugins: bool = False) -> ReportExporter:
    """The format called ``name``. A plugin cannot take the name of a built-in format.

    Raises:
        InputError: there is no such format; the hint names those there are.

    >>> report_exporter("markdown").suffix
    '.md'
    """
    return _FORMATS.make(name, plugins=plugins)
