"""What an Excludes2 note sets apart may be reported beside it (Guidelines I.A.12.b)."""

from __future__ import annotations

from collections.abc import Iterator

from wardround.coding.result import Finding
from wardround.coding.rules.base import Rule
from wardround.coding.rules.listed import CodeList
from wardround.coding.rules.notes import excluded

__all__ = ["Excludes2"]


class Excludes2(Rule):
    """An Excludes2 note says that a condition is not part of the code, and that a patient may have both.

    So two codes of which one has such a note about the other may stand together, if the record has both conditions; a
    person who remembers "excludes" only need not take one away. The remark changes nothing. It is made for notes at a
    code or its headings; those at a block or a chapter set whole chapters apart and are passed over. Where an Excludes1
    note speaks of the same two codes, that note counts.
    """

    name = "excludes2"
    section = "I.A.12.b"
    title = "codes that an Excludes2 note sets apart may be reported together"
    severity = "info"

    def check(self, listed: CodeList) -> Iterator[Finding]:
        seen: set[frozenset[str]] = set()
        for holder in listed.briefs:
            points = excluded(holder.notes, "excludes2")
            if points.categories.isdisjoint(listed.categories):
                continue
            for other in listed.briefs:
                pair = frozenset((holder.code, other.code))
                if other.code[:3] not in points.categories or len(pair) == 1 or pair in seen:
                    continue
                note = points.note(other.code)
                both = ((holder, other), (other, holder))
                if note is None or any(excluded(one.notes).note(two.code) for one, two in both):
                    continue
                seen.add(pair)
                codes = listed.in_sequence(holder.code, other.code)
                message = f"{other.code} is no part of {holder.code} (Excludes2 at {note.source}); both may be reported"
                yield self.finding("info", codes, message)
