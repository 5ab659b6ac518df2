"""Process owners: see what is deployed, upload models, read what is wrong with them, deploy."""

import re
from base64 import b64decode, b64encode
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from itsdangerous import BadData, URLSafeTimedSerializer

from engine import wiring
from engine.definitions import deployments, forms
from engine.definitions.deployments import Deployment
from engine.definitions.findings import Finding, errors
from engine.definitions.forms import Form
from engine.errors import Invalid, NotFound, Sentence
from engine.identity import people, permissions
from engine.runtime import migration
from engine.spiff.cells import Test
from engine.work import Work
from web import auth
from web.headers import PICTURE_POLICY
from web.language import current as current_language
from web.language import label
from web.picture import draw
from web.public import body_names

area = Blueprint("studio", __name__, url_prefix="/prozesse")
area.before_request(auth.required)

KINDS = (".bpmn", ".bpmn2", ".dmn", ".json", ".xml")
MOST_FILES = 50
MOST_SHOWN = 200
"""How many findings of one file the page shows; a diagram from elsewhere may have thousands."""
LONGEST_NAME = 100
ASKED = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\?""")
"""Texts in quotation marks, and the sign for a column's value outside them."""
PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
"""Where a form's text takes process data."""
CHECKED_SECONDS = 3600
"""How long files that were checked may be deployed without sending them again."""


class Found(NamedTuple):
    """One file and what was found in it, errors before warnings; *more* are not shown."""

    file: str
    errors: int
    warnings: int
    findings: list[Finding]
    more: int


@area.get("")
def index() -> ResponseReturnValue:
    """The processes that are deployed, and where to upload another one."""
    return _index()


@area.get("/<process_id>/<int:version>")
def show(process_id: str, version: int) -> ResponseReturnValue:
    """One version of a process: diagram, steps, forms, decision tables, files."""
    with auth.look() as work:
        deployment = deployments.version(work, process_id, version)
        diagram = deployments.diagram(work, deployment)
        every = deployments.versions(work, process_id)
        shown = {
            "deployment": deployment, "diagram": diagram, "steps": deployments.steps(diagram), "versions": every,
            "names": people.names(work, {row.deployed_by for row in every if row.deployed_by}),
            "body_names": body_names(work), "forms": _forms(work, deployment),
            "decisions": deployments.decisions(work, deployment), "files": sorted(deployment.manifest),
            "older": migration.candidates(work, deployment, size=1).total, "may_steer": permissions.may(work, "steer"),
            "documentation": next((one.documentation for one in diagram.processes if one.id == process_id), ""),
        }
    return render_template("studio/show.html", **shown)


@area.get("/<process_id>")
def current(process_id: str) -> ResponseReturnValue:
    """Lead to the version that new instances start on."""
    with auth.look() as work:
        deployment = deployments.current(work, process_id)
    return redirect(url_for("studio.show", process_id=process_id, version=deployment.version), 303)


@area.get("/<process_id>/<int:version>/bild.svg")
def picture(process_id: str, version: int) -> ResponseReturnValue:
    """The diagram as a picture."""
    with auth.look() as work:
        diagram = deployments.diagram(work, deployments.version(work, process_id, version))
    return Response(draw(diagram, title=process_id, process=process_id, language=current_language()),
                    mimetype="image/svg+xml", headers={"Content-Security-Policy": PICTURE_POLICY})


@area.get("/<process_id>/<int:version>/dateien/<path:name>")
def file(process_id: str, version: int, name: str) -> ResponseReturnValue:
    """One file of a version, exactly as it was deployed."""
    with auth.look() as work:
        deployment = deployments.version(work, process_id, version)
        if name not in deployment.manifest:
            raise NotFound("Diese Datei gehört nicht zu diesem Prozessstand.", "This file is not part of this version.")
        source = deployments.source(work, deployment, name)
    kind = "application/json" if name.endswith(".json") else "application/xml"
    return Response(source, mimetype=kind, headers={
        "Content-Disposition": f"attachment; filename={name.rsplit('/', 1)[-1]}",
        "Content-Security-Policy": PICTURE_POLICY,
    })


@area.get("/<process_id>/<int:version>/formulare/<path:key>")
def form(process_id: str, version: int, key: str) -> ResponseReturnValue:
    """A form of a version as those who fill it in see it."""
    with auth.look() as work:
        deployment = deployments.version(work, process_id, version)
        shown = deployments.form(work, deployment.id, key)
    return render_template("studio/form.html", deployment=deployment, form=shown, key=key,
                           values=forms.defaults(shown, {}), fill=lambda text: PLACE.sub(r"‹\1›", text))


@area.post("/pruefung")
@auth.needs("deploy")
def check() -> ResponseReturnValue:
    """Check uploaded files and show what is wrong with them; nothing is deployed yet."""
    try:
        auth.require_genuine()
        files = _uploaded()
        with auth.look() as work:
            findings = wiring.check(work, files)
    except Invalid as error:
        return _index(error), 422
    return _findings(files, findings)


