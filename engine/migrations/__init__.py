"""The database's schema, step by step: each file in versions/ is one change, forwards only."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

FOLDER = Path(__file__).parent
LATEST = "0008"
"""The step that the models in engine/ stand on."""
LOCK = 7_137
"""Number of the advisory lock that keeps two processes from changing the same PostgreSQL schema at once."""


def upgrade(engine: Engine) -> None:
    """Bring the database to LATEST in one transaction; nothing happens if it is there already.

    Several processes may start on one database at once: one changes it, the
    others wait.
    """
    with engine.execution_options(sqlite_begin="DEFERRED").connect() as connection:
        if step(connection) == LATEST:
            return
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        if step(connection) != LATEST:
            _run(connection)


def step(connection: Connection) -> str | None:
    """The step the database stands on; None for a database without a schema."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _run(connection: Connection) -> None:
    from alembic import command  # takes a fifth of a second to import, and most starts do not need it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
