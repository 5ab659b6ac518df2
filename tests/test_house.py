"""The rules of the house: who may look at whom, and which library has which door."""

import ast
import re
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted([*ROOT.glob("engine/**/*.py"), *ROOT.glob("web/**/*.py")])
TESTS = sorted(ROOT.glob("tests/**/*.py"))

# From the ground up. A file may import from its own floor's room and from the floors below, never from above;
# rooms on one floor (one set) do not know each other.
FLOORS: list[set[str]] = [
    {"engine.errors"},
    {"engine.settings", "engine.documents"},
    {"engine.database", "engine.spiff"},
    {"engine.work"},
    {"engine.history"},
    {"engine.identity"},
    {"engine.definitions"},
    {"engine.runtime"},
    {"engine.notices"},
    {"engine.ideas", "engine.council"},
    {"engine.migrations"},
    {"engine.wiring"},
    {"engine.worker", "engine.migrations.env"},
    {"engine.demo"},
    {"engine.files"},
    {"engine.cli"},
    {"web"},
    {"web.cli"},
]
# Inside a room: the upper one may import the lower ones, never the other way round.
STAIRS: list[tuple[set[str], set[str]]] = [
    ({"engine.history.trail", "engine.history.seal"}, {"engine.history.events"}),
    ({"engine.identity.permissions"}, {"engine.identity.bodies", "engine.identity.people"}),
    ({"engine.identity.bodies"}, {"engine.identity.people"}),
    ({"engine.definitions.deployments"},
     {"engine.definitions.diagrams", "engine.definitions.decisions", "engine.definitions.forms"}),
    ({"engine.runtime.instances"}, {"engine.runtime.steering", "engine.runtime.migration", "engine.runtime.tokens"}),
    ({"engine.runtime.migration"}, {"engine.runtime.steering"}),
    ({"engine.runtime.steering", "engine.runtime.migration"}, {"engine.runtime.tokens"}),
    ({"engine.runtime.instances", "engine.runtime.tokens"},
     {"engine.runtime.tasks", "engine.runtime.timers", "engine.runtime.messages", "engine.runtime.incidents"}),
]
DOORS: dict[str, tuple[str, ...]] = {
    "SpiffWorkflow": ("engine/spiff/",),
    "lxml": ("engine/spiff/",),
    "pydantic_monty": ("engine/spiff/",),
    "apscheduler": ("engine/worker.py", "engine/spiff/clock.py", "engine/council/calendars.py"),
    "flask": ("web/",),
    "flask_babel": ("web/",),
    "flask_wtf": ("web/",),
    "werkzeug": ("web/",),
    "waitress": ("web/cli.py",),
    "typst": ("engine/documents/printing.py",),
    "icalendar": ("engine/council/calendar_files.py",),
    "marshmallow": ("engine/definitions/forms.py", "web/schemas.py"),
    "argon2": ("engine/identity/people.py",),
    "sqlalchemy": ("engine/",),
    "alembic": ("engine/migrations/",),
    "yaml": ("engine/definitions/yamlfiles.py",),
    "smtplib": ("engine/notices/post.py",),
}
TELLS_TIME = {"engine/work.py", "engine/wiring.py", "engine/worker.py"}  # where a caller may leave the moment open
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
LONGEST = 450


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> str:
    return name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module(path) for path in FILES}


