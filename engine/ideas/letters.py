"""The letter to whoever handed an idea in: what was decided, why, what comes next, whom to ask."""

from engine.documents import contents
from engine.documents.contents import Block, Document
from engine.errors import NotFound, Sentence
from engine.ideas import resolutions, statuses
from engine.ideas.ideas import Idea
from engine.ideas.statuses import IdeaStatus
from engine.identity import bodies
from engine.identity.bodies import BERLIN
from engine.work import Work

DECISIONS = frozenset({
    "qualifiziert", "beschlossen", "geaendert_beschlossen", "nicht_weiterverfolgt", "zurueckgestellt",
    "zusammengefuehrt", "abgegeben",
})
"""The statuses that are a decision on the idea; each of them is worth a letter."""


def latest(work: Work, idea: Idea) -> IdeaStatus | None:
    """The latest decision on an idea, or None."""
    found = [row for row in statuses.history(work, idea.id) if row.status in DECISIONS]
    return found[-1] if found else None


def document(work: Work, idea: Idea) -> Document:
    """The letter on the latest decision, in the language the idea was handed in; NotFound before there is one."""
    row = latest(work, idea)
    if row is None:
        raise NotFound("Über diese Idee ist noch nicht entschieden. Den Brief gibt es mit der ersten Entscheidung.",
                       "This idea has not been decided on yet. The letter comes with the first decision.")
    settings, day = work.settings, row.at.astimezone(BERLIN).date()

    def say(de: str, en: str) -> str:
        return Sentence(de, en).within(idea.language)

    blocks = [
        contents.facts((say("Ihre Idee", "Your idea"), idea.title), (say("Nummer", "Number"), idea.number),
                       (say("Datum", "Date"), f"{day:%d.%m.%Y}")),
        contents.paragraph(say(
            "Guten Tag,\nvielen Dank für Ihre Idee. Sie hat jetzt diesen Stand: „{status}“.",
            "Hello,\nthank you for your idea. It now has this status: “{status}”.").format(
                status=statuses.STATUSES[row.status].within(idea.language))),
        *_resolved(work, idea, row),
        *_why(idea, row),
    ]
    following = statuses.NEXT.get(row.status)
    if following is not None:
        said = following.within(idea.language)
        if row.until is not None:
            said += " " + say("Termin: {day}.", "Date: {day}.").format(day=f"{row.until:%d.%m.%Y}")
        blocks += [contents.heading(say("Wie es weitergeht", "What comes next")), contents.paragraph(said)]
    blocks += [
        contents.heading(say("Ihre Fragen", "Your questions")),
        contents.paragraph(say(
            "Wo Ihre Idee steht, lesen Sie jederzeit hier: {url}\nBei Fragen schreiben Sie uns bitte: {mail}",
            "Where your idea stands you can read at any time here: {url}\nIf you have questions, please write to us: "
            "{mail}").format(url=f"{settings.base_url}/ideen/{idea.number}", mail=settings.operator_mail)),
        contents.paragraph(say("Freundliche Grüße", "Kind regards") + f"\n{settings.operator_name}"),
    ]
    return Document(say("Entscheidung über Ihre Idee", "Decision on your idea"), f"{idea.number}: {idea.title}",
                    settings.operator_name, day, tuple(blocks), idea.language)


def _resolved(work: Work, idea: Idea, row: IdeaStatus) -> list[Block]:
    """Who decided: the body's resolution with wording and votes; of others their name."""
    named = {body.key: body for body in bodies.listing(work)}
    heading = contents.heading(Sentence("Die Entscheidung", "The decision").within(idea.language))
    found = [one for one in resolutions.of_idea(work, idea.id)
             if one.result in ("beschlossen", "geaendert_beschlossen", "abgelehnt") and one.recorded_at <= row.at]
    if not found or row.step < 3:
        body = named.get(row.body or "")
        if body is None:
            return []
        name = body.name if idea.language == "de" else body.name_en
        return [heading, contents.facts((Sentence("Entschieden hat", "Decided by").within(idea.language), name))]
    last = found[-1]
    body = named.get(last.body)
    name = (body.name if idea.language == "de" else body.name_en) if body is not None else last.body
    said = [(Sentence("Entschieden hat", "Decided by").within(idea.language), name),
            (Sentence("Am", "On").within(idea.language), f"{last.decided_on:%d.%m.%Y}"),
            (Sentence("Ergebnis", "Result").within(idea.language),
             resolutions.RESULTS[last.result].within(idea.language))]
    if body is not None and body.kind == "organ" and last.yes is not None:
        said.append((Sentence("Abstimmung", "Vote").within(idea.language), Sentence(
            f"{last.yes} Ja, {last.no or 0} Nein, {last.abstained or 0} Enthaltungen",
            f"{last.yes} yes, {last.no or 0} no, {last.abstained or 0} abstentions").within(idea.language)))
    if last.paper:
        said.append((Sentence("Vorlage", "Paper").within(idea.language), last.paper))
    return [heading, contents.facts(*said), *([contents.quote(last.wording)] if last.wording else [])]


def _why(idea: Idea, row: IdeaStatus) -> list[Block]:
    known = statuses.REASONS.get(row.reason_code or "")
    code = known.within(idea.language) if known is not None else ""
    said = ". ".join(part.rstrip(".") for part in (code, row.reason) if part)
    if not said:
        return []
    return [contents.heading(Sentence("Warum", "Why").within(idea.language)), contents.paragraph(f"{said}.")]
