"""Entries of the sheet of a meeting: what was sent once is done once, however often the connection broke."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engine.council import meetings
from engine.council.meetings import Meeting
from engine.database import Table
from engine.errors import Invalid
from engine.work import Work


class SheetEntry(Table):
    """One entry, under the id that the sheet gave it before it was sent for the first time."""

    __tablename__ = "sheet_entry"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id), index=True)
    entered_at: Mapped[datetime]


def take(work: Work, meeting_id: UUID, entry_id: UUID) -> bool:
    """Whether the entry is new; False if it was done already and has come a second time.

    It stands in the same transaction as what it does: a refused entry may be
    sent again under the same id. Invalid if the id belongs to another meeting.
    """
    meetings.require_office(work)
    meetings.locked(work, meeting_id)
    known = work.session.get(SheetEntry, entry_id)
    if known is None:
        work.add(SheetEntry(id=entry_id, meeting_id=meeting_id, entered_at=work.now))
        return True
    if known.meeting_id != meeting_id:
        raise Invalid("Dieser Eintrag gehört zu einer anderen Sitzung. Bitte laden Sie die Seite neu.",
                      "This entry belongs to another meeting. Please load the page again.")
    return False
