"""Signals reach other instances and start processes."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    for table in ("message", "subscription"):
        op.add_column(table, sa.Column("kind", sa.String(length=16), server_default="message", nullable=False))
    op.add_column("deployment", sa.Column("starts_on_signal", sa.String(length=255), nullable=True))
