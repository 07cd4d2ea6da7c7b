"""What the store takes and gives: plain records, without the database behind them. Times are UTC and aware."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeVar

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wardround.coding.result import Encounter

__all__ = [
    "ACTIONS",
    "ROLES",
    "STATUSES",
    "Action",
    "Actor",
    "Case",
    "CasePage",
    "Decision",
    "Document",
    "DocumentRole",
    "Event",
    "Job",
    "JobState",
    "Kind",
    "Outcome",
    "Reader",
    "Reading",
    "Result",
    "Review",
    "Reviewed",
    "Role",
    "SignedNote",
    "Status",
    "Task",
    "Token",
    "Upload",
    "User",
    "Verb",
    "Verified",
    "in_force",
    "reported",
]

Kind = Literal["note", "study"]
Status = Literal["new", "drafted", "in_review", "signed", "amended", "deleted"]
DocumentRole = Literal["note", "image", "history", "prior"]
Role = Literal["reader", "coder", "reviewer", "admin"]
Verb = Literal["accept", "reject", "change", "add", "mark", "withdraw"]
Reading = Literal["first", "second", "adjudication"]
Task = Literal["code", "read"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
Action = Literal["create", "read", "update", "delete", "query", "sign", "export", "login"]
Outcome = Literal["success", "failure", "denied"]

STATUSES: tuple[Status, ...] = ("new", "drafted", "in_review", "signed", "amended", "deleted")
ROLES: tuple[Role, ...] = ("reader", "coder", "reviewer", "admin")
ACTIONS: tuple[Action, ...] = ("create", "read", "update", "delete", "query", "sign", "export", "login")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as the audit trail names them.

    Attributes:
        id: of a user of the store, or of a program: ``system``, ``os:maria``.
        role: that they act in; empty for programs.
    """

    id: str
    role: Role | Literal[""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A document to be kept.

    Attributes:
        content: its bytes, its file, or a stream that is read once from where it stands.
        media_type: such as ``text/plain`` or ``application/dicom``.
        role: what it is to the case.
    """

    content: bytes | Path | BinaryIO
    media_type: str
    role: DocumentRole = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of a case. Its file's name is not kept; such names often name patients.

    Attributes:
        sha256: of its content, 64 hexadecimal digits.
        size: of its content in bytes.
    """

    id: str
    role: DocumentRole
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A note or a study, and how far its review is.

    Attributes:
        external_id: what another system calls it; empty if none does.
        assignee: id of the user who is to review it; empty for nobody.
        keep_until: when `Store.purge` may remove it; None for never.
        results: how many drafts there are, numbered from 1; the last one is the newest.
        job: id of its newest job, and that job's state; empty if it never had one.
        replayed: whether `Store.add_case` found it there already, by its idempotency key.
        blind_share: `Store.blind_share` as `Store.add_case` found it when it added the case; None for others.
    """

    id: str
    kind: Kind
    status: Status
    encounter: Encounter
    external_id: str
    assignee: str
    created: datetime.datetime
    created_by: str
    updated: datetime.datetime
    keep_until: datetime.datetime | None
    documents: tuple[Document, ...]
    results: int
    job: str = ""
    job_state: JobState | Literal[""] = ""
    replayed: bool = False
    blind_share: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """Some cases, the newest first.

    Attributes:
        after: what `Store.cases` takes for the page of older ones; empty on the last page.
        before: what it takes for the page of newer ones; empty on the first page.
    """

    cases: tuple[Case, ...]
    after: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A draft, as it was made. It is never changed; a newer one has the next number.

    Attributes:
        number: from 1 within the case.
        content: the JSON of a ``CodingResult`` or ``DraftReport``, with its provenance.
    """

    case: str
    number: int
    created: datetime.datetime
    created_by: str
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided of one item of a result. Later ones on the same item take the place of earlier ones.

    Attributes:
        item: a code, the id of a finding, a span of the note as ``span:START-END``, ``sequence``, ``report``; never
            free text.
        verb: ``withdraw`` takes back what was decided of the item before; ``mark`` says something of a span.
        value: what it is changed to, or what is added; as JSON.
        reason: in the person's words.
    """

    number: int
    item: str
    verb: Verb
    value: Mapping[str, object] | None
    reason: str
    by: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The review of one result by one person.

    Attributes:
        round: 1, and one more for each amendment, second reading and adjudication.
        reading: ``first``, also of an amendment; ``second``, blind to the first; ``adjudication`` of the two.
        blind: begun without the suggestions.
        revealed: when the suggestions of a blind one were shown; None while they are not.
        seconds: that the reviewer worked on it, as her pages told.
        result: number of the result that is reviewed.
        version: changes with every decision; to be given back with the next one.
        reason: of the amendment; empty in round 1.
        decisions: all of them in the order they were made, also those that later ones took the place of.
        signed, signed_by: None and empty while it is open.
    """

    case: str
    round: int
    result: int
    version: int
    opened: datetime.datetime
    opened_by: str
    reason: str
    signed: datetime.datetime | None
    signed_by: str
    decisions: tuple[Decision, ...]
    reading: Reading = "first"
    blind: bool = False
    revealed: datetime.datetime | None = None
    seconds: float = 0.0

    @property
    def standing(self) -> dict[str, Decision]:
        """Item → the decision that holds; nothing of an item whose decision was withdrawn."""
        last = {decision.item: decision for decision in self.decisions}
        return {item: decision for item, decision in last.items() if decision.verb != "withdraw"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A reading that cases wait for: a second one by ``user``, or an adjudication, which is nobody's in particular."""

    reading: Literal["second", "adjudication"]
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A signed review in figures, without patient text.

    Attributes:
        reviewer: who signed it.
        seconds: that they worked on it.
        decisions: what held when it was signed, as item and verb.
        unaided: what held of a blind one when the suggestions were shown; nothing of one that was not blind.
        revealed: whether a blind one's suggestions were shown before it was signed.
        kind: what was reviewed.
        suggested: the items that the draft had, in its order, each with what it held of it: ``accepted`` or ``review``
            of a code, the presence of a finding.
        changed: item → the code it was changed to.
    """

    case: str
    round: int
    result: int
    reviewer: str
    reading: Reading
    blind: bool
    seconds: float
    signed: datetime.datetime
    decisions: tuple[tuple[str, Verb], ...]
    unaided: tuple[tuple[str, Verb], ...]
    revealed: bool = False
    kind: Kind = "note"
    suggested: tuple[tuple[str, str], ...] = ()
    changed: Mapping[str, str] = field(default_factory=dict)


_Round = TypeVar("_Round", Review, Reviewed)


def in_force(rounds: Sequence[_Round]) -> _Round | None:
    """Which of a case's rounds, in their order, holds: the last signed one, a second reading only without another."""
    signed = [each for each in rounds if each.signed is not None]
    chosen = [each for each in signed if each.reading != "second"] or signed
    return chosen[-1] if chosen else None


def reported(each: Reviewed) -> set[str]:
    """The codes or findings that a review reports as it was signed, changed ones as what they were changed to."""
    return {
        each.changed.get(item, item.partition("#")[0])  # a code's second time in a draft is its item with a number
        for item, verb in each.decisions
        if verb in ("accept", "change", "add") and item not in ("sequence", "report") and not item.startswith("query:")
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """A note whose review is signed, with the codes that hold.

    Attributes:
        case: its id.
        codes: as they were signed; each once.
        encounter: what is known of the visit.
        draft: the JSON of the ``CodingResult`` that was reviewed, whose quotes are of the note's text.
        document: the note, as it was given.
        media_type: of the document.
    """

    case: str
    codes: frozenset[str]
    encounter: Encounter
    draft: Mapping[str, object] = field(repr=False)
    document: bytes = field(repr=False)
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who works with the store.

    Attributes:
        name: by which they sign in.
        password_hash: in the form of whoever checks it; empty where they sign in elsewhere.
    """

    id: str
    name: str
    role: Role
    password_hash: str = field(repr=False)
    disabled: bool
    created: datetime.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a program shows in place of a password. The token itself is not kept, only its SHA-256.

    Attributes:
        user: id of its owner.
        name: what its owner calls it.
        scopes: permissions that it is limited to.
        expires, used, revoked: None for never.
    """

    id: str
    user: str
    name: str
    scopes: tuple[str, ...]
    created: datetime.datetime
    expires: datetime.datetime | None
    used: datetime.datetime | None
    revoked: datetime.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Long work on a case.

    Attributes:
        task: ``code`` a note, ``read`` a study.
        options: of the task; names and numbers, never patient text.
        state: ``done`` exactly when its result is kept.
        step: what is being done, in a few words; empty when it is not running.
        done, total: how much of the step.
        result: number of the result in the case; None until it is done.
        error: what was wrong and what to do, without patient text; empty unless it failed.
    """

    id: str
    case: str
    task: Task
    options: Mapping[str, object]
    state: JobState
    step: str
    done: int
    total: int
    result: int | None
    error: str
    created: datetime.datetime
    created_by: str
    started: datetime.datetime | None
    finished: datetime.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of the audit trail.

    Attributes:
        sequence: from 1, without gaps.
        kind: of the resource: ``case``, ``document``, ``result``, ``review``, ``job``, ``user``, ``token``,
            ``session``, ``store``.
        resource: id of what was read or written: of the case for all that belongs to one, of the user for a session;
            empty for a query.
        reason: why it was done, or why it was denied; codes and words of procedure, never patient text.
        details: numbers and names, never patient text.
        previous, hash: SHA-256 of the event before, and of this one with it.
    """

    sequence: int
    at: datetime.datetime
    actor: str
    role: str
    action: Action
    kind: str
    resource: str
    outcome: Outcome
    reason: str
    details: Mapping[str, object]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An audit trail that was found whole.

    Attributes:
        events: how many there are.
        head: ``N:hash`` of the last one; kept elsewhere, it shows later that nothing up to it was cut off or rewritten.
    """

    events: int
    head: str
