"""What stands in diagrams runs in a sandbox: it can compute, and do nothing else."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import spiff
from engine.errors import ProcessFailed
from engine.spiff import scripts
from engine.spiff.lookups import Beyond, look_up
from engine.spiff.scripts import SandboxError
from engine.spiff.values import plain, same
from tests.engine.spiff.models import NOON, Run, deployed, end_event, gateway, process, script, start_event, user


def value(text: str, **data: Any) -> Any:
    return scripts.evaluate([text], data, NOON)[0]


@pytest.mark.parametrize(("text", "expected"), [
    ("x + 1", 3), ("x > 1 and y == 'a'", True), ("[n * 2 for n in zahlen if n > 1]", [4, 6]), ("sum(zahlen)", 6),
    ("(1, 2)", [1, 2]), ("d + timedelta(days=1)", date(2026, 5, 5)), ("datetime(2026, 1, 1)", datetime(2026, 1, 1)),
    ("Decimal('1.10') * 2", Decimal("2.20")), ("date.fromisoformat('2026-01-01') < d", True), ("now.hour", 12),
    ("now == datetime(2026, 5, 4, 12)", False), ("{'a': {'b': None}}", {"a": {"b": None}}),
    ("d.isoformat()", "2026-05-04"),
    ("x if x > 5 else 'klein'  # eine Anmerkung", "klein"), ("x +\n  1", 3), ("f'{x:03d}'", "002"),
    ("round(2.5)", 2), ("max(zahlen, key=lambda n: -n)", 1), ("any(n > 2 for n in zahlen)", True),
])
def test_expressions_compute(text: str, expected: Any) -> None:
    found = value(text, x=2, y="a", zahlen=[1, 2, 3], d=date(2026, 5, 4))
    assert found == expected and type(found) is type(expected)


def test_now_is_the_moment_of_the_act_in_local_time_wherever_it_is_asked_for() -> None:
    assert value("now") == NOON and value("now").utcoffset() == timedelta(hours=2)
    assert value("now", now="falsch") == NOON
    text = "import datetime\nheute = datetime.date.today()\nda = datetime.datetime.now()"
    assert scripts.execute(text, {}, NOON) == {"heute": date(2026, 5, 4), "da": datetime(2026, 5, 4, 12)}


def test_chance_is_the_same_when_an_act_is_repeated() -> None:
    text = "import random\nx = random.random()"
    assert scripts.execute(text, {}, NOON) == scripts.execute(text, {}, NOON)


def test_several_expressions_are_worked_out_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    run = scripts._run
    monkeypatch.setattr(scripts, "_run", lambda *said: calls.append(said) or run(*said))
    assert scripts.evaluate(["x", "x * 2", "['a', 'b']"], {"x": 3}, NOON) == [3, 6, ["a", "b"]]
    assert scripts.first_true(["x > 5", "x * 2 > 10", "x * 2 > 2", "fehlt"], {"x": 3}, NOON) == 2
    assert scripts.first_true(["x * 2 > 10"], {"x": 3}, NOON) is None
    assert len(calls) == 3 and scripts.evaluate([], {}, NOON) == []


def test_what_is_only_looked_up_needs_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "pool", lambda: pytest.fail("the sandbox was asked"))
    data = {"x": 3, "thema": "umwelt", "kontakt": {"mail": None}}
    said = ['"cdo"', "x", "kontakt['mail'] is None", "x if x > 2 else 'nein'", "[x, thema]"]
    assert scripts.evaluate(said, data, NOON) == ["cdo", 3, True, 3, [3, "umwelt"]]
    assert scripts.first_true(["x == 4", 'thema in ("umwelt", "mobilitaet") and not x < 3', "fehlt"], data, NOON) == 1


PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([0.5, 1.0, "a", "ab", "", Decimal("1.0"),
                                                                   date(2026, 5, 4), [1, "a"], [], {"a": 1}, {}]))
NAMES = st.sampled_from(["a", "b", "c", "d", "fehlt", "now", "len"])
LEAVES = st.one_of(NAMES, st.integers(-3, 3).map(repr), st.sampled_from(
    ["None", "True", "0.5", "1.0", "'a'", "'ab'", "''", "d['a']", "d['x']", "a['a']", "(1, 'a')", "[0, None, b]",
    "()"]))


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not", "and", "or", "+"])
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda text: f"(not {text})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
    )


def test_whatever_is_compared_with_whatever_gives_the_same_looked_up_or_run() -> None:
    values = [None, True, False, 0, 1, 2, -1, 0.5, 1.0, "", "a", "ab", "b", [], [1, "a"], [None, True], {}, {"a": 1},
              date(2026, 5, 4), Decimal("1.0")]
    data = {f"v{place}": value for place, value in enumerate(values)}
    operators = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not", "and", "or")
    found: dict[str, Any] = {}
    for one, op, other in product(data, operators, data):
        with suppress(Beyond):
            found[f"{one} {op} {other}"] = look_up(f"{one} {op} {other}", data)
    assert len(found) > 1500
    assert [text for text, value in zip(found, run_all(list(found), data), strict=True)
            if not same(value, found[text])] == []


def run_all(expressions: list[str], data: dict[str, Any]) -> list[Any]:
    """The values of expressions as the sandbox gives them."""
    code = "[\n" + ",\n".join(f"(\n{text}\n)" for text in expressions) + "\n]"
    return list(plain(scripts._run(code, frozenset(data), data, NOON, expressions)))


@given(text=st.recursive(LEAVES, joined, max_leaves=6), data=st.fixed_dictionaries({
    "a": PLAIN, "b": PLAIN, "c": PLAIN, "d": st.just({"a": 1, "b": [2]}),
}))
def test_looked_up_or_run_an_expression_gives_the_same(text: str, data: dict[str, Any]) -> None:
    try:
        found = look_up(text, data)
    except Beyond:
        return
    assert same(run_all([text], data)[0], found)


@pytest.mark.parametrize(("text", "names"), [
    ("a = 1\nb = a + x", {"a": 1, "b": 3}),
    ("liste.append(x)\nwoerter['neu'] = x", {"liste": [0, 2], "woerter": {"neu": 2}}),
    ("x += 1", {"x": 3}),
    ("for n in range(3):\n    letzte = n", {"n": 2, "letzte": 2}),
    ("if x > 5:\n    gross = True", {}),
    ("def doppelt(n):\n    innen = n * 2\n    return innen\ny = doppelt(x)", {"y": 4}),
    ("f = lambda n: n + 1\ny = f(x)", {"y": 3}),
    ("y = [n for n in range(2)]", {"y": [0, 1]}),
    ("from datetime import timedelta\nd = timedelta(days=1)", {"d": timedelta(days=1)}),
    ("import math\ny = math.floor(2.5)", {"y": 2}),
    ("a, (b, *c) = 1, (2, 3, 4)", {"a": 1, "b": 2, "c": [3, 4]}),
    ("_hilf = 5\ny = _hilf", {"y": 5}),
    ("try:\n    y = 1 / 0\nexcept ZeroDivisionError:\n    y = None", {"y": None}),
    ("x", {}), ("", {}), ("# nichts", {}),
    ("now = 1\ny = now", {"y": 1}),
    ("y = 'a' if (z := x) else 'b'", {"y": "a", "z": 2}),
])
def test_a_script_gives_back_what_it_assigned_or_changed(text: str, names: dict[str, Any]) -> None:
    given = {"x": 2, "liste": [0], "woerter": {}}
    found = scripts.execute(text, given, NOON)
    assert found == names
    assert given == {"x": 2, "liste": [0], "woerter": {}}, "the caller's own values stay as they were"


@pytest.mark.parametrize("text", ["", " ", "x = 1", "x) or (x", "x, x", "*x", "**x", "a=x", "x; x", "import os", "x\nx",
                                  "1)], open('/etc/passwd'), [(1", "(" * 500, "x" * 200_000])
def test_what_is_not_one_expression_is_none(text: str) -> None:
    with pytest.raises(SyntaxError):
        scripts.read_expression(text)
    with pytest.raises(SandboxError):
        value(text, x=1)


@pytest.mark.parametrize("text", [
    "open('/etc/passwd').read()", "__import__('os').system('ls')", "().__class__.__mro__", "exit()", "input()",
    "globals()", "compile('1', 'x', 'eval')",
])
def test_an_expression_reaches_nothing_outside(text: str) -> None:
    with pytest.raises(SandboxError):
        value(text)


@pytest.mark.parametrize("text", [
    "import os\nx = os.environ['PATH']", "import os\nx = os.listdir('/')", "import socket", "import subprocess",
    "import pathlib\nx = pathlib.Path('/etc/passwd').read_text()", "import sys\nx = sys.modules['os']",
    "import ctypes", "import urllib.request", "from engine import settings",
])
def test_a_script_reaches_nothing_outside(text: str) -> None:
    with pytest.raises(SandboxError):
        scripts.execute(text, {}, NOON)


@pytest.fixture
def tight() -> Iterator[None]:
    spiff.configure(seconds=0.2, megabytes=16)
    yield
    spiff.configure()


@pytest.mark.parametrize(("text", "said"), [
    ("while True: pass", "TimeoutError"), ("x = [0] * 10**9", "MemoryError"), ("x = 'a' * 10**9", "MemoryError"),
    ("x = []\nwhile True: x.append('a' * 1000)", "MemoryError"), ("def f(): return f()\nf()", "RecursionError"),
    ("x = 1 / 0", "ZeroDivisionError"), ("x = fehlt", "NameError"), ("raise ValueError('meine Worte')", "meine Worte"),
    ("assert 1 == 2", "AssertionError"), ("x = {}['k']", "KeyError"),
])
@pytest.mark.usefixtures("tight")
def test_a_script_that_fails_loops_or_devours_memory_fails_its_step_with_the_real_error(text: str, said: str) -> None:
    spec = deployed(process("p", start_event(), user("t"), script("s", text), end_event(), flows="start > t > s > end"))
    run = Run(spec).start()
    before = run.step.state
    with pytest.raises(ProcessFailed) as failed:
        run.complete("t")
    assert failed.value.element == "s" and said in failed.value.cause and said in failed.value.en
    assert failed.value.line and run.step.state == before
    assert value("1 + 1") == 2, "the next one works again"


@pytest.mark.parametrize("text", ["x = {1, 2}", "x = b'1'", "x = float('nan')", "x = 10 ** 30", "x = {1: 2}",
                                  "x = {'~a': 1}", "class A: pass\nx = A()", "x = print"])
def test_what_cannot_be_kept_does_not_come_out(text: str) -> None:
    with pytest.raises(SandboxError, match=r"kept|may not"):
        scripts.execute(text, {}, NOON)


def test_nothing_of_one_call_is_left_for_the_next() -> None:
    scripts.execute("geheim = 42", {}, NOON)
    for _ in range(8):
        with pytest.raises(SandboxError, match="geheim"):
            value("geheim")


def test_a_failing_condition_says_which_it_was() -> None:
    spec = deployed(process("p", start_event(), gateway("g", default="g_a"), end_event("a"), end_event("b"),
                            flows="start > g > a; g > b if betrag > grenze"))
    with pytest.raises(ProcessFailed, match="grenze") as failed:
        Run(spec).start({"betrag": 1})
    assert "betrag > grenze" in failed.value.cause


def test_many_threads_share_the_workers() -> None:
    found: list[Any] = []

    def work(number: int) -> None:
        found.extend(value("n * 2", n=number + place) == (number + place) * 2 for place in range(20))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 240 and all(found)


FORKS = """
import os, sys
from datetime import datetime, UTC
from engine.spiff import scripts
def value():
    return scripts.evaluate(["20 + 22"], {}, datetime(2026, 1, 1, tzinfo=UTC))[0]
