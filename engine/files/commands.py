"""`reifegrad check` and `reifegrad run`: what is wrong with files, and how the process in them runs.

Exit status: 0 all is well, 1 something is wrong with what was looked at, 2 a
file could not be read at all.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import spiff, wiring
from engine.definitions import scenarios
from engine.definitions.findings import Finding, errors, ordered
from engine.definitions.library import judged
from engine.definitions.rehearsals import rehearse
from engine.definitions.scenarios import Scenario
from engine.demo import county
from engine.errors import Invalid
from engine.files import disk, telling
from engine.settings import Settings


def arguments_of_check(parser: argparse.ArgumentParser) -> None:
    """What `reifegrad check` may be told."""
    _common(parser)
    parser.add_argument("--body", action="append", metavar="KEY",
                        help="key of a body that lanes may name; may be repeated; none: those of the demo county")


def arguments_of_run(parser: argparse.ArgumentParser) -> None:
    """What `reifegrad run` may be told."""
    _common(parser)
    parser.add_argument("--script", type=Path, help="what is done and expected (YAML); none: it is only started")
    parser.add_argument("--process", metavar="ID", help="which one, where the files hold several")


def check(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say everything that is wrong with files, as the upload page does."""
    files, unreadable = disk.read(arguments.files)
    spiff.configure(settings.sandbox_seconds, settings.sandbox_megabytes)
    shown = {disk.with_folder(name): name for name in files}
    handed = {**disk.neighbours(files), **{name: files[given] for name, given in shown.items()}}
    bodies = arguments.body if arguments.body is not None else county.body_keys()
    _, found = judged({}, handed, bodies, wiring.HANDLERS.keys())
    found = [replace(one, file=shown[one.file]) for one in found if one.file in shown]
    found = ordered([*unreadable, *found])
    if arguments.json:
        print(telling.text([telling.finding_json(one, arguments.language) for one in found], indent=True))
    else:
        for one in found:
            print(telling.finding(one, arguments.language))
        print(telling.counted(len(files) + len(unreadable), len(found), arguments.language))
    return _status(unreadable, files, found)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Rehearse a process as a script says, and say how it went."""
    files, unreadable = disk.read(arguments.files)
    script, wrong = _script(arguments.script)
    unreadable += wrong
    if script is not None:
        script = replace(script, process=arguments.process or script.process)
        further, missing = _beside(script, arguments, files)
        unreadable += missing
        files |= further
    if unreadable or script is None:
        _tell(unreadable, arguments)
        return 2
    spiff.configure(settings.sandbox_seconds, settings.sandbox_megabytes)
    around = disk.neighbours(files)
    outcome = rehearse({**around, **files}, replace(script, beside=(*script.beside, *around)))
    if arguments.json:
        print(telling.text(telling.rehearsal_json(outcome, arguments.language), indent=True))
    else:
        for line in telling.rehearsal(outcome, arguments.language):
            print(line)
    return 0 if outcome.ok else _status([], files, outcome.findings if outcome.refused else []) or 1


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, help="BPMN, DMN and form files, or folders of them")
    parser.add_argument("--json", action="store_true", help="everything as JSON, for a tool")
    parser.add_argument("--language", choices=("de", "en"), default=telling.language(),
                        help="the language of messages; none: the system's")


def _status(unreadable: list[Finding], files: disk.Files, found: list[Finding]) -> int:
    accused = {one.file for one in errors(found)}
    if unreadable or any(not disk.is_readable(name, files[name]) for name in accused & files.keys()):
        return 2
    return 1 if accused else 0


def _script(path: Path | None) -> tuple[Scenario | None, list[Finding]]:
    if path is None:
        return Scenario(), []
    try:
        return scenarios.read(path.read_bytes(), path.as_posix()), []
    except OSError as error:
        return None, [disk.unreadable(path, error)]
    except Invalid as error:
        return None, list(error.findings)


def _beside(script: Scenario, arguments: Any, files: disk.Files) -> tuple[disk.Files, list[Finding]]:
    """The files that a script names: beside it, or else beside the first file."""
    first = arguments.files[0]
    folders = [arguments.script.parent if arguments.script else first, first if first.is_dir() else first.parent]
    wanted = [name for name in script.beside
              if not any(given == name or given.endswith(f"/{name}") for given in files)]
    return disk.read(next((folder / name for folder in folders if (folder / name).is_file()), folders[0] / name)
                     for name in wanted)


def _tell(found: list[Finding], arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(telling.text({"ok": False, "findings": [
            telling.finding_json(one, arguments.language) for one in found]}, indent=True))
    else:
        for one in found:
            print(telling.finding(one, arguments.language))
