"""The forms of the web's own pages, in the same file format as the forms of the processes.

One format, one way to draw a form and one way to check it: what the pages
here ask for is checked by the same rules and answered in the same sentences
as what a process asks for.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from engine.definitions import forms
from engine.definitions.forms import Form
from engine.errors import Sentence
from engine.ideas import dialogues
from engine.ideas.ideas import CONNECTIONS, MUNICIPALITIES, TEXT_LENGTH, THEMES, TITLE_LENGTH
from engine.identity.bodies import FUNCTIONS, KINDS
from engine.identity.people import PASSWORD_LENGTH
from web.language import N_

Component = dict[str, Any]
Option = tuple[str, str]



def form(key: str, *components: Component) -> Form:
    """A form of the web under *key*, read by the same reader as the forms of the processes."""
    for component in components:
        component.setdefault("id", f"{key}_{component['key']}")
    source = {"type": "default", "id": key, "schemaVersion": 16, "components": list(components)}
    return forms.parse(json.dumps(source).encode(), f"{key}.json")


def ask(kind: str, key: str, label: str, hint: str = "", *, required: bool = False, **more: Any) -> Component:
    """One component; *more* are further rules of form-js's `validate`, and `values` for choices."""
    component: Component = {"type": kind, "key": key, "label": label, "validate": {}}
    for name in ("values", "subtype", "decimalDigits", "defaultValue"):
        if name in more:
            component[name] = more.pop(name)
    component["validate"] = {"required": required, **more} if required or more else {}
    if hint:
        component["description"] = hint
    if kind == "datetime":
        component["dateLabel"] = component["label"]
        component.setdefault("subtype", "date")
    return component


def options(names: Mapping[str, Sentence] | Iterable[Option]) -> list[dict[str, str]]:
    """Choices of a select, radio or checklist."""
    pairs = [(key, name.de) for key, name in names.items()] if isinstance(names, Mapping) else names
    return [{"value": key, "label": name} for key, name in pairs]


IDEA = form(
    "idee",
    ask("textfield", "title", N_("Titel Ihrer Idee"), N_("Ein kurzer Satz, der sagt, worum es geht."),
        required=True, minLength=5, maxLength=TITLE_LENGTH),
    ask("textarea", "text", N_("Ihre Idee"),
        N_("Was soll besser werden, für wen, und wie könnte das gehen? Bitte nennen Sie keine Namen anderer Personen. "
           "Höchstens 6.000 Zeichen."),
        required=True, minLength=20, maxLength=TEXT_LENGTH),
    ask("select", "theme", N_("Thema"), N_("Wählen Sie, was am besten passt. Wir können es später ändern."),
        required=True, values=options(THEMES)),
    ask("select", "municipality", N_("Gemeinde oder Stadt"), N_("Wo soll die Idee wirken?"),
        required=True, values=options(MUNICIPALITIES)),
    ask("radio", "connection", N_("Was verbindet Sie mit dem Landkreis?"), required=True, values=options(CONNECTIONS)),
    ask("textfield", "mail", N_("E-Mail-Adresse"),
        N_("Nur wenn Sie Nachrichten zu Ihrer Idee möchten. Wir schicken Ihnen einen Link zur Bestätigung. "
           "Die Adresse wird nie veröffentlicht und spätestens 6 Monate nach Abschluss gelöscht."),
        validationType="email", maxLength=254),
    ask("checkbox", "business_secret", N_("Meine Idee enthält Betriebsgeheimnisse"),
        N_("Dann wird Ihr Text nicht veröffentlicht, nur der Titel und der Stand.")),
    ask("checkbox", "under_16", N_("Ich bin unter 16 Jahre alt")),
    ask("checkbox", "consent", N_("Meine Eltern oder Sorgeberechtigten sind einverstanden"),
        N_("Nur nötig, wenn Sie unter 16 Jahre alt sind.")),
)

ANSWER = form("antwort", ask("textarea", "text", N_("Ihre Antwort"), required=True, maxLength=dialogues.LENGTH))
ADDENDUM = form("nachtrag", ask(
    "textarea", "text", N_("Ihr Nachtrag"),
    N_("Was möchten Sie ergänzen? Ihr ursprünglicher Text bleibt unverändert stehen."),
    required=True, maxLength=dialogues.LENGTH))

_NAME = ("textfield", "name", N_("Name"))
_MAIL = ("textfield", "mail", N_("E-Mail-Adresse"))
_PASSWORD_HINT = N_("Mindestens 12 Zeichen. Bei einer Änderung enden alle Anmeldungen der Person.")
assert PASSWORD_LENGTH == 12, "the hint above says how long a password must be"

NEW_PERSON = form(
    "person",
    ask(*_NAME, required=True, maxLength=128),
    ask("textfield", "login", N_("Anmeldename"),
        N_("Kleine Buchstaben, Ziffern, Punkt oder Strich. Bleibt dauerhaft gleich."), required=True, maxLength=64),
    ask(*_MAIL, required=True, validationType="email", maxLength=254),
    ask("textfield", "passwort_neu", N_("Erstes Passwort"),
        N_("Mindestens 12 Zeichen. Ohne Passwort kann sich die Person noch nicht anmelden.")),
)
PERSON = form(
    "person_aendern",
    ask(*_NAME, required=True, maxLength=128),
    ask(*_MAIL, required=True, validationType="email", maxLength=254),
    ask("checkbox", "active", N_("Darf sich anmelden")),
    ask("textfield", "passwort_neu", N_("Neues Passwort"), _PASSWORD_HINT),
)
PASSWORD = form(
    "passwort", ask("textfield", "passwort_neu", N_("Neues Passwort"), N_("Mindestens 12 Zeichen."), required=True))

