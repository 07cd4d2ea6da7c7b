"""Laboratory reports: the rows of their tables, with the place of every cell, from the words of a page alone.

>>> from wardround.documents.note import Note
>>> lines = ["Test        Result   Unit     Reference", "Potassium   5.6 H    mmol/L   3.5 - 5.1"]
>>> row, = find_results(Note("\\n".join(lines))).rows
>>> row.test.text, row.value.text, row.flag.text, row.unit.text, row.reference.text
('Potassium', '5.6', 'H', 'mmol/L', '3.5 - 5.1')
"""

from wardround.documents.laboratory.locating import Located, locate
from wardround.documents.laboratory.reference import Point, figure, is_outside, limits, point_of
from wardround.documents.laboratory.results import ROLES, PrintedCell, PrintedResult, Results
from wardround.documents.laboratory.rows import Row, Token, page_rows
from wardround.documents.laboratory.tables import find_results
from wardround.documents.laboratory.vocabulary import known

__all__ = [
    "ROLES",
    "Located",
    "Point",
    "PrintedCell",
    "PrintedResult",
    "Results",
    "Row",
    "Token",
    "figure",
    "find_results",
    "is_outside",
    "known",
    "limits",
    "locate",
    "page_rows",
    "point_of",
]
