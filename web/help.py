"""Explanations: a page for each kind of user, and the pages the law asks for."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from web.language import N_, current

area = Blueprint("help", __name__)

TOPICS = {
    "buerger": N_("Ideen einreichen und verfolgen"),
    "bearbeitung": N_("Aufgaben bearbeiten"),
    "sitzungsdienst": N_("Sitzungen vorbereiten und durchführen"),
    "mitglieder": N_("Als Mitglied eines Gremiums"),
    "prozesse": N_("Prozesse pflegen"),
    "revision": N_("Nachvollziehen und prüfen"),
    "verwaltung": N_("Personen, Gremien und Sitze"),
}


@area.get("/hilfe")
def index() -> ResponseReturnValue:
    """Which explanations there are."""
    return render_template("help/index.html", topics=TOPICS)


@area.get("/hilfe/<topic>")
def page(topic: str) -> ResponseReturnValue:
    """The explanation for one kind of user."""
    if topic not in TOPICS:
        abort(404)
    return _text(topic)


@area.get("/leichte-sprache")
def plain() -> ResponseReturnValue:
    """What this service is, in plain language (§ 4 BITV 2.0)."""
    return _text("leichte_sprache")


@area.get("/gebaerdensprache")
def sign() -> ResponseReturnValue:
    """What the page in German sign language says and where to get it (§ 4 BITV 2.0)."""
    return _text("gebaerdensprache")


@area.get("/barrierefreiheit")
def access() -> ResponseReturnValue:
    """The accessibility statement with the way to give feedback (§ 10 LInklG RLP, EU 2018/1523)."""
    return _text("barrierefreiheit")


@area.get("/datenschutz")
def privacy() -> ResponseReturnValue:
    """What happens to personal data (Art. 13 GDPR)."""
    return _text("datenschutz")


@area.get("/impressum")
def imprint() -> ResponseReturnValue:
    """Who runs the service (§ 5 DDG)."""
    return _text("impressum")


def _text(name: str) -> str:
    return render_template(f"help/{current()}/{name}.html", topics=TOPICS, topic=name if name in TOPICS else None)
