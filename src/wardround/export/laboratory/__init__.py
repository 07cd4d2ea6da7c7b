"""Laboratory results in the formats of others: one format per file, found by name."""

from __future__ import annotations

from importlib import import_module

from wardround.errors import InputError
from wardround.export.laboratory.exporter import LaboratoryExporter

__all__ = ["LaboratoryExporter", "laboratory_exporter", "laboratory_formats"]

_BUILT_IN = {  # name → class in the module of that name, imported when first used
    "json": "Json",
    "csv": "Csv",
    "fhir": "Fhir",
    "markdown": "Markdown",
}


def laboratory_formats() -> tuple[str, ...]:
    """The names of the formats."""
    return tuple(_BUILT_IN)


def laboratory_exporter(name: str) -> LaboratoryExporter:
    """The format called ``name``.

    Raises:
        InputError: there is no such format; the hint names those there are.

    >>> laboratory_exporter("csv").suffix
    '.csv'
    """
    if name not in _BUILT_IN:
        hint = f"formats: {', '.join(_BUILT_IN)}"
        raise InputError(f"there is no format {name!r} of laboratory results", hint=hint)
    made: LaboratoryExporter = getattr(import_module(f"{__name__}.{name}"), _BUILT_IN[name])()
    return made
