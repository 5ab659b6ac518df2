"""Instances can be suspended; messages wait for them meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for column in (
        sa.Column("halted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("halted_by", sa.Uuid(), nullable=True),
        sa.Column("halted_why", sa.String(), nullable=True),
    ):
        op.add_column("instance", column)
    op.add_column("message", sa.Column("held_for", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_message_held",
        "message",
        ["held_for"],
        sqlite_where=sa.text("held_for IS NOT NULL"),
        postgresql_where=sa.text("held_for IS NOT NULL"),
    )
