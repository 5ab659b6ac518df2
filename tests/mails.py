"""The mails that a house without a mail server has written as files."""

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any


def outbox(house: Any) -> list[Any]:
    """Every mail, the oldest first."""
    files = sorted(Path(house.settings.var_dir, "outbox").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
