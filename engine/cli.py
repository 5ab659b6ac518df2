"""The engine's commands: `reifegrad worker`, `deploy`, `verify`, `seal`, `incidents`, `suspend`, `resume`,
`cancel`, `migrate`, `person`; `check` and `run` are in engine/files/.

web/cli.py joins them with those that serve pages. Each returns an exit status:
0 all is well, 1 something is wrong with what was looked at, 2 the command
could not do its work.
"""

import argparse
import getpass
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from engine import notices, wiring, worker
from engine.definitions import deployments
from engine.errors import EngineError, Invalid
from engine.files import commands as commands_on_files
from engine.files import telling
from engine.history import seal
from engine.identity import bodies, people
from engine.runtime import incidents, instances, migration, retries
from engine.runtime.incidents import Incident
from engine.settings import Settings, from_environment
from engine.wiring import open_house
from engine.work import ENGINE

SHIPPED = Path(__file__).parent.parent
"""Where bpmn/ and forms/ lie, in the source tree as in an installed package."""
SECONDS_BETWEEN = 2
"""How often a long run says how far it has come."""
MOST_MIGRATED = 100_000
"""How many instances one command migrates."""
STEERED = {
    "suspend": "let an instance rest: no task, timer or message until it is resumed",
    "resume": "let a suspended instance go on",
    "cancel": "end an instance before its diagram does",
}

Command = Callable[[argparse.Namespace, Settings], int]


def register(commands: Any) -> None:
    """Add the engine's commands to the subparsers *commands*."""
    _add(commands, "worker", _worker, "do what is due: timers, messages, mails, seals")
    deploy = _add(commands, "deploy", _deploy, "check files and make them the current version")
    deploy.add_argument("files", nargs="*", type=Path, help="BPMN, DMN and form files; none: those that are shipped")
    commands_on_files.arguments_of_check(_add(
        commands, "check", commands_on_files.check, "say what is wrong with files, without deploying them"))
    commands_on_files.arguments_of_run(_add(
        commands, "run", commands_on_files.run, "run a process from its files and a script, without a database"))
    verify = _add(commands, "verify", _verify, "prove that nothing in the history was changed")
    verify.add_argument("--instance", type=UUID, help="only this instance's chain")
    _add(commands, "seal", _seal, "seal what happened since the last seal, and print the seal's hash")
    trouble = _add(commands, "incidents", _incidents, "list what went wrong and waits for somebody, or try it again")
    trouble.add_argument("--json", action="store_true", help="everything that is known of them, as JSON")
    trouble.add_argument("act", nargs="?", choices=("retry",), help="try one again")
    trouble.add_argument("id", nargs="?", type=UUID, help="which one: the first word of its line in the list")
    for verb, what in STEERED.items():
        steered = _add(commands, verb, _steer, what)
        steered.set_defaults(verb=verb)
        steered.add_argument("instance", type=UUID)
        steered.add_argument("--reason", required=True, help="stands in the history")
    migrate = _add(commands, "migrate", _migrate, "let running instances of a process go on on another version of it")
    migrate.add_argument("process")
    migrate.add_argument("--to", type=int, metavar="VERSION", help="none: the newest")
    migrate.add_argument("--dry-run", action="store_true", help="say what would become of each, change nothing")
    migrate.add_argument("--reason", default="", help="stands in the history; needed unless it is a dry run")
    person = _add(commands, "person", _person, "add a person, or give one a new password")
    person.add_argument("login")
    person.add_argument("--name", help="needed for a new person")
    person.add_argument("--mail", help="needed for a new person")
    person.add_argument("--seat", action="append", default=[], metavar="BODY", help="key of a body; may be repeated")


def shipped_files() -> dict[str, bytes]:
    """The processes, decision tables and forms that come with the service, by path."""
    paths = [*SHIPPED.glob("bpmn/**/*.bpmn"), *SHIPPED.glob("bpmn/**/*.dmn"), *SHIPPED.glob("forms/*/*.json")]
    return {path.relative_to(SHIPPED).as_posix(): path.read_bytes() for path in sorted(paths)}


def _worker(arguments: argparse.Namespace, settings: Settings) -> int:
    worker.run(open_house(settings))
    return 0


def _deploy(arguments: argparse.Namespace, settings: Settings) -> int:
    files = _read(arguments.files) if arguments.files else shipped_files()
    try:
        with open_house(settings).work() as work:
            made = [(one.process_id, one.version, one.hash) for one in wiring.deploy(work, files)]
    except Invalid as error:
        for one in error.findings:
            print(telling.finding(one, telling.language()))
        raise
    for process, version, digest in made:
        print(f"{process} {version} {digest[:12]}")
    print(f"{len(made)} new versions")
    return 0


def _verify(arguments: argparse.Namespace, settings: Settings) -> int:
    broken = 0
    with open_house(settings).look() as work:
        for one in seal.verify(work, arguments.instance, processes=os.cpu_count() or 1, watch=_watch()):
            print(f"{one.chain_id or 'seals'} {one.seq or ''}: {one.what.en}")
            broken += 1
    print(f"The history was changed in {broken} places." if broken else "The history is whole.")
    return 1 if broken else 0