_BODY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("name", N_("Name"), {"required": True, "maxLength": 128}),
    ("name_en", N_("Name auf Englisch"), {"maxLength": 128}),
    ("legal_basis", N_("Rechtsgrundlage"), {"maxLength": 256}),
)


def body_form(new: bool) -> Form:
    """The form for a body; its key and kind are asked only when it is *new*."""
    parts = [ask("textfield", key, label, **rules) for key, label, rules in _BODY]
    if new:
        parts.insert(0, ask("textfield", "key", N_("Schlüssel"),
                            N_("So nennen Prozessdiagramme das Gremium. Kleine Buchstaben, Ziffern und Unterstrich; "
                               "bleibt dauerhaft gleich."), required=True, maxLength=64))
        parts.insert(3, ask("select", "kind", N_("Art"), required=True, values=options(KINDS)))
    parts.append(ask("number", "statutory_number", N_("Gesetzliche Mitgliederzahl"),
                     N_("Nur bei Gremien, deren Beschlussfähigkeit sich danach richtet."),
                     decimalDigits=0, min=1, max=999))
    if new:
        parts.append(ask("datetime", "valid_from", N_("Gültig ab"), N_("Leer: ab heute.")))
    parts.append(ask("datetime", "valid_to", N_("Gültig bis"), N_("Leer: ohne Ende. Der letzte Tag zählt mit.")))
    return form("gremium", *parts)


def seat_form(people: Iterable[Option]) -> Form:
    """The form that gives a seat in a body to one of *people* (id, name)."""
    return form(
        "sitz",
        ask("select", "person", N_("Person"), required=True, values=options(people)),
        ask("select", "function", N_("Funktion"), required=True, values=options(FUNCTIONS), defaultValue="member"),
        ask("datetime", "seat_from", N_("Sitz ab"), N_("Leer: ab heute.")),
        ask("datetime", "seat_to", N_("Sitz bis"), N_("Leer: ohne Ende. Der letzte Tag zählt mit.")),
        ask("checklist", "municipalities", N_("Betreute Gemeinden und Städte"),
            N_("Nur für Regionallots:innen: danach werden Aufgaben zugeordnet."), values=options(MUNICIPALITIES)),
        ask("checklist", "themes", N_("Betreute Themen"),
            N_("Nur für Regionallots:innen: danach werden Aufgaben zugeordnet."), values=options(THEMES)),
    )


def own_deputy_form(people: Iterable[Option], bodies: Iterable[Option], processes: Iterable[Option]) -> Form:
    """The form by which somebody names one of *people* as their deputy, in one of *bodies* or in all of them.

    For everything, or for the tasks of some *processes*.
    """
    places = list(bodies)
    where = [ask("select", "body", N_("Wo?"), N_("Leer: überall, außer in Gremien mit Stimme."),
                 values=options(places))] if places else []
    return form(
        "eigene_vertretung",
        ask("select", "deputy", N_("Wer vertritt Sie?"), required=True, values=options(people)),
        *where,
        *_only_for(processes),
        ask("datetime", "valid_from", N_("Vom"), required=True),
        ask("datetime", "valid_to", N_("Bis"), N_("Leer: ohne Ende. Der letzte Tag zählt mit.")),
        ask("textfield", "reason", N_("Anlass"),
            N_("Zum Beispiel Urlaub. Bitte keine Angaben zur Gesundheit."), maxLength=256),
    )


def deputy_form(people: Iterable[Option], bodies: Iterable[Option], processes: Iterable[Option]) -> Form:
    """The form that lets one of *people* stand in for another, in one of *bodies* or in all, perhaps in *processes*."""
    everyone = list(people)
    return form(
        "vertretung",
        ask("select", "person", N_("Wird vertreten"), required=True, values=options(everyone)),
        ask("select", "deputy", N_("Vertreten durch"), required=True, values=options(everyone)),
        ask("select", "body", N_("Gremium oder Stelle"), N_("Leer: überall, außer in Gremien mit Stimme."),
            values=options(bodies)),
        *_only_for(processes),
        ask("datetime", "valid_from", N_("Vom"), required=True),
        ask("datetime", "valid_to", N_("Bis"), N_("Leer: ohne Ende. Der letzte Tag zählt mit.")),
        ask("textfield", "reason", N_("Anlass"),
            N_("Zum Beispiel Urlaub. Bitte keine Angaben zur Gesundheit."), maxLength=256),
    )


def _only_for(processes: Iterable[Option]) -> list[Component]:
    offered = list(processes)
    return [ask("checklist", "processes", N_("Nur für die Aufgaben dieser Abläufe"),
                N_("Nichts angekreuzt: für alles. Sonst nur für diese Aufgaben, ohne Stimme und sonstige Rechte."),
                values=options(offered))] if offered else []
