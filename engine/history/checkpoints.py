"""What a seal fixes: the heads of the chains that grew since the seal before it, under one hash."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base, BigInt, Table
from engine.history.events import Digest


class Seal(Table):
    """One checkpoint; its hash covers its entries and the hash of the seal before it."""

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(unique=True)
    at: Mapped[datetime]
    chains: Mapped[int]
    """How many chains it fixes"""
    hash: Mapped[str] = mapped_column(String(64))


class SealEntry(Base):
    """How long one chain was, and its last hash, when a seal was set."""

    __tablename__ = "seal_entry"
    __table_args__ = (Index("ix_seal_entry_number", "number"),)

    chain_id: Mapped[UUID] = mapped_column(primary_key=True)
    length: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    head: Mapped[str] = mapped_column(Digest)
    number: Mapped[int]
    """The seal's"""


def digest(number: int, at: datetime, entries: Iterable[Sequence[Any]], before: str) -> str:
    """A seal's hash: SHA-256 over the hash *before*, its number, its moment and its entries in the order of ids."""
    made = hashlib.sha256(orjson.dumps([before, number, at.astimezone(UTC)])[:-1] + b",[")
    for place, entry in enumerate(entries):
        made.update(b"," * (place > 0) + orjson.dumps(tuple(entry)))
    made.update(b"]]")
    return made.hexdigest()
