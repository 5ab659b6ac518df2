"""Auditors: read who did what, when and as whom; see that nothing was changed afterwards."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from engine.council import papers
from engine.definitions import deployments
from engine.definitions.deployments import Deployment
from engine.documents import printing
from engine.errors import Sentence
from engine.history import seal, trail
from engine.ideas import ideas as store
from engine.ideas import letters
from engine.identity import people, permissions
from engine.runtime import archives, incidents, instances, tasks
from engine.runtime.instances import Instance
from engine.work import Page, Work
from web import auth
from web.headers import PICTURE_POLICY
from web.language import current, say
from web.picture import draw
from web.public import body_names
from web.trails import WAY, Line, asked, drawn_in, elements_passed, lines, names_in, plain
from web.typed import filters, number

area = Blueprint("audit", __name__, url_prefix="/revision")
area.before_request(auth.required)

BROKEN_SHOWN = 100
ENTRIES = 100
"""How many entries of a history stand on one page."""
AT_ONCE = 200_000
"""Up to how many events a page checks everything; a longer history is left to the command."""
CHECKED = 1_000
"""Up to how many entries a history is checked whenever it is looked at."""


@area.get("")
@auth.needs("audit")
def index() -> ResponseReturnValue:
    """Instances with filters, the latest first."""
    args = request.args
    with auth.look() as work:
        page = instances.listing(
            work, process=args.get("prozess") or None, status=args.get("status") or None,
            search=args.get("suche", "").strip() or None, outcome=args.get("ergebnis", "").strip() or None,
            number=number(args.get("seite")),
        )
        shown = {
            "process_names": (names := _process_names(work)), "processes": list(names.items()),
            "outcomes": _outcomes(work, page.rows), "open_incidents": incidents.listing(work, size=1).total,
        }
    return render_template("audit/index.html", instances=page, args=args, query=filters("seite"),
                           statuses=instances.STATUSES, states=[(key, say(name)) for key, name in
                                                                instances.STATUSES.items()], **shown)


@area.get("/vorgaenge/<uuid:instance_id>")
@auth.needs("audit")
def instance(instance_id: UUID) -> ResponseReturnValue:
    """One instance: what happened, on which deployment, along which way, and whether its chain is whole.

    A long history comes in pages, the latest first to be seen, and is checked when asked for.
    """
    args = request.args
    with auth.look() as work:
        found = instances.show(work, instance_id)
        names = names_in(work, found)
        told, page = _told(work, found, names)
        done = tasks.of_instance(work, found.id, number(args["aufgaben"]) if "aufgaben" in args else None)
        checked = found.chain_length <= CHECKED or "pruefung" in args
        shown: dict[str, Any] = {
            "instance": found, "deployment": work.get(Deployment, found.deployment_id), "lines": told, "entries": page,
            "checked": checked, "broken": list(seal.verify(work, found.id)) if checked else [], "tasks": done,
            "incidents": incidents.of_instance(work, found.id), "drawn": (drawn := drawn_in(work, found)),
            "checked_at": work.now, "way": WAY,
            "related": [] if found.subject_id is None else instances.of_subject(work, found.subject_id),
            "passed": elements_passed(work, found),
            "active": [task.element for task in tasks.siblings_open(work, found.id)], "body_names": body_names(work),
            "now": work.now, "statuses": instances.STATUSES, "process_names": _process_names(work),
            "xml": _sources(work, found, drawn), "resting": instances.why_resting(work, found),
            "may_steer": found.status in ("running", "suspended") and permissions.may(work, "steer"),
        }
        shown["outcome"] = names.get(found.outcome or "", found.outcome)
        who = {key for task in done.rows for key in (task.assignee_id, task.closed_by) if key}
        shown["names"] = people.names(work, who)
    return render_template("audit/instance.html", **shown)


def _told(work: Work, found: Instance, names: Mapping[str, str | Sentence]) -> tuple[list[Line], Page]:
    """One page of the history of an instance; without a number in the address its last."""
    page = Page([], found.chain_length, 1, ENTRIES)
    here = min(number(request.args.get("verlauf"), page.pages), page.pages)
    first, last = (here - 1) * ENTRIES + 1, here * ENTRIES
    # one more at each end: a way belongs to the entry before it
    entries = instances.history(work, found, first - 1, last + 1)
    told = [line for line in lines(entries, asked(work, found), names) if first <= line.entry.seq <= last]
    return told, replace(page, number=here)


@area.get("/vorgaenge/<uuid:instance_id>/bild.svg")
@auth.needs("audit")
def picture(instance_id: UUID) -> ResponseReturnValue:
    """The diagram with the way taken; `prozess` asks for the diagram of a called process."""
    with auth.look() as work:
        found = instances.show(work, instance_id)
        process = request.args.get("prozess") or found.process_id
        diagram = deployments.diagram(work, work.get(Deployment, found.deployment_id), process)
        passed = instances.passed(work, found, WAY)
        waiting = [task.element for task in tasks.siblings_open(work, found.id) if task.process_id == process]
    return Response(draw(diagram, title=found.title, process=process, passed=passed, active=waiting,
                         language=current()), mimetype="image/svg+xml",
                    headers={"Content-Security-Policy": PICTURE_POLICY})


@area.get("/vorgaenge/<uuid:instance_id>/verlauf.json")
@auth.needs("audit")
def export(instance_id: UUID) -> ResponseReturnValue:
    """The history of an instance for machines: every entry with its hash."""
    with auth.look() as work:
        found = instances.show(work, instance_id)
        answer = jsonify(archives.told(work, found))
    answer.headers["Content-Disposition"] = f"attachment; filename=verlauf-{found.business_key or found.id}.json"
    return answer


@area.get("/vorgaenge/<uuid:instance_id>/akte.zip")
@auth.needs("audit")
def record(instance_id: UUID) -> ResponseReturnValue:
    """Everything on the same matter in one file: histories, models, papers, letter, and their checksums."""
    with auth.look() as work:
        found = instances.show(work, instance_id)
        contents = archives.files(work, found)
        for paper in papers.all_of(work, found.subject_id) if found.subject_id is not None else []:
            contents[f"vorlage-{paper.number.replace('/', '-')}.pdf"] = printing.pdf(papers.document(work, paper))
        idea = store.about(work, found.subject_id) if found.subject_id is not None else None
        if idea is not None and letters.latest(work, idea) is not None:
            contents["brief.pdf"] = printing.pdf(letters.document(work, idea))
    return Response(archives.pack(contents), mimetype="application/zip", headers={
        "Content-Disposition": f"attachment; filename=akte-{found.business_key or found.id}.zip"})


@area.get("/vorgaenge/<uuid:instance_id>/verlauf.csv")
@auth.needs("audit")
def export_table(instance_id: UUID) -> ResponseReturnValue:
    """The history of an instance as a table for spreadsheets."""
    with auth.look() as work:
        found = instances.show(work, instance_id)
        entries = instances.history(work, found)
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Nr."), _("Zeitpunkt"), _("Wer"), _("Für wen"), _("Was"), _("Einzelheiten"), _("Prüfsumme")])
    for entry in entries:
        writer.writerow([entry.seq, entry.at.isoformat(), say(entry.actor), entry.acting_for or "",
                         _safe(say(entry.said)), _safe(plain(entry.particulars)), entry.hash])
    return Response("\ufeff" + file.getvalue(), mimetype="text/csv", headers={
        "Content-Disposition": f"attachment; filename=verlauf-{found.business_key or found.id}.csv"})


@area.get("/haus")
@auth.needs("audit")
def house() -> ResponseReturnValue:
    """What happened outside instances: deployments, people, bodies, seats."""
    with auth.look() as work:
        page = trail.of_house(work, people.names, number(request.args.get("seite")))
        told = lines(page.rows, names={**body_names(work), **_process_names(work), **_person_names(work, page.rows)})
    return render_template("audit/house.html", entries=page, lines=told, query=filters("seite"))


@area.get("/pruefung")
@auth.needs("audit")
def verification() -> ResponseReturnValue:
    """Whether the whole history is as it was written; checked when asked for, since it reads everything."""
    with auth.look() as work:
        asked_for = "jetzt" in request.args
        long = seal.length(work) if asked_for else 0
        broken = list(seal.verify(work)) if asked_for and long <= AT_ONCE else None
        shown = {"long": long if long > AT_ONCE else None,
                 "broken": None if broken is None else broken[:BROKEN_SHOWN], "total": len(broken or []),
                 "seals": seal.seals(work), "checked_at": work.now}
    return render_template("audit/verification.html", **shown)


def _process_names(work: Work) -> dict[str, str]:
    return {deployment.process_id: deployment.name for deployment in deployments.processes(work)}


def _person_names(work: Work, entries: list[trail.Entry]) -> dict[str, str]:
    """The names of the people whom *entries* mention by their ids."""
    said = [str(entry.particulars[part]) for entry in entries for part in ("person", "deputy")
            if entry.particulars.get(part)]
    return {str(key): name for key, name in people.names(work, {UUID(one) for one in said}).items()}


def _outcomes(work: Work, rows: list[Instance]) -> dict[str, str]:
    """The names of the end events in which *rows* ended, by their ids."""
    stands = {row.deployment_id: row.process_id for row in rows if row.outcome}
    return {
        node.id: node.name for deployment_id, process in stands.items()
        for node in deployments.diagram(work, work.get(Deployment, deployment_id), process).nodes
        if node.kind == "endEvent" and node.name
    }


def _sources(work: Work, found: Instance, drawn: list[str]) -> dict[str, str]:
    """Where the BPMN files of the diagrams stand, by process."""
    deployment = work.get(Deployment, found.deployment_id)
    files = {process: deployments.diagram(work, deployment, process).file for process in drawn}
    return {
        process: url_for("studio.file", process_id=found.process_id, version=found.version, name=file)
        for process, file in files.items() if file in deployment.manifest
    }


def _safe(text: str) -> str:
    # A spreadsheet would run a cell that begins like a formula.
    return "'" + text if text[:1] in "=+-@\t\r" else text
