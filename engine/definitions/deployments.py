"""Deployments: a process with all it needs, frozen under a version and the hash of its content.

A deployment names its files by the hashes of their contents, and contents
never change; so an instance can stay on the deployment it started with while
the library moves on.
"""

import threading
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, aliased, mapped_column

from engine import spiff
from engine.database import Base, Table
from engine.definitions import forms
from engine.definitions.findings import Finding, errors
from engine.definitions.library import Bundle, Library, Source, judged
from engine.definitions.steps import steps
from engine.errors import Conflict, Invalid, NotFound
from engine.history import events
from engine.identity import permissions
from engine.work import Work

__all__ = [
    "Content", "Deployment", "File", "current", "decisions", "deploy", "diagram", "findings", "form", "library",
    "processes", "source", "specification", "started_by", "started_by_signal", "steps", "versions",
]

_LOCK = 20_260_302
_WARM = 512
_Kept = TypeVar("_Kept")


class Content(Base):
    """The bytes of a file under their SHA-256; written once."""

    __tablename__ = "content"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class File(Base):
    """A file of the library: what the next deployment is made from."""

    __tablename__ = "file"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """diagram, decision or form"""
    hash: Mapped[str] = mapped_column(ForeignKey(Content.hash))
    changed_at: Mapped[datetime]


class Deployment(Table):
    """One version of one process. It is never changed, only followed by another."""

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("process_id", "version"), Index("ix_deployment_starts_on", "starts_on"))

    process_id: Mapped[str] = mapped_column(String(128))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 over process id and manifest"""
    diagram: Mapped[str] = mapped_column(String(255))
    """the name of the file that the process is drawn in"""
    manifest: Mapped[dict[str, Any]]
    """name of each file -> hash of its content"""
    starts_on: Mapped[str | None] = mapped_column(String(255))
    """the name of the message that starts it"""
    starts_on_signal: Mapped[str | None] = mapped_column(String(255))
    """the name of the signal that starts it"""
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[UUID | None]


def deploy(
    work: Work, files: Mapping[str, bytes], *, bodies: Collection[str] | None = None,
    operations: Collection[str] | None = None,
) -> list[Deployment]:
    """Take *files* (by name, folders allowed) into the library and deploy every process they change.

    Everything is checked as a whole, with what is in the library already:
    Invalid holds all findings, and then nothing is taken. *bodies* and
    *operations* are the keys that diagrams may name (None: not asked). Returns
    the new versions; files that change nothing make none.
    """
    permissions.require(work, "deploy")
    _lock(work)
    there = library(work)
    placed, found = judged(there, files, bodies, operations)
    wrong = errors(found)
    if wrong:
        raise Invalid(
            "Es wurde nichts übernommen. Bitte berichtigen Sie zuerst: {first}",
            "Nothing was deployed. Please correct first: {second}",
            findings=found, first=wrong[0].message.de, second=wrong[0].message.en,
        )
    _store(work, placed)
    latest = {row.process_id: row for row in processes(work)}
    whole = Library({**there, **placed})
    made = [
        _next(work, bundle, latest.get(bundle.process_id))
        for bundle in whole.bundles()
        if bundle.process_id not in latest or latest[bundle.process_id].hash != bundle.hash
    ]
    try:
        work.session.flush()
    except IntegrityError as error:
        raise Conflict(
            "Gerade hat jemand anders Dateien bereitgestellt. "
            "Bitte prüfen Sie den neuen Stand und laden Sie noch einmal hoch.",
            "Somebody else has just deployed files. Please look at the new state and upload again.",
        ) from error
    for row in made:
        events.record(work, "process.deployed", row, process=row.process_id, name=row.name, version=row.version,
                      hash=row.hash)
    return made


def findings(
    work: Work, files: Mapping[str, bytes], *, bodies: Collection[str] | None = None,
    operations: Collection[str] | None = None,
) -> list[Finding]:
    """What `deploy` would have to say about *files*, warnings included; nothing is written."""
    return judged(library(work), files, bodies, operations)[1]


def library(work: Work) -> dict[str, Source]:
    """The files of the library by name."""
    query = select(File.name, File.kind, Content.body).join(Content, Content.hash == File.hash).order_by(File.name)
    return {name: Source(name, name, kind, body) for name, kind, body in work.session.execute(query)}


def current(work: Work, process_id: str) -> Deployment:
    """The version that new instances start on; NotFound if the process was never deployed."""
    row = work.session.scalar(
        select(Deployment).where(Deployment.process_id == process_id).order_by(Deployment.version.desc()).limit(1)
    )
    if row is None:
        raise NotFound("Den Prozess „{process}“ gibt es nicht. Er muss zuerst bereitgestellt werden.",
                       "There is no process “{process}”. It has to be deployed first.", process=process_id)
    return row


def processes(work: Work) -> list[Deployment]:
    """The current version of every process, by name."""
    return list(work.session.scalars(select(Deployment).where(_is_latest()).order_by(Deployment.name, Deployment.id)))


def versions(work: Work, process_id: str) -> list[Deployment]:
    """All versions of a process, the newest first."""
    query = select(Deployment).where(Deployment.process_id == process_id).order_by(Deployment.version.desc())
    return list(work.session.scalars(query))


def version(work: Work, process_id: str, number: int) -> Deployment:
    """One version of a process; NotFound if there is none of that number."""
    row = work.session.scalar(
        select(Deployment).where(Deployment.process_id == process_id, Deployment.version == number)
    )
    if row is None:
        raise NotFound("Diesen Prozessstand gibt es nicht.", "There is no such version of this process.")
    return row


def started_by(work: Work, message: str) -> Deployment | None:
    """The current version of the process that the message named *message* starts."""
    return work.session.scalar(select(Deployment).where(Deployment.starts_on == message, _is_latest()))


def started_by_signal(work: Work, signal: str) -> list[str]:
    """The ids of the processes whose current version the signal named *signal* starts."""
    query = select(Deployment.process_id).where(Deployment.starts_on_signal == signal, _is_latest())
    return list(work.session.scalars(query.order_by(Deployment.process_id)))


def specification(work: Work, deployment_id: UUID) -> spiff.Specification:
    """What the engine runs of a deployment; kept in memory, so that a warm process asks the database nothing."""
    return _warm(("specification", deployment_id, ""), lambda: _specified(work, work.get(Deployment, deployment_id)))


def form(work: Work, deployment_id: UUID, key: str) -> forms.Form:
    """The form *key* (process/form) of a deployment, kept in memory; NotFound if the deployment has none."""

    def parsed() -> forms.Form:
        name = f"forms/{key}.json"
        return forms.parse(source(work, work.get(Deployment, deployment_id), name), name)

    return _warm(("form", deployment_id, key), parsed)


def diagram(work: Work, deployment: Deployment, process_id: str | None = None) -> spiff.Diagram:
    """The diagram that a process (None: the deployed one itself) is drawn in, as it was deployed; kept in memory."""
    wanted = process_id or deployment.process_id

    def read() -> spiff.Diagram:
        names = [deployment.diagram, *(name for name in deployment.manifest if name.endswith(".bpmn"))]
        for name in dict.fromkeys(names):
            found = spiff.read_diagram(source(work, deployment, name), name)
            if any(process.id == wanted for process in found.processes):
                return found
        raise NotFound("Der Prozess „{process}“ gehört nicht zu diesem Prozessstand.",
                       "The process “{process}” is not part of this deployment.", process=wanted)

    return _warm(("diagram", deployment.id, wanted), read)


def decisions(work: Work, deployment: Deployment) -> list[spiff.Decision]:
    """The decisions of a deployment, in the order of their files' names; kept in memory."""

    def read() -> list[spiff.Decision]:
        names = sorted(name for name in deployment.manifest if name.endswith(".dmn"))
        return [one for name in names for one in spiff.read_decisions(source(work, deployment, name), name)]

    return _warm(("decisions", deployment.id, ""), read)


