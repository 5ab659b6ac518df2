"""What service tasks of a diagram can do to an idea: the operations `idea/…` and `notice/send`.

Each takes the work, the instance and the arguments as drawn, and returns plain
values that become process data.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from engine import notices
from engine.errors import Invalid
from engine.history import events
from engine.ideas import dialogues, ideas, resolutions, similar
from engine.ideas.ideas import Idea
from engine.identity import bodies
from engine.notices.texts import TEMPLATES
from engine.runtime.instances import Instance
from engine.work import Handler, Work

Arguments = dict[str, Any]


def receive(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """The idea has arrived: its first status."""
    ideas.publish_status(work, _idea(work, instance), instance, "eingegangen")
    return {}


def publish_status(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: status; grund_code, grund, bis or termin (a date), organ (a body's key), fortschritt (percent)."""
    idea = _idea(work, instance)
    ideas.publish_status(
        work, idea, instance, _needed(arguments, "status"), reason_code=arguments.get("grund_code") or None,
        reason=str(arguments.get("grund") or ""), until=_day(arguments.get("termin") or arguments.get("bis")),
        body=arguments.get("organ") or None,
    )
    if idea.status == "rueckfrage":
        dialogues.wait_until(work, idea, _day(arguments.get("bis")))
    if arguments.get("fortschritt") is not None:
        idea.progress = int(arguments["fortschritt"])
    return {}


def publish(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Make the idea public in the idea store."""
    idea = _idea(work, instance)
    if not idea.public:
        idea.public = True
        events.record(work, "idea.published", idea, instance)
    return {}


def hide(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Take the idea out of the idea store. Arguments: grund."""
    idea = _idea(work, instance)
    idea.public = False
    events.record(work, "idea.hidden", idea, instance, reason=str(arguments.get("grund") or ""))
    return {}


def classify(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Set the idea's theme and municipality. Arguments: thema, kommune (known keys; others change nothing)."""
    idea = _idea(work, instance)
    theme, municipality = str(arguments.get("thema")), str(arguments.get("kommune"))
    theme = theme if theme in ideas.THEMES else idea.theme
    municipality = municipality if municipality in ideas.MUNICIPALITIES else idea.municipality
    if (theme, municipality) != (idea.theme, idea.municipality):
        idea.theme, idea.municipality = theme, municipality
        events.record(work, "idea.classified", idea, instance, theme=ideas.THEMES[idea.theme].de,
                      municipality=ideas.MUNICIPALITIES[idea.municipality].de)
    return {}


def find_similar(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Returns aehnliche: up to five [nummer, titel, score], and the same as text for a form."""
    found = similar.similar_to(work, _idea(work, instance))
    return {
        "aehnliche": [{"nummer": one.number, "titel": one.title, "score": one.score} for one in found],
        "aehnliche_text": "\n\n".join(f"{one.number}: {one.title}" for one in found)
        or "Es wurden keine ähnlichen Ideen gefunden.",
    }


def merge(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Merge the idea into another. Arguments: mit (its number)."""
    idea = _idea(work, instance)
    number = str(_needed(arguments, "mit")).strip()
    other = ideas.with_number(work, number)
    if other is None or other.id == idea.id:
        raise Invalid("Eine andere Idee mit der Nummer {number} gibt es nicht.",
                      "There is no other idea with the number {number}.", number=number)
    idea.merged_into_id = other.id
    events.record(work, "idea.merged", idea, instance, other=other.number)
    return {}


def ask(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Ask the author. Arguments: frage, bis (a date)."""
    question = dialogues.ask(work, _idea(work, instance), instance, str(_needed(arguments, "frage")),
                             _day(arguments.get("bis")))
    return {"frage_nr": question.number}


def close_question(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Stop waiting for an answer."""
    dialogues.close_question(work, _idea(work, instance))
    return {}


def assign_guide(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Returns lotse: the id of the guide for the idea's municipality and theme, or None."""
    idea = _idea(work, instance)
    guide = bodies.guide_for(work, idea.municipality, idea.theme)
    idea.guide_id = guide.id if guide else None
    return {"lotse": str(guide.id) if guide else None}


def record_decision(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Arguments: organ, ergebnis, datum; wortlaut, ja, nein, enthaltung, vorlage."""
    resolutions.decide(
        work, _idea(work, instance), instance, body=_needed(arguments, "organ"), result=_needed(arguments, "ergebnis"),
        wording=str(arguments.get("wortlaut") or ""), yes=_count(arguments.get("ja")), no=_count(arguments.get("nein")),
        abstained=_count(arguments.get("enthaltung")),
        decided_on=_day(arguments.get("datum")) or bodies.today(work), paper=str(arguments.get("vorlage") or ""),
    )
    return {}


def notify(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Mail the author. Arguments: template (a key of notices.texts.TEMPLATES) and what it names."""
    template, values = _template(arguments)
    ideas.tell(work, _idea(work, instance), template, **values)
    return {}


def send_notice(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Mail people of the county. Arguments: to_body or to_person, template and what it names."""
    template, values = _template(arguments)
    values |= {"number": instance.business_key, "title": instance.title, "url": f"{work.settings.base_url}/aufgaben"}
    person = UUID(str(arguments["to_person"])) if arguments.get("to_person") else None
    notices.tell(work, template, body=arguments.get("to_body"), person=person, **values)
    return {}


def list_experts(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Returns gutachter_vorschlag: the ids of the members of the expert council, as text."""
    return {"gutachter_vorschlag": [str(person.id) for person in bodies.members(work, "expertenbeirat")]}


OPERATIONS: Mapping[str, Handler] = {
    "idea/receive": receive,
    "idea/publish_status": publish_status,
    "idea/publish": publish,
    "idea/hide": hide,
    "idea/classify": classify,
    "idea/similar": find_similar,
    "idea/merge": merge,
    "idea/ask": ask,
    "idea/close_question": close_question,
    "idea/assign_guide": assign_guide,
    "idea/record_decision": record_decision,
    "idea/notify": notify,
    "notice/send": send_notice,
    "experts/list": list_experts,
}


def _idea(work: Work, instance: Instance) -> Idea:
    if instance.subject_id is None:
        raise Invalid("Zu diesem Vorgang gehört keine Idee.", "This instance is about no idea.")
    return work.get(Idea, instance.subject_id)


def _needed(arguments: Arguments, name: str) -> Any:
    value = arguments.get(name)
    if value in (None, ""):
        raise Invalid("Der Angabe „{name}“ fehlt ein Wert.", "The argument “{name}” has no value.", name=name)
    return value


def _template(arguments: Arguments) -> tuple[str, Arguments]:
    template = str(_needed(arguments, "template"))
    if template not in TEMPLATES:
        raise Invalid("Die Mailvorlage „{name}“ gibt es nicht.", "There is no mail template “{name}”.", name=template)
    return template, {name: value for name, value in arguments.items()
                      if name not in ("template", "to_body", "to_person")}


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    if isinstance(value, datetime):
        return value.astimezone(bodies.BERLIN).date()
    if isinstance(value, date):
        return value
    text = str(value)
    return _day(datetime.fromisoformat(text)) if "T" in text else date.fromisoformat(text)


def _count(value: Any) -> int | None:
    return None if value in (None, "") else int(value)
