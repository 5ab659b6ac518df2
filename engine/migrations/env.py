"""What Alembic runs to change a database, or to write the next change.

The engine hands its own connection in. `alembic revision --autogenerate`
comes without one and takes the database of the environment's settings.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

import engine.wiring  # noqa: F401  # importing it gives the metadata every table
from engine.database import Base, BigInt, UtcDateTime, open_database
from engine.settings import from_environment


def spelled(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Our own column types as the plain ones they are, so that old steps do not change with our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and item is BigInt:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


def migrate(connection: Connection) -> None:
    """Change the database behind *connection*, whose transaction belongs to the caller."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=spelled,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_in: Connection | None = context.config.attributes.get("connection")
if handed_in is not None:
    migrate(handed_in)
else:
    with open_database(from_environment().url).engine.begin() as own:
        migrate(own)
