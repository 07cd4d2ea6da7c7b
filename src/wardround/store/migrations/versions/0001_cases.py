"""Cases, documents, results, reviews, decisions, users and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BYTEWISE = sa.String(collation="C").with_variant(sa.String(), "sqlite")

_SQLITE = """
CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head WHEN NEW.sequence <= OLD.sequence OR NEW.id <> OLD.id
  BEGIN SELECT RAISE(ABORT, 'the audit trail goes forward only'); END;
CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head
  BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
"""

_POSTGRESQL = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$;
CREATE TRIGGER audit_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head FOR EACH ROW
  WHEN (NEW.sequence <= OLD.sequence OR NEW.id <> OLD.id) EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_truncate BEFORE TRUNCATE ON audit_head EXECUTE FUNCTION audit_refuse();
"""


def upgrade() -> None:
    op.create_table(
        "properties",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), nullable=False),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
    )
    _create_cases()
    _create_reviews()
    _create_audit()


def _create_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", _BYTEWISE, primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_before", sa.String(), nullable=False),
        sa.Column("setting", sa.String(), nullable=False),
        sa.Column("date", sa.Date()),
        sa.Column("age", sa.Double()),
        sa.Column("sex", sa.String()),
        sa.Column("external_id", _BYTEWISE, nullable=False),
        sa.Column("assignee", sa.String(), sa.ForeignKey("users.id")),
        sa.Column("idempotency_key", sa.String()),
        sa.Column("body_sha256", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("keep_until", sa.BigInteger()),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.UniqueConstraint("created_by", "idempotency_key", name="uq_cases_idempotency"),
    )
    op.create_index("ix_cases_created", "cases", ["created", "id"])
    op.create_index("ix_cases_status", "cases", ["status", "created", "id"])
    op.create_index("ix_cases_assignee", "cases", ["assignee", "created", "id"])
    op.create_index("ix_cases_kind", "cases", ["kind", "created", "id"])
    op.create_index("ix_cases_external_id", "cases", ["external_id"])
    op.create_index("ix_cases_keep_until", "cases", ["keep_until"])
    op.create_table(
        "documents",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("case_id", _BYTEWISE, sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("case_id", "position", name="uq_documents_position"),
    )
    op.create_index("ix_documents_sha256", "documents", ["sha256"])


def _create_reviews() -> None:
    op.create_table(
        "results",
        sa.Column("case_id", _BYTEWISE, sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "reviews",
        sa.Column("case_id", _BYTEWISE, sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("round", sa.Integer(), primary_key=True),
        sa.Column("result", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("signed", sa.BigInteger()),
        sa.Column("signed_by", sa.String(), nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("case_id", _BYTEWISE, sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("round", sa.Integer(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
    )
    op.create_index("ix_audit_resource", "audit", ["resource", "sequence"])
    op.create_index("ix_audit_actor", "audit", ["actor", "sequence"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "hash": ""}])
    script = _SQLITE if op.get_context().dialect.name == "sqlite" else _POSTGRESQL
    for statement in script.split("\nCREATE "):
        if statement.strip():
            op.execute("CREATE " + statement.strip().removeprefix("CREATE "))
