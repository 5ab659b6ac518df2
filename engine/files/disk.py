"""Paths -> files by name, and what lies beside a diagram and belongs to it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from engine.definitions.diagrams import PEOPLE
from engine.definitions.findings import Finding
from engine.definitions.library import Library, named
from engine.spiff.picture import is_xml

KINDS = (".bpmn", ".bpmn2", ".dmn", ".json", ".xml")
LARGEST = 20_000_000
"""Bytes of a file that are looked at; the rules for diagrams, tables and forms allow less."""
RULE = "file-unreadable"
Files = dict[str, bytes]


def read(paths: Iterable[Path]) -> tuple[Files, list[Finding]]:
    """The files under *paths*, folders searched, by the names they were given; a finding for each that cannot be read.

    In a folder, XML and JSON files count only if they look like diagrams,
    tables or forms; a file that is named counts in any case.
    """
    files: Files = {}
    found: list[Finding] = []
    for path in paths:
        try:
            if path.is_dir():
                inside = {one.as_posix(): body for one in _searched(path) if _is_ours(one, body := _body(one))}
                files |= inside
                if not inside:
                    found.append(Finding.error(
                        path.as_posix(), None, RULE, "",
                        "Der Ordner enthält weder Diagramme noch Entscheidungstabellen noch Formulare.",
                        "The folder holds no diagrams, no decision tables and no forms.",
                    ))
            else:
                files[path.as_posix()] = _body(path)
        except OSError as error:
            found.append(unreadable(path, error))
    return files, found


def unreadable(path: Path, error: OSError) -> Finding:
    """The finding about a file that the system does not hand out."""
    return Finding.error(
        Path(error.filename or path).as_posix(), None, RULE, "",
        f"Die Datei kann nicht gelesen werden ({error.strerror}).", f"The file cannot be read ({error.strerror}).",
    )


def is_readable(name: str, body: bytes) -> bool:
    """Whether a file is XML, or JSON if its name says so, whatever it holds."""
    if not name.lower().endswith(".json"):
        return is_xml(body)
    try:
        orjson.loads(body.decode("utf-8-sig"))
    except ValueError:
        return False
    return True


def with_folder(name: str) -> str:
    """A file's name; for a form that was named without its folder, with it: the folder says which process asks it."""
    path = Path(name)
    if path.suffix.lower() == ".json" and path.parent == Path("."):
        return f"{path.absolute().parent.name}/{name}".lstrip("/")
    return name


def neighbours(files: Files) -> Files:
    """What lies beside *files* and is asked for by them: called processes, decision tables and forms.

    Looked for is what is asked for and not there, and of that what is asked
    for in turn; a file of no use to them is left alone, whatever it holds.
    """
    found: Files = {}
    library = _library(files)
    while missing := _missing(library):
        came = {name: body for path in _nearby([*files, *found], missing)
                for name, body in _taken(path, missing).items() if name not in files and name not in found}
        if not came:
            break
        found |= came
        library = _library({**files, **found})
    return found


def _body(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def _searched(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in KINDS and not hidden and path.is_file():
            yield path


def _is_ours(path: Path, body: bytes) -> bool:
    suffix = path.suffix.lower()
    if suffix == ".json":
        return "forms" in path.parts or b'"components"' in body
    return suffix != ".xml" or b"/BPMN/" in body[:4096] or b"/DMN/" in body[:4096]


def _library(files: Files) -> Library:
    return Library(named(files, {})[0])


def _missing(library: Library) -> set[tuple[str, str]]:
    """What diagrams ask for and the library does not hold: ("process" | "table" | "form", its key)."""
    missing = set()
    for diagram in library.diagrams.values():
        for node in diagram.nodes:
            if node.kind == "callActivity" and node.called and node.called not in library.process_files:
                missing.add(("process", node.called))
            elif node.kind == "businessRuleTask" and node.called and node.called not in library.decision_files:
                missing.add(("table", node.called))
            form = f"{node.process}/{node.properties.get('form')}"
            if node.kind in PEOPLE and node.properties.get("form") and form not in library.forms:
                missing.add(("form", form))
    return missing


def _nearby(names: Iterable[str], missing: set[tuple[str, str]]) -> list[Path]:
    folders = dict.fromkeys(
        folder.parent if folder.name == "decisions" else folder for folder in (Path(name).parent for name in names)
    )
    found: list[Path] = []
    for folder in folders:
        try:
            for pattern in ("*.bpmn", "*.dmn", "decisions/*.dmn"):
                found += sorted(folder.glob(pattern))
            for kind, key in sorted(missing):
                if kind == "form":
                    found += [path for path in _form_places(folder, key) if path.is_file()][:1]
        except (OSError, ValueError):  # a folder that may not be looked into; a key that cannot be a file's name
            continue
    return list(dict.fromkeys(found))


def _form_places(folder: Path, key: str) -> Iterator[Path]:
    yield folder.parent / f"forms/{key}.json"
    yield folder / f"forms/{key}.json"
    yield folder / f"{key}.json"
    yield folder / f"{key.partition('/')[2]}.json"


def _taken(path: Path, missing: set[tuple[str, str]]) -> Files:
    try:
        body = _body(path)
    except OSError:
        return {}
    name = path.as_posix()
    if path.suffix == ".json":
        return {name: body}
    library = _library({name: body})
    held = {("process", key) for key in library.process_files} | {("table", key) for key in library.decision_files}
    return {name: body} if held & missing else {}