if "used" in sys.argv:
    value()
child = os.fork()
if child == 0:
    try:
        print(value(), flush=True)
    except scripts.SandboxError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(value())
"""


@pytest.mark.parametrize(("when", "said"), [
    ("unused", ["42", "42"]), ("used", ["this process was forked from one that had used the sandbox already", "42"])])
def test_a_forked_child_has_workers_of_its_own_or_says_that_it_cannot(when: str, said: list[str]) -> None:
    ran = subprocess.run([sys.executable, "-c", FORKS, when], capture_output=True, text=True, timeout=20, check=True,
                         cwd=Path(__file__).parents[3])
    assert ran.stdout.splitlines() == said


def test_zones_become_offsets_so_that_a_stored_process_computes_the_same() -> None:
    found = scripts.execute("spaeter = now + timedelta(days=1)", {}, datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert found["spaeter"].utcoffset() == timedelta(hours=2)


@pytest.mark.parametrize(("text", "names"), [
    ("a + b['c']", {"a", "b"}), ("[x for x in liste if x > grenze]", {"liste", "grenze"}), ("lambda a: a + b", {"b"}),
    ("f'{name} {len(texte)}'", {"name", "len", "texte"}), ("any(s for s in stimmen)", {"any", "stimmen"}),
])
def test_an_expression_asks_for_the_names_it_does_not_bind(text: str, names: set[str]) -> None:
    assert scripts.asked_for(text) == names


@pytest.mark.parametrize(("text", "names"), [
    ("a = b\nc = a", {"b"}), ("def f(x):\n    return x + y\nz = f(1)", {"y"}), ("import math\na = math.pi", set()),
    ("for x in liste:\n    summe += x", {"liste"}),
    ("a = [y for y in ys]\nb = {k: v for k, v in d.items()}", {"ys", "d"}),
])
def test_a_script_asks_for_the_names_it_does_not_set(text: str, names: set[str]) -> None:
    assert scripts.asked_for(text, script=True) == names


@pytest.mark.parametrize(("text", "script", "line"), [
    ("x = 1\ndel x", True, 2), ("def f():\n    yield 1\na = 1", True, 2), ("(yield 3)", False, None),
])
def test_what_python_knows_and_the_sandbox_does_not_is_seen_before_it_runs(
    text: str, script: bool, line: int | None,
) -> None:
    with pytest.raises(SyntaxError, match="the sandbox does not know") as refused:
        scripts.compile_in_sandbox(text, script=script)
    assert line is None or refused.value.lineno == line


@pytest.mark.parametrize("text", ["", "# nichts", "a = '''x\ny'''", "def f(x):\n    return x\nb = f(1 // 0)",
                                  "for x in y:\n    z = x"])
def test_compiling_runs_nothing(text: str) -> None:
    scripts.compile_in_sandbox(text, script=True)