def source(work: Work, deployment: Deployment, name: str) -> bytes:
    """One file of a deployment, exactly as it was deployed; NotFound if it is not part of it."""
    digest = deployment.manifest.get(name)
    content = work.session.get(Content, digest) if digest else None
    if content is None:
        raise NotFound("Die Datei „{file}“ gehört nicht zu diesem Prozessstand.",
                       "The file “{file}” is not part of this deployment.", file=name)
    return content.body


def _is_latest() -> Any:
    newer = aliased(Deployment)
    query = select(func.max(newer.version)).where(newer.process_id == Deployment.process_id).scalar_subquery()
    return Deployment.version == query


def _lock(work: Work) -> None:
    # on SQLite a piece of work that writes holds the only write lock anyway
    if work.session.get_bind().dialect.name == "postgresql":
        work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _store(work: Work, placed: Mapping[str, Source]) -> None:
    wanted = {one.hash: one for one in placed.values()}
    known = set(work.session.scalars(select(Content.hash).where(Content.hash.in_(wanted))))
    work.session.add_all(Content(hash=digest, body=one.body) for digest, one in wanted.items() if digest not in known)
    work.session.flush()
    rows = {row.name: row for row in work.session.scalars(select(File).where(File.name.in_(placed)))}
    for name, one in placed.items():
        row = rows.get(name)
        if row is None:
            work.add(File(name=name, kind=one.kind, hash=one.hash, changed_at=work.now))
        elif row.hash != one.hash:
            row.hash, row.changed_at = one.hash, work.now


def _next(work: Work, bundle: Bundle, before: Deployment | None) -> Deployment:
    return work.add(Deployment(
        process_id=bundle.process_id, version=before.version + 1 if before else 1, name=bundle.name, hash=bundle.hash,
        diagram=bundle.diagram, manifest=bundle.manifest, starts_on=bundle.starts_on,
        starts_on_signal=bundle.starts_on_signal, deployed_at=work.now,
        deployed_by=work.actor.id,
    ))


def _specified(work: Work, deployment: Deployment) -> spiff.Specification:
    query = select(Content.hash, Content.body).where(Content.hash.in_(set(deployment.manifest.values())))
    bodies = {row.hash: row.body for row in work.session.execute(query)}
    files = [(name, bodies[digest]) for name, digest in sorted(deployment.manifest.items())]
    return spiff.specification(spiff.Bundle(
        deployment.hash, deployment.process_id,
        tuple(body for name, body in files if name.endswith(".bpmn")),
        tuple(body for name, body in files if name.endswith(".dmn")),
    ))


_known: dict[tuple[str, UUID, str], Any] = {}
_knowing = threading.Lock()


def _warm(key: tuple[str, UUID, str], read: Callable[[], _Kept]) -> _Kept:
    # what belongs to a deployment never changes, so nothing here grows old; it is only kept from growing large
    found: _Kept | None = _known.get(key)
    if found is None:
        found = read()
        with _knowing:
            if len(_known) >= _WARM:
                _known.clear()
            _known[key] = found
    return found