@area.post("/staende")
@auth.needs("deploy")
def deploy() -> ResponseReturnValue:
    """Deploy the files that were checked; running instances stay on their version."""
    try:
        files = _unpacked(request.form.get("dateien", ""))
    except Invalid as error:
        return _index(error), 422
    try:
        with auth.work() as work:
            permissions.require(work, "deploy")
            made = wiring.deploy(work, files)
    except Invalid as error:
        return _findings(files, error.findings, error)
    flash(ngettext("Ein neuer Prozessstand ist bereitgestellt. Laufende Vorgänge bleiben auf ihrem Stand.",
                   "%(num)s neue Prozessstände sind bereitgestellt. Laufende Vorgänge bleiben auf ihrem Stand.",
                   len(made)) if made else _("Diese Dateien sind bereits bereitgestellt. Es hat sich nichts geändert."),
          "success" if made else "info")
    if len(made) == 1:
        return redirect(url_for("studio.show", process_id=made[0].process_id, version=made[0].version), 303)
    return redirect(url_for("studio.index"), 303)


@area.app_template_filter("asked")
def asked(test: Test) -> str:
    """A cell of a decision table as people read it: a sign before what it must equal, a word for ?."""
    text = ASKED.sub(lambda found: found[0] if found[0] != "?" else _("Wert"), test.text)
    return f"= {text}" if len(test.literals()) == 1 and len(test.forms) == 1 and text[0] not in "=?" else text


def _index(error: Invalid | None = None) -> str:
    with auth.look() as work:
        rows = deployments.processes(work)
        names = people.names(work, {row.deployed_by for row in rows if row.deployed_by})
        may_deploy = permissions.may(work, "deploy")
    return render_template("studio/index.html", processes=rows, names=names, may_deploy=may_deploy, error=error,
                           errors=getattr(error, "fields", {}), kinds=",".join(KINDS),
                           form_owners=[(row.process_id, label(row.name)) for row in rows])


def _findings(files: dict[str, bytes], findings: list[Finding], error: Invalid | None = None) -> ResponseReturnValue:
    refused = errors(findings)
    page = render_template(
        "studio/findings.html", groups=_by_file(files, findings), findings=findings, refused=len(refused), error=error,
        packed=None if refused or error else _packed(files),
    )
    return page, 422 if refused or error else 200


def _by_file(files: dict[str, bytes], findings: list[Finding]) -> list[Found]:
    """Every file that was sent, and others that something is wrong with; those with errors first."""
    groups = []
    for file in {*files, *(one.file for one in findings)}:
        found = sorted((one for one in findings if one.file == file), key=lambda one: (one.severity, one.line or 0))
        count = sum(one.severity == "error" for one in found)
        groups.append(Found(file, count, len(found) - count, found[:MOST_SHOWN], max(0, len(found) - MOST_SHOWN)))
    return sorted(groups, key=lambda group: (not group.errors, not group.warnings, group.file))


def _forms(work: Work, deployment: Deployment) -> list[Form]:
    keys = [name.removesuffix(".json").removeprefix("forms/") for name in deployment.manifest if name.endswith(".json")]
    return [deployments.form(work, deployment.id, key) for key in sorted(keys)]


def _uploaded() -> dict[str, bytes]:
    """The files sent, by name; Invalid for none, for other kinds and for too large ones."""
    sent = [one for one in request.files.getlist("dateien") if one.filename]
    if not sent:
        raise _wrong("Bitte wählen Sie mindestens eine Datei.", "Please choose at least one file.")
    if len(sent) > MOST_FILES:
        raise _wrong(f"Bitte höchstens {MOST_FILES} Dateien auf einmal.", f"Please send {MOST_FILES} files at most.")
    largest = auth.house().settings.upload_megabytes
    files: dict[str, bytes] = {}
    for one in sent:
        name = (one.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
        if not name.lower().endswith(KINDS):
            raise _wrong(f"„{name}“ ist keine BPMN-, DMN- oder Formular-Datei (.bpmn, .dmn, .json, .xml).",
                         f"“{name}” is no BPMN, DMN or form file (.bpmn, .dmn, .json, .xml).")
        if len(name) > LONGEST_NAME:
            raise _wrong(f"„{name[:40]}…“ hat einen zu langen Namen; höchstens {LONGEST_NAME} Zeichen.",
                         f"“{name[:40]}…” has too long a name; {LONGEST_NAME} characters at most.")
        source = one.stream.read(largest * 2**20 + 1)
        if len(source) > largest * 2**20:
            raise _wrong(f"„{name}“ ist größer als {largest} MB.", f"“{name}” is larger than {largest} MB.")
        files[_place(name)] = source
    return files


def _place(name: str) -> str:
    """The name to check a file under: forms may say which process they belong to by the field beside the files."""
    process = request.form.get("prozess", "").strip()
    return f"forms/{process}/{name}" if process and name.lower().endswith(".json") else name


def _wrong(de: str, en: str) -> Invalid:
    return Invalid("Die Dateien können so nicht geprüft werden.", "The files cannot be checked like this.",
                   fields={"dateien": [Sentence(de, en)]})


def _keeper() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(auth.house().settings.key(), salt="files that were checked")


def _packed(files: dict[str, bytes]) -> str:
    """The files, signed, to stand in the page between the check and the deployment."""
    packed = _keeper().dumps([str(auth.actor().id), {name: b64encode(body).decode() for name, body in files.items()}])
    return packed if isinstance(packed, str) else packed.decode()


def _unpacked(packed: str) -> dict[str, bytes]:
    try:
        owner, files = _keeper().loads(packed, max_age=CHECKED_SECONDS)
    except BadData:
        owner, files = None, {}
    if owner is None or UUID(owner) != auth.actor().id:
        raise _wrong("Die Prüfung liegt zu lange zurück. Bitte wählen Sie die Dateien noch einmal aus.",
                     "The check was too long ago. Please choose the files again.")
    return {name: b64decode(body) for name, body in files.items()}
