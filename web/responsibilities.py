"""Anybody: who decides what, told from the deployed diagrams and decision tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import standing_orders
from engine.definitions import deployments, responsibilities
from engine.definitions.deployments import Deployment
from engine.definitions.forms import CHOICES, inputs
from engine.definitions.responsibilities import Duty
from engine.errors import Sentence
from engine.identity import bodies
from engine.identity.bodies import MEETING, Body
from engine.work import Work
from web import auth
from web.language import N_, as_number, label, say

area = Blueprint("responsibilities", __name__)

HELPERS = ("c_", "s_")
"""How processes begin that others call or that bodies run for themselves; they come after the steps of an idea."""
SIGNS = {"<=": N_("höchstens"), ">=": N_("mindestens"), "<": N_("unter"), ">": N_("über")}


@dataclass(frozen=True)
class Said:
    """One row of a decision table in the reader's words; *bodies*: the keys of those it names as its result."""

    when: list[tuple[str, str]]
    then: list[tuple[str, str]]
    remark: str
    bodies: frozenset[str]


@dataclass(frozen=True)
class Told:
    """A decision table by its name, with the process that asks it."""

    name: str
    process: str
    rows: list[Said]


@area.get("/wer-entscheidet-was")
def index() -> ResponseReturnValue:
    """Each body with what it does, each process in its steps, each decision table in words."""
    with auth.look() as work:
        deployed = sorted(deployments.processes(work), key=lambda one: (one.process_id.startswith(HELPERS), one.name))
        every = bodies.listing(work)
        duties = [duty for one in deployed for duty in _duties(work, one)]
        told = responsibilities.by_body(duties, [body.key for body in every])
        pools = [duty for duty in duties if duty.kind == "adviser" and duty.bodies[0] not in told]
        names = {body.key: Sentence(body.name, body.name_en) for body in every} | {
            duty.bodies[0]: Sentence(duty.lane, duty.lane) for duty in pools}
        tables = _tables(work, deployed, names)
        ruled = {body.key: [(table.name, row) for table in tables for row in table.rows if body.key in row.bodies]
                 for body in every}
        busy = [body for body in every if told[body.key] or ruled[body.key]]
        shown = {
            "kinds": [(kind, _alike([one for one in busy if one.kind == kind], told, ruled)) for kind in bodies.KINDS],
            "told": told, "ruled": ruled, "names": names, "outside": pools, "tables": tables,
            "rules": {body.key: _rules(work, body) for body in every if body.kind in MEETING},
            "processes": [(one, [duty for duty in _duties(work, one) if duty.kind != "adviser"]) for one in deployed],
            "process_names": {one.process_id: one.name for one in deployed}, "kind_names": bodies.KINDS,
        }
    return render_template("responsibilities/index.html", **shown)


def _duties(work: Work, deployment: Deployment) -> list[Duty]:
    def choices(process: str, field: str) -> list[str]:
        keys = [name.removeprefix("forms/").removesuffix(".json") for name in deployment.manifest
                if name.startswith(f"forms/{process}/")]
        return list(dict.fromkeys(
            str(choice.value) for key in keys for one in inputs(deployments.form(work, deployment.id, key))
            if one.key == field and one.type in CHOICES for choice in one.choices))

    found = responsibilities.duties(deployments.diagram(work, deployment), choices)
    return [duty for duty in found if duty.process == deployment.process_id]


def _rules(work: Work, body: Body) -> list[tuple[str, str]]:
    orders = standing_orders.of(work, body)
    return [(_("Ladungsfrist: %(days)s volle Tage", days=orders.notice_days), orders.basis.get("notice_days", ""))]


def _alike(found: list[Body], told: Mapping[str, list[Duty]], ruled: Mapping[str, Any]) -> list[list[Body]]:
    """Bodies in groups that do the same, so that ten working groups are told once."""
    groups: dict[Any, list[Body]] = {}
    for body in found:
        same = tuple((duty.process, duty.element) for duty in told[body.key])
        groups.setdefault((same, body.legal_basis) if not ruled[body.key] else body.key, []).append(body)
    return list(groups.values())


def _tables(work: Work, deployed: list[Deployment], bodies_named: Mapping[str, Any]) -> list[Told]:
    found: dict[str, Told] = {}
    for deployment in deployed:
        limits = responsibilities.limits(deployments.diagram(work, deployment))
        names = {**_labels(work, deployment), **bodies_named}
        for decision in deployments.decisions(work, deployment):
            rows = [Said([(label(_plain(name)), _condition(test, limits, names)) for name, test in row.when],
                         [(label(_plain(name)), _value(value, names)) for name, value in row.then], row.remark,
                         frozenset(key for _name, value in row.then for key in _parts(value) if key in bodies_named))
                    for row in responsibilities.stated(decision)]
            if rows and decision.id not in found:
                found[decision.id] = Told(decision.name, deployment.name, rows)
    return list(found.values())


def _labels(work: Work, deployment: Deployment) -> dict[str, Sentence]:
    """What the process' forms call the keys that can be chosen in them."""
    keys = [name.removeprefix("forms/").removesuffix(".json") for name in deployment.manifest
            if name.startswith("forms/")]
    return {str(choice.value): Sentence(choice.label, label(choice.label)) for key in keys
            for one in inputs(deployments.form(work, deployment.id, key)) for choice in one.choices}


def _condition(test: str, limits: Mapping[str, str], names: Mapping[str, Any]) -> str:
    for name, number in limits.items():
        test = re.sub(rf"\b{name}\b", number, test)
    test = re.sub(r"\b\d{4,}\b|\b\d+\.\d+\b", lambda found: as_number(float(found[0])), test)
    between = re.fullmatch(r"(.+?) <= \? < (.+)", test)
    if between:
        return str(_("ab %(low)s und unter %(high)s", low=between[1], high=between[2]))
    for sign, word in SIGNS.items():
        if test.startswith(f"{sign} "):
            return f"{_(word)} {test.removeprefix(sign).strip()}"
    return _value(test, names)


def _value(text: str, names: Mapping[str, Any]) -> str:
    if text in ("True", "true"):
        return str(_("ja"))
    if text in ("False", "false"):
        return str(_("nein"))
    return ", ".join(say(names[part]) if part in names else label(_plain(part)) for part in _parts(text))


def _parts(text: str) -> list[str]:
    # a list of keys stands for several values, a sentence with commas is one
    parts = [part.strip().strip("\"'") for part in text.strip("\"'").split(",")]
    return parts if all(re.fullmatch(r"\w+", part) for part in parts) else [text.strip("\"'")]


def _plain(key: str) -> str:
    # a key of the model, as people would write it
    return key if " " in key or "§" in key or not re.fullmatch(r"\w+", key) else key.replace("_", " ").capitalize()
