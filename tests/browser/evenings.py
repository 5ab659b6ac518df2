"""One evening of the Kreisausschuss that takes place today, up to the moment when the first members come."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from engine.council import invitations
from engine.ideas.ideas import Idea
from tests.browser.people import may_sign_in
from tests.clock import BERLIN, Clock
from tests.council import OFFICE, Council
from tests.engine.council.test_an_ideas_item import Measure, held

BODY = "kreisausschuss"
TITLES = ("Mitfahrbänke", "Dorfläden digital", "Schwimmbad Mendig", "Radweg Maifeld", "Ehrenamtsbörse",
          "Grundstückstausch", "Bericht zur Smarten Region")


@dataclass
class Evening:
    """The meeting, its items by title, and its members, the chair first."""

    council: Council
    meeting: UUID
    items: dict[str, UUID] = field(default_factory=dict)
    members: list[UUID] = field(default_factory=list)
    following: UUID | None = None
    """The body's next meeting"""

    @property
    def address(self) -> str:
        return f"/sitzungsdienst/{self.meeting}/abend"

    def at_item(self, title: str) -> str:
        return f"{self.address}?punkt={self.items[title]}"


def of_ideas(house: Any) -> tuple[Evening, dict[str, Measure]]:
    """The same evening, but six of its items are ideas that the Lenkungsgruppe has recommended; another one follows."""
    now = datetime.now(BERLIN)
    council = Council(house, Clock((now - timedelta(days=95)).astimezone(UTC)))
    advises = (now - timedelta(days=55)).replace(hour=17, minute=0, second=0, microsecond=0, tzinfo=None).isoformat()
    advising = council.meeting("lenkungsgruppe", advises)
    meetings = [council.meeting(BODY, day.replace(microsecond=0, tzinfo=None).isoformat())
                for day in (_begins(now), now + timedelta(days=60))]
    measures = {
        title: Measure(council, title, betreff=title, vorlagennummer=f"{number}/{now.year}", betrag="100000",
                       beschlussvorschlag=f"Dem Vorhaben „{title}“ wird zugestimmt.",
                       oeffentlich="nein" if title == "Grundstückstausch" else "ja")
        for number, title in enumerate(TITLES[:6], 31)}
    with council.work() as work:
        for measure in measures.values():
            work.get(Idea, measure.id).public = True
    held(council, advising, advises, 20)
    for measure in measures.values():
        council.vote(advising, measure.item(advising), yes=20)
        council.concluded(measure.item(advising))
    council.complete(advising, "m_sitzung")
    found = Evening(council, meetings[0], following=meetings[1])
    found.items = {title: measure.item(meetings[0]) for title, measure in measures.items()}
    found.items[TITLES[6]] = council.item(meetings[0], TITLES[6], role="kenntnisnahme")
    _invite(found, now, 12)
    return found, measures


def prepared(house: Any, *, answered: int = 12) -> Evening:
    """Invited in time; *answered* members have said that they come. What follows happens at the real clock."""
    now = datetime.now(BERLIN)
    council = Council(house, Clock((now - timedelta(days=40)).astimezone(UTC)))
    may_sign_in(house, OFFICE)
    meeting = council.meeting(BODY, _begins(now).isoformat())
    found = Evening(council, meeting)
    for title in TITLES:
        found.items[title] = council.item(
            meeting, title, proposal=f"Dem Vorhaben „{title}“ wird zugestimmt.",
            role="kenntnisnahme" if title.startswith("Bericht") else "entscheidung",
            public=title != "Grundstückstausch", public_reason="" if title != "Grundstückstausch" else "Grundstück")
    _invite(found, now, answered)
    return found


def _begins(now: datetime) -> datetime:
    begins = max(now - timedelta(minutes=30), now.replace(hour=0, minute=1, second=0, microsecond=0))
    return begins.replace(second=0, microsecond=0, tzinfo=None)


def _invite(found: Evening, now: datetime, answered: int) -> None:
    council = found.council
    council.invite(found.meeting)
    found.members = council.members(found.meeting)
    with council.work() as work:
        for person_id in found.members[:answered]:
            invitations.answer(work, found.meeting, "kommt", person_id=person_id)
    council.clock.now = now.astimezone(UTC)
    council.run()
