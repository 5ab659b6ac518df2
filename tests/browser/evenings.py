"""One evening of the Kreisausschuss that takes place today, up to the moment when the first members come."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from engine.council import invitations
from tests.browser.people import may_sign_in
from tests.clock import BERLIN, Clock
from tests.council import OFFICE, Council

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

    @property
    def address(self) -> str:
        return f"/sitzungsdienst/{self.meeting}/abend"

    def at_item(self, title: str) -> str:
        return f"{self.address}?punkt={self.items[title]}"


def prepared(house: Any, *, answered: int = 12) -> Evening:
    """Invited in time; *answered* members have said that they come. What follows happens at the real clock."""
    now = datetime.now(BERLIN)
    begins = max(now - timedelta(minutes=30), now.replace(hour=0, minute=1, second=0, microsecond=0))
    council = Council(house, Clock((now - timedelta(days=40)).astimezone(UTC)))
    may_sign_in(house, OFFICE)
    meeting = council.meeting(BODY, begins.replace(second=0, microsecond=0, tzinfo=None).isoformat())
    found = Evening(council, meeting)
    for title in TITLES:
        found.items[title] = council.item(
            meeting, title, proposal=f"Dem Vorhaben „{title}“ wird zugestimmt.",
            role="kenntnisnahme" if title.startswith("Bericht") else "entscheidung",
            public=title != "Grundstückstausch", public_reason="" if title != "Grundstückstausch" else "Grundstück")
    council.invite(meeting)
    found.members = council.members(meeting)
    with council.work() as work:
        for person_id in found.members[:answered]:
            invitations.answer(work, meeting, "kommt", person_id=person_id)
    council.clock.now = now.astimezone(UTC)
    council.run()
    return found
