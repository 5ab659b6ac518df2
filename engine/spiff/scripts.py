"""Conditions and scripts run in a sandbox: no Python of ours, limits on time and memory.

Whoever draws a diagram writes expressions into it.  They run in worker
processes of pydantic-monty, which know no file, no network and no environment
of the server.  Process data are plain names there, and `now` is the moment of
the act.  Every call gets a fresh session, so nothing of one instance is ever
left for another.
"""

import ast
import atexit
import os
import symtable
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.util import find_spec
from textwrap import indent
from typing import Any

from pydantic_monty import (
    CollectString,
    Monty,
    MontyConversionError,
    MontyCrashedError,
    MontyError,
    MontyRuntimeError,
    MontySyntaxError,
    OSPolicy,
    ResourceLimits,
)

from engine.errors import Unavailable
from engine.spiff.clock import BERLIN
from engine.spiff.lookups import Beyond, look_up
from engine.spiff.values import plain

_LONGEST = 100_000  # characters of one script
PRELUDE = {
    "date": "from datetime import date", "datetime": "from datetime import datetime",
    "timedelta": "from datetime import timedelta", "Decimal": "from decimal import Decimal",
}
"""What an expression may say without an import, which it cannot write."""
_KEPT = "__kept"
_SOME_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)  # compiling asks for none


class SandboxError(Exception):
    """What went wrong in the sandbox, in the sandbox's own words; `line` counts from 1 within the code.

    `kind` is the name of the error, ZeroDivisionError for example.
    """

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line
        self.kind = text.partition(":")[0].partition(" ")[0]


@dataclass(frozen=True)
class Code:
    """An expression or script, read once: the names it asks for and those it assigns."""

    source: str
    wants: frozenset[str]
    assigns: tuple[str, ...]


_limits = ResourceLimits(max_feed_duration_secs=1.0, max_memory=64 * 2**20, max_recursion_depth=200)
_lock = threading.Lock()
_pool: Monty | None = None
_of_parent: list[Monty] = []  # a forked child must not shut down its parent's workers: it keeps them and uses none


def configure(seconds: float = 1.0, megabytes: int = 64) -> None:
    """Set how long one call may compute and how much memory it may take."""
    global _limits
    _limits = ResourceLimits(
        max_feed_duration_secs=seconds, max_memory=megabytes * 2**20, max_recursion_depth=200,
    )


def evaluate(expressions: Sequence[str], data: Mapping[str, Any], now: datetime) -> list[Any]:
    """The values of *expressions*, worked out in one call.

    Raises SandboxError if one of them fails; what it says names the expression.
    """
    with suppress(Beyond):
        _wanted(expressions)
        return [look_up(text, data) for text in expressions]
    code = "[\n" + ",\n".join(f"(\n{text}\n)" for text in expressions) + "\n]"
    return _as_list(_run(code, _wanted(expressions), data, now, expressions))


def first_true(conditions: Sequence[str], data: Mapping[str, Any], now: datetime) -> int | None:
    """The position of the first condition that holds, or None; those after it are not looked at."""
    _wanted(conditions)
    start = 0
    with suppress(Beyond):
        for start, text in enumerate(conditions):
            if look_up(text, data):
                return start
        return None
    left = conditions[start:]
    code = "(\n" + "".join(f"{place} if (\n{text}\n) else\n" for place, text in enumerate(left)) + "-1\n)"
    place = _run(code, _wanted(left), data, now, left)
    return start + place if place >= 0 else None