def _watch() -> seal.Watch:
    """Says on standard error how far a long run has come, every few seconds."""
    said = time.monotonic()

    def watch(done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said >= SECONDS_BETWEEN and done < total:
            said = time.monotonic()
            print(f"{done:,} of {total:,} events", file=sys.stderr, flush=True)

    return watch


def _seal(arguments: argparse.Namespace, settings: Settings) -> int:
    house = open_house(settings)
    worker.seal_chains(house)
    with house.look() as work:
        made = next(iter(seal.seals(work, limit=1)), None)
    print(f"{made.number} {made.at.isoformat()} {made.hash}" if made else "Nothing has happened yet.")
    return 0


def _incidents(arguments: argparse.Namespace, settings: Settings) -> int:
    house = open_house(settings)
    if arguments.act == "retry":
        if arguments.id is None:
            raise Invalid("Welche Störung? Ihre Kennung fehlt.", "Which incident? Its id is missing.")
        with house.work() as work:
            retries.retry(work, arguments.id)
        print("It is tried again. If it fails again, there will be a new incident.")
        return 0
    with house.look() as work:
        page = incidents.listing(work, size=1000)
        stuck = notices.stuck(work)
    if arguments.json:
        print(json.dumps([_incident(one) for one in page.rows], ensure_ascii=False, indent=2))
        return 1 if page.total or stuck else 0
    for one in page.rows:
        place = f"{one.element or '-'}{f' line {one.line}' if one.line else ''}"
        error = " ".join(one.error.split())
        print(f"{one.id} {one.raised_at:%Y-%m-%d %H:%M} {one.instance_id} {one.kind} {place}: {error}")
    print(f"{page.total} open incidents, {stuck} mails given up")
    return 1 if page.total or stuck else 0


def _incident(one: Incident) -> dict[str, Any]:
    return {
        "id": str(one.id), "instance": str(one.instance_id), "kind": one.kind, "element": one.element,
        "line": one.line, "error": one.error, "data": one.data.get("values"), "raised_at": one.raised_at.isoformat(),
    }


def _steer(arguments: argparse.Namespace, settings: Settings) -> int:
    act = {"suspend": instances.suspend, "resume": instances.resume, "cancel": instances.cancel}[arguments.verb]
    with open_house(settings).work(ENGINE) as work:
        instance = act(work, arguments.instance, arguments.reason)
        said = f"{instance.id} {instance.business_key} {instance.title}: {instance.status}"
    print(said)
    return 0


def _migrate(arguments: argparse.Namespace, settings: Settings) -> int:
    house = open_house(settings)
    with house.look(ENGINE) as work:
        target = deployments.current(work, arguments.process) if arguments.to is None else \
            deployments.version(work, arguments.process, arguments.to)
        chosen = migration.candidates(work, target, size=MOST_MIGRATED).rows
        plan = migration.plan(work, [row.id for row in chosen], target) if arguments.dry_run else []
    for seen in plan:
        print(f"{seen.instance.id} {seen.instance.business_key}: {'can go' if seen.can_go else 'cannot go'}")
        for said in (*seen.problems, *seen.changes):
            print(f"  {said.en}")
    if arguments.dry_run:
        print(f"{len(plan)} instances, {sum(seen.can_go for seen in plan)} can go on on version {target.version}")
        return 1 if any(not seen.can_go for seen in plan) else 0
    report = migration.in_bulk(lambda: house.work(ENGINE), {row.id: None for row in chosen}, target.id,
                               arguments.reason)
    for instance_id, title, why in (*report.refused, *report.moved_on):
        print(f"{instance_id} {title}: {why.en}")
    left = len({found[0] for found in report.refused} | {found[0] for found in report.moved_on})
    print(f"{len(report.migrated)} instances migrated to version {target.version}, {left} left where they were")
    return 1 if left else 0


def _person(arguments: argparse.Namespace, settings: Settings) -> int:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with open_house(settings).work() as work:
        person = people.by_login(work, arguments.login)
        if person is None:
            person = people.add(work, arguments.login, arguments.name or "", arguments.mail or "")
        people.set_password(work, person, password)
        for key in arguments.seat:
            body = bodies.find(work, key)
            if body is None:
                raise Invalid("Das Gremium {key} gibt es nicht.", "There is no body {key}.", key=key)
            bodies.seat(work, person, body)
    print(f"{arguments.login} can sign in.")
    return 0


def run(command: Command, arguments: argparse.Namespace) -> int:
    """Run one command; an error of the engine becomes its sentence and status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that knows no umlauts shall not end a command
            stream.reconfigure(errors="backslashreplace")
    try:
        return command(arguments, from_environment())
    except EngineError as error:
        for name, said in (error.fields if isinstance(error, Invalid) else {}).items():
            print(f"{name}: {' '.join(sentence.en for sentence in said)}", file=sys.stderr)
        print(error.en, file=sys.stderr)
        return 2


def _add(commands: Any, name: str, command: Command, what: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=what, description=what)
    parser.set_defaults(command=command)
    return parser


def _read(paths: Iterable[Path]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path in paths:
        try:
            files[path.as_posix()] = path.read_bytes()
        except OSError as error:
            raise Invalid("{file} kann nicht gelesen werden: {why}", "{file} cannot be read: {why}",
                          file=path, why=error.strerror) from None
    return files
