"""An idea's public status: what it may be, in words, and what it was when.

Nothing vanishes: a status is corrected by a new one.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Table
from engine.errors import Sentence
from engine.work import Work

STATUSES: Mapping[str, Sentence] = {
    "eingegangen": Sentence("Eingegangen", "Received"),
    "vorpruefung": Sentence("In Vorprüfung", "In preliminary review"),
    "rueckfrage": Sentence("Rückfrage gestellt", "Question asked"),
    "qualifiziert": Sentence("Qualifiziert", "Qualified"),
    "ausarbeitung": Sentence("In Ausarbeitung", "Being worked out"),
    "begutachtung": Sentence("In Begutachtung", "Under expert review"),
    "entwurf": Sentence("Maßnahmenentwurf", "Draft measure"),
    "beratung": Sentence("In Beratung", "Under advice"),
    "entscheidung": Sentence("Zur Entscheidung", "Up for decision"),
    "beschlossen": Sentence("Beschlossen", "Adopted"),
    "geaendert_beschlossen": Sentence("Geändert beschlossen", "Adopted with changes"),
    "umsetzung": Sentence("In Umsetzung", "Being carried out"),
    "umgesetzt": Sentence("Umgesetzt", "Carried out"),
    "zurueckgestellt": Sentence("Zurückgestellt", "Set aside"),
    "zusammengefuehrt": Sentence("Zusammengeführt", "Merged"),
    "nicht_weiterverfolgt": Sentence("Nicht weiterverfolgt", "Not pursued"),
    "zurueckgezogen": Sentence("Zurückgezogen", "Withdrawn"),
    "abgegeben": Sentence("Abgegeben", "Handed over"),
    "unbestaetigt": Sentence("Nicht bestätigt", "Not confirmed"),
    "missbrauch": Sentence("Gesperrt", "Blocked"),
}
HIDDEN = frozenset({"unbestaetigt", "missbrauch"})
FINAL = frozenset({
    "umgesetzt", "zusammengefuehrt", "nicht_weiterverfolgt", "zurueckgezogen", "abgegeben", "unbestaetigt",
    "missbrauch",
})
STEPS: Mapping[int, Sentence] = {
    1: Sentence("Idee qualifizieren", "Qualify the idea"),
    2: Sentence("Maßnahme entwickeln", "Develop the measure"),
    3: Sentence("Entscheiden", "Decide"),
    4: Sentence("Umsetzen", "Carry out"),
}
STEP_OF: Mapping[str, int] = {
    "eingegangen": 1, "vorpruefung": 1, "qualifiziert": 2, "ausarbeitung": 2, "begutachtung": 2, "entwurf": 3,
    "beratung": 3, "entscheidung": 3, "beschlossen": 4, "geaendert_beschlossen": 4, "umsetzung": 4, "umgesetzt": 4,
}
"""The step an idea has reached with a status; the others leave it where it is."""
NEXT: Mapping[str, Sentence] = {
    "eingegangen": Sentence(
        "Eine Regionallotsin oder ein Regionallotse prüft, ob die Idee zum Kreis gehört und öffentlich werden kann.",
        "A regional guide checks whether the idea concerns the county and can be published."),
    "vorpruefung": Sentence(
        "Eine Regionallotsin oder ein Regionallotse liest die Idee, und die Stabsstelle prüft die Förderkriterien; "
        "danach entscheidet die Digitalisierungsbeauftragte.",
        "A regional guide reads the idea and the office checks the funding criteria; then the chief digital officer "
        "decides."),
    "rueckfrage": Sentence("Wir warten auf eine Antwort auf unsere Rückfrage.",
                           "We are waiting for an answer to our question."),
    "qualifiziert": Sentence("Die Idee wird einer Arbeitsgruppe zugeordnet.",
                             "The idea is assigned to a working group."),
    "ausarbeitung": Sentence(
        "Die Arbeitsgruppe schreibt einen Steckbrief; danach nehmen die Fachstellen Stellung.",
        "The working group writes a profile; then the specialists comment."),
    "begutachtung": Sentence(
        "Unabhängige Expertinnen und Experten begutachten den Entwurf.", "Independent experts review the draft."),
    "entwurf": Sentence("Die Stabsstelle schreibt die Beschlussvorlage.",
                        "The office writes the paper for the decision."),
    "beratung": Sentence("Die Lenkungsgruppe berät in ihrer nächsten Sitzung.",
                         "The steering group advises in its next meeting."),
    "entscheidung": Sentence("Das zuständige Gremium entscheidet.", "The body in charge decides."),
    "beschlossen": Sentence("Die Umsetzung wird vorbereitet.", "The work is being prepared."),
    "geaendert_beschlossen": Sentence("Die Umsetzung wird vorbereitet.", "The work is being prepared."),
    "umsetzung": Sentence("Die Maßnahme wird umgesetzt; wir berichten vierteljährlich.",
                          "The measure is being carried out; we report quarterly."),
    "zurueckgestellt": Sentence("Die Idee wird zum genannten Termin wieder vorgelegt.",
                                "The idea will be taken up again on the date named."),
}
REASONS: Mapping[str, Sentence] = {
    "K1": Sentence("Nutzen nur für Einzelne", "Benefits only a few"),
    "K2": Sentence("Passt zu keiner Lösung der Strategie", "Fits no solution of the strategy"),
    "K3": Sentence("Digitalisierung ist kein Teil der Lösung", "Digital means play no part in the solution"),
    "K4": Sentence("Kein Bezug zur Entwicklung der Region", "No bearing on the region's development"),
    "K5": Sentence("Nicht auf andere Orte übertragbar", "Cannot be transferred to other places"),
    "K6": Sentence("Software würde nicht offen bereitgestellt", "Software would not be open"),
    "K7": Sentence("Bereits begonnen oder anderweitig gefördert", "Already begun or funded elsewhere"),
    "K8": Sentence("Nicht im Förderzeitraum abschließbar", "Cannot be finished within the funding period"),
    "K9": Sentence("Derzeit nicht machbar", "Not feasible at present"),
    "P1": Sentence("Bewertung unter der Schwelle", "Score below the threshold"),
    "F1": Sentence("Keine Finanzierung", "No funding"),
    "F2": Sentence("Gibt es bereits", "Exists already"),
    "F3": Sentence("Eine andere Stelle ist zuständig", "Another authority is in charge"),
    "F4": Sentence("Kein Betreiber gefunden", "No operator found"),
    "G1": Sentence("Vom zuständigen Gremium abgelehnt", "Rejected by the competent body"),
    "R1": Sentence("Rechtlich nicht möglich", "Legally impossible"),
    "R2": Sentence("Datenschutz steht entgegen", "Data protection forbids it"),
}


class IdeaStatus(Table):
    """One public status of one idea, from a moment on."""

    __tablename__ = "idea_status"

    idea_id: Mapped[UUID] = mapped_column(ForeignKey("idea.id"), index=True)
    at: Mapped[datetime]
    status: Mapped[str] = mapped_column(String(32))
    step: Mapped[int]
    reason_code: Mapped[str | None] = mapped_column(String(8))
    reason: Mapped[str]
    """Why, in the words of whoever decided; German."""
    body: Mapped[str | None] = mapped_column(String(256))
    """Who decided or will decide: the key of a body, or the name of an authority outside the county."""
    until: Mapped[date | None]
    """The date that goes with the status: answer until, meeting on, taken up again on."""
    public: Mapped[bool]


def history(work: Work, idea_id: UUID) -> list[IdeaStatus]:
    """The public statuses of an idea, oldest first."""
    query = select(IdeaStatus).where(IdeaStatus.idea_id == idea_id, IdeaStatus.public)
    return list(work.session.scalars(query.order_by(IdeaStatus.at, IdeaStatus.id)))
