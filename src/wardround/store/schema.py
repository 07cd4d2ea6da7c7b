"""The tables. A change here needs a migration beside it; a test compares the two.

Times are microseconds since 1970 in UTC, the same in every database. What may hold patient text (the content of
results, the value and reason of decisions) is packed, and sealed where the store has a key: `wardround.store.packing`.
"""

from __future__ import annotations

import datetime

from sqlalchemy import (
    BigInteger,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

__all__ = [
    "AttemptRow",
    "AuditHeadRow",
    "AuditRow",
    "Base",
    "CaseRow",
    "DecisionRow",
    "DocumentRow",
    "Instant",
    "JobRow",
    "PropertyRow",
    "ResultRow",
    "ReviewRow",
    "SessionRow",
    "TokenRow",
    "UserRow",
]

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


class Instant(TypeDecorator[datetime.datetime]):
    """An aware time, kept as microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime.datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


_BYTEWISE = String(collation="C").with_variant(String(), "sqlite")  # so that a prefix is a range in every database


class Base(DeclarativeBase):
    """All tables of the store."""


class PropertyRow(Base):
    """What holds for the store as a whole."""

    __tablename__ = "properties"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class UserRow(Base):
    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    password_hash: Mapped[str]
    disabled: Mapped[bool]
    created: Mapped[datetime.datetime] = mapped_column(Instant)


class TokenRow(Base):
    """``digest`` is the SHA-256 of the token, ``scopes`` are parted by spaces."""

    __tablename__ = "tokens"
    __table_args__ = (Index("ix_tokens_user", "user_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    scopes: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    created: Mapped[datetime.datetime] = mapped_column(Instant)
    expires: Mapped[datetime.datetime | None] = mapped_column(Instant)
    used: Mapped[datetime.datetime | None] = mapped_column(Instant)
    revoked: Mapped[datetime.datetime | None] = mapped_column(Instant)


class SessionRow(Base):
    """Somebody who is signed in; ``digest`` is the SHA-256 of what their browser shows."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user", "user_id"), Index("ix_sessions_expires", "expires"))

    digest: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created: Mapped[datetime.datetime] = mapped_column(Instant)
    expires: Mapped[datetime.datetime] = mapped_column(Instant)


class AttemptRow(Base):
    """Attempts to sign in that did not succeed, in a row. ``digest`` is the SHA-256 of the name that was given."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_last", "last"),)

    digest: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    last: Mapped[datetime.datetime] = mapped_column(Instant)
    locked_until: Mapped[datetime.datetime | None] = mapped_column(Instant)


class CaseRow(Base):
    """``status_before`` is what a deleted case goes back to; ``job`` and ``job_state`` are of its newest job."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("created_by", "idempotency_key", name="uq_cases_idempotency"),
        Index("ix_cases_created", "created", "id"),
        Index("ix_cases_status", "status", "created", "id"),
        Index("ix_cases_assignee", "assignee", "created", "id"),
        Index("ix_cases_kind", "kind", "created", "id"),
        Index("ix_cases_job_state", "job_state", "created", "id"),
        Index("ix_cases_external_id", "external_id"),
        Index("ix_cases_keep_until", "keep_until"),
    )

    id: Mapped[str] = mapped_column(_BYTEWISE, primary_key=True)
    kind: Mapped[str]
    status: Mapped[str]
    status_before: Mapped[str]
    setting: Mapped[str]
    date: Mapped[datetime.date | None]
    age: Mapped[float | None] = mapped_column(Double)
    sex: Mapped[str | None]
    external_id: Mapped[str] = mapped_column(_BYTEWISE)
    assignee: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    idempotency_key: Mapped[str | None]
    body_sha256: Mapped[str]
    created: Mapped[datetime.datetime] = mapped_column(Instant)
    created_by: Mapped[str]
    updated: Mapped[datetime.datetime] = mapped_column(Instant)
    keep_until: Mapped[datetime.datetime | None] = mapped_column(Instant)
    results: Mapped[int]
    job: Mapped[str | None]
    job_state: Mapped[str | None]


class DocumentRow(Base):
    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("case_id", "position", name="uq_documents_position"),
        Index("ix_documents_sha256", "sha256"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    position: Mapped[int]
    role: Mapped[str]
    media_type: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)


class ResultRow(Base):
    __tablename__ = "results"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    created: Mapped[datetime.datetime] = mapped_column(Instant)
    created_by: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)


class JobRow(Base):
    """``options`` is JSON."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_case", "case_id", "created", "id"),
        Index("ix_jobs_state", "state", "created", "id"),
        Index("ix_jobs_created", "created", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(_BYTEWISE, ForeignKey("cases.id", ondelete="CASCADE"))
    task: Mapped[str]
    options: Mapped[str]
    state: Mapped[str]
    step: Mapped[str]
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    result: Mapped[int | None]
    error: Mapped[str]
    created: Mapped[datetime.datetime] = mapped_column(Instant)
    created_by: Mapped[str]
    started: Mapped[datetime.datetime | None] = mapped_column(Instant)
    finished: Mapped[datetime.datetime | None] = mapped_column(Instant)


class ReviewRow(Base):
    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_signed", "signed", "case_id", "round"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    result: Mapped[int]
    version: Mapped[int]
    opened: Mapped[datetime.datetime] = mapped_column(Instant)
    opened_by: Mapped[str]
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    signed: Mapped[datetime.datetime | None] = mapped_column(Instant)
    signed_by: Mapped[str]
    reading: Mapped[str] = mapped_column(server_default=text("'first'"))
    blind: Mapped[bool] = mapped_column(server_default=false())
    revealed: Mapped[datetime.datetime | None] = mapped_column(Instant)
    seconds: Mapped[float] = mapped_column(Double, server_default=text("'0'"))


class DecisionRow(Base):
    __tablename__ = "decisions"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str]
    verb: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    by: Mapped[str]
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class AuditRow(Base):
    """Triggers refuse to change or delete a row. ``details`` is JSON, kept as text so that each byte of it counts."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_resource", "resource", "sequence"), Index("ix_audit_actor", "actor", "sequence"))

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime.datetime] = mapped_column(Instant)
    actor: Mapped[str]
    role: Mapped[str]
    action: Mapped[str]
    kind: Mapped[str]
    resource: Mapped[str]
    outcome: Mapped[str]
    reason: Mapped[str]
    details: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]


class AuditHeadRow(Base):
    """The last event of the audit trail, in one row that only goes forward."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str]
