"""Random diagrams, moved and migrated on their way: nothing changes that was not meant to, and nobody waits for ever.

A seed makes a diagram and a way through it (blocks.py); where a promise is
broken the seed is printed.
"""

import random
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine import spiff
from engine.errors import Invalid, ProcessFailed
from tests.engine.spiff.blocks import Model, Walk
from tests.engine.spiff.models import Run, deployed

STEPS = 30
FLOW = re.compile(
    rb'<bpmn:sequenceFlow (?:id="(\w+)" )?sourceRef="(\w+)" targetRef="(\w+)">(.*?)</bpmn:sequenceFlow>', re.S)


def changed(sources: list[bytes], dice: random.Random, times: int = 2) -> list[bytes]:
    """The same diagrams with some more steps for people in some of their flows."""
    main, *called = sources
    for number in range(times):
        flow = dice.choice(list(FLOW.finditer(main)))
        name, new = flow[1] or b"neuer%d" % number, b"neu%d" % number
        if b'eventBasedGateway id="%s"' % flow[2] in main:
            continue  # only events may stand behind one
        main = main.replace(flow[0], (
            b'<bpmn:sequenceFlow id="%s" sourceRef="%s" targetRef="%s">%s</bpmn:sequenceFlow>\n'
            b'<bpmn:userTask id="%s" name="NEU"/>\n<bpmn:sequenceFlow id="%s_2" sourceRef="%s" targetRef="%s"/>'
        ) % (name, flow[2], new, flow[4], new, name, new, flow[3]))
    return [main, *called]


def walk_on(run: Run, dice: random.Random, seed: int) -> None:
    """Do one of the things that can be done; somebody must be waited for."""
    step = run.step
    heard = [wait for wait in step.subscriptions if wait.kind != "condition"]
    acts = ["complete"] * 4 * bool(step.open_tasks) + ["wake"] * bool(step.timers) + ["deliver"] * bool(heard)
    assert acts, f"seed {seed}: nobody is waited for, after {run.path}"
    act = dice.choice(acts)
    if act == "complete":
        task = dice.choice(step.open_tasks)
        run.complete_key(task.key, **{dice.choice("xyz"): dice.randint(0, 5), f"{task.element}_eins": 1})
    elif act == "wake":
        run.wake(days=dice.randint(1, 3))
    else:
        wait = dice.choice(heard)
        run.deliver(wait.name, "i", kind=wait.kind, x=dice.randint(0, 5))


@given(seed=st.integers(0, 2**32 - 1))
def test_migrated_to_the_same_diagram_after_every_step_it_is_the_same_process(seed: int) -> None:
    dice = random.Random(seed)
    sources, data = Model(dice).build()
    spec, twin = deployed(*sources), deployed(sources[0] + b"\n", *sources[1:])
    walk = Walk(spec, data, dice)
    for _ in range(STEPS):
        assert walk.stored_view() == walk.plain_view(), f"seed {seed}, now {walk.stored.now}, after {walk.stored.path}"
        if walk.over:
            break
        run = walk.stored
        after = spiff.migrate(walk.spec, twin, run.step.state, run.now, run.call)
        run.step = replace(after, path=run.step.path)
        run.spec, walk.spec, twin = twin, twin, walk.spec
        assert walk.stored_view() == walk.plain_view(), f"seed {seed}, migrated, after {walk.stored.path}"
        walk.go_on()


@given(seed=st.integers(0, 2**32 - 1))
def test_migrated_where_it_is_let_nobody_waits_for_ever(seed: int) -> None:
    dice = random.Random(seed)
    sources, data = Model(dice).build()
    more = changed(sources, dice)
    spec, other = deployed(*sources), deployed(*more)
    if dice.random() < 0.5:
        spec, other = other, spec
    run = Run(spec).start(data)
    for _ in range(STEPS):
        if run.step.ended is not None:
            break
        if dice.random() < 0.3:
            with suppress(Invalid):
                run._took(spiff.migrate(spec, other, run.step.state, run.now, run.call))
                run.spec, spec, other = other, other, spec
                continue
        walk_on(run, dice, seed)


@given(seed=st.integers(0, 2**32 - 1))
def test_moved_where_it_is_let_nobody_waits_for_ever(seed: int) -> None:
    dice = random.Random(seed)
    sources, data = Model(dice).build()
    run = Run(deployed(*sources)).start(data)
    for _ in range(STEPS):
        if run.step.ended is not None:
            break
        places: list[Any] = [place for place in spiff.places(run.spec, run.step.state) if place.targets]
        if places and dice.random() < 0.2:
            place = dice.choice(places)
            target, _ = dice.choice(place.targets)
            with suppress(ProcessFailed):  # it may come to where data are asked for that nobody has given
                run._took(spiff.move(run.spec, run.step.state, place.key, target, run.now, run.call))
        else:
            with suppress(ProcessFailed):
                walk_on(run, dice, seed)
