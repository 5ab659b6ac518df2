"""Events take less room, and a seal's entries are rows.

An event's hash becomes 32 bytes, its particulars the very text that the hash
covers, and the index on its subject, which nothing read, goes. No hash is made
anew: whatever verified before does so afterwards, and what was changed before
is still found.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ROWS = 5_000
OWNERS = ("chain", "instance")


def upgrade() -> None:
    _events()
    _seals()
    for owner in OWNERS:
        op.add_column(owner, sa.Column("unsealed", sa.Boolean(), nullable=False, server_default=sa.false()))
        op.execute(sa.text(f"UPDATE {owner} SET unsealed = chain_length > sealed_length"))
        if op.get_bind().dialect.name == "postgresql":
            op.alter_column(owner, "unsealed", server_default=None)
        op.drop_column(owner, "sealed_length")
    op.create_index("ix_instance_unsealed", "instance", ["id"], sqlite_where=sa.text("unsealed = 1"),
                    postgresql_where=sa.text("unsealed"))


def _events() -> None:
    op.drop_index("ix_event_subject", "event")
    op.rename_table("event", "event_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("ALTER INDEX event_pkey RENAME TO event_before_pkey"))
    shared = [
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=8), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("for_id", sa.Uuid(), nullable=True),
        sa.Column("verb", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
    ]
    new = op.create_table(
        "event", *shared,
        sa.Column("particulars", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "seq"),
    )
    old = sa.table("event_before", *(sa.column(one.name, one.type) for one in shared),
                   sa.column("particulars", sa.JSON()), sa.column("hash", sa.String()))
    everything = sa.select(old).order_by(old.c.chain_id, old.c.seq)
    for rows in _parts(everything):
        op.get_bind().execute(new.insert(), [{
            **row, "hash": bytes.fromhex(row["hash"]),
            "particulars": orjson.dumps(row["particulars"], option=orjson.OPT_SORT_KEYS).decode(),
        } for row in rows])
    op.drop_table("event_before")


def _seals() -> None:
    op.add_column("seal", sa.Column("chains", sa.Integer(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("seal", "chains", server_default=None)
    new = op.create_table(
        "seal_entry",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("length", BIG, autoincrement=False, nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", "length"),
    )
    op.create_index("ix_seal_entry_number", "seal_entry", ["number"])
    seal = sa.table("seal", sa.column("number"), sa.column("entries", sa.JSON()), sa.column("chains"))
    numbers = op.get_bind().scalars(sa.select(seal.c.number).order_by(seal.c.number)).all()
    for number in numbers:
        entries = op.get_bind().scalar(sa.select(seal.c.entries).where(seal.c.number == number))
        op.get_bind().execute(seal.update().where(seal.c.number == number).values(chains=len(entries)))
        if entries:
            op.get_bind().execute(new.insert(), [
                {"chain_id": UUID(chain), "length": length, "head": bytes.fromhex(head), "number": number}
                for chain, length, head in entries
            ])
    op.drop_column("seal", "entries")


def _parts(query: Any) -> Iterator[Any]:
    return op.get_bind().execute(query, execution_options={"yield_per": ROWS}).mappings().partitions()
