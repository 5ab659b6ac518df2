"""A page of the inbox is merged from an index per body and process, for each way of sorting it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

CLAIMED = sa.text("closed_at IS NULL AND assignee_id IS NOT NULL")
DONE = sa.text("closed_by IS NOT NULL")
UNCLAIMED = sa.text("closed_at IS NULL AND assignee_id IS NULL")


def upgrade() -> None:
    for name in ("ix_task_body", "ix_task_count", "ix_task_assignee", "ix_task_done"):
        op.drop_index(name, "task")
    op.create_index("ix_task_assignee", "task", ["assignee_id", "sort_at", "id"], sqlite_where=CLAIMED,
                    postgresql_where=CLAIMED)
    op.create_index("ix_task_done", "task", ["closed_by", "closed_at"], sqlite_where=DONE, postgresql_where=DONE)
    for name, columns in {
        "ix_task_due": ["body", "process_id", "sort_at", "id", "assignee_id", "closed_at"],
        "ix_task_priority": ["body", "process_id", sa.text("priority DESC"), "sort_at", "id"],
        "ix_task_new": ["body", "process_id", "opened_at", "id"],
    }.items():
        op.create_index(name, "task", columns, sqlite_where=UNCLAIMED, postgresql_where=UNCLAIMED)
