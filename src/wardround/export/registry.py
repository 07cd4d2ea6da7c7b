"""Formats found by name: the built-in ones, and those that plugins bring under a group of entry points."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Generic, TypeVar

from wardround.errors import InputError

__all__ = ["Registry"]

T = TypeVar("T")


class Registry(Generic[T]):
    """The formats of one kind of thing.

    Args:
        what: what they are called in errors: ``"format"``.
        base: the class that each of them extends.
        group: of entry points; what is under it is code of its author's, so it is loaded only when asked for.
        built_in: name → module and class, imported when first used.
    """

    def __init__(self, what: str, base: type[T], group: str, built_in: Mapping[str, tuple[str, str]]) -> None:
        self._what = what
        self._base = base
        self._group = group
        self._built_in = built_in

    def names(self, *, plugins: bool = False) -> tuple[str, ...]:
        """Of all formats, built-in ones first; with ``plugins``, those of installed plugins too."""
        return (*self._built_in, *sorted(self._offered() - self._built_in.keys())) if plugins else tuple(self._built_in)

    def make(self, name: str, *, plugins: bool = False) -> T:
        """The format called ``name``. A plugin cannot take the name of a built-in one.

        Raises:
            InputError: there is no such format, and the hint names those there are; or its plugin is broken.
        """
        if name in self._built_in:
            module, kind = self._built_in[name]
            made: T = getattr(import_module(module), kind)()
            return made
        if plugins and name in self._offered():
            return self._from_plugin(name)
        raise InputError(
            f"there is no {self._what} {name!r}", hint=f"formats: {', '.join(self.names(plugins=plugins))}"
        )

    def _offered(self) -> set[str]:
        from importlib.metadata import entry_points

        return {point.name for point in entry_points(group=self._group)}

    def _from_plugin(self, name: str) -> T:
        from importlib.metadata import entry_points

        (point, *_) = entry_points(group=self._group, name=name)
        try:
            kind = point.load()
        except Exception as error:  # whatever the plugin's own code raises
            raise InputError(f"the plugin for the {self._what} {name!r} cannot be loaded", where=point.value) from error
        if not (isinstance(kind, type) and issubclass(kind, self._base)):
            raise InputError(
                f"the plugin for the {self._what} {name!r} is not of the kind {self._base.__name__}", where=point.value
            )
        return kind()
