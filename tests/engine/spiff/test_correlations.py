"""Messages find their receiver by the keys of the diagram (BPMN 2.0.2, 8.4.2)."""

import pytest

from engine import spiff
from engine.errors import Conflict
from tests.engine.spiff.models import (
    Run,
    catch,
    deployed,
    end_event,
    message_definition,
    process,
    start_event,
    throw,
    user,
)

ONE = """<bpmn:collaboration id="c"><bpmn:correlationKey id="k" name="k">
<bpmn:correlationPropertyRef>nummer</bpmn:correlationPropertyRef></bpmn:correlationKey></bpmn:collaboration>
<bpmn:correlationProperty id="nummer" name="nummer">
<bpmn:correlationPropertyRetrievalExpression messageRef="m_antwort"><bpmn:messagePath>akte["nr"]</bpmn:messagePath>
</bpmn:correlationPropertyRetrievalExpression>
<bpmn:correlationPropertyRetrievalExpression messageRef="m_frage"><bpmn:messagePath>nr</bpmn:messagePath>
</bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>"""
SECOND = """<bpmn:correlationProperty id="ort" name="ort">
<bpmn:correlationPropertyRetrievalExpression messageRef="m_antwort"><bpmn:messagePath>ort</bpmn:messagePath>
</bpmn:correlationPropertyRetrievalExpression></bpmn:correlationProperty>"""
BINDING = """<bpmn:correlationSubscription id="su" correlationKeyRef="k">
<bpmn:correlationPropertyBinding id="bi" correlationPropertyRef="nummer"><bpmn:dataPath>meine_nr</bpmn:dataPath>
</bpmn:correlationPropertyBinding></bpmn:correlationSubscription>"""


def asking(keys: str, subscription: str = "") -> spiff.Specification:
    source = process("p", start_event(), throw("fragen", "frage", '{"nr": meine_nr}'),
                     catch("warten", message_definition("antwort")), user("t"), end_event(), subscription,
                     flows="start > fragen > warten > t > end")
    return deployed(source.replace(b"<bpmn:process ", keys.encode() + b"<bpmn:process ", 1))


def test_it_is_sent_under_what_the_message_says_and_awaited_under_what_the_process_knows() -> None:
    run = Run(asking(ONE, BINDING)).start({"meine_nr": 7})
    assert [(sent.name, sent.correlation) for sent in run.step.sent] == [("frage", "7")]
    assert [(wait.element, wait.correlation) for wait in run.step.subscriptions] == [("warten", "7")]
    with pytest.raises(Conflict):
        run.deliver("antwort", "8")
    assert run.deliver("antwort", "7", text="ja").open == ["t"]


def test_without_a_subscription_the_path_of_the_message_is_read_on_the_process_data() -> None:
    run = Run(asking(ONE)).start({"meine_nr": 7, "akte": {"nr": 9}})
    assert [wait.correlation for wait in run.step.subscriptions] == ["9"]


def test_a_key_of_several_properties_is_all_their_values() -> None:
    keys = ONE.replace("</bpmn:correlationKey>", "<bpmn:correlationPropertyRef>ort</bpmn:correlationPropertyRef>"
                       "</bpmn:correlationKey>") + SECOND
    run = Run(asking(keys, BINDING)).start({"meine_nr": 7, "ort": "Mayen"})
    assert [wait.correlation for wait in run.step.subscriptions] == ["7 | Mayen"]


def test_a_property_of_our_own_goes_before() -> None:
    source = process("p", start_event(), throw("fragen", "frage", '{"nr": meine_nr}', correlation="anders"),
                     end_event(), flows="start > fragen > end")
    spec = deployed(source.replace(b"<bpmn:process ", ONE.encode() + b"<bpmn:process ", 1))
    run = Run(spec).start({"meine_nr": 7, "anders": "x"})
    assert [sent.correlation for sent in run.step.sent] == ["x"]
