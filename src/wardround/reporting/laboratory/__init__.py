"""Laboratory reports: rows of test, value, unit, reference range and flag, each cell with its place on the page.

The published shape is `LaboratoryReport`; `LaboratoryReader` makes one, with a model or without.

>>> report = LaboratoryReader().read("Test       Result   Unit     Range\\nSodium     131 L    mmol/L   135 - 145")
>>> [(row.test.text, row.number, row.flag.text, row.outside_range) for row in report.rows]
[('Sodium', 131.0, 'L', True)]
"""

from wardround.reporting.laboratory.reader import LaboratoryReader
from wardround.reporting.laboratory.report import CELLS, LaboratoryCell, LaboratoryReport, LaboratoryRow

__all__ = ["CELLS", "LaboratoryCell", "LaboratoryReader", "LaboratoryReport", "LaboratoryRow"]
