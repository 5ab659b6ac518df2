"""What service tasks can do for a contest: the operations `contest/…`.

Each takes the work, the instance and the arguments as drawn, and returns plain
values that become process data.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from engine.errors import Invalid, Sentence
from engine.ideas import contests
from engine.ideas.contests import CRITERIA, MOST, Contest, ContestEntry
from engine.ideas.ideas import Idea
from engine.identity.bodies import BERLIN
from engine.runtime.instances import Instance
from engine.work import Handler, Work

Arguments = dict[str, Any]


def set_up(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: titel, frage, beginn, ende (dates), umsetzbar_bis, jury (a body's key), anzahl.

    Returns wettbewerb_id, schluessel, titel, jury, anzahl, beginn and ende (moments), kriterien_text.
    """
    contest = contests.set_up(
        work, instance, title=str(arguments.get("titel") or ""), question=str(arguments.get("frage") or ""),
        begins_on=_day(arguments, "beginn"), ends_on=_day(arguments, "ende"),
        by=str(arguments.get("umsetzbar_bis") or ""), body=str(arguments.get("jury") or ""),
        winners=int(arguments.get("anzahl") or 0))
    return {
        "wettbewerb_id": str(contest.id), "schluessel": contest.key, "titel": contest.title, "jury": contest.body,
        "anzahl": contest.winners, "beginn": contest.begins_at.astimezone(BERLIN).isoformat(),
        "ende": contest.ends_at.astimezone(BERLIN).isoformat(),
        "kriterien_text": "\n".join(f"- {one['de']}" for one in contest.criteria),
    }


def turn(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: wettbewerb_id, stand (laeuft, bewertung). Returns beitraege: how many ideas take part so far."""
    contest = _contest(work, arguments)
    contests.turn(work, contest, str(arguments.get("stand")))
    ready, others = contests.entries(work, contest)
    return {"beitraege": len(ready) + len(others)}


def entries(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: wettbewerb_id, ohne_offene. Returns bewertungen: idee_id, nummer, titel, text, person; and anzahl.

    Unless *ohne_offene* it is refused as long as ideas of the contest are not checked yet.
    """
    ready, others = contests.entries(work, _contest(work, arguments))
    if others and arguments.get("ohne_offene") is not True:
        numbers = ", ".join(idea.number for idea in others)
        raise Invalid(
            "Bitte sehen Sie sich die markierten Angaben noch einmal an.",
            "Please look at the marked fields again.",
            fields={"w_sichten": [Sentence(
                f"Noch nicht fertig geprüft: {numbers}. Bitte warten Sie, bis die Regionallots:innen damit fertig "
                "sind, oder gehen Sie ohne diese weiter.",
                f"Not checked yet: {numbers}. Please wait until the guides are done, or go on without them.")]})
    rated = contests.raters(work, ready) if ready else []
    return {
        "anzahl": len(ready),
        "bewertungen": [{"idee_id": str(idea.id), "nummer": idea.number, "titel": idea.title, "text": idea.text,
                         "person": str(person)} for idea, person in rated],
    }


def rank(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: wettbewerb_id, noten (a list of idee_id, nummer, noten). Returns rangliste_text and vorschlag."""
    contest = _contest(work, arguments)
    ranked = contests.rank(arguments.get("noten") or [])
    contests.record(work, contest, ranked)
    found = [(row, work.get(Idea, UUID(row.idea_id))) for row in ranked]
    lines = [f"{place}. {idea.number} {idea.title}: {points(row.points)}{_missed(row.missed)}"
             for place, (row, idea) in enumerate(found, 1)]
    best = [idea.number for row, idea in found if not row.missed][:contest.winners]
    return {"rangliste_text": "\n\n".join(lines), "vorschlag": "\n".join(best)}


def conclude(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Decide a contest. Arguments: wettbewerb_id, gewinner (numbers in a text), begruendung.

    Returns mitteilungen: idee_id, gewonnen, grund, for every idea that waits for the result.
    """
    numbers = list(dict.fromkeys(re.findall(r"\d{4}-\d{5}", str(arguments.get("gewinner") or ""))))
    reason = str(arguments.get("begruendung") or "")
    told = contests.decide(work, _contest(work, arguments).id, numbers, reason)
    return {"mitteilungen": [
        {"idee_id": str(idea.id), "gewonnen": entry is not None and entry.chosen, "grund": _reason(entry, reason)}
        for idea, entry in told]}


def pause(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: wettbewerb (an idea's contest, or ""). Returns laeuft: whether the idea has to wait for it."""
    said = arguments.get("wettbewerb") or None
    return {"laeuft": contests.is_undecided(work, UUID(str(said)) if said else None)}


OPERATIONS: Mapping[str, Handler] = {
    "contest/set_up": set_up,
    "contest/turn": turn,
    "contest/entries": entries,
    "contest/rank": rank,
    "contest/conclude": conclude,
    "contest/pause": pause,
}


def _day(arguments: Arguments, name: str) -> date:
    value = arguments.get(name)
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _contest(work: Work, arguments: Arguments) -> Contest:
    return work.get(Contest, UUID(str(arguments.get("wettbewerb_id"))))


def points(hundredths: int) -> str:
    """Points as readers see them: "24,5 von 30 Punkten"."""
    said = f"{hundredths / 100:.1f}".replace(".", ",").removesuffix(",0")
    return f"{said} von {MOST * len(CRITERIA)} Punkten"


def _missed(missed: list[str]) -> str:
    return f" (nicht erfüllt: {', '.join(CRITERIA[key].de for key in missed)})" if missed else ""


def _reason(entry: ContestEntry | None, reason: str) -> str:
    if entry is None:
        return "Die Idee war bei der Bewertung noch nicht fertig geprüft."
    if entry.chosen:
        return reason
    return f"Platz {entry.rank} im Wettbewerb{_missed(entry.missed)}."
