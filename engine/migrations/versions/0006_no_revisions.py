"""An instance is locked before it is changed and its chain counts its acts: no revision is needed."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_column("instance", "revision")
