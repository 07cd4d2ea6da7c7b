"""Note → codes: find what is mentioned, choose the code the words support, apply the rules, give a result."""

from wardround.coding.coder import Coder
from wardround.coding.result import CodingResult, Encounter, Evidence, Finding, Query, Suggestion

__all__ = ["Coder", "CodingResult", "Encounter", "Evidence", "Finding", "Query", "Suggestion"]
