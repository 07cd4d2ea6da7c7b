"""Note → codes: find what is mentioned, choose the code the words support, apply the rules, give a result.

A list of codes that is there already is only checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wardround.coding.result import CodingResult, Encounter, Evidence, Finding, Query, Suggestion

if TYPE_CHECKING:
    from wardround.coding.checking import Checker
    from wardround.coding.coder import Coder

__all__ = ["Checker", "Coder", "CodingResult", "Encounter", "Evidence", "Finding", "Query", "Suggestion"]


def __getattr__(name: str) -> Any:
    """What brings the rules and word lists along; the shape of a result is had without them."""
    if name == "Checker":
        from wardround.coding.checking import Checker

        return Checker
    if name == "Coder":
        from wardround.coding.coder import Coder

        return Coder
    raise AttributeError(f"module 'wardround.coding' has no attribute {name!r}")
