"""The agenda: items of a meeting, from their registration to their result."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.council.meetings import Meeting
from engine.database import Table
from engine.errors import Sentence

ROLES: dict[str, Sentence] = {
    "entscheidung": Sentence("Entscheidung", "Decision"),
    "vorberatung": Sentence("Vorberatung", "Preliminary advice"),
    "anhoerung": Sentence("Anhörung", "Hearing"),
    "kenntnisnahme": Sentence("Kenntnisnahme", "Information"),
    "formalie": Sentence("Formalie", "Formality"),
}
RESULTS: dict[str, Sentence] = {
    "beschlossen": Sentence("beschlossen", "adopted"),
    "geaendert_beschlossen": Sentence("geändert beschlossen", "adopted with changes"),
    "abgelehnt": Sentence("abgelehnt", "rejected"),
    "empfohlen": Sentence("empfohlen", "recommended"),
    "empfohlen_mit_aenderung": Sentence("mit Änderung empfohlen", "recommended with changes"),
    "nicht_empfohlen": Sentence("nicht empfohlen", "not recommended"),
    "zurueck": Sentence("zur Überarbeitung zurückgegeben", "sent back for revision"),
    "vertagt": Sentence("vertagt", "adjourned"),
    "verwiesen": Sentence("verwiesen", "referred"),
    "zur_kenntnis": Sentence("zur Kenntnis genommen", "noted"),
    "abgesetzt": Sentence("abgesetzt", "taken off the agenda"),
}
MAJORITIES: dict[str, Sentence] = {
    "einfach": Sentence("Mehrheit der abgegebenen Stimmen", "majority of the votes cast"),
    "zwei_drittel_anwesend": Sentence("zwei Drittel der Anwesenden", "two thirds of those present"),
    "zwei_drittel_gesetzlich": Sentence("zwei Drittel der gesetzlichen Zahl", "two thirds of the statutory number"),
    "mehrheit_gesetzlich": Sentence("Mehrheit der gesetzlichen Zahl", "majority of the statutory number"),
}


class AgendaItem(Table):
    """One item, on the agenda of a meeting or (taken off, adjourned) of a past one."""

    __tablename__ = "agenda_item"
    __table_args__ = (
        Index("ix_agenda_item_meeting", "meeting_id", "position"), Index("ix_agenda_item_subject", "subject_id"),
    )

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    position: Mapped[int]
    """Its place among the items of its part, from 1 on; public before non-public"""
    title: Mapped[str] = mapped_column(String(256))
    note: Mapped[str]
    """What members read below the title"""
    public: Mapped[bool]
    public_reason: Mapped[str]
    """Why it is not public"""
    role: Mapped[str] = mapped_column(String(16))
    majority: Mapped[str] = mapped_column(String(32))
    proposal: Mapped[str]
    """The wording that is put to the vote: Beschlussvorschlag, or what it became in the meeting"""
    paper_number: Mapped[str] = mapped_column(String(64))
    answer_to: Mapped[str | None] = mapped_column(String(256))
    """Under which correlation the process that registered it waits for the result; None: nobody does"""
    subject_id: Mapped[UUID | None]
    """The idea it is about"""
    business_key: Mapped[str] = mapped_column(String(64))
    """The idea's number"""
    urgent: Mapped[bool]
    second_invitation: Mapped[bool]
    """Convened for the second time for the same matter; the invitation says that three members suffice"""
    added_later: Mapped[bool]
    """Put on the agenda after the invitation, by urgency and two thirds"""
    chair_votes: Mapped[bool]
    registered_at: Mapped[datetime]
    carried_from_id: Mapped[UUID | None]
    """The adjourned item it goes on from"""
    result: Mapped[str | None] = mapped_column(String(32))
    """A key of RESULTS; None while it is open"""
    wording: Mapped[str]
    """The resolution as it was passed"""
    referred_to: Mapped[str] = mapped_column(String(64))
    called_at: Mapped[datetime | None]
    """When the chair called it"""
    settled_at: Mapped[datetime | None]
    ruling: Mapped[dict[str, Any] | None]
    """The rule and paragraph that gave the result, with the numbers it looked at"""
    version: Mapped[int]
