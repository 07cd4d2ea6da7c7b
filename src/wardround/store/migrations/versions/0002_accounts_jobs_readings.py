"""Tokens, sessions, attempts to sign in, jobs, and more than one reading of a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BYTEWISE = sa.String(collation="C").with_variant(sa.String(), "sqlite")


def upgrade() -> None:
    _create_accounts()
    _create_jobs()
    op.add_column("reviews", sa.Column("reading", sa.String(), nullable=False, server_default=sa.text("'first'")))
    op.add_column("reviews", sa.Column("blind", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("reviews", sa.Column("revealed", sa.BigInteger()))
    op.add_column("reviews", sa.Column("seconds", sa.Double(), nullable=False, server_default=sa.text("'0'")))
    op.create_index("ix_reviews_signed", "reviews", ["signed", "case_id", "round"])


def _create_accounts() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False, unique=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("used", sa.BigInteger()),
        sa.Column("revoked", sa.BigInteger()),
    )
    op.create_index("ix_tokens_user", "tokens", ["user_id"])
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("user_id", sa.String(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_sessions_user", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires", "sessions", ["expires"])
    op.create_table(
        "attempts",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", sa.BigInteger()),
    )
    op.create_index("ix_attempts_last", "attempts", ["last"])


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("case_id", _BYTEWISE, sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("options", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Integer()),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("started", sa.BigInteger()),
        sa.Column("finished", sa.BigInteger()),
    )
    op.create_index("ix_jobs_case", "jobs", ["case_id", "created", "id"])
    op.create_index("ix_jobs_state", "jobs", ["state", "created", "id"])
    op.create_index("ix_jobs_created", "jobs", ["created", "id"])
    op.add_column("cases", sa.Column("job", sa.String()))
    op.add_column("cases", sa.Column("job_state", sa.String()))
    op.create_index("ix_cases_job_state", "cases", ["job_state", "created", "id"])
