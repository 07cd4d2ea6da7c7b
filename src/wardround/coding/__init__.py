"""Note → codes: find what is mentioned, choose the code the words support, apply the rules, give a result.

A list of codes that is there already is only checked.
"""

from wardround.coding.checking import Checker
from wardround.coding.coder import Coder
from wardround.coding.result import CodingResult, Encounter, Evidence, Finding, Query, Suggestion

__all__ = ["Checker", "Coder", "CodingResult", "Encounter", "Evidence", "Finding", "Query", "Suggestion"]
