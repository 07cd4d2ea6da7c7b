"""The rules of reviewing: what must be decided of a draft, which decisions can be, and what they make of it.

Everything here is a pure function of a draft (the JSON of a ``CodingResult`` or ``DraftReport``, as
`wardround.store.records.Result.content` holds it) and a `Review`. The store keeps decisions and does not read them;
whoever gives it one has it checked here first.

| item | verbs | value |
|---|---|---|
| a suggested code: ``K35.80`` | accept, reject, change, add | change: ``{"code"?, "start"?, "end"?}`` |
| a code that is added: ``I10`` | add | ``{"code", "start", "end"}``: the span of the note it rests on |
| ``span:START-END`` | mark | ``{"assertion": "absent"}``, see `values.ASSERTIONS` |
| ``sequence`` | change | ``{"codes": […]}``, the principal first |
| ``query:N``, the draft's N-th question to the provider | change | ``{"text"}``: the whole of it; never required |
| a finding: ``F3`` | accept, reject, change | what is otherwise, see `values.ChangedFinding` |
| a finding that is added: ``A1`` | add | see `values.AddedFinding` |
| ``report`` | accept, change | the text of its parts, see `values.ReportText` |

Everything can be withdrawn; then it is as if it had never been decided. ``add`` of a suggested code accepts it and adds
the quote, so that somebody who works without the suggestions need not know which there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wardround.errors import InputError, StoreConflict
from wardround.server.reviewing.codes import checked_code, coded
from wardround.server.reviewing.items import REPORT, SEQUENCE, Item, is_coding, items, undecided
from wardround.server.reviewing.report import checked_finding, reported
from wardround.store.records import in_force

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wardround.coding.result import CodingResult
    from wardround.documents import Note
    from wardround.icd10 import CodeSet
    from wardround.reporting.report import DraftReport
    from wardround.store.records import Review

__all__ = [
    "REPORT",
    "SEQUENCE",
    "Item",
    "checked",
    "code_set",
    "final",
    "in_force",
    "is_coding",
    "items",
    "preview",
    "undecided",
]


def code_set(content: Mapping[str, Any]) -> CodeSet | None:
    """The release that a draft's codes are of; None for a report.

    Raises:
        UnknownRelease: it is not installed any more.
    """
    from wardround.icd10 import load

    return load(release=str(content["release"]["id"])) if is_coding(content) else None


def checked(
    content: Mapping[str, Any],
    review: Review,
    item: str,
    verb: str,
    value: Mapping[str, Any] | None,
    codes: CodeSet | None,
    note: Callable[[], Note],
) -> dict[str, Any] | None:
    """The value of a decision as the store is to keep it, after everything about the decision was checked.

    Args:
        content: the draft.
        review: it belongs to.
        item: what is decided.
        verb: how.
        value: as the client gave it.
        codes: of the draft, as `code_set` gives it.
        note: reads the note; called only for decisions that name a span of it.

    Raises:
        InputError: this cannot be decided; ``where`` is the field.
        UnknownCode: the release has no such code.
        NoteError: the note cannot be read.
    """
    if verb == "withdraw":
        if item not in review.standing:
            raise InputError("nothing was decided of this item", where="item")
        if value is not None:
            raise InputError("this decision takes no value", where="value")
        return None
    if codes is not None:
        return checked_code(content, item, verb, value, codes, note)
    return checked_finding(content, item, verb, value)


def preview(content: Mapping[str, Any], review: Review, codes: CodeSet | None) -> CodingResult | DraftReport:
    """The draft with the decisions made so far; what nobody decided stays as it was drafted.

    Raises:
        StoreConflict: a decision that is kept cannot be applied: one that was not checked here; ``where`` is its item.
    """
    return reported(content, review) if codes is None else coded(content, review, codes)


def final(content: Mapping[str, Any], review: Review, codes: CodeSet | None) -> CodingResult | DraftReport:
    """The draft as it is signed: every item decided, every code billable in its release, every quote exact.

    Raises:
        StoreConflict: something is undecided, or cannot be applied; ``where`` is the first such item.
    """
    if missing := undecided(content, review):
        what = f"{len(missing)} of the review's items are still to be decided"
        what = "an item of the review is still to be decided" if len(missing) == 1 else what
        raise StoreConflict(what, where=missing[0].id, hint=missing[0].why)
    return preview(content, review, codes)
