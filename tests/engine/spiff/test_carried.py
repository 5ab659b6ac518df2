"""What a diagram says arrives in the specification, or the diagram is refused and the loss is named."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition

from engine import spiff
from engine.definitions.findings import refusals
from engine.errors import Invalid
from engine.spiff import parse, tags
from engine.spiff.carried import check_carried
from engine.spiff.picture import read_xml
from tests.engine.spiff.models import (
    boundary,
    call,
    catch,
    element,
    end_event,
    event_process,
    gateway,
    lanes,
    many,
    message_definition,
    process,
    rule,
    script,
    service,
    start_event,
    sub_process,
    table,
    timer_definition,
    user,
)

LOOP = ('<bpmn:standardLoopCharacteristics loopMaximum="3" testBefore="true"><bpmn:loopCondition>x > 1'
        "</bpmn:loopCondition></bpmn:standardLoopCharacteristics>").replace("> 1", "&gt; 1")
DATA = ('<bpmn:dataObject id="akte" name="akte"/>'
        '<bpmn:dataObjectReference id="zur_akte" dataObjectRef="akte"/>')
EVERYTHING = process(
    "p", lanes(bauamt="t wahl sub"), DATA, start_event(), user("t"),
    boundary("frist", "t", timer_definition('"P1D"'), interrupting=False), end_event("spaet"),
    gateway("wahl", default="wahl_sub"), script("rechnen", "x = 1"), service("melden", "amt/melden"),
    rule("tafel", "d"), call("ruf", "q"), element("userTask", "alle", many("leute", "wer", until="x == 1")),
    element("userTask", "oft", LOOP),
    element("userTask", "mit_akte", '<bpmn:dataInputAssociation id="da"><bpmn:sourceRef>zur_akte</bpmn:sourceRef>'
                                    "</bpmn:dataInputAssociation>"),
    sub_process("sub", start_event("ss"), user("innen"), end_event("se"), flows="ss > innen > se"),
    event_process("neben", message_definition("ruf"), end_event("ne"), flows="neben_start > ne", interrupting=False),
    gateway("erstes", "eventBased"), catch("post", message_definition("post")), catch("tag", timer_definition('"P2D"')),
    end_event("zwei"), end_event(),
    flows="start > t > wahl; wahl > rechnen if x > 3; wahl > melden if x > 5; wahl > sub > end; rechnen > tafel > ruf "
          "> alle > oft > mit_akte > erstes; erstes > post > end; erstes > tag > zwei; melden > end; frist > spaet")
CALLED = process("q", start_event("qs"), end_event("qe"), flows="qs > qe")
BUNDLE = spiff.Bundle("x", "p", (EVERYTHING, CALLED), (table("d", "x", "y", "1 => 2"),))

Loss = Callable[[dict[str, Any]], object]


def _condition(of: dict[str, Any]) -> None:
    gateway = of["wahl"]
    gateway.cond_task_specs = [(None if name == "rechnen" else condition, name)
                               for condition, name in gateway.cond_task_specs]


def _other_condition(of: dict[str, Any]) -> None:
    condition, _ = of["wahl"].cond_task_specs[0]
    condition.args = [f"not ({condition.args[0]})"]


def _default(of: dict[str, Any]) -> None:
    of["wahl"].cond_task_specs = [(condition, name) for condition, name in of["wahl"].cond_task_specs
                                  if condition is not None]


def _event_of_gateway(of: dict[str, Any]) -> None:
    of["erstes"].event_definition.event_definitions.pop()


def _kind(of: dict[str, Any]) -> None:
    of["rechnen"].__class__ = type(of["t"])


def _set(name: str, attribute: str, value: Any) -> Loss:
    return lambda of: setattr(of[name], attribute, value)


LOSSES: dict[str, tuple[Loss, str, str]] = {
    "a node": (lambda of: of.pop("innen"), "innen", "the element"),
    "a node's kind": (_kind, "rechnen", "the kind of the element (scriptTask)"),
    "a flow": (lambda of: of["t"]._outputs.remove("wahl"), "t_wahl", "the flow"),
    "a condition": (_condition, "wahl_rechnen", "the condition “x > 3”"),
    "a condition's text": (_other_condition, "wahl_rechnen", "the condition “x > 3”"),
    "a default": (_default, "wahl", "the default flow “wahl_sub”"),
    "a boundary attachment": (lambda of: of["t.BoundaryEventSplit"]._outputs.remove("frist"), "frist",
                              "the attachment to its activity"),
    "a boundary event": (lambda of: of.pop("frist"), "frist", "the element"),
    "whether a boundary event interrupts": (_set("frist", "cancel_activity", True), "frist",
                                            "whether the event interrupts"),
    "an event definition": (_set("frist", "event_definition", NoneEventDefinition()), "frist",
                            "the event definition (timer)"),
    "an event behind a gateway": (_event_of_gateway, "erstes", "one of the events"),
    "what starts an event sub-process": (lambda of: of.pop("neben.neben_start"), "neben_start",
                                         "the event definition (message)"),
    "whether that interrupts": (_set("neben_start", "interrupting", True), "neben_start",
                                "whether the event interrupts"),
    "several instances": (lambda of: of.update(alle=of["alle [child]"]), "alle", "the repetition"),
    "a completion condition": (_set("alle", "condition", None), "alle", "a detail of the repetition"),
    "an item's name": (_set("alle", "input_item", None), "alle", "a detail of the repetition"),
    "a loop": (lambda of: of.update(oft=of["oft [child]"]), "oft", "the repetition"),
    "a loop's highest number": (_set("oft", "maximum", 4), "oft", "a detail of the repetition"),
    "a lane": (_set("innen", "lane", None), "innen", "the lane “bauamt”"),
    "a called process": (_set("ruf", "spec", "r"), "ruf", "the called process"),
    "a script": (_set("rechnen", "script", "pass"), "rechnen", "the script"),
    "an operation": (_set("melden", "operation_name", "amt/schweigen"), "melden", "the called operation"),
    "a decision": (_set("tafel", "decision", "e"), "tafel", "the decision"),
    "a data association": (_set("mit_akte", "data_input_associations", []), "mit_akte", "an association"),
}


def losing(lose: Loss) -> type[tags.Parser]:
    """A parser that loses something of what it has read, as another release of SpiffWorkflow might."""

    class Forgetful(tags.Parser):
        def get_subprocess_specs(self, name: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
            found: dict[str, Any] = super().get_subprocess_specs(name, *args, **kwargs)
            if name == "p":
                every = _Names([self.get_spec("p"), *found.values()])
                lose(every)
            return found

    return Forgetful


class _Names(dict[str, Any]):
    """All elements by name; what is taken out here is gone from where it stood."""

    def __init__(self, specs: list[Any]) -> None:
        super().__init__((name, one) for spec in specs for name, one in spec.task_specs.items())
        self.specs = specs

    def pop(self, name: str, *default: Any) -> Any:  # type: ignore[override]  # a test's own, called one way
        return next(spec.task_specs.pop(name) for spec in self.specs if name in spec.task_specs)

    def update(self, **others: Any) -> None:  # type: ignore[override]  # a test's own, called one way
        for name, one in others.items():
            next(spec for spec in self.specs if name in spec.task_specs).task_specs[name] = one


def test_what_is_read_whole_is_taken() -> None:
    assert parse._parse(BUNDLE).process_id == "p"


@pytest.mark.parametrize("what", LOSSES)
def test_a_loss_is_named(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lose, where, said = LOSSES[what]
    monkeypatch.setattr(parse, "Parser", losing(lose))
    with pytest.raises(Invalid) as refused:
        parse._parse(BUNDLE)
    found = refusals(refused.value, "p.bpmn", "not-runnable", "p")
    named = next(one for one in found if one.element == where)
    assert said in named.message.en and "was not carried over" in named.message.en
    assert named.rule == "not-carried-over" and named.severity == "error"
    assert f'id="{where}"'.encode() in EVERYTHING.splitlines()[named.line - 1]  # type: ignore[operator]  # it has one
    assert f"(Zeile {named.line})" in named.message.de


def test_every_loss_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(of: dict[str, Any]) -> None:
        _default(of)
        of.pop("innen")
        of["t"]._outputs.remove("wahl")

    monkeypatch.setattr(parse, "Parser", losing(lose))
    with pytest.raises(Invalid) as refused:
        parse._parse(BUNDLE)
    assert {one.element for one in refused.value.findings} >= {"wahl", "innen", "t_wahl"}


def test_a_yes_that_is_read_as_a_no_is_a_loss() -> None:
    """XML Schema also writes yes as 1; SpiffWorkflow does not."""
    source = process("p", start_event(), element("userTask", "x", many("leute", "wer", sequential=True)), end_event(),
                     flows="start > x > end").replace(b'isSequential="true"', b'isSequential="1"')
    parser = tags.Parser({})
    root = read_xml(source, "")
    parser.add_bpmn_xml(root)
    with pytest.raises(Invalid, match="the repetition"):
        check_carried([root], {"p": parser.get_spec("p")})


def test_two_hundred_elements_are_compared_in_no_time() -> None:
    names = [f"t{place}" for place in range(66)]
    parts = "".join(user(name) + gateway(f"g{name}", default=f"g{name}_n{name}") + element("task", f"n{name}")
                    for name in names)
    flows = "; ".join(f"{name} > g{name} > n{name}; g{name} > n{name} if x > 1; n{name} > {after}"
                      for name, after in zip(names, [*names[1:], "end"], strict=True))
    source = process("p", start_event(), parts, end_event(), flows=f"start > t0; {flows}")
    parser, root = tags.Parser({}), read_xml(source, "")
    parser.add_bpmn_xml(root)
    specs = {"p": parser.get_spec("p")}
    taken = []
    for _ in range(5):
        before = time.perf_counter()
        check_carried([root], specs)
        taken.append(time.perf_counter() - before)
    assert min(taken) < 0.02, f"{min(taken) * 1000:.1f} ms"