def execute(script: str, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Run a script and return what it assigned or changed: names and their new values.

    Names with a leading underscore, functions, classes and imports stay inside.
    """
    code = read_script(script)
    changed = sorted({*code.assigns, *(name for name in code.wants if isinstance(data.get(name), dict | list))})
    keep = "".join(f"\nif {name!r} in {_KEPT}_all: {_KEPT}[{name!r}] = {_KEPT}_all[{name!r}]" for name in changed)
    whole = f"{script}\n{_KEPT}_all = locals()\n{_KEPT} = {{}}{keep}\n{_KEPT}"
    return _as_dict(_run(whole, code.wants, data, now, (script,)))


def run_program(program: str, wants: Iterable[str], data: Mapping[str, Any], now: datetime) -> Any:
    """Run code that the engine itself has put together out of checked expressions, and return its last value."""
    return _run(program, frozenset(wants), data, now, ())


@lru_cache(maxsize=4096)
def read_expression(source: str) -> Code:
    """Read an expression; SyntaxError with the line if it is none."""
    if not source.strip():
        raise SyntaxError("an expression is missing")
    match _tree(f"_(\n{source}\n)", "eval"):
        case ast.Expression(ast.Call(ast.Name("_"), [value], [])) if not isinstance(value, ast.Starred):
            return Code(source, _loads(value), ())
    raise SyntaxError("this is not one expression")  # "x) or (y", "x, y", "**x" and the like


@lru_cache(maxsize=1024)
def read_script(source: str) -> Code:
    """Read a script; SyntaxError with the line if it is none."""
    tree = _tree(source, "exec")
    assigns = tuple(name for name in _stores(tree) if not name.startswith("_") and name != "now")
    return Code(source, _loads(tree), assigns)


@lru_cache(maxsize=4096)
def compile_in_sandbox(source: str, *, script: bool = False) -> None:
    """Let the sandbox compile what has been read, without running it; SyntaxError with the line if it cannot.

    It knows less than Python does: no yield and no del, for example.
    """
    code = "if False:\n" + indent(source, " ") + "\n pass" if script else f"False and (\n{source}\n)"
    try:
        _run(code, frozenset(), {}, _SOME_MOMENT, (source,))
    except SandboxError as error:
        text = str(error).removesuffix(f" ({source.strip()})").partition(": ")[2] or str(error)
        found = SyntaxError(text.replace("The monty syntax parser does not yet support", "the sandbox does not know"))
        found.lineno = error.line - 1 if error.line else None
        raise found from error


@lru_cache(maxsize=4096)
def asked_for(source: str, *, script: bool = False) -> frozenset[str]:
    """The names that an expression or script needs to be given: not those it binds itself; SyntaxError if it is none.

    A name that a script assigns anywhere at its outermost level counts as its own.
    """
    code = read_script(source) if script else read_expression(source)
    try:
        table = symtable.symtable(source if script else f"(\n{source}\n)", "<diagram>", "exec" if script else "eval")
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or "this is nested too deeply") from error
    own = {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}
    found, ahead = set[str](), [table]
    while ahead:
        scope = ahead.pop()
        ahead += scope.get_children()
        found |= {one.get_name() for one in scope.get_symbols()
                  if one.is_referenced() and (one.is_global() or scope is table)}
    return frozenset(name for name in (found - own) & code.wants if name.isidentifier())


def _tree(source: str, mode: str) -> ast.AST:
    if len(source) > _LONGEST:
        raise SyntaxError("this is too long")
    try:
        return compile(source, "<diagram>", mode, ast.PyCF_ONLY_AST, dont_inherit=True)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or "this is nested too deeply") from error


def _loads(tree: ast.AST) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


def _stores(tree: ast.AST) -> list[str]:
    """Names that the script may have bound in its own scope, not inside its functions and not to a function."""
    found: dict[str, None] = {}

    def look(node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            return
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            return
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = None
        for child in ast.iter_child_nodes(node):
            look(child)

    look(tree)
    return list(found)


def _wanted(expressions: Iterable[str]) -> frozenset[str]:
    try:
        return frozenset().union(*(read_expression(text).wants for text in expressions))
    except SyntaxError as error:
        raise SandboxError(f"SyntaxError: {error.msg}", error.lineno) from error


def _run(
    code: str, wants: frozenset[str], data: Mapping[str, Any], now: datetime, shown: Sequence[str],
) -> Any:
    names = {name: data[name] for name in wants if name in data}
    local = now.astimezone(BERLIN)
    names["now"] = local
    prelude = [text for name, text in PRELUDE.items() if name in wants and name not in names]
    policy = OSPolicy(datetime=local, timezone="Europe/Berlin", sleep="zero", random_start={"seed": local.isoformat()})
    try:
        with pool().checkout(script_name="diagram", limits=_limits, os_policy=policy) as session:
            if prelude:
                session.feed_run("\n".join(prelude))
            return session.feed_run(code, inputs=names, print_callback=CollectString())
    except MontyError as error:
        raise SandboxError(_words(error, shown), _line(error)) from error
    except (TypeError, ValueError) as error:  # a value that the sandbox cannot take in
        raise SandboxError(f"{type(error).__name__}: {error}") from error
    except OSError as error:  # no worker is free, or none can be started
        raise Unavailable(
            "Die Rechenumgebung für Bedingungen und Skripte ist gerade nicht verfügbar. Bitte versuchen Sie es erneut.",
            "The sandbox for conditions and scripts is not available at the moment. Please try again.",
        ) from error


def _words(error: MontyError, shown: Sequence[str]) -> str:
    if isinstance(error, MontyRuntimeError | MontySyntaxError):
        text = error.display("type-msg")
    elif isinstance(error, MontyCrashedError) and error.timed_out:
        text = "TimeoutError: the sandbox did not answer in time"
    elif isinstance(error, MontyConversionError):
        text = f"TypeError: {error}"
    else:
        text = f"{type(error).__name__}: {error}"
    if len(shown) == 1 and "\n" not in shown[0].strip():
        return f"{text} ({shown[0].strip()})"
    if not shown:  # the engine's own program says itself where it came from
        return text
    lines = [frame.source_line for frame in error.traceback()] if isinstance(error, MontyRuntimeError) else []
    last = next((line.strip() for line in reversed(lines[-50:]) if line), "")
    return f"{text} ({last})" if last else text


def _line(error: MontyError) -> int | None:
    if isinstance(error, MontyRuntimeError | MontySyntaxError):
        frames = error.traceback()
        return frames[0].line if frames else None
    return None


def _as_list(value: Any) -> list[Any]:
    return [kept(item) for item in value]


def _as_dict(value: Any) -> dict[str, Any]:
    return {name: kept(item) for name, item in value.items()}


def kept(value: Any) -> Any:
    """A value from the sandbox as a plain value; SandboxError if it is of another kind."""
    try:
        return plain(value)
    except (TypeError, ValueError) as error:
        raise SandboxError(f"{type(error).__name__}: {error}") from error


def pool() -> Monty:
    """The worker processes of this process, started when first asked for.

    Fork before: the library's own threads do not survive in a child, where a
    call would wait for ever.  Such a child gets a SandboxError instead.
    """
    global _pool
    started = _pool
    if started is not None:
        return started
    if _of_parent:
        raise SandboxError("this process was forked from one that had used the sandbox already")
    with _lock:
        if _pool is None:
            if find_spec("opentelemetry") is None:
                # The library tries to import it in every call; told once that it is not there, it finds out at once.
                sys.modules["opentelemetry"] = None  # type: ignore[assignment]  # that is how Python is told
            fresh = Monty(min_processes=1, max_processes=max(4, os.cpu_count() or 1), checkout_timeout=30.0)
            fresh.__enter__()
            _pool = fresh
        return _pool


def _forget() -> None:
    global _pool, _lock
    _lock = threading.Lock()
    if _pool is not None:
        _of_parent.append(_pool)
        _pool = None


def _close() -> None:
    global _pool
    if _pool is not None:
        _pool.__exit__(None, None, None)
        _pool = None


os.register_at_fork(after_in_child=_forget)
atexit.register(_close)
