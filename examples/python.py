"""Code two notes from Python and print what a reviewer needs to see: python examples/python.py"""

import datetime
from pathlib import Path

from wardround import Coder, Encounter

NOTES = Path(__file__).parent / "notes"

coder = Coder()  # built once; share it between threads
for path in sorted(NOTES.glob("*.txt")):
    result = coder.code(path, Encounter(setting="outpatient", date=datetime.date(2026, 5, 11)), id=path.name)
    print(f"{result.id}: {result.release.title}")
    for suggestion in result.codes:
        quote = suggestion.evidence[0]
        print(f"  {suggestion.code:8} {suggestion.description}")
        print(f"           {suggestion.status}, “{quote.text}” at {quote.start}-{quote.end}")
        for finding in suggestion.findings:
            print(f"           {finding.section or finding.rule}: {finding.message}")
    for suggestion in result.rejected:
        print(f"  not {suggestion.code}: {suggestion.findings[-1].message}")
