"""Random diagrams out of nested blocks, and one walked step by step, with and without being stored in between.

A diagram and the way through it follow from one seed, so that a failure can
be seen again: `Model(random.Random(seed)).build()`.
"""

import random
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import spiff
from engine.spiff.bounds import Watch
from engine.spiff.conductor import Conductor
from engine.spiff.workflow import Workflow
from tests.engine.spiff.models import (
    NOON,
    Run,
    boundary,
    call,
    catch,
    conditional_definition,
    element,
    end_event,
    error_definition,
    escalation_definition,
    event_process,
    gateway,
    many,
    message_definition,
    process,
    script,
    signal_definition,
    start_event,
    sub_process,
    timer_definition,
    user,
)

DEEPEST = 3
PASSES = 3


class Model:
    """A random diagram out of nested blocks; `source` and what it calls, and the data it starts with.

    A block is entered at one element and left at one: `(enters, leaves)`.
    """

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.count = dice, 0
        self.elements: list[str] = []
        self.flows: list[str] = []
        self.called: list[bytes] = []
        self.counters: list[str] = []

    def build(self, depth: int = DEEPEST) -> tuple[list[bytes], dict[str, Any]]:
        """The diagrams, the one that runs first, and its data."""
        enters, leaves = self.block(depth)
        self.flows += [f"start > {enters}", f"{leaves} > end"]
        source = self._nameless(process("p", start_event("start"), *self.elements, end_event("end"), *self._beside(0.5),
                                        flows="; ".join(self.flows)))
        data = {"x": 0, "y": 1, "z": 2, "liste": [], "leute": ["a", "b"], "idee_id": "i",
                **{f"anfang_{counter}": False for counter in self.counters}}
        return [source, *self.called], data

    def _nameless(self, source: bytes) -> bytes:
        """The same with some flows that have no id."""
        defaults = set(re.findall(rb'default="(\w+)"', source))
        return re.sub(rb'(<bpmn:sequenceFlow )id="(\w+)" ', lambda found: found.group(
            1 if self.dice.random() < 0.2 and found.group(2) not in defaults else 0), source)

    def name(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def block(self, depth: int) -> tuple[str, str]:
        kinds = ["user", "script", "user", "first", "many", "again"]
        if depth:
            kinds += ["row", "row", "xor", "par", "par", "inc", "loop", "sub", "call", "late", "reminded", "told",
                      "apart", "crossed", "fan", "choice", "linked", "either", "both", "thrown", "wrong", "undone"]
        found: tuple[str, str] = getattr(self, "_" + self.dice.choice(kinds))(depth)
        return found

    def _user(self, depth: int) -> tuple[str, str]:
        name = self.name("t")
        self.elements.append(user(name))
        return name, name

    def _script(self, depth: int) -> tuple[str, str]:
        name, changed = self.name("s"), self.dice.choice("xyz")
        text = self.dice.choice([f"{changed} = {changed} + 1", f"liste = liste + [{changed}]", f"{name}_war_da = True"])
        self.elements.append(script(name, text))
        return name, name

    def _first(self, depth: int) -> tuple[str, str]:
        """Whatever comes first behind an event-based gateway: a message or a day."""
        split, told, late, join = (self.name(kind) for kind in "gczj")
        self.elements += [gateway(split, "eventBased"), catch(told, message_definition(f"n_{told}")),
                          catch(late, timer_definition('"P1D"')), gateway(join)]
        self.flows += [f"{split} > {told} > {join}", f"{split} > {late} > {join}"]
        return split, join

    def _many(self, depth: int) -> tuple[str, str]:
        name = self.name("m")
        output = self.dice.choice([("", ""), (f"{name}_alle", f"{name}_eins")])
        until = f"len({output[0]}) == 1" if output[0] and self.dice.random() < 0.3 else ""
        how = many("leute", "wer", *output, sequential=self.dice.random() < 0.5, until=until)
        self.elements.append(element("userTask", name, how))
        return name, name

    def _again(self, depth: int) -> tuple[str, str]:
        """An activity that is repeated as such, up to three times."""
        name = self.name("w")
        self.elements.append(element("userTask", name, '<bpmn:standardLoopCharacteristics loopMaximum="3">'
                                     "<bpmn:loopCondition>x % 2 == 0</bpmn:loopCondition>"
                                     "</bpmn:standardLoopCharacteristics>"))
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

    def _fan(self, depth: int) -> tuple[str, str]:
        """A task that several flows leave, without a gateway."""
        split, join = self._user(depth)[0], self.name("j")
        for enters, leaves in [self.block(depth - 1) for _ in range(self.dice.randint(2, 3))]:
            self.flows += [f"{split} > {enters}", f"{leaves} > {join}"]
        self.elements.append(gateway(join, "parallel"))
        return split, join

    def _choice(self, depth: int) -> tuple[str, str]:
        """A task with conditions on its flows, and a default or a flow that is always taken."""
        split, join = self.name("t"), self.name("j")
        ways = [self.block(depth - 1) for _ in range(self.dice.randint(2, 3))]
        for place, (enters, leaves) in enumerate(ways):
            condition = f" if {self.dice.choice('xyz')} % 2 == {place % 2}" if place else ""
            self.flows += [f"{split} > {enters}{condition}", f"{leaves} > {join}"]
        default = {"default": f"{split}_{ways[0][0]}"} if self.dice.random() < 0.5 else {}
        self.elements += [element("userTask", split, **default), gateway(join, "inclusive")]
        return split, join

    def _linked(self, depth: int) -> tuple[str, str]:
        """Two links that throw to one that catches."""
        split, first, second, caught = (self.name(kind) for kind in "gllf")
        enters, leaves = self.block(depth - 1)
        definition = f'<bpmn:linkEventDefinition name="{caught}"/>'
        self.elements += [gateway(split, default=f"{split}_{first}"), catch(caught, definition),
                          *(element("intermediateThrowEvent", one, definition) for one in (first, second))]
        self.flows += [f"{split} > {first}", f"{split} > {enters} if x % 2 == 0", f"{leaves} > {second}"]
        return split, caught

    def _either(self, depth: int, **more: str) -> tuple[str, str]:
        """An event that waits for a message or a day."""
        name = self.name("c")
        self.elements.append(element("intermediateCatchEvent", name, message_definition(f"n_{name}")
                                     + timer_definition('"P1D"'), **more))
        return name, name

    def _both(self, depth: int) -> tuple[str, str]:
        """An event that waits for a message and a day."""
        return self._either(depth, parallelMultiple="true")

    def _crossed(self, depth: int) -> tuple[str, str]:
        """A join of three ways of which two part later than the third."""
        outer, inner, join = self.name("g"), self.name("g"), self.name("j")
        ways = [self.block(depth - 1) for _ in range(3)]
        self.elements += [gateway(outer, "parallel"), gateway(inner, "parallel"), gateway(join, "parallel")]
        self.flows += [f"{outer} > {ways[0][0]}", f"{outer} > {inner}", f"{inner} > {ways[1][0]}",
                       f"{inner} > {ways[2][0]}", *(f"{leaves} > {join}" for _, leaves in ways)]
        return outer, join

    def _loop(self, depth: int) -> tuple[str, str]:
        into, out, counter = self.name("i"), self.name("o"), self.name("s")
        enters, leaves = self.block(depth - 1)
        count = f"{counter}_n"
        self.elements += [gateway(into), script(counter, f"{count} = {count} + 1 if anfang_{counter} else 1\n"
                                                         f"anfang_{counter} = True")]
        rest = self.name("n")
        self.elements += [gateway(out, default=f"{out}_{rest}"), script(rest, f"anfang_{counter} = False")]
        self.flows += [f"{into} > {enters}", f"{leaves} > {counter} > {out}", f"{out} > {into} if {count} < {PASSES}",
                       f"{out} > {rest}"]
        self.counters.append(counter)
        return into, rest

    def _inside(self, depth: int, *more: str) -> tuple[list[str], str]:
        outer, self.elements, self.flows = (self.elements, self.flows), [], []
        enters, leaves = self.block(depth - 1)
        own = self.name("u")
        inside = [start_event(f"{own}s"), *self.elements, end_event(f"{own}e"), *more]
        flows = "; ".join([f"{own}s > {enters}", f"{leaves} > {own}e", *self.flows])
        self.elements, self.flows = outer
        return inside, flows

    def _beside(self, chance: float) -> list[str]:
        """An event sub-process of the process that is drawn just now, or none."""
        if self.dice.random() > chance:
            return []
        name, interrupting = self.name("v"), self.dice.random() < 0.4
        begins = self.dice.choice([
            message_definition(f"n_{name}"), timer_definition('"P3D"'), timer_definition('"R3/P1D"', "timeCycle"),
            signal_definition("ruf"), conditional_definition("x == 4"), escalation_definition("hoch"),
        ])
        inside, flows = self._inside(1)
        return [event_process(name, begins, *inside[1:], flows=flows.replace(inside[0].split('"')[1], f"{name}_start"),
                              interrupting=interrupting)]

    def _sub(self, depth: int) -> tuple[str, str]:
        inside, flows = self._inside(depth, *self._beside(0.3))
        name = self.name("u")
        self.elements.append(sub_process(name, *inside, flows=flows))
        return name, name

    def _call(self, depth: int) -> tuple[str, str]:
        inside, flows = self._inside(depth)
        name, called = self.name("a"), self.name("k")
        self.called.append(process(called, *inside, flows=flows))
        self.elements.append(call(name, called))
        return name, name

    def _apart(self, depth: int) -> tuple[str, str]:
        """A sub-process whose branches end each for itself."""
        outer, self.elements, self.flows = (self.elements, self.flows), [], []
        ways = [self.block(depth - 1) for _ in range(2)]
        name, split = self.name("u"), self.name("g")
        ends = [self.name("e") for _ in ways]
        for (enters, leaves), end in zip(ways, ends, strict=True):
            self.flows += [f"{split} > {enters}", f"{leaves} > {end}"]
        inside = sub_process(name, start_event(f"{name}s"), gateway(split, "parallel"), *self.elements,
                             *map(end_event, ends), flows="; ".join([f"{name}s > {split}", *self.flows]))
        self.elements, self.flows = outer
        self.elements.append(inside)
        return name, name

    def _activity(self, depth: int) -> str:
        return self.dice.choice([self._user, self._sub, self._call, self._many])(depth)[0]

    def _late(self, depth: int) -> tuple[str, str]:
        """An activity that a timer interrupts."""
        name, join = self._activity(depth), self.name("j")
        timer, enters = self.name("z"), self._user(depth)[0]
        self.elements += [boundary(timer, name, timer_definition('"P2D"')), gateway(join)]
        self.flows += [f"{name} > {join}", f"{timer} > {enters} > {join}"]
        return name, join

    def _reminded(self, depth: int) -> tuple[str, str]:
        """An activity beside which a timer comes, once or again and again."""
        name, timer, end = self._activity(depth), self.name("z"), self.name("e")
        enters, leaves = self.block(0)
        kind = self.dice.choice([("timeDuration", '"P1D"'), ("timeCycle", '"R3/P1D"'), ("timeCycle", '"R/P2D"')])
        self.elements += [boundary(timer, name, timer_definition(kind[1], kind[0]), interrupting=False), end_event(end)]
        self.flows += [f"{timer} > {enters}", f"{leaves} > {end}"]
        return name, name

    def _told(self, depth: int) -> tuple[str, str]:
        """An activity with an event that interrupts it, or that may come any number of times beside it."""
        name, told = self._activity(depth), self.name("c")
        interrupting = self.dice.random() < 0.5
        what = self.dice.choice([message_definition(f"n_{told}"), message_definition(f"n_{told}"),
                                 signal_definition("ruf"), conditional_definition("x == 5"),
                                 escalation_definition("hoch")])
        self.elements.append(boundary(told, name, what, interrupting))
        enters, leaves = self.block(0)
        self.flows.append(f"{told} > {enters}")
        if not interrupting:
            end = self.name("e")
            self.elements.append(end_event(end))
            self.flows.append(f"{leaves} > {end}")
            return name, name
        join = self.name("j")
        self.elements.append(gateway(join))
        self.flows += [f"{name} > {join}", f"{leaves} > {join}"]
        return name, join


    def _thrown(self, depth: int) -> tuple[str, str]:
        """A signal or an escalation for whoever waits for it."""
        name = self.name("f")
        what = self.dice.choice([signal_definition("ruf"), escalation_definition("hoch")])
        self.elements.append(element("intermediateThrowEvent", name, what))
        return name, name

    def _wrong(self, depth: int) -> tuple[str, str]:
        """A sub-process that may end with an error, or a script that may fail, and the way out of it."""
        name, out, join = self.name("u"), self.name("z"), self.name("j")
        if self.dice.random() < 0.5:
            self.elements += [script(name, "y = 6 // (x % 3)"), boundary(out, name, "<bpmn:errorEventDefinition/>")]
        else:
            inside, flows = self._inside(depth)
            split, bad = self.name("g"), self.name("e")
            end = next(part.split('"')[1] for part in inside if part.startswith("<bpmn:endEvent"))
            flows = flows.replace(f" > {end}", f" > {split}") + f"; {split} > {end}; {split} > {bad} if y % 2 == 1"
            inside += [gateway(split, default=f"{split}_{end}"), end_event(bad, error_definition("schief"))]
            self.elements += [sub_process(name, *inside, flows=flows),
                              boundary(out, name, error_definition("schief"))]
        enters = self._user(depth)[0]
        self.elements.append(gateway(join))
        self.flows += [f"{name} > {join}", f"{out} > {enters} > {join}"]
        return name, join

    def _undone(self, depth: int) -> tuple[str, str]:
        """Something that is done and may be undone at once, or wherever else compensation is thrown."""
        name, handler = self.dice.choice([self._user, self._script, self._sub])(max(depth, 1))[0], self.name("r")
        back = self.dice.choice([script, lambda who, _: user(who)])(handler, "z = z + 1")
        self.elements += [boundary(f"{name}_z", name, "<bpmn:compensateEventDefinition/>"),
                          back.replace(f'id="{handler}"', f'id="{handler}" isForCompensation="true"'),
                          f'<bpmn:association id="{name}_a" sourceRef="{name}_z" targetRef="{handler}"/>']
        if self.dice.random() < 0.5:
            return name, name
        throw = self.name("f")
        self.elements.append(element("intermediateThrowEvent", throw, "<bpmn:compensateEventDefinition/>"))
        self.flows.append(f"{name} > {throw}")
        return name, throw


class Plain:
    """The same process kept in memory: the workflow of the first step is used by all others, nothing is dropped."""

    def __init__(self, spec: spiff.Specification, data: Mapping[str, Any]) -> None:
        self.now: datetime = NOON
        self.conductor = Conductor(spec, NOON, lambda asked: {})
        self.conductor.workflow = Workflow(spec.main, spec.called, self.conductor)
        self.conductor.workflow.start()
        self.conductor.workflow.task_tree.data = dict(data)
        self.conductor.run()
        self._took()

    def complete(self, place: int, answers: Mapping[str, Any]) -> None:
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

    def deliver(self, name: str, payload: Mapping[str, Any], kind: Any) -> None:
        arrival = spiff.Arrival(name, "i", dict(payload), kind)
        for task, element_id in self.conductor.receivers(arrival):
            if task.state == TaskState.WAITING and task.id in task.workflow.tasks:
                self.conductor.fire(task, arrival.payload, element_id)
                self.conductor.run()
        self._took()

    def _took(self) -> None:
        # `step` only looks; what it freezes is not used
        self.step = self.conductor.step(frozenset())
        self.conductor.path = []
        self.conductor.watch = Watch()


def seen(step: spiff.Step, data: list[dict[str, Any]]) -> dict[str, Any]:
    """What an onlooker can tell of a step: what waits, for what, until when, with which data, and the way taken."""
    return {
        "open": [task.element for task in step.open_tasks], "data of open tasks": data,
        "timers": [(timer.element, timer.due_at) for timer in step.timers],
        "messages": [(wait.element, wait.name, wait.correlation) for wait in step.subscriptions],
        "path": step.path, "data": step.data, "ended": step.ended,
    }


class Walk:
    """One way through a diagram, taken by a process that is stored after each step and by one that never is."""

    def __init__(self, spec: spiff.Specification, data: Mapping[str, Any], dice: random.Random) -> None:
        self.spec, self.dice = spec, dice
        self.stored, self.plain = Run(spec).start(data), Plain(spec, data)

    def stored_view(self) -> dict[str, Any]:
        step = self.stored.step
        return seen(step, [spiff.task_data(self.spec, step.state, task.key) for task in step.open_tasks])

    def plain_view(self) -> dict[str, Any]:
        return seen(self.plain.step, [dict(task.data) for task in self.plain.conductor.open_tasks()])

    @property
    def over(self) -> bool:
        return self.stored.step.ended is not None

    def go_on(self) -> None:
        """Do one of the things that can be done."""
        step = self.stored.step
        heard = [wait for wait in step.subscriptions if wait.kind != "condition"]
        acts = ["complete"] * 4 * bool(step.open_tasks) + ["wake"] * bool(step.timers) \
            + ["deliver"] * bool(heard)
        act = self.dice.choice(acts)
        if act == "complete":
            place = self.dice.randrange(len(step.open_tasks))
            answers = {self.dice.choice("xyz"): self.dice.randint(0, 5)}
            answers |= {f"{step.open_tasks[place].element}_eins": 1}
            self.stored.complete_key(step.open_tasks[place].key, **answers)
            self.plain.complete(place, answers)
        elif act == "wake":
            days = self.dice.randint(1, 3)
            self.stored.wake(days=days)
            self.plain.wake(days)
        else:
            wait, payload = self.dice.choice(heard), {"x": self.dice.randint(0, 5)}
            self.stored.deliver(wait.name, "i", kind=wait.kind, **payload)
            self.plain.deliver(wait.name, payload, wait.kind)


def goes_on_restored(spec: spiff.Specification, seed: int) -> list[str]:
    """Walk through a diagram to its end, stored after each step and never stored; both are the same. Its path."""
    walk = Walk(spec, {"x": 3, "n": 0, "idee_id": "i", "leute": ["a", "b"]}, random.Random(seed))
    for _ in range(60):
        assert walk.stored_view() == walk.plain_view(), f"seed {seed}, after {walk.stored.path}"
        if walk.over:
            return walk.stored.path
        walk.go_on()
    raise AssertionError(f"seed {seed}: it does not end, {walk.stored.path}")
