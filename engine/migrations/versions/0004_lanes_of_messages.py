"""Messages under one correlation are found by it: they are delivered in order."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_message_lane", "message", ["correlation", "name"])
