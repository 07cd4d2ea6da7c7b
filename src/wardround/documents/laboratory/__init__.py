"""Laboratory reports: the rows of their tables, with the place of every cell, from the words of a page alone."""

from wardround.documents.laboratory.results import ROLES, PrintedCell, PrintedResult, Results
from wardround.documents.laboratory.tables import find_results

__all__ = ["ROLES", "PrintedCell", "PrintedResult", "Results", "find_results"]
