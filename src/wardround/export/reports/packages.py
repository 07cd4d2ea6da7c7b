"""Packages that some formats need and a bare installation does not have."""

from __future__ import annotations

from importlib import import_module

from wardround.errors import InputError

__all__ = ["require"]


def require(package: str) -> None:
    """Make sure that ``package`` can be imported.

    Raises:
        InputError: it is not installed; the hint is the command that installs it.
    """
    try:
        import_module(package)
    except ImportError as error:
        raise InputError(f"this format needs the package {package}", hint="pip install 'wardround[images]'") from error
