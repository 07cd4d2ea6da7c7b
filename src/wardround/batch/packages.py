"""The packages that only a batch takes."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from wardround.errors import InputError

__all__ = ["arrow", "sqlalchemy"]


def arrow(module: str = "") -> Any:
    """The package pyarrow, or a module of it.

    Raises:
        InputError: it is not installed.
    """
    return _package("pyarrow", module, "Parquet")


def sqlalchemy() -> Any:
    """The package sqlalchemy; see `arrow`."""
    return _package("sqlalchemy", "", "reading a database")


def _package(name: str, module: str, what: str) -> Any:
    try:
        return import_module(f"{name}.{module}" if module else name)
    except ImportError as error:
        raise InputError(f"{what} needs {name}", hint="pip install 'wardround[batch]'") from error
