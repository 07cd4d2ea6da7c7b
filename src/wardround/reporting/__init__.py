"""Draft reports of medical images: what is looked for, seen, written and held against its sources.

The published shape is `wardround.reporting.report.DraftReport`; `Reader` makes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wardround.reporting.report import DISCLAIMER, DraftReport

if TYPE_CHECKING:
    from wardround.reporting.draft import Reader
    from wardround.reporting.protocol import Protocol, load, names

__all__ = ["DISCLAIMER", "DraftReport", "Protocol", "Reader", "load", "names"]


def __getattr__(name: str) -> Any:
    """What reads images; the shape of a report is had without it."""
    if name == "Reader":
        from wardround.reporting.draft import Reader

        return Reader
    if name in ("Protocol", "load", "names"):
        from wardround.reporting import protocol

        return getattr(protocol, name)
    raise AttributeError(f"module 'wardround.reporting' has no attribute {name!r}")
