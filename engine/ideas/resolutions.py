"""Resolutions: what a body decided about an idea, with wording and votes."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Sentence
from engine.history import events
from engine.ideas.ideas import Idea
from engine.work import Work

RESULTS: dict[str, Sentence] = {
    "empfohlen": Sentence("empfohlen", "recommended"),
    "empfohlen_mit_aenderung": Sentence("mit Änderung empfohlen", "recommended with changes"),
    "zurueck": Sentence("zur Überarbeitung zurückgegeben", "sent back for revision"),
    "nicht_empfohlen": Sentence("nicht empfohlen", "not recommended"),
    "beschlossen": Sentence("beschlossen", "adopted"),
    "geaendert_beschlossen": Sentence("geändert beschlossen", "adopted with changes"),
    "abgelehnt": Sentence("abgelehnt", "rejected"),
    "vertagt": Sentence("vertagt", "adjourned"),
    "verwiesen": Sentence("verwiesen", "referred"),
    "zur_kenntnis": Sentence("zur Kenntnis genommen", "noted"),
    "abgesetzt": Sentence("abgesetzt", "taken off the agenda"),
}


class Resolution(Table):
    """One result of one body on one idea."""

    __tablename__ = "resolution"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey(Idea.id), index=True)
    body: Mapped[str] = mapped_column(String(64))
    result: Mapped[str] = mapped_column(String(32))
    wording: Mapped[str]
    yes: Mapped[int | None]
    no: Mapped[int | None]
    abstained: Mapped[int | None]
    decided_on: Mapped[date]
    paper: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime]


def decide(
    work: Work, idea: Idea, chain: Any, *, body: str, result: str, wording: str = "", yes: int | None = None,
    no: int | None = None, abstained: int | None = None, decided_on: date, paper: str = "",
) -> Resolution:
    """Record what a body decided; it is public at once."""
    row = work.add(Resolution(
        idea_id=idea.id, body=body, result=result, wording=wording, yes=yes, no=no, abstained=abstained,
        decided_on=decided_on, paper=paper, recorded_at=work.now,
    ))
    events.record(work, "idea.decided", idea, chain, body=body, result=result, wording=wording, yes=yes, no=no,
                  abstained=abstained, decided_on=decided_on, paper=paper)
    return row


def of_idea(work: Work, idea_id: UUID) -> list[Resolution]:
    """The resolutions on an idea, oldest first."""
    query = select(Resolution).where(Resolution.idea_id == idea_id)
    return list(work.session.scalars(query.order_by(Resolution.decided_on, Resolution.recorded_at)))
