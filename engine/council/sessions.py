"""The meeting in session: opened with somebody in the chair and a look at the invitation, closed with its task."""

from collections.abc import Mapping
from uuid import UUID

from engine.council import attendance, invitations, meetings
from engine.council.meetings import Meeting
from engine.errors import Conflict, Invalid, Sentence
from engine.identity import bodies
from engine.identity.bodies import Body
from engine.runtime import instances, tasks
from engine.work import Work

TASK = "m_sitzung"
"""The user task of s_sitzungszyklus that stands open while the meeting is held."""
NOTICE: Mapping[str, Sentence] = {
    "ordnungsgemaess": Sentence("Form und Frist sind gewahrt", "Form and period are kept"),
    "geheilt": Sentence("Mangel geheilt: alle Betroffenen sind da oder haben verzichtet",
                        "Defect healed: everybody concerned is there or has waived"),
}
"""What may be found about the invitation when the meeting is opened (§ 34 Abs. 2 to 4 GemO)."""


def open_(
    work: Work, meeting_id: UUID, *, chair_id: UUID | None, recorder_id: UUID | None, notice: str = "ordnungsgemaess"
) -> Meeting:
    """Open the meeting: somebody leads it, somebody records it, and the invitation has been looked at.

    Invalid without a chair who is there, without a recorder, and where members
    were invited too late who neither came nor waived (§ 34 Abs. 4 GemO).
    """
    meeting, _ = meetings.locked(work, meeting_id)
    fields: dict[str, list[Sentence]] = {}
    body = work.get(Body, meeting.body_id)
    here = attendance.present_at(work, meeting, work.now)
    if chair_id is None:
        fields["chair"] = [Sentence(
            "Niemand leitet die Sitzung. Ist der Vorsitz verhindert, leitet die Stellvertretung; ist auch sie nicht "
            "da, bestimmen die Anwesenden, wer leitet (§ 29 LKO). Bitte wählen Sie diese Person.",
            "Nobody leads the meeting. If the chair cannot come, the deputy chair leads; if they are not there either, "
            "those present choose who leads (§ 29 LKO). Please choose that person.")]
    elif chair_id not in {stay.person_id for stay in here}:
        fields["chair"] = [Sentence("Diese Person ist nicht als anwesend eingetragen. Die Sitzung leitet, wer da ist "
                                    "(§ 29 LKO).",
                                    "This person is not entered as present. Whoever leads the meeting must be there "
                                    "(§ 29 LKO).")]
    if recorder_id is None:
        fields["recorder"] = [Sentence("Bitte wählen Sie, wer die Niederschrift führt (§ 34 LKO, § 41 GemO).",
                                       "Please choose who takes the minutes (§ 34 LKO, § 41 GemO).")]
    if body.kind == "organ" and (said := _notice(work, meeting, notice, {stay.person_id for stay in here})):
        fields["notice"] = [said]
    if fields or chair_id is None or recorder_id is None:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.", fields=fields)
    return meetings.open_session(work, meeting_id, chair_id=chair_id, recorder_id=recorder_id, notice_found=notice)


def close(work: Work, meeting_id: UUID) -> None:
    """Close the meeting: its process goes on to the minutes, and everybody leaves.

    Invalid if an item has no result yet, Conflict if the meeting is not open.
    """
    meeting, instance = meetings.locked(work, meeting_id)
    task = next((task for task in tasks.siblings_open(work, instance.id) if task.element == TASK), None)
    if task is None or meeting.state != "laeuft":
        raise Conflict("Schließen lässt sich nur eine Sitzung, die eröffnet ist. Diese ist: {state}.",
                       "Only an open meeting can be closed. This one is: {state_en}.",
                       state=meetings.STATES[meeting.state].de, state_en=meetings.STATES[meeting.state].en)
    instances.complete_task(work, task.id, {})


def usual_chair(work: Work, meeting: Meeting) -> UUID | None:
    """Who leads the meeting unless somebody else is chosen: the chair if there, else the deputy chair, else nobody."""
    here = {stay.person_id for stay in attendance.present_at(work, meeting, work.now)}
    members = bodies.members_on(work, work.get(Body, meeting.body_id), meeting.day)
    for function in ("chair", "deputy_chair"):
        for seat, person in members:
            if seat.function == function and person.id in here:
                return person.id
    return None


def _notice(work: Work, meeting: Meeting, notice: str, here: set[UUID]) -> Sentence | None:
    if notice not in NOTICE:
        return Sentence("Bitte wählen Sie, was zur Ladung festgestellt wurde.",
                        "Please choose what was found about the invitation.")
    late = invitations.late(work, meeting)
    if late and notice == "ordnungsgemaess":
        names = ", ".join(person.name for _, person in late)
        return Sentence(
            f"Zu spät oder gar nicht zugegangen ist die Einladung bei: {names}. Der Mangel ist geheilt, wenn sie da "
            "sind oder verzichten (§ 34 Abs. 4 GemO entsprechend).",
            f"The invitation was received too late or not at all by: {names}. The defect is healed if they are there "
            "or waive (as § 34 Abs. 4 GemO).")
    away = ", ".join(person.name for _, person in late if person.id not in here)
    if away:
        return Sentence(
            f"Der Mangel ist noch nicht geheilt: {away} ist nicht da und hat nicht verzichtet. Was beschlossen wird, "
            "wäre unwirksam (§ 34 Abs. 4 GemO entsprechend). Bitte holen Sie den Verzicht ein oder verlegen Sie die "
            "Sitzung.",
            f"The defect is not healed yet: {away} is not there and has not waived. What is decided would be void (as "
            "§ 34 Abs. 4 GemO). Please ask for the waiver or move the meeting.")
    return None