def imports(path: Path, *, at_once: bool = False) -> Iterator[str]:
    """The full names of what a file imports; with `at_once` only what is imported when the file itself is."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if at_once else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} line {node.lineno}: name the file from the top, not by dots"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else str(node.module)


def room(imported: str) -> tuple[int, str] | None:
    """The floor and room a module is in; the longest name wins, so web.cli is not web."""
    found = [(len(entry), number, entry) for number, floor in enumerate(FLOORS) for entry in floor
             if f"{imported}.".startswith(f"{entry}.")]
    return max(found)[1:] if found else None


def each(files: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", files, ids=name)


def test_every_file_has_a_floor() -> None:
    homeless = [name(path) for path in FILES if room(module(path)) is None and module(path) != "engine"]
    assert not homeless, f"give these a floor in FLOORS: {homeless}"


@each(FILES)
def test_a_file_looks_only_downstairs(path: Path) -> None:
    here = room(module(path))
    for imported in imports(path):
        there = room(imported)
        if here is None or there is None or here == there:
            continue
        assert there[0] < here[0], f"{name(path)} ({here[1]}) imports {imported}, which is not below it"


@each(FILES)
def test_inside_a_room_the_stairs_go_down(path: Path) -> None:
    for upper, lower in STAIRS:
        if module(path) in lower:
            above = upper & set(imports(path))
            assert not above, f"{name(path)} imports {above}, which stand above it"


def test_no_file_needs_itself_in_the_end() -> None:
    files = {module(path): path for path in FILES}
    needs = {here: {there for there in imports(path, at_once=True) if there in files and there != here}
             for here, path in files.items()}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        pytest.fail(" needs ".join(error.args[1]))


@each(FILES)
def test_each_library_has_its_door(path: Path) -> None:
    for imported in imports(path):
        doors = DOORS.get(imported.split(".")[0])
        assert doors is None or name(path).startswith(doors), f"{name(path)} imports {imported}: only {doors} may"


@each([path for path in FILES if name(path).startswith("engine/") and name(path) not in TELLS_TIME])
def test_the_engine_is_told_the_time(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) not in CLOCKS, \
                f"{name(path)} line {node.lineno} looks at a clock of its own; use work.now"


@each([path for path in FILES if name(path).startswith("web/")])
def test_pages_call_verbs_and_never_tables(path: Path) -> None:
    for line in re.findall(r"work\.session\b(?!\.connection\(\)$).*", path.read_text(), re.MULTILINE):
        pytest.fail(f"{name(path)} reaches into the database: {line}; call a verb or a query of the engine")


@each([*FILES, *TESTS])
def test_a_file_can_be_read_in_one_go(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= LONGEST, f"{name(path)} has {lines} lines; which noun can move out?"


@each([*FILES, *TESTS])
def test_an_exception_to_a_rule_gives_its_reason(path: Path) -> None:
    if path == Path(__file__):
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{name(path)} line {number}"
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", line), f"{where}: do it now or leave it out"
        for mark in re.findall(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover)(.*)", line):
            assert re.search(r"#\s*\w+|\s{1,}[a-z(]\w+ \w+", mark), f"{where}: say beside it why"


@each([path for path in TESTS if path.name.startswith("test_")])
def test_a_test_file_can_fail(path: Path) -> None:
    assert re.search(r"\b(assert|raises|expect|fail)\b", path.read_text()), f"{name(path)} asserts nothing"


def declared() -> set[str]:
    """The distributions pyproject.toml asks for at run time, by their normal names."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return {re.split(r"[<>=\[; ]", line)[0].lower().replace("_", "-") for line in wanted}


DISTRIBUTIONS = {"dateutil": "python-dateutil", "flask_babel": "flask-babel", "flask_wtf": "flask-wtf",
                 "markdown_it": "markdown-it-py", "argon2": "argon2-cffi", "SpiffWorkflow": "spiffworkflow",
                 "pydantic_monty": "pydantic-monty", "uuid_utils": "uuid-utils", "yaml": "pyyaml"}
BROUGHT_ALONG = {"werkzeug": "flask", "jinja2": "flask", "markupsafe": "flask", "itsdangerous": "flask",
                 "click": "flask", "babel": "flask-babel", "wtforms": "flask-wtf"}
NOT_IMPORTED = {"tzdata", "psycopg"}  # found by the standard library and by SQLAlchemy


def test_what_is_imported_is_asked_for_and_what_is_asked_for_is_imported() -> None:
    import sys

    used = {imported.split(".")[0] for path in FILES for imported in imports(path)}
    outside = {top for top in used if top not in sys.stdlib_module_names and top not in ("engine", "web")}
    needed = {BROUGHT_ALONG.get(top) or DISTRIBUTIONS.get(top, top) for top in outside}
    assert needed - declared() == set(), "imported, but not in pyproject.toml"
    assert declared() - needed - NOT_IMPORTED == set(), "in pyproject.toml, but never imported"


def test_the_locks_hold_hashes_and_no_address() -> None:
    for lock in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / lock).read_text()
        pinned = re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==", text, re.MULTILINE)
        assert declared() <= set(pinned), f"make lock: {lock} is older than pyproject.toml"
        assert not re.search(r"://|--(index|extra|find)", text), f"{lock} names an address"
        for block in re.split(r"\n(?=[a-z0-9])", text)[1:]:
            assert "--hash=sha256:" in block, f"{lock}: {block.splitlines()[0]} has no hash"
