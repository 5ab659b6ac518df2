"""The forms of the council's office."""

from collections.abc import Iterable

from engine.council.agendas import MAJORITIES, ROLES
from engine.council.calendars import ORDINALS, WEEKDAYS
from engine.definitions.forms import Form
from web.language import N_
from web.schemas import Option, ask, form, options

MONTHS: tuple[Option, ...] = (
    ("1", N_("Januar")), ("2", N_("Februar")), ("3", N_("März")), ("4", N_("April")), ("5", N_("Mai")),
    ("6", N_("Juni")), ("7", N_("Juli")), ("8", N_("August")), ("9", N_("September")), ("10", N_("Oktober")),
    ("11", N_("November")), ("12", N_("Dezember")),
)
_PLACE_HINT = N_("So, wie es in der Einladung stehen soll: Haus, Saal, Ort.")

RULE = form(
    "kalender",
    ask("checklist", "months", N_("In diesen Monaten"), N_("Ohne Monat: nur einzelne Termine."),
        values=options(MONTHS)),
    ask("select", "ordinal", N_("Am"), required=True, values=options(ORDINALS), defaultValue="2nd"),
    ask("select", "weekday", N_("Wochentag"), required=True, values=options(WEEKDAYS), defaultValue="tue"),
    ask("textfield", "time", N_("Uhrzeit"), N_("Zum Beispiel 17:00."), required=True, maxLength=5),
    ask("textfield", "place", N_("Ort"), _PLACE_HINT, maxLength=256),
)
MOVE = form(
    "verlegung",
    ask("datetime", "day", N_("Neuer Tag"), required=True),
    ask("textfield", "time", N_("Uhrzeit"), N_("Zum Beispiel 17:00."), required=True, maxLength=5),
    ask("textfield", "place", N_("Ort"), N_("Leer: wie bisher."), maxLength=256),
    ask("textfield", "reason", N_("Grund"), N_("Mitglieder und Öffentlichkeit lesen ihn."), required=True,
        maxLength=500),
)
CANCEL = form(
    "absage",
    ask("textfield", "cancel_reason", N_("Grund der Absage"), N_("Mitglieder und Öffentlichkeit lesen ihn."),
        required=True, maxLength=500),
)
ITEM = form(
    "punkt",
    ask("textfield", "title", N_("Gegenstand"), required=True, maxLength=256),
    ask("select", "role", N_("Rolle des Gremiums"), required=True, values=options(ROLES), defaultValue="entscheidung"),
    ask("radio", "public", N_("Öffentlich?"), required=True, defaultValue="ja",
        values=options([("ja", N_("öffentlich")), ("nein", N_("nichtöffentlich"))])),
    ask("textfield", "public_reason", N_("Warum nichtöffentlich?"),
        N_("Nur bei nichtöffentlichen Punkten (§ 28 Abs. 1 LKO)."), maxLength=500),
    ask("select", "majority", N_("Nötige Mehrheit"), required=True, values=options(MAJORITIES),
        defaultValue="einfach"),
    ask("textarea", "proposal", N_("Beschlussvorschlag"), N_("Der Wortlaut, über den abgestimmt wird."),
        maxLength=6000),
    ask("textarea", "note", N_("Erläuterung"), maxLength=6000),
    ask("checkbox", "urgent", N_("Duldet keinen Aufschub")),
)


def date_form(bodies: Iterable[Option]) -> Form:
    """The form for a single date of one of *bodies* (key, name)."""
    return form(
        "termin",
        ask("select", "body", N_("Gremium"), required=True, values=options(bodies)),
        ask("datetime", "day", N_("Tag"), required=True),
        ask("textfield", "time", N_("Uhrzeit"), N_("Zum Beispiel 17:00."), required=True, maxLength=5),
        ask("textfield", "place", N_("Ort"), _PLACE_HINT, maxLength=256),
    )
