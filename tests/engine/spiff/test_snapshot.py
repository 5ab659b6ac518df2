"""A process that is stored and restored after every step goes on as one that never was."""

import random
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from engine import spiff
from engine.spiff.bounds import MAX_STEPS
from engine.spiff.conductor import Conductor
from engine.spiff.workflow import Workflow
from tests.engine.spiff.models import (
    NOON,
    Run,
    boundary,
    deployed,
    element,
    end_event,
    gateway,
    many,
    process,
    script,
    start_event,
    sub_process,
    timer_definition,
    user,
)


class Unstored:
    """The same process kept in memory: the workflow of the first step is used by all others."""

    def __init__(self, spec: spiff.Specification, data: dict[str, Any]) -> None:
        self.spec, self.now = spec, NOON
        self.path: list[str] = []
        self.conductor = Conductor(spec, NOON, lambda asked: {}, MAX_STEPS)
        self.conductor.workflow = Workflow(spec.main, spec.called, self.conductor)
        self.conductor.workflow.start()
        self.conductor.workflow.task_tree.data = dict(data)
        self.conductor.run()
        self._took()

    def complete(self, place: int, answers: dict[str, Any]) -> None:
        task = self.conductor.open_tasks()[place]
        task.data = {**task.data, **answers}
        self.conductor.work_on(task)
        self.conductor.run()
        self._took()

    def wake(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.conductor.now = self.now
        while (found := self.conductor.next_due()) is not None:
            self.conductor.fire(*found)
            self.conductor.run()
        self._took()

    def _took(self) -> None:
        self.path.extend(self.conductor.path)
        self.conductor.path = []
        self.conductor.watch.restart()
        self.open = [task.task_spec.bpmn_id for task in self.conductor.open_tasks()]
        self.data = self.conductor._data()
        self.ended = self.conductor.workflow.completed


class Model:
    """A random diagram out of nested blocks."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.count = dice, 0
        self.elements: list[str] = []
        self.flows: list[str] = []

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def block(self, depth: int) -> tuple[str, str]:
        kinds = ["user", "script", "user"]
        if depth:
            kinds += ["row", "xor", "par", "inc", "loop", "sub", "late", "many"]
        return getattr(self, "_" + self.dice.choice(kinds))(depth)  # type: ignore[no-any-return]  # one of the below

    def _user(self, depth: int) -> tuple[str, str]:
        name = self.name("t")
        self.elements.append(user(name))
        return name, name

    def _script(self, depth: int) -> tuple[str, str]:
        name, changed = self.name("s"), self.dice.choice("xyz")
        text = self.dice.choice([f"{changed} = {changed} + 1", f"liste = liste + [{changed}]", f"{name}_war_da = True"])
        self.elements.append(script(name, text))
        return name, name

    def _row(self, depth: int) -> tuple[str, str]:
        ways = [self.block(depth - 1) for _ in range(self.dice.randint(2, 3))]
        for (_, leaves), (enters, _) in pairwise(ways):
            self.flows.append(f"{leaves} > {enters}")
        return ways[0][0], ways[-1][1]

    def _split(self, kind: str, depth: int) -> tuple[str, str]:
        split, join = self.name("g"), self.name("j")
        ways = [self.block(depth - 1) for _ in range(self.dice.randint(2, 3))]
        for place, (enters, leaves) in enumerate(ways):
            condition = f" if {self.dice.choice('xyz')} % 2 == {place % 2}" if kind != "parallel" and place else ""
            self.flows += [f"{split} > {enters}{condition}", f"{leaves} > {join}"]
        default = f"{split}_{ways[0][0]}" if kind != "parallel" else ""
        self.elements += [gateway(split, kind, default), gateway(join, kind)]
        return split, join

    def _xor(self, depth: int) -> tuple[str, str]:
        return self._split("exclusive", depth)

    def _par(self, depth: int) -> tuple[str, str]:
        return self._split("parallel", depth)

    def _inc(self, depth: int) -> tuple[str, str]:
        return self._split("inclusive", depth)

    def _loop(self, depth: int) -> tuple[str, str]:
        into, out, counter = self.name("i"), self.name("o"), self.name("s")
        enters, leaves = self.block(depth - 1)
        count = f"{counter}_n"
        self.elements += [gateway(into), script(counter, f"{count} = {count} + 1 if anfang_{counter} else 1\n"
                                                         f"anfang_{counter} = True")]
        rest = self.name("n")
        self.elements += [gateway(out, default=f"{out}_{rest}"), script(rest, f"anfang_{counter} = False")]
        self.flows += [f"{into} > {enters}", f"{leaves} > {counter} > {out}", f"{out} > {into} if {count} < 3",
                       f"{out} > {rest}"]
        self.counters.append(counter)
        return into, rest

    def _sub(self, depth: int) -> tuple[str, str]:
        outer, self.elements, self.flows = (self.elements, self.flows), [], []
        enters, leaves = self.block(depth - 1)
        name = self.name("u")
        inside = sub_process(name, start_event(f"{name}s"), *self.elements, end_event(f"{name}e"),
                             flows="; ".join([f"{name}s > {enters}", f"{leaves} > {name}e", *self.flows]))
        self.elements, self.flows = outer
        self.elements.append(inside)
        return name, name

    def _late(self, depth: int) -> tuple[str, str]:
        name, join = self._sub(depth)[0], self.name("j")
        timer, enters = self.name("z"), self._user(depth)[0]
        self.elements += [boundary(timer, name, timer_definition('"P2D"')), gateway(join)]
        self.flows += [f"{name} > {join}", f"{timer} > {enters} > {join}"]
        return name, join

    def _many(self, depth: int) -> tuple[str, str]:
        name = self.name("m")
        how = many("leute", "wer", *self.dice.choice([("", ""), (f"{name}_alle", f"{name}_eins")]),
                   sequential=self.dice.random() < 0.5)
        self.elements.append(element("userTask", name, how))
        return name, name

    def build(self, depth: int) -> tuple[bytes, dict[str, Any]]:
        self.counters: list[str] = []
        enters, leaves = self.block(depth)
        self.flows += [f"start > {enters}", f"{leaves} > end"]
        source = process("p", start_event("start"), *self.elements, end_event("end"), flows="; ".join(self.flows))
        data = {"x": 0, "y": 1, "z": 2, "liste": [], "leute": ["a", "b"],
                **{f"anfang_{counter}": False for counter in self.counters}}
        return source, data


@pytest.mark.parametrize("seed", range(120))
def test_stored_after_every_step_or_never_it_is_the_same_process(seed: int) -> None:
    dice = random.Random(seed)
    source, data = Model(dice).build(3)
    spec = deployed(source)
    stored, kept = Run(spec).start(data), Unstored(spec, data)
    for _ in range(60):
        where = f"seed {seed}, after {stored.path}"
        assert (stored.open, stored.path, stored.data) == (kept.open, kept.path, kept.data), where
        assert (stored.step.ended is not None) == kept.ended, where
        if kept.ended:
            break
        assert stored.open or stored.step.timers, f"{where}: nobody is waited for"
        if not stored.open or dice.random() < 0.15:
            stored.wake(days=2)
            kept.wake(2)
            continue
        place = dice.randrange(len(stored.open))
        answers = {dice.choice("xyz"): dice.randint(0, 5)}
        stored.complete_key(stored.step.open_tasks[place].key, **answers)
        kept.complete(place, answers)
    else:
        assert len(stored.path) > 20, f"seed {seed}: it did not move"


def test_dates_amounts_and_moments_survive_every_step() -> None:
    spec = deployed(process(
        "p", start_event(), user("a"), script("s", "bis = am + timedelta(days=1)\nbrutto = netto * Decimal('1.19')"),
        user("b"), end_event(), flows="start > a > s > b > end"))
    moment = datetime(2026, 5, 4, 12, tzinfo=timezone(timedelta(hours=2)))
    run = Run(spec).start({"am": date(2026, 2, 28), "netto": Decimal("10.00"), "um": moment, "dauer": timedelta(1.5)})
    run.complete("a", tief={"liste": [date(2026, 1, 1), {"x": Decimal("1.10")}]})
    assert run.task("b").data == {
        "am": date(2026, 2, 28), "netto": Decimal("10.00"), "um": moment, "dauer": timedelta(1.5),
        "bis": date(2026, 3, 1), "brutto": Decimal("11.9000"),
        "tief": {"liste": [date(2026, 1, 1), {"x": Decimal("1.10")}]}}
    assert str(run.task("b").data["tief"]["liste"][1]["x"]) == "1.10"
    assert spiff.task_data(spec, run.step.state, run.task("b").key) == run.task("b").data


def test_a_change_that_only_looks_the_same_is_stored() -> None:
    spec = deployed(process("p", start_event(), user("a"), user("b"), end_event(), flows="start > a > b > end"))
    run = Run(spec).start({"x": 1, "y": [1], "z": Decimal("1.0")}).complete("a", x=True, y=[True], z=Decimal("1.00"))
    found = spiff.task_data(spec, run.step.state, run.task("b").key)
    assert found["x"] is True and found["y"][0] is True and str(found["z"]) == "1.00"


def test_the_state_holds_no_diagram() -> None:
    spec = deployed(process("p", start_event(), user("a"), script("s", "geheimes_wort = 1"), end_event(),
                            flows="start > a > s > end"))
    assert b"geheimes_wort" not in Run(spec).start().step.state


def test_what_is_no_state_is_refused() -> None:
    spec = deployed(process("p", start_event(), user("a"), end_event(), flows="start > a > end"))
    for wrong in (b"", b"{}", b"[1]", b"nonsense"):
        with pytest.raises(Exception, match=r"."):
            spiff.complete(spec, wrong, "x", {}, NOON, lambda asked: {})


def test_a_step_from_an_old_state_changes_nothing_about_that_state() -> None:
    spec = deployed(process("p", start_event(), user("a"), user("b"), end_event(), flows="start > a > b > end"))
    run = Run(spec).start({"liste": [1]})
    before = run.step
    run.complete("a", liste=[2])
    again = spiff.complete(spec, before.state, before.open_tasks[0].key, {}, NOON, run.call)
    assert again.data == {"liste": [1]}
